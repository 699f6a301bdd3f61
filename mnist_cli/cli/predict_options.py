"""The options of `mnist predict` that no other command has."""

from pathlib import Path
from typing import Annotated

import typer

from mnist_cli.cli.options import OUTPUT, READING, option
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
    int, option(READING, "How many of the likeliest digits to report.", min=1, max=10)
]
LayoutOption = Annotated[
    Layout,
    option(READING, "What is on the picture: one digit, a line, lines, a table; auto finds out."),
]
InvertOption = Annotated[Invert, option(READING, "Is ink darker than paper? auto finds out.")]
GridOption = Annotated[
    str | None,
    option(READING, "The table's size, as 40x8.", default="found out", metavar="ROWSxCOLUMNS"),
]
ExpectOption = Annotated[
    str | None,
    option(
        READING,
        "What is written decides between readings: integer, decimal, date, time, phone, a length"
        " as 6, a range as 0..100, or a file of allowed texts, one a line.",
        default=False,
        metavar="WHAT",
    ),
]
CheckOption = Annotated[
    list[str] | None,
    option(
        READING,
        'What tables must come to, as "sum(1..7) = 8" of columns, or down them "sum(rows 2..9) ='
        ' row 10"; may be repeated.',
        default=False,
        metavar="SUM",
    ),
]
SolveOption = Annotated[
    bool, option(READING, "With --form sudoku: print the solution too.", "--solve")
]
DigitsOnlyOption = Annotated[
    bool, option(READING, "Leave out points, signs and other marks.", "--digits-only")
]
MinConfidenceOption = Annotated[
    float,
    option(
        READING, "Below this confidence a digit is unsure; a number, below its cube.", min=0, max=1
    ),
]
OutputOption = Annotated[
    str | None,
    option(
        OUTPUT,
        "Write the results to a .csv, .xlsx or .jsonl file instead, tables in the rows and"
        " columns that they have on paper; with ray, to shards in this folder or URL: JSON lines"
        " if its name ends in .jsonl, else Parquet.",
        "--output",
        "-o",
        metavar="PATH",
    ),
]
CellsOption = Annotated[
    Path | None,
    option(OUTPUT, "Write each cell of tables too, a row each, with its box.", metavar="FILE.csv"),
]
ExplainOption = Annotated[
    Path | None, option(OUTPUT, "Write each step of reading as a picture there.", file_okay=False)
]
AnnotateOption = Annotated[
    Path | None,
    option(
        OUTPUT,
        "Draw tables, boxes, digits and confidence on the picture, to a PNG; of several to a"
        " folder.",
        metavar="FILE.png|DIR",
    ),
]
ReviewOption = Annotated[
    Path | None,
    option(
        OUTPUT,
        "Write a page with all that is unsure, to be checked in a browser.",
        metavar="DIR",
        file_okay=False,
    ),
]
EngineOption = Annotated[
    Engine, option(CLUSTER, "ray reads millions, from URLs, tar and Parquet too, on a cluster.")
]
AddressOption = Annotated[
    str | None,
    option(
        CLUSTER,
        "The cluster of ray. Left out: RAY_ADDRESS, else one is started for this.",
        default=False,
    ),
]
WorkersOption = Annotated[
    int | None,
    option(
        CLUSTER, "How many ray reads with.", default="one a core of the cluster", min=1, max=100_000
    ),
]
