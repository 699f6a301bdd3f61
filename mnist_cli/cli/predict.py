"""mnist predict."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import typer

from mnist_cli.cli import options as shared
from mnist_cli.cli import predict_options as own
from mnist_cli.cli.predict_table import is_table, read_table
from mnist_cli.core.errors import UsageError
from mnist_cli.core.models.conventions import Convention
from mnist_cli.reading.config import CONFIG
from mnist_cli.reading.opening import open_reading_classifier

if TYPE_CHECKING:
    from mnist_cli.reading.forms.forms import Form
    from mnist_cli.reading.reader import Reader


OF_CLUSTER = ("address", "workers")
OF_PICTURES = (  # options that mean nothing for a table of images
    *("top_k", "min_confidence", "layout", "invert", "turn", "grid", "expect", "check", "form"),
    *("solve", "digits_only", "cells", "explain", "annotate", "review", *OF_CLUSTER),
)


@dataclass(frozen=True)
class Options:
    """What `mnist predict` takes, in the order of its help."""

    pictures: own.PicturesArgument
    model: shared.ReadingModelOption = None
    model_input: shared.ModelInputOption = None
    model_head: shared.ModelHeadOption = None
    artifacts: shared.ArtifactsOption = Path("artifacts")
    top_k: own.TopKOption = 3
    layout: own.LayoutOption = "auto"
    invert: own.InvertOption = "auto"
    turn: shared.TurnOption = "auto"
    grid: own.GridOption = None
    expect: own.ExpectOption = None
    check: own.CheckOption = None
    form: shared.FormOption = None
    solve: own.SolveOption = False
    digits_only: own.DigitsOnlyOption = False
    min_confidence: own.MinConfidenceOption = CONFIG.min_confidence
    output: own.OutputOption = None
    cells: own.CellsOption = None
    explain: own.ExplainOption = None
    annotate: own.AnnotateOption = None
    review: own.ReviewOption = None
    engine: own.EngineOption = "local"
    address: own.AddressOption = None
    workers: own.WorkersOption = None
    force: shared.ForceOption = False
    as_json: shared.JsonOption = False

    @property
    def output_file(self) -> Path | None:
        """Where results go on this machine."""
        return None if self.output is None else Path(self.output)


@shared.fields_as_options
def predict(context: typer.Context, asked: Options) -> None:
    """Read the digits on each picture: PNG, JPEG, BMP, GIF, WebP or TIFF."""
    if asked.engine == "local" and any(map(is_table, asked.pictures)):
        convention = Convention(asked.model_input, asked.model_head)
        open_classifier = partial(open_reading_classifier, asked.model, asked.artifacts, convention)
        read_table(asked, open_classifier, shared.given(context, *OF_PICTURES))
        return
    form = shared.opened_form(asked.form)
    _check(context, asked, form)
    open_reader = partial(_reader, asked, form)
    if asked.engine == "ray" and asked.output:
        from mnist_cli.cli.predict_cluster import read_on_cluster

        read_on_cluster(asked, open_reader, asked.output)
    else:
        from mnist_cli.cli.predict_local import read_locally

        read_locally(asked, open_reader)


def _reader(asked: Options, form: "Form | Literal['sudoku'] | None") -> "Reader":
    """Open what reads as is asked for."""
    from mnist_cli.reading.reader import Reader

    return Reader(
        asked.model,
        artifacts=asked.artifacts,
        model_input=asked.model_input,
        model_head=asked.model_head,
        top_k=asked.top_k,
        min_confidence=asked.min_confidence,
        invert=asked.invert,
        layout=asked.layout,
        turn=shared.degrees(asked.turn),
        digits_only=asked.digits_only,
        expect=_expected(asked.expect),
        grid=_size(asked.grid),
        form=form,
        checks=asked.check or (),
    )


def _check(context: typer.Context, asked: Options, form: "Form | Literal['sudoku'] | None") -> None:
    """Refuse options that contradict each other.

    Raises:
        UsageError: They do.
    """
    if shared.given(context, "solve") and form != "sudoku":
        raise UsageError("--solve is for --form sudoku.")
    if form and shared.given(context, "grid"):
        raise UsageError("A form says how large its tables are: leave --grid out.")
    unfit = shared.given(context, "expect", "layout", "turn")
    if unfit and form not in {None, "sudoku"}:
        raise UsageError(f"A form says what a sheet is: leave {', '.join(unfit)} out.")
    if asked.engine == "local":
        if shared.given(context, *OF_CLUSTER):
            raise UsageError("--address and --workers are for --engine ray.")
        return
    unfit = shared.given(context, "explain", "annotate", "cells", "review", "solve")
    if unfit or not asked.output:
        without = f", without {', '.join(unfit)}" if unfit else ""
        raise UsageError(
            f"--engine ray takes --output DEST{without}.",
            hint="DEST is a folder or a URL, for shards of results.",
        )


def _expected(text: str | None) -> str | list[str] | None:
    if text is None:
        return None
    from mnist_cli.reading.expectations import read_expectation

    return read_expectation(text)


def _size(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    from mnist_cli.reading.tables.grid_of_size import parse_size

    return parse_size(text)
