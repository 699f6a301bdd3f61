"""mnist predict."""

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from mnist_cli.cli.options import (
    ArtifactsOption,
    ForceOption,
    JsonOption,
    ModelHeadOption,
    ModelInputOption,
    ReadingModelOption,
    TurnOption,
    degrees,
)
from mnist_cli.cli.predict_options import (
    AddressOption,
    AnnotateOption,
    CellsOption,
    CheckOption,
    DigitsOnlyOption,
    EngineOption,
    ExpectOption,
    ExplainOption,
    FormOption,
    GridOption,
    InvertOption,
    LayoutOption,
    MinConfidenceOption,
    OutputOption,
    PicturesArgument,
    ReviewOption,
    SolveOption,
    TopKOption,
    WorkersOption,
)
from mnist_cli.cli.predict_table import is_table, read_table
from mnist_cli.core.errors import UsageError
from mnist_cli.core.models.conventions import Convention
from mnist_cli.reading.config import CONFIG
from mnist_cli.reading.opening import open_reading_classifier

if TYPE_CHECKING:
    from mnist_cli.reading.classifier import Classifier
    from mnist_cli.reading.forms.forms import Form
    from mnist_cli.reading.reader import Reader


TOP_K = 3


def predict(
    pictures: PicturesArgument,
    model: ReadingModelOption = None,
    model_input: ModelInputOption = None,
    model_head: ModelHeadOption = None,
    artifacts: ArtifactsOption = Path("artifacts"),
    top_k: TopKOption = TOP_K,
    layout: LayoutOption = "auto",
    invert: InvertOption = "auto",
    turn: TurnOption = "auto",
    grid: GridOption = None,
    expect: ExpectOption = None,
    check: CheckOption = None,
    form: FormOption = None,
    solve: SolveOption = False,
    digits_only: DigitsOnlyOption = False,
    min_confidence: MinConfidenceOption = CONFIG.min_confidence,
    output: OutputOption = None,
    cells: CellsOption = None,
    explain: ExplainOption = None,
    annotate: AnnotateOption = None,
    review: ReviewOption = None,
    engine: EngineOption = "local",
    address: AddressOption = None,
    workers: WorkersOption = None,
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
    from mnist_cli.reading.forms.form_file import read_form

    return read_form(Path(text))


def _size(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    from mnist_cli.reading.tables.grid_of_size import parse_size

    return parse_size(text)
