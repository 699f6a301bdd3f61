"""A flat page in layers: what is written, printed and ruled, and what its digits are."""

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_cli.synthesis.strokes import Ink

Points = NDArray[np.floating]  # (N, 2), x and y, in pixels
Cell = tuple[int, int]  # row and column, from 1
Area = tuple[float, float, float, float]  # left, top, right, bottom, in pixels


@dataclass(frozen=True)
class Symbol:
    """One digit or mark of a page.

    Attributes:
        text: What it is, a character.
        points: (N, 2) outermost points of its ink.
        printed: Whether it is printed.
        line: Which line it stands on, from 0.
        number: Which number of the page it belongs to, from 0.
        cell: Row and column of its table, from 1; None where there is none.
    """

    text: str
    points: Points
    printed: bool = False
    line: int = 0
    number: int = 0
    cell: Cell | None = None

    @property
    def box(self) -> Area:
        """Left, top, right, bottom in pixels."""
        (left, top), (right, bottom) = self.points.min(axis=0), self.points.max(axis=0)
        return float(left), float(top), float(right), float(bottom)

    @property
    def height(self) -> float:
        """Pixels from top to bottom."""
        return self.box[3] - self.box[1]


class Canvas:
    """What is drawn on a page, before light and camera.

    Attributes:
        written: (H, W) float32, ink of the hand, in [0, 1].
        printed: (H, W) float32, print.
        ruled: (H, W) float32, lines of the form.
        across, down: (H, W) float32, where lines of the form run, dotted ones without a gap.
        digits: (H, W) float32, the ink of digits alone, of whichever layer.
        symbols: The digits and marks.
        unclear: Areas in which nobody could say what is there.
    """

    def __init__(self, height: int, width: int) -> None:
        self.height, self.width = height, width
        self.written, self.printed, self.ruled, self.digits, self.across, self.down = (
            np.zeros((height, width), np.float32) for _ in range(6)
        )
        self.symbols: list[Symbol] = []
        self.unclear: list[Area] = []
        self._lines = self._numbers = 0

    def new_line(self) -> int:
        """Begin a line."""
        self._lines += 1
        return self._lines - 1

    def new_number(self) -> int:
        """Begin a number."""
        self._numbers += 1
        return self._numbers - 1

    def put(self, ink: Ink, x: float, y: float, layer: Ink, symbol: Symbol | None = None) -> None:
        """Put ink with its upper left corner at x, y; with a symbol, as that.

        Args:
            ink: (h, w) float32.
            x: Of its left edge; whole pixels are taken.
            y: Of its upper edge.
            layer: The layer that it belongs to.
            symbol: What it is, its points left out; None for what is neither digit nor mark.
        """
        left, top = round(x), round(y)
        rows = slice(max(0, top), min(self.height, top + ink.shape[0]))
        columns = slice(max(0, left), min(self.width, left + ink.shape[1]))
        if rows.stop - rows.start < 1 or columns.stop - columns.start < 1:
            return
        part = ink[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left]
        np.maximum(layer[rows, columns], part, out=layer[rows, columns])
        if symbol is None:
            return
        if symbol.text.isdigit():
            np.maximum(self.digits[rows, columns], part, out=self.digits[rows, columns])
        dark = cv2.findNonZero((ink > 0.3 * ink.max()).astype(np.uint8))
        hull = cv2.convexHull(dark).reshape(-1, 2).astype(np.float64)
        corners = np.concatenate([hull, hull + 1]) + np.array([left, top])  # a pixel has two edges
        self.symbols.append(replace(symbol, points=corners))

    def line(
        self, start: Points, end: Points, width: float, layer: Ink, strength: float = 1.0
    ) -> None:
        """Draw a straight line."""
        begin, stop = (np.rint(np.asarray(p) * 8).astype(int).tolist() for p in (start, end))
        cv2.line(layer, begin, stop, strength, max(1, round(width)), cv2.LINE_AA, 3)


def overlap(one: Area, other: Area) -> bool:
    """Tell whether two areas have anything in common."""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
