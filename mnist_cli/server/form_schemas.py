"""What OpenAPI says of forms: the file that `mnist form new` writes."""

from typing import Literal

from pydantic import BaseModel, Field


class FieldOfForm(BaseModel):
    """Where a form has a box or a table, in pixels of its picture."""

    name: str
    box: tuple[float, float, float, float] = Field(description="Left, top, right, bottom.")
    expect: str | list[str] | None = Field(None, description="What is written there, as `expect`.")
    columns: list[str] = Field([], description="What a table's columns are called; none of a box.")
    across: list[float] = Field([], description="Where a table's rows begin, and the last ends.")
    down: list[float] = Field([], description="Where its columns begin, and the last ends.")
    printed: list[tuple[int, int]] = Field([], description="Row and column of cells with print.")
    id: bool = Field(False, description="Whether it says whose sheet it is.")


class Form(BaseModel):
    """What stands where on sheets of one kind: the file that `mnist form new` writes."""

    form: Literal[1]
    name: str
    size: tuple[int, int] = Field(description="Width and height of its picture.")
    fields: list[FieldOfForm]
    checks: list[str] = Field(description="Sums that each of its tables must come to.")
    filled: bool = Field(
        False, description="Whether it was made from a sheet that was filled in: see `printed`."
    )
    blank: bool = Field(
        False, description="Whether that sheet is blank, so that all ink in its tables is print."
    )
    picture: str = Field(description="A sheet lying flat, a PNG in base64.")
