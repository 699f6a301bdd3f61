"""What comes of reading a picture: the record of `predict --json`."""

from base64 import b64encode
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image

from mnist_cli.core.errors import PictureError, UsageError
from mnist_cli.core.text import counted
from mnist_cli.reading.given import PictureLike, bytes_of
from mnist_cli.reading.output.results import Digit, Mark
from mnist_cli.reading.page import LeftOut, Page
from mnist_cli.reading.tables.sums import Failure
from mnist_cli.reading.tables.tables import CellRead, NumberRead, TableRead

LONGEST_REPR = 60  # characters of what was read
LONGEST_STEM = 50  # characters, so that a name that begins with it stays legal


class Reading(NamedTuple):
    """What a picture says, or why it could not be read.

    Attributes:
        path: The picture's name, as it was given.
        text: The numbers, a line of them a line, with spaces in between; or the classes' names
            with commas; empty if there are none.
        digits: Each digit, in the order in which they are read.
        flags: What looks wrong with the picture.
        model: Version and digest of the model that read it.
        error: The failure, or None.
        size: Width and height of the upright picture, which the boxes refer to.
        numbers: What the digits and marks come to, in the same order.
        tables: From top to bottom.
        checks: The sums that fail or can't be checked, of all tables.
        marks: The marks that numbers are written with.
        left_out: What looked like a digit or a mark, and was left out.
        solution: Of a sudoku that has one, its nine rows.
        turned: By how many degrees clockwise the picture was turned to be read.
        page: The steps that led to the 28×28 images, for `--explain`; None unless they are kept.
        picture: What was given to `Reader.read`; None where it was read otherwise.
    """

    path: str
    text: str
    digits: tuple[Digit, ...]
    flags: tuple[str, ...]
    model: dict[str, str | None]
    error: PictureError | None = None
    size: tuple[int, int] = (0, 0)
    numbers: tuple[NumberRead, ...] = ()
    tables: tuple[TableRead, ...] = ()
    checks: tuple[Failure, ...] = ()
    marks: tuple[Mark, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    turned: int = 0
    solution: tuple[str, ...] = ()
    page: Page | None = None
    picture: PictureLike | None = None

    def __repr__(self) -> str:
        """Return a line: where from, what it says, of how many digits, how many are unsure."""
        if self.error:
            return f"<Reading {self.path}: {self.error.message}>"
        words = " / ".join(self.text.splitlines())
        shown = words if len(words) <= LONGEST_REPR else words[:LONGEST_REPR] + "…"
        unsure = sum(digit.unsure for digit in self.digits)
        told = f"{counted(len(self.digits), 'digit')}, {unsure} unsure"
        tables = "".join(f", {one.rows}×{one.columns} table" for one in self.tables)
        return f"<Reading {self.path}: {shown!r}, {told}{tables}>"

    def annotated(self) -> Image.Image:
        """Draw what was read on the picture, as `predict --annotate` does.

        Raises:
            PictureError: The picture could not be read, or can't be any more.
            UsageError: It was not read by `Reader.read`, and is not here.
        """
        from mnist_cli.reading.output.annotate import drawn_on

        if self.error:
            raise self.error
        if self.picture is None:
            raise UsageError("A reading of many has no picture.", hint="Use Reader().read(…).")
        return drawn_on(bytes_of(self.picture), self)

    def _repr_html_(self) -> str:
        """Return the picture with what was read on it, for notebooks."""
        if self.error or self.picture is None:
            return f"<code>{escape(repr(self))}</code>"
        from mnist_cli.reading.output.annotate import annotated

        image = b64encode(annotated(bytes_of(self.picture), self)).decode("ascii")
        return (
            f'<figure><img alt="{escape(self.text)}" style="max-width: 100%" '
            f'src="data:image/png;base64,{image}">'
            f"<figcaption><code>{escape(repr(self))}</code></figcaption></figure>"
        )

    @property
    def fields(self) -> tuple[tuple[str, CellRead], ...]:
        """The names of a form's boxes, each with what was read in it."""
        return tuple((table.name, table.cells[0]) for table in self.tables if table.is_box)

    @property
    def are_unsure(self) -> list[bool]:
        """Whether each cell of its tables is unsure, and each number outside of them."""
        cells = ["unsure" in cell.flags for table in self.tables for cell in table.cells]
        return cells + [one.unsure for one in self.numbers if not one.in_table]

    @property
    def stem(self) -> str:
        """What files that are made of it are called."""
        return Path(self.path).stem[:LONGEST_STEM] if self.path != "-" else "stdin"

    def to_record(self) -> dict[str, Any]:
        """Return the record of `predict --json`."""
        return {
            "path": self.path,
            "ok": self.error is None,
            "text": self.text,
            "digits": [digit.to_record() for digit in self.digits],
            "numbers": [number.to_record() for number in self.numbers],
            "fields": [
                {
                    "name": name,
                    "text": cell.text,
                    "confidence": cell.confidence,
                    "flags": list(cell.flags),
                }
                for name, cell in self.fields
            ],
            "tables": [table.to_record() for table in self.tables],
            "checks": [failure.to_record() for failure in self.checks],
            "marks": [mark.to_record() for mark in self.marks],
            "left_out": [one.to_record() for one in self.left_out],
            "turned": self.turned,
            "solution": list(self.solution),
            "flags": list(self.flags),
            "model": self.model,
            "error": self.error.to_record() if self.error else None,
        }
