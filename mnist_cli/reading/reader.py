"""Picture to digits: what `predict`, the server and Python programs call."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any, Literal, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from mnist_cli.core.choices import Invert, Layout, Turn
from mnist_cli.core.data.class_names import DIGITS
from mnist_cli.core.errors import PictureError, PictureMemoryError, UsageError
from mnist_cli.core.models.conventions import Convention, ModelHead, ModelInput
from mnist_cli.core.store import store
from mnist_cli.reading.answers import Answer, judged, together
from mnist_cli.reading.classifier import Classifier
from mnist_cli.reading.confidence import evidence, rightness
from mnist_cli.reading.config import CONFIG
from mnist_cli.reading.expectations import marks_of, parse_expectation
from mnist_cli.reading.expected_readings import expected, joined
from mnist_cli.reading.find_page import find_page
from mnist_cli.reading.finder import Finder
from mnist_cli.reading.forms.form_page import aligner_of, by_fields, find_sheet, named
from mnist_cli.reading.forms.forms import Form
from mnist_cli.reading.given import PictureLike, open_picture
from mnist_cli.reading.image import Picture, decode
from mnist_cli.reading.opening import open_reading_classifier
from mnist_cli.reading.output.record import Reading
from mnist_cli.reading.output.results import Digit, Place
from mnist_cli.reading.page import NoTableError, Page, Take
from mnist_cli.reading.standing import check_cost
from mnist_cli.reading.tables.arrangement import Arrangement
from mnist_cli.reading.tables.checks import failures, marked, parse_check
from mnist_cli.reading.tables.grid import Grid
from mnist_cli.reading.tables.sudoku import SIDE, solutions
from mnist_cli.reading.tables.sudoku_page import as_sudoku, count_all, only_sudoku, sudoku_on
from mnist_cli.reading.tables.tables import (
    NumberRead,
    TableRead,
    alone,
    by_line,
    number_read,
    table_read,
)

Errors = Literal["raise", "record"]

AT_ONCE = 32  # pictures of which the network sees all digits at once

T = TypeVar("T")
S = TypeVar("S")


class Reader:
    """Reads pictures of handwritten digits.

    Args:
        model: What reads the 28×28 images, as `--model` names it: a version's number, an alias
            (`latest`, `champion`, `bundled`), a version's folder, or a model's file; or what
            classifies them. Without one, the store's champion, else the bundled one.
        artifacts: The store of versions.
        model_input: What a file of your own takes pixels as, if not to be found out.
        model_head: What it gives for the ten classes.
        top_k: How many of the most probable digits to report, 1 to 10.
        min_confidence: Under this confidence a digit is `unsure`, in [0, 1].
        invert: Whether ink is darker than paper: `yes`, `no`, or `auto`, which looks.
        layout: How many digits there may be: `single`, a `line`, a `page`, a `table`, or `auto`,
            which looks.
        turn: By how many degrees clockwise pictures are turned before they are read: 0, 90, 180,
            270, or `auto`, which looks.
        digits_only: Whether the marks of numbers are left out of texts.
        expect: What is written: `integer`, `decimal`, `date`, `time`, `phone`, a length as `6`, a
            range as `0..100`, or the texts that are allowed. It decides between readings.
        grid: How many rows and columns the table has; with None that is found out.
        form: `sudoku`, read by its rules; or a form, which each sheet is laid over.
        checks: Sums that each table must come to, as `parse_check` takes them.

    Raises:
        ModelNotFoundError: Nothing answers to the model's name.
        ModelError: What answers is damaged, unsafe, or made for another task.
        UsageError: What is expected is none of these, or a check makes no sense.

    Attributes:
        classifier: What reads the 28×28 images.
        class_names: What the model's classes are called; none where they are digits.
        form: The form that sheets are read by; None without one, and for sudokus.
        model: Version and digest of the model.
        keeps_pages: Whether readings have the `page` that they were read from.

    A Reader can be pickled; its copy works with one thread, and needs no file of the model.

    Example:
        >>> Reader().read("photo.jpg").text
        '7'
        >>> Reader("mine.keras").read("photo.jpg").text
        '7'
        >>> [reading.text for reading in Reader().read_many(["a.png", "b.png"])]
        ['41', '52']
    """

    def __init__(
        self,
        model: Classifier | str | int | Path | None = None,
        *,
        artifacts: str | Path = store.DEFAULT_ARTIFACTS,
        model_input: ModelInput | None = None,
        model_head: ModelHead | None = None,
        top_k: int = 3,
        min_confidence: float = CONFIG.min_confidence,
        invert: Invert = "auto",
        layout: Layout = "auto",
        turn: Turn = "auto",
        digits_only: bool = False,
        expect: str | Sequence[str] | None = None,
        grid: tuple[int, int] | None = None,
        form: Form | Literal["sudoku"] | None = None,
        checks: Sequence[str] = (),
    ) -> None:
        if model is None or isinstance(model, str | int | Path):
            reference = None if model is None else str(model)
            said = Convention(model_input, model_head)
            model = open_reading_classifier(reference, Path(artifacts), said)
        self.classifier = model
        names = self.classifier.class_names
        self.class_names = names if names != DIGITS else ()
        if self.class_names and (form or expect or checks):
            raise UsageError("Classes with names can't be expected, summed, or read by a form.")
        self._top_k = top_k
        self._min_confidence = min_confidence
        self._invert = invert
        self._layout = layout
        self._turn = turn
        self._digits_only = digits_only
        self._expect = expect
        self._fits = parse_expectation(expect) if expect else None
        self._grid = (SIDE, SIDE) if form == "sudoku" else grid
        self._is_sudoku = form == "sudoku"
        as_it_comes = not (grid or form or expect or checks or self.class_names)
        self._may_be_sudoku = as_it_comes and layout == "auto"
        self.form = form if isinstance(form, Form) else None
        self._aligner = aligner_of(self.form) if self.form else None
        of_form = self.form.checks if self.form else ()
        self._checks = tuple(map(parse_check, (*of_form, *checks)))
        self._finder = Finder()
        self.keeps_pages = True
        self.model = {"version": self.classifier.version, "sha256": self.classifier.sha256}

    @property
    def options(self) -> dict[str, Any]:
        """What was asked for, beside the classifier, by the names of the arguments."""
        return {
            "top_k": self._top_k,
            "min_confidence": self._min_confidence,
            "invert": self._invert,
            "layout": self._layout,
            "turn": self._turn,
            "digits_only": self._digits_only,
            "expect": self._expect,
            "grid": self._grid and list(self._grid),
            "form": "sudoku" if self._is_sudoku else self.form and self.form.sha256,
            "checks": [check.text for check in self._checks],
        }

    def read(self, picture: PictureLike, *, errors: Errors = "raise") -> Reading:
        """Read a picture: a file's path, its bytes, a Pillow image, or an array.

        Args:
            picture: An array is (H, W) or (H, W, 3) uint8, RGB.
            errors: Whether a picture that can't be read raises, or gives a Reading with its
                `error`.

        Raises:
            PictureError: It can't be read, and `errors` is `raise`.
        """
        return next(self.read_many([picture], errors=errors))

    def read_many(
        self, pictures: Iterable[PictureLike], *, errors: Errors = "raise"
    ) -> Iterator[Reading]:
        """Read pictures as `read` does, in their order, some at a time as they are asked for."""
        waiting = iter(pictures)
        while some := list(islice(waiting, AT_ONCE)):
            names = [_name_of(picture) for picture in some]
            for picture, reading in zip(
                some, self._read_all(names, some, open_picture), strict=True
            ):
                if reading.error and errors == "raise":
                    reading.error.add_note(f"Picture: {reading.path}")
                    raise reading.error
                yield reading._replace(picture=picture)

    def read_files(self, paths: Sequence[str | Path]) -> list[Reading]:
        """Read several files, of which the network sees all digits at once; errors are records."""
        return self._read_all(map(_name, paths), paths, open_picture)

    def read_many_bytes(
        self, pictures: Sequence[tuple[str, bytes | PictureError]]
    ) -> list[Reading]:
        """Read several pictures, each a name and its bytes, or why there are none."""
        names, contents = zip(*pictures, strict=True) if pictures else ((), ())
        return self._read_all(map(_name, names), contents, decode)

    def _read_all(
        self,
        names: Iterable[str],
        contents: Iterable[Any],  # what `opened` takes, or a PictureError
        opened: Callable[[Any], Picture],
    ) -> list[Reading]:
        """Take each step with all pictures before the next.

        To go from step to step with each picture takes a third longer: a processor's cache does not
        hold the code of all steps.
        """
        pictures = _attempted(opened, contents)
        pages = _attempted(self._find, pictures)
        takes = [take for page in pages if isinstance(page, Page) for take in page.takes]
        in_tables = any(isinstance(page, Page) and page.arrangement.tables for page in pages)
        answers = self._answers(takes, all_ten=in_tables)
        readings, at = [], 0
        for name, picture, page in zip(names, pictures, pages, strict=True):
            if isinstance(page, PictureError) or isinstance(picture, PictureError):
                readings.append(self.failed(name, cast("PictureError", page)))
                continue
            own = answers[at : at + len(page.takes)]
            at += len(page.takes)
            readings.append(self._reading(name, picture, page, own))
        return readings

    def _find(self, picture: Picture) -> Page:
        if self.form and self._aligner:
            return find_sheet(
                picture.grey,
                self._finder,
                (self.form, self._aligner),
                self._invert,
                digits_only=self._digits_only,
            )
        page = find_page(
            picture.grey,
            self._finder,
            *(self._invert, self._layout, self._turn, self._grid),
            digits_only=self._digits_only or bool(self.class_names),
            known_marks=marks_of(self._expect) if self._expect else None,
        )
        if self._is_sudoku:  # its rules choose among the unlikely digits too
            check_cost(count_all(page))
        if self._grid and not page.arrangement.tables:
            raise NoTableError(*self._grid)
        return page

    def _answers(self, takes: list[Take], *, all_ten: bool) -> list[Answer]:
        if not takes:
            return []
        images = np.stack([take.normalised.image for take in takes])
        classified = probabilities = self.classifier.probabilities(images)
        if not self.class_names:  # the finder knows digits alone
            probabilities = together(classified, [take.candidate for take in takes])
        # any of them may be what is expected, or what a sudoku's rules leave
        top_k = 10 if self._fits or all_ten else self._top_k
        options = top_k, self._min_confidence, self.class_names
        right = self._right(takes, classified, probabilities.argmax(axis=1))
        return list(judged(probabilities, *options, right))

    def _right(
        self, takes: list[Take], classified: NDArray[np.float32], answers: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """Return how likely answers are right, (N,); NaN of pictures that are taken as they are."""
        right = np.full(len(takes), np.nan)
        found = [take.candidate for take in takes if take.candidate]
        if not found:
            return right
        at = np.array([take.candidate is not None for take in takes])
        own = classified[at]
        said = own if self.class_names else np.stack([one.symbols[:10] for one in found])
        heights = [take.usual_height for take in takes if take.candidate]
        right[at] = rightness(evidence(answers[at], own, said, found, heights))
        return right

    def _reading(self, name: str, picture: Picture, page: Page, answers: list[Answer]) -> Reading:
        place = (
            Place(picture.size, picture.grey.shape, 0, page.aligned.to_picture)
            if page.aligned
            else Place(picture.size, page.grey.shape, page.turned)
        )
        pairs = _chosen(page, answers)
        if any(take.candidate is None for take, _ in pairs):  # the picture as it is
            page = replace(page, arrangement=Arrangement())
        if self._fits:
            pairs, arrangement = joined(pairs, page.arrangement, self._fits)
            page = replace(page, arrangement=arrangement)
            pairs = expected(pairs, page.arrangement, self._fits, self._min_confidence)
        if self.form:
            pairs = by_fields(page, pairs, self.form, self._min_confidence)
        pairs = [(take, _told(take, answer, page)) for take, answer in pairs]
        if grid := self._sudoku_grid(page, pairs):
            whole = only_sudoku(page, grid, () if self._digits_only else page.marks)
            more = list(whole.takes[len(page.takes) :])
            pairs += zip(more, self._answers(more, all_ten=True), strict=True)
            page, pairs = as_sudoku(whole, pairs, notes=not self._is_sudoku)
        digits = [_digit(take, answer, place, self._top_k) for take, answer in pairs]
        numbers, tables = self._structure(page, pairs, digits, place)
        if self.form:
            tables = named(tables, self.form)
        failed = failures(tables, self._checks, digits)
        return Reading(
            path=name,
            text=self._text(digits, numbers),
            digits=tuple(digits),
            flags=(*picture.flags, *page.flags),
            model=self.model,
            size=picture.size,
            numbers=numbers,
            tables=marked(tables, failed),
            checks=tuple(failed),
            marks=tuple(place.mark(mark) for mark in page.marks),
            left_out=tuple(place.left_out(one) for one in page.left_out),
            turned=90 * page.turned,
            solution=self._solution(tables),
            page=replace(page, takes=tuple(take for take, _ in pairs))
            if self.keeps_pages
            else None,
        )

    def _sudoku_grid(self, page: Page, pairs: list[tuple[Take, Answer]]) -> Grid | None:
        if self._is_sudoku:
            return page.arrangement.tables[0].grid
        return sudoku_on(page, pairs) if self._may_be_sudoku else None

    def _structure(
        self, page: Page, pairs: list[tuple[Take, Answer]], digits: list[Digit], place: Place
    ) -> tuple[tuple[NumberRead, ...], tuple[TableRead, ...]]:
        """Return numbers and tables; of a picture that was taken as it is, its digit alone."""
        own = {
            take.candidate: digit
            for (take, _), digit in zip(pairs, digits, strict=True)
            if take.candidate
        }
        if any(take.candidate is None for take, _ in pairs):
            return tuple(map(alone, digits)), ()
        arrangement = page.arrangement
        in_tables = arrangement.in_tables
        numbers = tuple(
            number_read(number, line, own, place, in_table=number in in_tables)
            for line, numbers in enumerate(arrangement.lines)
            for number in numbers
        )
        return numbers, tuple(table_read(one, own, place) for one in arrangement.tables)

    def _solution(self, tables: tuple[TableRead, ...]) -> tuple[str, ...]:
        if not self._is_sudoku:
            return ()
        cells = [int(cell.text or 0) for cell in tables[0].cells]
        found = solutions(cells)
        if len(found) != 1:
            return ()
        rows = (found[0][begin : begin + SIDE] for begin in range(0, len(cells), SIDE))
        return tuple("".join(map(str, row)) for row in rows)

    def _text(self, digits: list[Digit], numbers: tuple[NumberRead, ...]) -> str:
        if not self.class_names:
            return "\n".join(" ".join(one.text for one in line) for line in by_line(numbers))
        lines: dict[int, list[str]] = {}
        for digit in digits:
            lines.setdefault(digit.line, []).append(digit.names[0])
        return "\n".join(map(", ".join, lines.values()))

    def failed(self, name: str, error: PictureError) -> Reading:
        """Return the Reading of a picture that can't be read."""
        flags = (error.code,) if error.code == "blank" else ()
        return Reading(_name(name), "", (), flags, self.model, error)


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


