"""Picture to digits: what `predict`, the server and Python programs call."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from mnist_cli import store
from mnist_cli.core.class_names import DIGITS
from mnist_cli.core.errors import ModelError, PictureError, PictureMemoryError
from mnist_cli.reading.answers import MIN_CONFIDENCE, Answer, judged
from mnist_cli.reading.classifier import Classifier, LiteRTClassifier
from mnist_cli.reading.image import Picture, decode, read_file
from mnist_cli.reading.ink import Invert
from mnist_cli.reading.normalise import Normalised
from mnist_cli.reading.page import Page, find_digits, find_pages
from mnist_cli.reading.results import Digit, Reading
from mnist_cli.reading.segment import Box, Layout

T = TypeVar("T")
S = TypeVar("S")

CLEARLY = 0.05  # more mean confidence has a less likely way to look at a picture that is taken


class Reader:
    """Reads pictures of handwritten digits.

    Args:
        classifier: What reads the 28×28 images; without one, the store's champion, else its
            latest version, else the bundled one.
        top_k: How many of the most probable digits to report, 1 to 10.
        min_confidence: Under this confidence a digit is `unsure`, in [0, 1].
        invert: Whether ink is darker than paper: `yes`, `no`, or `auto`, which looks.
        layout: How many digits there may be: `single`, a `line`, a `page`, or `auto`, which looks.

    Attributes:
        classifier: What reads the 28×28 images.
        class_names: What the model's classes are called; none where they are digits.
        model: Version and digest of the model.
        keeps_pages: Whether readings have the `page` that they were read from.

    A Reader can be pickled; its copy works with one thread, and needs no file of the model.

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
        self.classifier = classifier or _default_classifier()
        names = self.classifier.class_names
        self.class_names = names if names != DIGITS else ()
        self._top_k = top_k
        self._min_confidence = min_confidence
        self._invert = invert
        self._layout = layout
        self.keeps_pages = True
        self.model = {"version": self.classifier.version, "sha256": self.classifier.sha256}

    @property
    def options(self) -> dict[str, int | float | str]:
        """What was asked for, beside the classifier, by the names of the arguments."""
        return {
            "top_k": self._top_k,
            "min_confidence": self._min_confidence,
            "invert": self._invert,
            "layout": self._layout,
        }

    def read(self, path: str | Path) -> Reading:
        """Read a picture's file; a bad picture gives a Reading with its `error`."""
        return self.read_many([path])[0]

    def read_many(self, paths: Sequence[str | Path]) -> list[Reading]:
        """Read several files, of which the network sees all digits at once; as `read` else."""
        return self._read_all(map(_name, paths), paths, _decode_file)

    def read_bytes(self, data: bytes, name: str = "-") -> Reading:
        """Read a picture's bytes; `name` stands for its path."""
        return self.read_many_bytes([(name, data)])[0]

    def read_many_bytes(
        self, pictures: Sequence[tuple[str, bytes | PictureError]]
    ) -> list[Reading]:
        """Read several pictures, each a name and its bytes, or why there are none."""
        names, contents = zip(*pictures, strict=True) if pictures else ((), ())
        return self._read_all(map(_name, names), contents, decode)

    def _read_all(
        self,
        names: Iterable[str],
        contents: Iterable[Any],  # what `open_picture` takes, or a PictureError
        open_picture: Callable[[Any], Picture],
    ) -> list[Reading]:
        """Take each step with all pictures before the next.

        To go from step to step with each picture takes a third longer: a processor's cache does not
        hold the code of all steps.
        """
        found = _attempted(self._find, _attempted(open_picture, contents))
        pages = [page for each in found if isinstance(each, _Found) for page in each.pages]
        images = [take.image for page in pages for digit in page.digits for take in digit.takes]
        answers: Iterator[Answer] = iter(())
        if images:
            probabilities = self.classifier.probabilities(np.stack(images))
            answers = judged(probabilities, self._top_k, self._min_confidence, self.class_names)
        return [
            self._reading(name, each, answers)
            if isinstance(each, _Found)
            else self.failed(name, each)
            for name, each in zip(names, found, strict=True)
        ]

    def _find(self, picture: Picture) -> "_Found":
        return _Found(picture, find_pages(picture.grey, self._invert, self._layout))

    def _reading(self, name: str, found: "_Found", answers: Iterator[Answer]) -> Reading:
        first, *others = (
            self._read_page(name, page, found.picture, answers) for page in found.pages
        )
        best = max(others, key=_mean_confidence, default=first)
        clearly = _mean_confidence(best) > _mean_confidence(first) + CLEARLY
        return best if clearly else first

    def _read_page(
        self, name: str, page: Page, picture: Picture, answers: Iterator[Answer]
    ) -> Reading:
        pairs = [
            [pair for normalised in line for pair in _chosen(normalised, answers, picture)]
            for line in page.lines
        ]
        lines = [[digit for _, digit in line] for line in pairs]
        between = ", " if self.class_names else ""
        return Reading(
            path=name,
            text="\n".join(between.join(digit.names[0] for digit in line) for line in lines),
            digits=tuple(digit for line in lines for digit in line),
            flags=(*picture.flags, *page.flags),
            model=self.model,
            size=picture.size,
            page=_only_of(page, pairs) if self.keeps_pages else None,
        )

    def failed(self, name: str, error: PictureError) -> Reading:
        """Return the Reading of a picture that can't be read."""
        flags = (error.code,) if error.code == "blank" else ()
        return Reading(name, "", (), flags, self.model, error)


