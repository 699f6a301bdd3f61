"""Ruled sheets with digits in their cells, drawn flat and photographed."""

from collections.abc import Mapping
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_cli.core.data.dataset import load_mnist
from mnist_cli.reading.normalise import Grey

PITCH, MARGIN = 60, 90  # px: of a cell, and of the paper around the table
Texts = Mapping[tuple[int, int], str]  # what stands in which cell; rows and columns from 1


def sheet(
    rows: int, columns: int, texts: Texts, *, pitch: int = PITCH, without: tuple[str, ...] = ()
) -> Grey:
    """Draw a table with black rules on grey paper.

    Args:
        rows: How many.
        columns: How many.
        texts: A digit or two a cell.
        pitch: Pixels of a cell's side.
        without: Sides that are not drawn, as `down 2 row 1`: the second rule, in the first row.
    """
    height, width = rows * pitch + 2 * MARGIN, columns * pitch + 2 * MARGIN
    page = np.full((height, width), 225, np.uint8)
    for row in range(rows + 1):
        for column in range(columns):
            if f"across {row + 1} column {column + 1}" not in without:
                _line(page, row, column, row, column + 1, pitch)
    for column in range(columns + 1):
        for row in range(rows):
            if f"down {column + 1} row {row + 1}" not in without:
                _line(page, row, column, row + 1, column, pitch)
    for (row, column), text in texts.items():
        write_text(page, text, MARGIN + (column - 1) * pitch, MARGIN + (row - 1) * pitch, pitch)
    return page


def _line(page: Grey, row: int, column: int, to_row: int, to_column: int, pitch: int) -> None:
    begin = MARGIN + column * pitch, MARGIN + row * pitch
    end = MARGIN + to_column * pitch, MARGIN + to_row * pitch
    cv2.line(page, begin, end, 60, 2)


def write_text(page: Grey, text: str, x: int, y: int, pitch: int) -> None:
    """Write digits by hand into the square of `pitch` px whose left upper corner is (x, y)."""
    side = round(0.75 * pitch)
    step = round(0.45 * side)
    left = x + (pitch - step * (len(text) - 1) - side) // 2
    for at, digit in enumerate(text):
        ink = cv2.resize(_digit(int(digit)), (side, side), interpolation=cv2.INTER_AREA)
        top = y + (pitch - side) // 2
        part = page[top : top + side, left + at * step : left + at * step + side]
        np.minimum(part, 225 - (ink * 0.75).astype(np.uint8), out=part)


@cache
def _digit(digit: int) -> NDArray[np.uint8]:
    """Return the clearest of MNIST's test images of a digit, by eye."""
    images = load_mnist("test")
    return np.asarray(images.images[images.labels == digit][CLEAR[digit]])


CLEAR = {0: 0, 1: 0, 2: 0, 3: 0, 4: 1, 5: 2, 6: 2, 7: 0, 8: 1, 9: 2}


def photographed(page: Grey, degrees: float = 6.0, tilt: float = 0.12) -> Grey:
    """Turn a sheet a little and look at it from aside."""
    height, width = page.shape
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    middle, angle = np.array([width / 2, height / 2]), np.deg2rad(degrees)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    seen = (corners - middle) @ turn.T + middle
    seen[0] += [tilt * width, tilt * height / 2]
    seen[1] -= [tilt * width / 2, 0]
    matrix = cv2.getPerspectiveTransform(corners, seen.astype(np.float32))
    return np.asarray(
        cv2.warpPerspective(page, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)
    )


SMALL_TABLE = (30, 120, 210, 280)  # px: left, top, right, bottom


def small_form() -> bytes:
    """Draw a blank form with a box, and a table of three rows and two columns; return its PNG."""
    left, top, right, bottom = SMALL_TABLE
    page = np.full((320, 240), 250, np.uint8)
    cv2.rectangle(page, (left, 40), (150, 80), 60, 2)
    for x in np.linspace(left, right, 3, dtype=int).tolist():
        cv2.line(page, (x, top), (x, bottom), 60, 2)
    for y in np.linspace(top, bottom, 4, dtype=int).tolist():
        cv2.line(page, (left, y), (right, y), 60, 2)
    return cv2.imencode(".png", page)[1].tobytes()
