"""A photograph that was pasted on a page of one colour: the margins around it."""

import numpy as np

from mnist_cli.reading.ink import Grey
from mnist_cli.reading.segment import Box

SAME = 1  # of 255: so far from the corner's grey is still the margin's
EDGE = 0.5  # of its pixels differ, where a picture begins; of a digit's box it is fewer
SMALLEST = 1 / 3  # of each side is left


def within_margins(grey: Grey) -> Box:
    """Return the box of what lies within plain margins; of the whole picture, if there are none.

    A digit drawn on plain paper has margins too, but its box does not begin with a line of ink on
    every side.
    """
    height, width = grey.shape
    whole = 0, 0, width, height
    differs = np.abs(grey.astype(np.int16) - int(grey[0, 0])) > SAME
    rows, columns = np.flatnonzero(differs.any(axis=1)), np.flatnonzero(differs.any(axis=0))
    if not len(rows):
        return whole
    left, top, right, bottom = columns[0], rows[0], columns[-1] + 1, rows[-1] + 1
    inside = differs[top:bottom, left:right]
    sides = inside[0], inside[-1], inside[:, 0], inside[:, -1]
    large = inside.shape[0] >= SMALLEST * height and inside.shape[1] >= SMALLEST * width
    if not large or min(side.mean() for side in sides) < EDGE:
        return whole
    return int(left), int(top), int(right), int(bottom)
