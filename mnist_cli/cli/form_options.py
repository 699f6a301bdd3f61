"""The options of `mnist form new` that no other command has."""

from pathlib import Path
from typing import Annotated

from mnist_cli.cli.options import OUTPUT, option

THE_FORM = "The form"

OutputOption = Annotated[Path, option(OUTPUT, "The form.", "--output", "-o", metavar="FILE.json")]
NameOption = Annotated[
    str | None, option(THE_FORM, "What messages call it.", default="as the picture")
]
FieldOption = Annotated[
    list[str] | None,
    option(
        THE_FORM,
        "Where to read: left, top, right, bottom in pixels of the picture; of a table with"
        " its size, NAME=L,T,R,B:ROWSxCOLUMNS. May be repeated.",
        default="tables and boxes that are ruled",
        metavar="NAME=L,T,R,B",
    ),
]
ColumnsOption = Annotated[
    list[str] | None,
    option(
        THE_FORM,
        "What a table's columns are called. May be repeated.",
        default="1, 2, …",
        metavar="NAME=A,B,…",
    ),
]
ExpectOption = Annotated[
    list[str] | None,
    option(
        THE_FORM,
        "What is written in a field, as --expect of predict. May be repeated.",
        default=False,
        metavar="NAME=WHAT",
    ),
]
IdsOption = Annotated[
    str | None,
    option(
        THE_FORM,
        "The field that says whose sheet it is, and who is expected, one a line.",
        "--id",
        default=False,
        metavar="NAME=FILE",
    ),
]
CheckOption = Annotated[
    list[str] | None,
    option(
        THE_FORM,
        "What tables must come to, as --check of predict. May be repeated.",
        default=False,
        metavar="SUM",
    ),
]
BlankOption = Annotated[
    bool,
    option(THE_FORM, "The sheet is blank: all ink in its tables is print.", "--blank"),
]
AnnotateOption = Annotated[
    Path | None,
    option(
        OUTPUT,
        "Draw the fields on the picture, with their names and pixels.",
        metavar="FILE.png",
    ),
]
