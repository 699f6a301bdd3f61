"""Picture to digits: what `predict`, the server and Python programs call."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Literal, TypeVar, cast

from mnist_cli.core.choices import Invert, Layout, Turn
from mnist_cli.core.data.class_names import DIGITS
from mnist_cli.core.errors import PictureError, PictureMemoryError, UsageError
from mnist_cli.core.models.conventions import Convention, ModelHead, ModelInput
from mnist_cli.core.store import store
from mnist_cli.reading.answering import answers_of
from mnist_cli.reading.asked import checks_of, expected_of, form_of, grid_of, plain_options
from mnist_cli.reading.classifier import Classifier
from mnist_cli.reading.composing import reading_of
from mnist_cli.reading.config import CONFIG
from mnist_cli.reading.find_page import find_page
from mnist_cli.reading.finder import Finder
from mnist_cli.reading.forms.form_page import aligner_of, find_sheet
from mnist_cli.reading.forms.forms import Form
from mnist_cli.reading.given import PictureLike, open_picture
from mnist_cli.reading.image import Picture, decode
from mnist_cli.reading.opening import open_reading_classifier
from mnist_cli.reading.output.record import Reading
from mnist_cli.reading.page import NoTableError, Page
from mnist_cli.reading.standing import check_cost
from mnist_cli.reading.tables.sudoku import SIDE
from mnist_cli.reading.tables.sudoku_page import count_all
from mnist_cli.reading.tables.wanted import Wanted
from mnist_cli.reading.task import Task

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
        min_confidence: Under it a digit is `unsure`, in [0, 1]; a number, under its cube.
        invert: Whether ink is darker than paper: `yes`, `no`, or `auto`, which looks.
        layout: How many digits there may be: `single`, a `line`, a `page`, a `table`, or `auto`,
            which looks.
        turn: By how many degrees clockwise pictures are turned before they are read: 0, 90, 180,
            270, or `auto`, which looks.
        digits_only: Whether the marks of numbers are left out of texts.
        expect: What is written: `integer`, `decimal`, `date`, `time`, `phone`, a length as `6`, a
            range as `0..100`, or the texts that are allowed. It decides between readings.
        grid: How many rows and columns the table has; with None that is found out.
        form: `sudoku`, read by its rules; or a form or its file's path, laid over each sheet.
        checks: Sums that each table must come to, as `parse_check` takes them.

    Raises:
        ModelNotFoundError: Nothing answers to the model's name.
        ModelError: What answers is damaged, unsafe, or made for another task.
        FormError: The form makes no sense; as FormNotFoundError, there is none at its path.
        UsageError: An option is none of these, or a check makes no sense.

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
        form: Form | str | Path | None = None,
        checks: Sequence[str] = (),
    ) -> None:
        if model is None or isinstance(model, str | int | Path):
            reference = None if model is None else str(model)
            said = Convention(model_input, model_head)
            model = open_reading_classifier(reference, Path(artifacts), said)
        self.classifier = model
        self.class_names = model.class_names if model.class_names != DIGITS else ()
        if self.class_names and (form or expect or checks):
            raise UsageError("Classes with names can't be expected, summed, or read by a form.")
        form = form_of(form)
        self.form = form if isinstance(form, Form) else None
        self._task = Task(
            *(model, self.class_names, expect, expected_of(expect)),
            **plain_options(top_k, min_confidence, invert, layout, turn, digits_only),
            grid=(SIDE, SIDE) if form == "sudoku" else grid_of(grid),
            form=form,
            checks=checks_of(self.form, checks),
        )
        self._aligner = aligner_of(self.form) if self.form else None
        self._finder = Finder(in_fields=self.form is not None)
        self.keeps_pages = True
        self.model = self._task.model

    @property
    def options(self) -> dict[str, Any]:
        """What was asked for, beside the classifier, by the names of the arguments."""
        return self._task.options

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
        answers = answers_of(takes, self._task, all_ten=in_tables)
        readings, at = [], 0
        for name, picture, page in zip(names, pictures, pages, strict=True):
            if isinstance(page, PictureError) or isinstance(picture, PictureError):
                readings.append(self.failed(name, cast("PictureError", page)))
                continue
            own = answers[at : at + len(page.takes)]
            at += len(page.takes)
            reading = reading_of(name, picture, page, own, self._task)
            readings.append(reading if self.keeps_pages else reading._replace(page=None))
        return readings

    def _find(self, picture: Picture) -> Page:
        task = self._task
        if self.form and self._aligner:
            form = self.form, self._aligner
            return find_sheet(
                *(picture.grey, self._finder, form, task.invert), digits_only=task.digits_only
            )
        wanted = Wanted(
            *(task.invert, task.layout, task.turn, task.grid),
            digits_only=task.digits_only or bool(self.class_names),
            known_marks=task.expected.marks if task.expected else None,
            is_expected=task.expected is not None,
        )
        page = find_page(picture.grey, self._finder, wanted)
        if task.is_sudoku:  # its rules choose among the unlikely digits too
            check_cost(count_all(page))
        if task.grid and not page.arrangement.tables:
            raise NoTableError(*task.grid, is_sudoku=task.is_sudoku)
        return page

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


def _name_of(picture: PictureLike) -> str:
    return _name(picture) if isinstance(picture, str | Path) else "-"


def _name(path: str | Path) -> str:
    """Return a path as text: a name that is none stays printable, and its record valid JSON."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")