def _chosen(page: Page, answers: list[Answer]) -> list[tuple[Take, Answer]]:
    """Return the digits with their answers; of a picture of 28×28 the way that is the surest."""
    pairs = list(zip(page.takes, answers, strict=True))
    if not page.as_it_is:
        return pairs
    return [max(pairs, key=lambda pair: pair[1].top[0][1])]


def _told(take: Take, answer: Answer, page: Page) -> Answer:
    """Doubt a digit beside a stroke that nothing read, or one that a mark speaks against."""
    flags = [
        flag
        for flag, those in (("unread_ink", page.beside_unread), ("unexpected", page.doubted))
        if take.candidate in those
    ]
    return answer._replace(unsure=True, flags=(*answer.flags, *flags)) if flags else answer


def _digit(take: Take, answer: Answer, place: Place, top_k: int) -> Digit:
    digit, confidence = answer.top[0]
    found = take.normalised
    return Digit(
        digit=digit,
        confidence=confidence,
        top=answer.top[:top_k],
        box=place.box(found.box),
        unsure=answer.unsure,
        flags=(*found.flags, *answer.flags),
        image=found.image,
        line=take.line,
        number=take.number,
        printed=take.candidate is not None and take.candidate.is_printed,
        labels=answer.labels[:top_k],
    )


def _name_of(picture: PictureLike) -> str:
    return _name(picture) if isinstance(picture, str | Path) else "-"


def _name(path: str | Path) -> str:
    """Return a path as text: a name that is none stays printable, and its record valid JSON."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def read_digit_image(path: Path) -> NDArray[np.uint8]:
    """Return the (28, 28) uint8 image of a picture's digit, as data sets of pictures need it.

    Raises:
        PictureError: The picture can't be read, or is blank.
    """
    page = find_page(open_picture(path).grey, _finder(), layout="single", turn=0)
    return page.takes[0].normalised.image


@cache
def _finder() -> Finder:
    return Finder()
