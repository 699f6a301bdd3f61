"""What comes of reading a picture: its digits, and the record of `predict --json`."""

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mnist_cli.reading.candidates import Candidate
from mnist_cli.reading.forms.views import transformed
from mnist_cli.reading.normalise import Box
from mnist_cli.reading.outline import corners_of
from mnist_cli.reading.page import LeftOut


class Mark(NamedTuple):
    """A mark that numbers are written with, as a point, a minus, a slash.

    Attributes:
        text: Which.
        confidence: How sure the finder is of it, in [0, 1].
        box: Left, top, right, bottom in pixels of the upright picture.
    """

    text: str
    confidence: float
    box: Box

    def to_record(self) -> dict[str, Any]:
        """Return its entry in the record of a reading."""
        return {"text": self.text, "confidence": self.confidence, "box": list(self.box)}


class Place(NamedTuple):
    """How the picture that was read lies in the one that was given.

    Attributes:
        size: Width and height of the one that was given, upright by its EXIF, in pixels.
        shape: Rows and columns of the one that was read.
        turned: By how many quarters clockwise it was turned before.
        aligned: (3, 3) what brings pixels of a page that was straightened, or laid over its form,
            to those of `shape`; None where none was.
    """

    size: tuple[int, int]
    shape: tuple[int, ...]
    turned: int
    aligned: NDArray[np.float64] | None = None

    def box(self, box: Box) -> Box:
        """Bring a box to the pixels of the picture that was given."""
        if self.aligned is not None:
            return self._around(box)
        left, top, right, bottom = box
        height, width = self.shape
        for _ in range(self.turned):  # a quarter counterclockwise each
            left, top, right, bottom = top, width - right, bottom, width - left
            height, width = width, height
        across, down = self.size[0] / width, self.size[1] / height
        return round(left * across), round(top * down), round(right * across), round(bottom * down)

    def _around(self, box: Box) -> Box:
        """Return the box around one that is turned or tilted in the picture that was given."""
        x, y = np.array(self.corners(corners_of(box))).clip(0, self.size).T.tolist()
        return min(x), min(y), max(x), max(y)

    def corners(self, points: NDArray[np.float64]) -> tuple[tuple[int, int], ...]:
        """Bring points, (N, 2), to the pixels of the picture that was given."""
        if self.aligned is not None:
            points = transformed(points, self.aligned)
        x, y = points.T
        height, width = self.shape
        for _ in range(self.turned):
            x, y = y, width - x
            height, width = width, height
        across, down = self.size[0] / width, self.size[1] / height
        given = np.rint(np.stack([x * across, y * down], 1)).astype(int)
        return tuple((left, top) for left, top in given.tolist())

    def mark(self, mark: Candidate) -> Mark:
        """Return what is told of a mark."""
        return Mark(mark.symbol, round(mark.score, 4), self.box(mark.box))

    def left_out(self, one: LeftOut) -> LeftOut:
        """Return what was left out, where it is in the picture that was given."""
        return replace(one, box=self.box(one.box))


class Digit(NamedTuple):  # as it and `Reading` go between processes faster than a dataclass
    """One digit that was read.

    Attributes:
        digit: 0-9.
        confidence: Calibrated probability of it, in [0, 1].
        top: The most probable digits with their probabilities, the best first.
        box: Left, top, right, bottom in pixels of the upright picture.
        unsure: Whether the confidence is under the threshold, or it looks like no digit at all.
        flags: What looks wrong with it.
        image: (28, 28) uint8, what the network saw.
        line: The line of the page that it stands on, from 0.
        number: The number of the page that it belongs to, from 0.
        printed: Whether it is printed, not written by hand.
        labels: What the classes in `top` are called; none where they are digits.
    """

    digit: int
    confidence: float
    top: tuple[tuple[int, float], ...]
    box: Box
    unsure: bool
    flags: tuple[str, ...]
    image: NDArray[np.uint8]
    line: int = 0
    number: int = 0
    printed: bool = False
    labels: tuple[str, ...] = ()

    @property
    def middle(self) -> tuple[float, float]:
        """Its middle, x and y in pixels of the upright picture."""
        left, top, right, bottom = self.box
        return (left + right) / 2, (top + bottom) / 2

    @property
    def names(self) -> tuple[str, ...]:
        """What the classes in `top` are called, as text."""
        return self.labels or tuple(str(digit) for digit, _ in self.top)

    def to_record(self) -> dict[str, Any]:
        """Return its entry in the record of a reading."""
        record = {
            "digit": self.digit,
            "confidence": self.confidence,
            "top": [list(pair) for pair in self.top],
            "box": list(self.box),
            "unsure": self.unsure,
            "flags": list(self.flags),
            "line": self.line,
            "number": self.number,
            "printed": self.printed,
        }
        return record | ({"label": self.labels[0]} if self.labels else {})