@dataclass(frozen=True)
class _Found:
    """A picture whose digits wait for their answer, in each way that it may be looked at."""

    picture: Picture
    pages: tuple[Page, ...]


def _attempted(
    step: Callable[[T], S], values: Iterable[T | PictureError]
) -> list[S | PictureError]:
    """Take a step with each value; a failure, of this step or one before, takes its place."""
    results: list[S | PictureError] = []
    for value in values:
        try:
            results.append(value if isinstance(value, PictureError) else step(value))
        except PictureError as error:
            # its frames hold the results: a cycle, that would keep all pictures in memory
            error.__cause__ = error.__context__ = None
            results.append(error.with_traceback(None))
        except MemoryError:
            results.append(PictureMemoryError("it takes more memory than there is."))
    return results


def _chosen(
    found: Normalised, answers: Iterator[Answer], picture: Picture
) -> list[tuple[Normalised, Digit]]:
    """Take a region for one digit, or for two that touch, if only that makes sense."""
    whole, *halves = ((take, _digit(take, next(answers), picture)) for take in found.takes)
    doubtful = whole[1].unsure or "touching" in found.flags
    if halves and doubtful and not any(digit.unsure for _, digit in halves):
        surer = min(digit.confidence for _, digit in halves) > whole[1].confidence
        return halves if surer else [whole]
    return [whole]


def _only_of(page: Page, pairs: list[list[tuple[Normalised, Digit]]]) -> Page:
    """Return a page with what was taken for digits alone."""
    return replace(page, lines=tuple(tuple(one for one, _ in line) for line in pairs))


def _digit(found: Normalised, answer: Answer, picture: Picture) -> Digit:
    digit, confidence = answer.top[0]
    return Digit(
        digit=digit,
        confidence=confidence,
        top=answer.top,
        box=_in_picture(found.box, picture),
        unsure=answer.unsure,
        flags=(*found.flags, "not_a_digit") if answer.unlike else found.flags,
        image=found.image,
        labels=answer.labels,
    )


def _decode_file(path: str | Path) -> Picture:
    return decode(read_file(path))


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
    (digit,) = find_digits(_decode_file(path).grey, layout="single").digits
    return digit.image


def _default_classifier() -> Classifier:
    found = store.resolve(None, store.DEFAULT_ARTIFACTS)
    if isinstance(found, Path):
        raise ModelError(f"{found}: not a version.")
    return LiteRTClassifier(found)
