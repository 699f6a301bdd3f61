"""Picture to digits: what `predict`, the server and Python programs call."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_cli import store
from mnist_cli.core.errors import ModelError, PictureError
from mnist_cli.reading.classifier import Classifier, LiteRTClassifier
from mnist_cli.reading.image import Picture, decode, read_file
from mnist_cli.reading.ink import Invert
from mnist_cli.reading.normalise import Box, Normalised, normalise

MIN_CONFIDENCE = 0.5


@dataclass(frozen=True)
class Digit:
    """One digit that was read.

    Attributes:
        digit: 0-9.
        confidence: Calibrated probability of it, in [0, 1].
        top: The most probable digits with their probabilities, the best first.
        box: Left, top, right, bottom in pixels of the upright picture.
        unsure: Whether the confidence is under the threshold.
        flags: What looks wrong with it.
        image: (28, 28) uint8, what the network saw.
    """

    digit: int
    confidence: float
    top: tuple[tuple[int, float], ...]
    box: Box
    unsure: bool
    flags: tuple[str, ...]
    image: NDArray[np.uint8]


@dataclass(frozen=True)
class Reading:
    """What a picture says, or why it could not be read.

    Attributes:
        path: The picture's name, as it was given.
        text: The digits; empty if there are none.
        digits: Each digit.
        flags: What looks wrong with the picture.
        model: Version and digest of the model that read it.
        error: The failure, or None.
        normalised: The steps that led to the 28×28 image, for `--explain`.
    """

    path: str
    text: str
    digits: tuple[Digit, ...]
    flags: tuple[str, ...]
    model: dict[str, str | None]
    error: PictureError | None = None
    normalised: Normalised | None = None

    def to_record(self) -> dict[str, Any]:
        """Return the record of `predict --json`."""
        return {
            "path": self.path,
            "ok": self.error is None,
            "text": self.text,
            "digits": [
                {
                    "digit": digit.digit,
                    "confidence": digit.confidence,
                    "top": [list(pair) for pair in digit.top],
                    "box": list(digit.box),
                    "unsure": digit.unsure,
                    "flags": list(digit.flags),
                }
                for digit in self.digits
            ],
            "flags": list(self.flags),
            "model": self.model,
            "error": self.error.to_record() if self.error else None,
        }


class Reader:
    """Reads pictures of one handwritten digit.

    Args:
        classifier: What reads the 28×28 images; without one, the store's champion, else its
            latest version, else the bundled one.
        top_k: How many of the most probable digits to report, 1 to 10.
        min_confidence: Under this confidence a digit is `unsure`, in [0, 1].
        invert: Whether ink is darker than paper: `yes`, `no`, or `auto`, which looks.

    Example:
        >>> Reader().read("photo.jpg").text
        '7'
    """

    def __init__(
        self,
        classifier: Classifier | None = None,
        *,
        top_k: int = 3,
        min_confidence: float = MIN_CONFIDENCE,
        invert: Invert = "auto",
    ) -> None:
        self._classifier = classifier or _default_classifier()
        self._top_k = top_k
        self._min_confidence = min_confidence
        self._invert = invert
        self.model = {"version": self._classifier.version, "sha256": self._classifier.sha256}

    def read(self, path: str | Path) -> Reading:
        """Read a picture's file; a bad picture gives a Reading with its `error`."""
        # a name that is no text stays printable, and its record valid JSON
        name = os.fsencode(path).decode("utf-8", "backslashreplace")
        try:
            return self._read(name, read_file(Path(path)))
        except PictureError as error:
            return self.failed(name, error)

    def read_bytes(self, data: bytes, name: str = "-") -> Reading:
        """Read a picture's bytes; `name` stands for its path."""
        try:
            return self._read(name, data)
        except PictureError as error:
            return self.failed(name, error)

    def _read(self, name: str, data: bytes) -> Reading:
        picture = decode(data)
        normalised = normalise(picture.grey, self._invert)
        probabilities = self._classifier.probabilities(normalised.image[None])[0]
        best = np.argsort(-probabilities, kind="stable")[: self._top_k]
        top = tuple((int(digit), round(float(probabilities[digit]), 4)) for digit in best)
        digit = Digit(
            digit=top[0][0],
            confidence=top[0][1],
            top=top,
            box=_in_picture(normalised.box, picture),
            unsure=bool(probabilities[best[0]] < self._min_confidence),
            flags=normalised.flags,
            image=normalised.image,
        )
        return Reading(
            path=name,
            text=str(digit.digit),
            digits=(digit,),
            flags=picture.flags,
            model=self.model,
            normalised=normalised,
        )

    def failed(self, name: str, error: PictureError) -> Reading:
        """Return the Reading of a picture that can't be read."""
        flags = (error.code,) if error.code == "blank" else ()
        return Reading(name, "", (), flags, self.model, error)


def _in_picture(box: Box, picture: Picture) -> Box:
    """Bring a box from the reduced picture to the picture's own pixels."""
    width, height = picture.size
    across, down = width / picture.grey.shape[1], height / picture.grey.shape[0]
    left, top, right, bottom = box
    return round(left * across), round(top * down), round(right * across), round(bottom * down)


def read_digit_image(path: Path) -> NDArray[np.uint8]:
    """Return the (28, 28) uint8 image of a picture's digit, as data sets of pictures need it.

    Raises:
        PictureError: The picture can't be read, or is blank.
    """
    return normalise(decode(read_file(path)).grey).image


def _default_classifier() -> Classifier:
    found = store.resolve(None, store.DEFAULT_ARTIFACTS)
    if isinstance(found, Path):
        raise ModelError(f"{found}: not a version.")
    return LiteRTClassifier(found)
