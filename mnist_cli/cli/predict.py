"""mnist predict."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from mnist_cli.cli.options import (
    OUTPUT,
    READING,
    ArtifactsOption,
    ForceOption,
    JsonOption,
    ModelHeadOption,
    ModelInputOption,
    ReadingModelOption,
    TurnOption,
    degrees,
)
from mnist_cli.cli.predict_table import is_table, read_table
from mnist_cli.core.choices import Engine, Invert, Layout
from mnist_cli.core.errors import UsageError
from mnist_cli.core.models.conventions import Convention
from mnist_cli.reading.config import CONFIG
from mnist_cli.reading.opening import open_reading_classifier

if TYPE_CHECKING:
    from mnist_cli.reading.classifier import Classifier
    from mnist_cli.reading.forms.forms import Form
    from mnist_cli.reading.reader import Reader


CLUSTER = "Many machines"
TOP_K = 3


def predict(
    pictures: Annotated[
        list[str],
        typer.Argument(
            help="Files, folders, globs, or - for standard input; or a .csv of images, as Kaggle's"
            " test.csv."
        ),
    ],
    model: ReadingModelOption = None,
    model_input: ModelInputOption = None,
    model_head: ModelHeadOption = None,
    artifacts: ArtifactsOption = Path("artifacts"),
    top_k: Annotated[
        int,
        typer.Option(
            min=1,
            max=10,
            help="How many of the likeliest digits to report.",
            rich_help_panel=READING,
        ),
    ] = TOP_K,
    layout: Annotated[
        Layout,
        typer.Option(
            help="One digit, a line of digits, several lines, a table? auto looks.",
            rich_help_panel=READING,
        ),
    ] = "auto",
    invert: Annotated[
        Invert,
        typer.Option(help="Is ink darker than paper? auto looks.", rich_help_panel=READING),
    ] = "auto",
    turn: TurnOption = "auto",
    grid: Annotated[
        str | None,
        typer.Option(
            metavar="ROWSxCOLUMNS",
            help="The table's size, as 40x8.",
            show_default="found out",
            rich_help_panel=READING,
        ),
    ] = None,
    expect: Annotated[
        str | None,
        typer.Option(
            metavar="WHAT",
            help="What is written decides between readings: integer, decimal, date, time, phone,"
            " a length as 6, a range as 0..100, or a file of allowed texts, one a line.",
            show_default=False,
            rich_help_panel=READING,
        ),
    ] = None,
    check: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SUM",
            help='What tables must come to, as "sum(1..7) = 8" of columns, or down them'
            ' "sum(rows 2..9) = row 10"; may be repeated.',
            show_default=False,
            rich_help_panel=READING,
        ),
    ] = None,
    form: Annotated[
        str | None,
        typer.Option(
            metavar="sudoku|FILE.json",
            help="What the sheets are: sudoku, 9×9, by its rules, or a form of `mnist form new`.",
            show_default=False,
            rich_help_panel=READING,
        ),
    ] = None,
    solve: Annotated[
        bool,
        typer.Option(
            "--solve", help="With --form sudoku: print the solution too.", rich_help_panel=READING
        ),
    ] = False,
    digits_only: Annotated[
        bool,
        typer.Option(
            "--digits-only",
            help="Leave out points, signs and other marks.",
            rich_help_panel=READING,
        ),
    ] = False,
    min_confidence: Annotated[
        float,
        typer.Option(
            min=0, max=1, help="Under it, a digit is marked as unsure.", rich_help_panel=READING
        ),
    ] = CONFIG.min_confidence,
    output: Annotated[
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
    ] = None,
    cells: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.csv",
            help="Write each cell of tables too, a row each, with its box.",
            rich_help_panel=OUTPUT,
        ),
    ] = None,
    explain: Annotated[
        Path | None,
        typer.Option(
            file_okay=False,
            help="Write each step of reading as a picture there.",
            rich_help_panel=OUTPUT,
        ),
    ] = None,
    annotate: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.png|DIR",
            help="Draw tables, boxes, digits and confidence on the picture, to a PNG; of several"
            " to a folder.",
            rich_help_panel=OUTPUT,
        ),
    ] = None,
    review: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            file_okay=False,
            help="Write a page with all that is unsure, to be checked in a browser.",
            rich_help_panel=OUTPUT,
        ),
    ] = None,
    engine: Annotated[
        Engine,
        typer.Option(
            help="ray reads millions, from URLs, tar and Parquet too, on a cluster.",
            rich_help_panel=CLUSTER,
        ),
    ] = "local",
    address: Annotated[
        str | None,
        typer.Option(
            help="The cluster of ray. Left out: RAY_ADDRESS, else one is started for this.",
            show_default=False,
            rich_help_panel=CLUSTER,
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=100_000,
            help="How many ray reads with.",
            show_default="one a core of the cluster",
            rich_help_panel=CLUSTER,
        ),
    ] = None,
    force: ForceOption = False,
    as_json: JsonOption = False,
) -> None:
    """Read the digits on each picture: PNG, JPEG, BMP, GIF, WebP or TIFF."""

    def open_classifier() -> "Classifier":
        return open_reading_classifier(model, artifacts, Convention(model_input, model_head))

    def open_reader() -> "Reader":
        from mnist_cli.reading.reader import Reader

        return Reader(
            open_classifier(),
            top_k=top_k,
            min_confidence=min_confidence,
            invert=invert,
            layout=layout,
            turn=degrees(turn),
            digits_only=digits_only,
            expect=_expected(expect),
            grid=_size(grid),
            form=known_form,
            checks=check or (),
        )

    if engine == "local" and any(map(is_table, pictures)):
        others = _given(
            top_k=top_k != TOP_K,
            min_confidence=min_confidence != CONFIG.min_confidence,
            layout=layout,
            invert=invert,
            turn=turn,
            grid=grid,
            expect=expect,
            check=check,
            form=form,
            solve=solve,
            digits_only=digits_only,
            cells=cells,
            explain=explain,
            annotate=annotate,
            review=review,
            address=bool(address),  # auto is one
            workers=workers,
        )
        read_table(pictures, open_classifier, output, others, force=force, as_json=as_json)
        return
    known_form = _form(form)
    if solve and known_form != "sudoku":
        raise UsageError("--solve is for --form sudoku.")
    if form and grid:
        raise UsageError("A form says how large its tables are: leave --grid out.")
    unfit = _given(expect=expect, layout=layout, turn=turn)
    if unfit and known_form not in {None, "sudoku"}:
        raise UsageError(f"A form says what a sheet is: leave {', '.join(unfit)} out.")

    if engine == "ray":
        given = _given(explain=explain, annotate=annotate, cells=cells, review=review, solve=solve)
        if not output or given:
            without = f", without {', '.join(given)}" if given else ""
            raise UsageError(
                f"--engine ray takes --output DEST{without}.",
                hint="DEST is a folder or a URL, for shards of results.",
            )
        from mnist_cli.cli.predict_cluster import read_on_cluster

        read_on_cluster(pictures, open_reader, output, address, workers, force, as_json)
    else:
        if address or workers:
            raise UsageError("--address and --workers are for --engine ray.")
        from mnist_cli.cli.predict_local import Wanted, read_locally

        to_file = None if output is None else Path(output)
        wanted = Wanted(to_file, cells, explain, annotate, review, force, as_json, solve)
        read_locally(pictures, open_reader, wanted)


def _given(**options: object) -> list[str]:
    """Return the options, as they are written, that are not left as they are by themselves."""
    given = (name for name, value in options.items() if value and value != "auto")
    return [f"--{name.replace('_', '-')}" for name in given]


def _expected(text: str | None) -> str | list[str] | None:
    if text is None:
        return None
    from mnist_cli.reading.expectations import read_expectation

    return read_expectation(text)


def _form(text: str | None) -> "Form | Literal['sudoku'] | None":
    """Return the form that is built in, or what a file says."""
    if text is None:
        return None
    if text == "sudoku":
        return "sudoku"
    from mnist_cli.reading.forms.forms import read_form

    return read_form(Path(text))


def _size(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    from mnist_cli.reading.tables.grid import parse_size

    return parse_size(text)
