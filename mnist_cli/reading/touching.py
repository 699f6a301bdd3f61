"""Two digits whose strokes touch, cut apart where that is plain."""

import numpy as np

from mnist_cli.core.shapes import stroke_width
from mnist_cli.reading.segment import Region

WIDE = 0.75  # of its height: what is narrower is one digit
TOO_WIDE = 1.3  # of its height: no digit is wider
EDGE = 0.25  # of its width: the cut is no nearer to either side
NECK, SHARE = 1.7, 0.5  # strokes, of its height: where digits touch, a column has no more ink
SMALLEST = 8  # px wide: a narrower region is no two digits


def is_too_wide(region: Region) -> bool:
    """Whether a region is wider than any digit."""
    return region.width > TOO_WIDE * region.height


def halves(region: Region) -> tuple[Region, ...]:
    """Cut a region in two where it is thinnest, if it may be two digits.

    Returns:
        The left and the right part, or nothing.
    """
    if region.width < max(SMALLEST, WIDE * region.height):
        return ()
    ink = region.mask.sum(axis=0)
    columns = np.arange(region.width)
    centre = (region.width - 1) / 2
    inside = np.abs(columns - centre) < (0.5 - EDGE) * region.width
    # of columns with as little ink, the one nearest to the middle
    cost = np.where(inside, ink + 0.1 * np.abs(columns - centre), np.inf)
    cut = int(np.argmin(cost))
    if ink[cut] > min(NECK * stroke_width(region.mask), SHARE * region.height):
        return ()
    return _part(region, 0, cut), _part(region, cut, region.width)


def _part(region: Region, left: int, right: int) -> Region:
    mask = region.mask[:, left:right]
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    top, bottom, first, last = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    x, y = region.box[0] + left, region.box[1]
    box = (x + int(first), y + int(top), x + int(last), y + int(bottom))
    return Region(mask[top:bottom, first:last], box, region.flags)
