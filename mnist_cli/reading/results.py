"""What comes of reading a picture: its digits, and the record of `predict --json`."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mnist_cli.core.errors import PictureError
from mnist_cli.reading.page import Page
from mnist_cli.reading.segment import Box


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
        labels: What the classes in `top` are called; none where they are digits.
    """

    digit: int
    confidence: float
    top: tuple[tuple[int, float], ...]
    box: Box
    unsure: bool
    flags: tuple[str, ...]
    image: NDArray[np.uint8]
    labels: tuple[str, ...] = ()

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
        }
        return record | ({"label": self.labels[0]} if self.labels else {})


class Reading(NamedTuple):
    """What a picture says, or why it could not be read.

    Attributes:
        path: The picture's name, as it was given.
        text: The digits, a line of them a line, or the classes' names with commas in between;
            empty if there are none.
        digits: Each digit, in the order in which they are read.
        flags: What looks wrong with the picture.
        model: Version and digest of the model that read it.
        error: The failure, or None.
        size: Width and height of the upright picture, which the boxes refer to.
        page: The steps that led to the 28×28 images, for `--explain`; None unless they are kept.
    """

    path: str
    text: str
    digits: tuple[Digit, ...]
    flags: tuple[str, ...]
    model: dict[str, str | None]
    error: PictureError | None = None
    size: tuple[int, int] = (0, 0)
    page: Page | None = None

    def to_record(self) -> dict[str, Any]:
        """Return the record of `predict --json`."""
        return {
            "path": self.path,
            "ok": self.error is None,
            "text": self.text,
            "digits": [digit.to_record() for digit in self.digits],
            "flags": list(self.flags),
            "model": self.model,
            "error": self.error.to_record() if self.error else None,
        }
