"""The options of `mnist predict` that no other command has."""

from pathlib import Path
from typing import Annotated

import typer

from mnist_cli.cli.options import OUTPUT, READING
from mnist_cli.core.choices import Engine, Invert, Layout

CLUSTER = "Many machines"

PicturesArgument = Annotated[
    list[str],
    typer.Argument(
        help="Files, folders, globs, or - for standard input; or a .csv of images, as Kaggle's"
        " test.csv."
    ),
]
TopKOption = Annotated[
    int,
    typer.Option(
        min=1,
        max=10,
        help="How many of the likeliest digits to report.",
        rich_help_panel=READING,
    ),
]
LayoutOption = Annotated[
    Layout,
    typer.Option(
        help="One digit, a line of digits, several lines, a table? auto looks.",
        rich_help_panel=READING,
    ),
]
InvertOption = Annotated[
    Invert,
    typer.Option(help="Is ink darker than paper? auto looks.", rich_help_panel=READING),
]
GridOption = Annotated[
    str | None,
    typer.Option(
        metavar="ROWSxCOLUMNS",
        help="The table's size, as 40x8.",
        show_default="found out",
        rich_help_panel=READING,
    ),
]
ExpectOption = Annotated[
    str | None,
    typer.Option(
        metavar="WHAT",
        help="What is written decides between readings: integer, decimal, date, time, phone,"
        " a length as 6, a range as 0..100, or a file of allowed texts, one a line.",
        show_default=False,
        rich_help_panel=READING,
    ),
]
CheckOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="SUM",
        help='What tables must come to, as "sum(1..7) = 8" of columns, or down them'
        ' "sum(rows 2..9) = row 10"; may be repeated.',
        show_default=False,
        rich_help_panel=READING,
    ),
]
FormOption = Annotated[
    str | None,
    typer.Option(
        metavar="sudoku|FILE.json",
        help="What the sheets are: sudoku, 9×9, by its rules, or a form of `mnist form new`.",
        show_default=False,
        rich_help_panel=READING,
    ),
]
SolveOption = Annotated[
    bool,
    typer.Option(
        "--solve", help="With --form sudoku: print the solution too.", rich_help_panel=READING
    ),
]
DigitsOnlyOption = Annotated[
    bool,
    typer.Option(
        "--digits-only",
        help="Leave out points, signs and other marks.",
        rich_help_panel=READING,
    ),
]
MinConfidenceOption = Annotated[
    float,
    typer.Option(
        min=0, max=1, help="Under it, a digit is marked as unsure.", rich_help_panel=READING
    ),
]
OutputOption = Annotated[
    str | None,
    typer.Option(
        "--output",
        "-o",
        metavar="PATH",
        help="Write the results to a .csv, .xlsx or .jsonl file instead, tables in the rows"
        " and columns that they have on paper; with ray, to shards in this"
        " folder or URL: JSON lines if its name ends in .jsonl, else Parquet.",
        rich_help_panel=OUTPUT,
    ),
]
CellsOption = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE.csv",
        help="Write each cell of tables too, a row each, with its box.",
        rich_help_panel=OUTPUT,
    ),
]
ExplainOption = Annotated[
    Path | None,
    typer.Option(
        file_okay=False,
        help="Write each step of reading as a picture there.",
        rich_help_panel=OUTPUT,
    ),
]
AnnotateOption = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE.png|DIR",
        help="Draw tables, boxes, digits and confidence on the picture, to a PNG; of several"
        " to a folder.",
        rich_help_panel=OUTPUT,
    ),
]
ReviewOption = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        file_okay=False,
        help="Write a page with all that is unsure, to be checked in a browser.",
        rich_help_panel=OUTPUT,
    ),
]
EngineOption = Annotated[
    Engine,
    typer.Option(
        help="ray reads millions, from URLs, tar and Parquet too, on a cluster.",
        rich_help_panel=CLUSTER,
    ),
]
AddressOption = Annotated[
    str | None,
    typer.Option(
        help="The cluster of ray. Left out: RAY_ADDRESS, else one is started for this.",
        show_default=False,
        rich_help_panel=CLUSTER,
    ),
]
WorkersOption = Annotated[
    int | None,
    typer.Option(
        min=1,
        max=100_000,
        help="How many ray reads with.",
        show_default="one a core of the cluster",
        rich_help_panel=CLUSTER,
    ),
]
