"""Sheets to correct: ruled tables with digits of MNIST's test images, as a person fills them in."""

import numpy as np
from numpy.typing import NDArray

from mnist_cli.core.data.dataset import Dataset

MARGIN = 40  # px


def ruled_sheet(
    data: Dataset, rows: int, columns: int, *, seed: int = 0, cell: tuple[int, int] = (96, 44)
) -> tuple[NDArray[np.uint8], list[list[str]]]:
    """Draw a table of numbers of two digits.

    Args:
        data: Whose digits are taken.
        rows: How many.
        columns: How many.
        seed: Of the choice of digits.
        cell: Width and height, in pixels.

    Returns:
        (H, W) uint8, 255 paper; and what stands in each cell, row by row.
    """
    random = np.random.default_rng(seed)
    width, height = cell
    paper = np.full((rows * height + 2 * MARGIN, columns * width + 2 * MARGIN), 255, np.uint8)
    texts = []
    for row in range(rows):
        texts.append([""] * columns)
        for column in range(columns):
            top, left = MARGIN + row * height + 8, MARGIN + column * width + 18
            for at in random.integers(len(data.labels), size=2):
                place = paper[top : top + 28, left : left + 28]
                np.minimum(place, 255 - data.images[at], out=place)
                texts[row][column] += str(data.labels[at])
                left += 24
    for row in range(rows + 1):
        line = MARGIN + row * height
        paper[line - 1 : line + 1, MARGIN:-MARGIN] = 60
    for column in range(columns + 1):
        line = MARGIN + column * width
        paper[MARGIN:-MARGIN, line - 1 : line + 1] = 60
    return paper, texts
