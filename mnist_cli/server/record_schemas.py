"""What OpenAPI says of a record: a picture, read."""

from typing import Literal

from pydantic import BaseModel, Field

from mnist_cli.server.lists import Items


class Model(BaseModel):
    """What read it."""

    version: str | None
    sha256: str


class Digit(BaseModel):
    """One digit that was read."""

    digit: int = Field(ge=0, le=9)
    confidence: float = Field(ge=0, le=1, description="Calibrated probability.")
    top: Items[tuple[int, float]] = Field(description="The likeliest digits, the best first.")
    box: tuple[int, int, int, int] = Field(
        description="Left, top, right, bottom in the picture's pixels."
    )
    unsure: bool
    flags: Items[str]
    line: int = Field(ge=0, description="Which line of the page it stands on.")
    number: int = Field(ge=0, description="Which number of the page it belongs to.")
    printed: bool = Field(description="Printed, not written by hand.")
    label: str | None = Field(default=None, description="Of classes with names: this one's.")


class Number(BaseModel):
    """What digits and marks come to."""

    text: str
    box: tuple[int, int, int, int] = Field(description="As a digit's.")
    confidence: float = Field(ge=0, le=1, description="That all of its digits are right.")
    unsure: bool
    line: int = Field(ge=0, description="Which line of the page it stands on.")


Corners = Items[tuple[int, int]]


class Cell(BaseModel):
    """A table's cell."""

    row: int = Field(ge=1)
    column: int = Field(ge=1)
    text: str
    confidence: float = Field(ge=0, le=1, description="That it is right; or empty, without text.")
    box: Corners = Field(description="Its four corners in the picture's pixels.")
    flags: Items[str]


class Table(BaseModel):
    """A table on the page."""

    corners: Corners = Field(description="Its four corners in the picture's pixels.")
    rows: int = Field(ge=1)
    columns: int = Field(ge=1)
    name: str = Field(description="Of a form's field; empty where there is no form.")
    cells: Items[Cell]


class FormField(BaseModel):
    """A box of a form."""

    name: str
    text: str
    confidence: float = Field(ge=0, le=1)
    flags: Items[str]


class FailedCheck(BaseModel):
    """A row or column of a table whose sum is not what was read, or that can't be checked."""

    table: int = Field(ge=0, description="From 1; 0 where none has what is checked.")
    where: str
    check: str
    expected: str = Field(description="What the cells come to; empty, if it can't be checked.")
    written: str
    suggestion: str = Field(description="The one other reading that would make it right.")
    reason: str = Field("", description="Why it can't be checked; empty, if the sum fails.")
    cells: Items[tuple[int, int]] = Field([], description="Row and column of what to look at.")


class Mark(BaseModel):
    """A mark that numbers are written with, as a point, a minus, a slash."""

    text: str
    confidence: float = Field(ge=0, le=1)
    box: tuple[int, int, int, int] = Field(description="As a digit's.")


class LeftOut(BaseModel):
    """What looked like a digit, and was left out."""

    box: tuple[int, int, int, int] = Field(description="As a digit's.")
    symbol: str = Field(description="What it looked like.")
    score: float = Field(ge=0, le=1, description="How sure it is that something is there.")
    reason: Literal[
        "unlikely",
        "hardly_a_digit",
        "a_letter",
        "a_mark",
        "no_ink",
        "another_digit",
        "beside_table",
        "cut_off",
        "outside_fields",
        "printed_on_form",
    ]


class Failure(BaseModel):
    """Why a picture of several could not be read."""

    code: str
    message: str
    hint: str


class Explanation(BaseModel):
    """With `explain=true`: how it was read."""

    text: str = Field(description="In words, what was found and what looks wrong.")
    warnings: Items[str] = Field(description="What looks wrong alone, a sentence each.")
    size: tuple[int, int] = Field(description="Width and height of the upright picture.")
    images: Items[str] = Field(description="What the network saw: a 28×28 PNG a digit, in base64.")


class Record(BaseModel):
    """A picture, read: the same as `mnist predict --json` prints."""

    path: str
    ok: bool
    text: str
    digits: Items[Digit]
    numbers: Items[Number]
    fields: Items[FormField] = Field(description="The boxes of a form; none without one.")
    tables: Items[Table]
    checks: Items[FailedCheck]
    marks: Items[Mark]
    left_out: Items[LeftOut]
    turned: Literal[0, 90, 180, 270] = Field(
        description="By how many degrees clockwise the picture was turned to be read."
    )
    solution: Items[str] = Field(description="Of a sudoku that has one, its nine rows.")
    flags: Items[str]
    model: Model
    error: Failure | None
    explanation: Explanation | None = None
