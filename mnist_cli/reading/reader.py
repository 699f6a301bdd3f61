"""Picture to digits: what `predict`, the server and Python programs call."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_cli import store
from mnist_cli.core.errors import ModelError, PictureError
from mnist_cli.core.metrics import unlikeness
from mnist_cli.reading.classifier import Classifier, LiteRTClassifier
from mnist_cli.reading.image import Picture, decode, read_file
from mnist_cli.reading.ink import Invert
from mnist_cli.reading.normalise import Normalised
from mnist_cli.reading.page import Page, find_digits, find_pages
from mnist_cli.reading.segment import Box, Layout

MIN_CONFIDENCE = 0.5
CLEARLY = 0.1  # more mean confidence has a less likely way to look at a picture that is taken
MOST_UNLIKE = 0.1  # of the probability with the less probable half: no digit


@dataclass(frozen=True)
class Digit:
    """One digit that was read.

    Attributes:
        digit: 0-9.
        confidence: Calibrated probability of it, in [0, 1].
        top: The most probable digits with their probabilities, the best first.
        box: Left, top, right, bottom in pixels of the upright picture.
        unsure: Whether the confidence is under the threshold, or it looks like no digit at all.
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
        text: The digits, a line of them a line; empty if there are none.
        digits: Each digit, in the order in which they are read.
        flags: What looks wrong with the picture.
        model: Version and digest of the model that read it.
        error: The failure, or None.
        size: Width and height of the upright picture, which the boxes refer to.
        page: The steps that led to the 28×28 images, for `--explain`.
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
    """Reads pictures of handwritten digits.

    Args:
        classifier: What reads the 28×28 images; without one, the store's champion, else its
            latest version, else the bundled one.
        top_k: How many of the most probable digits to report, 1 to 10.
        min_confidence: Under this confidence a digit is `unsure`, in [0, 1].
        invert: Whether ink is darker than paper: `yes`, `no`, or `auto`, which looks.
        layout: How many digits there may be: `single`, a `line`, a `page`, or `auto`, which looks.

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
        layout: Layout = "auto",
    ) -> None:
        self._classifier = classifier or _default_classifier()
        self._top_k = top_k
        self._min_confidence = min_confidence
        self._invert = invert
        self._layout = layout
        self.model = {"version": self._classifier.version, "sha256": self._classifier.sha256}

    def read(self, path: str | Path) -> Reading:
        """Read a picture's file; a bad picture gives a Reading with its `error`."""
        return self.read_many([path])[0]

    def read_many(self, paths: Sequence[str | Path]) -> list[Reading]:
        """Read several files, of which the network sees all digits at once; as `read` else."""
        return self._answered(
            [self._found(_name(path), partial(read_file, Path(path))) for path in paths]
        )

    def read_bytes(self, data: bytes, name: str = "-") -> Reading:
        """Read a picture's bytes; `name` stands for its path."""
        return self.read_many_bytes([(name, data)])[0]

    def read_many_bytes(self, pictures: Iterable[tuple[str, bytes]]) -> list[Reading]:
        """Read several pictures, each a name and its bytes; as `read_many` else."""
        return self._answered([self._found(name, partial(bytes, data)) for name, data in pictures])

    def _found(self, name: str, read: Callable[[], bytes]) -> "Reading | _Found":
        try:
            picture = decode(read())
            return _Found(name, picture, find_pages(picture.grey, self._invert, self._layout))
        except PictureError as error:
            return self.failed(name, error)

    def _answered(self, found: Sequence["Reading | _Found"]) -> list[Reading]:
        """Let the network answer for all digits that were found, and put the readings together."""
        pages = (page for each in found if isinstance(each, _Found) for page in each.pages)
        images = [take.image for page in pages for digit in page.digits for take in digit.takes]
        answers = iter(self._classifier.probabilities(np.stack(images)) if images else ())
        return [
            self._reading(each, answers) if isinstance(each, _Found) else each for each in found
        ]

    def _reading(self, found: "_Found", answers: Iterator[NDArray[np.float32]]) -> Reading:
        first, *others = (self._read_page(page, answers, found) for page in found.pages)
        best = max(others, key=_mean_confidence, default=first)
        clearly = _mean_confidence(best) > _mean_confidence(first) + CLEARLY
        return best if clearly else first

    def _read_page(
        self, page: Page, answers: Iterator[NDArray[np.float32]], found: "_Found"
    ) -> Reading:
        pairs = [
            [
                pair
                for normalised in line
                for pair in self._chosen(normalised, answers, found.picture)
            ]
            for line in page.lines
        ]
        lines = [[digit for _, digit in line] for line in pairs]
        return Reading(
            path=found.name,
            text="\n".join("".join(str(digit.digit) for digit in line) for line in lines),
            digits=tuple(digit for line in lines for digit in line),
            flags=(*found.picture.flags, *page.flags),
            model=self.model,
            size=found.picture.size,
            page=replace(page, lines=tuple(tuple(one for one, _ in line) for line in pairs)),
        )

    def _chosen(
        self, found: Normalised, answers: Iterator[NDArray[np.float32]], picture: Picture
    ) -> list[tuple[Normalised, Digit]]:
        """Take a region for one digit, or for two that touch, if only that makes sense."""
        whole, *halves = ((take, self._digit(take, next(answers), picture)) for take in found.takes)
        doubtful = whole[1].unsure or "touching" in found.flags
        if halves and doubtful and not any(digit.unsure for _, digit in halves):
            return halves
        return [whole]

    def _digit(
        self, found: Normalised, probabilities: NDArray[np.float32], picture: Picture
    ) -> Digit:
        best = np.argsort(-probabilities, kind="stable")[: self._top_k]
        top = tuple((int(digit), round(float(probabilities[digit]), 4)) for digit in best)
        unsure = self.doubts(probabilities)
        unlike = unsure and unlikeness(probabilities) > MOST_UNLIKE
        return Digit(
            digit=top[0][0],
            confidence=top[0][1],
            top=top,
            box=_in_picture(found.box, picture),
            unsure=unsure,
            flags=(*found.flags, "not_a_digit") if unlike else found.flags,
            image=found.image,
        )

    def doubts(self, probabilities: NDArray[np.float32]) -> bool:
        """Tell whether an answer, (10,) float32, is unsure."""
        unlike = unlikeness(probabilities) > MOST_UNLIKE
        return unlike or bool(probabilities.max() < self._min_confidence)

    def failed(self, name: str, error: PictureError) -> Reading:
        """Return the Reading of a picture that can't be read."""
        flags = (error.code,) if error.code == "blank" else ()
        return Reading(name, "", (), flags, self.model, error)


@dataclass(frozen=True)
class _Found:
    """A picture whose digits wait for their answer, in each way that it may be looked at."""

    name: str
    picture: Picture
    pages: tuple[Page, ...]


def _mean_confidence(reading: Reading) -> float:
    return sum(digit.confidence for digit in reading.digits) / len(reading.digits)


def _name(path: str | Path) -> str:
    """Return a path as text: a name that is none stays printable, and its record valid JSON."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


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
    (digit,) = find_digits(decode(read_file(path)).grey, layout="single").digits
    return digit.image


def _default_classifier() -> Classifier:
    found = store.resolve(None, store.DEFAULT_ARTIFACTS)
    if isinstance(found, Path):
        raise ModelError(f"{found}: not a version.")
    return LiteRTClassifier(found)
