"""Option types that several commands share."""

from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

import typer

from mnist_cli.cli import console
from mnist_cli.core.choices import Turn, TurnText
from mnist_cli.core.data.data_kinds import KINDS
from mnist_cli.core.errors import UsageError
from mnist_cli.core.models.conventions import ModelHead, ModelInput
from mnist_cli.core.ranges import MAX_SEED
from mnist_cli.core.signatures import unfolded

if TYPE_CHECKING:
    from mnist_cli.reading.forms.forms import Form

# the groups that help shows options in
MODEL_AND_DATA, READING, OUTPUT = "Model and data", "Reading", "Output"


def fields_as_options(run: Callable[..., None]) -> Callable[..., None]:
    """Decorate a command that takes its options as one value, the fields of a dataclass."""
    kind, shown = unfolded(run)

    @wraps(run)
    def command(context: typer.Context, **options: Any) -> None:
        run(context, kind(**options))

    command.__signature__ = shown  # type: ignore[attr-defined]
    return command


def option(panel: str, words: str, *names: str, default: bool | str = True, **others: Any) -> Any:
    """Return an option as Typer takes it.

    Args:
        panel: The group that help shows it in.
        words: What help says of it.
        names: As they are written, if not by the parameter's name.
        default: Whether help shows its default; or what it shows in its place.
        others: Further arguments of `typer.Option`.
    """
    return typer.Option(*names, help=words, show_default=default, rich_help_panel=panel, **others)


def weights_option(files: str) -> Any:
    """Return the option of weights to begin with, some files of an earlier training."""
    words = f"Begin with those of an earlier training: its {files}."
    return option(MODEL_AND_DATA, words, "--from", default=False, metavar="FILE")


def check_mix(mix: float, begin_from: Path | None) -> None:
    """Refuse to mix in weights that are not named."""
    if mix and not begin_from:
        raise UsageError("--mix is of weights to begin with.", hint="Name them by --from.")


def processes_option(panel: str, default: str = "all cores") -> Any:
    """Return the option of how many processes make pages; help shows what it is if left out."""
    return option(panel, "How many make pages.", default=default, min=1)


def given(context: typer.Context, *names: str) -> list[str]:
    """Return those of some options, as they are written, that are not left at their defaults."""
    options = {parameter.name: parameter for parameter in context.command.params}
    return [
        options[name].opts[0]
        for name in names
        if context.params[name] not in (None, "", (), [], options[name].default)
    ]


def degrees(turn: TurnText) -> Turn:
    """Return by how many degrees clockwise pictures are turned, as the library takes it."""
    return "auto" if turn == "auto" else cast("Turn", int(turn))


def opened_form(text: str | None) -> "Form | Literal['sudoku'] | None":
    """Return the form that is built in, or what a file says.

    Raises:
        FormNotFoundError: No file is there.
        FormError: It is no form.
    """
    if text is None:
        return None
    from mnist_cli.reading.asked import form_of

    return form_of(text)


def complete_versions(context: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """Return what a shell completes: aliases and numbers of the store's versions."""
    from mnist_cli.core.errors import MnistError
    from mnist_cli.core.store import store

    artifacts = Path(context.params.get("artifacts") or store.DEFAULT_ARTIFACTS)
    names = {str(number): "a version" for number in store.version_numbers(artifacts)}
    with suppress(MnistError):  # damaged aliases are told once the command runs
        aliases = store.read_aliases(artifacts)
        names |= {name: f"an alias of {path.name}" for name, path in aliases.items()}
    return [(name, what) for name, what in names.items() if name.startswith(incomplete)]


def complete_settings(incomplete: str) -> list[tuple[str, str]]:
    """Return what a shell completes: `NAME=` of each figure that `--set` takes."""
    from mnist_cli.core.config import TrainConfig
    from mnist_cli.core.settings import describe

    names = {f"{one.name}=": f"{one.meaning} ({one.range})" for one in describe(TrainConfig())}
    return [(name, what) for name, what in names.items() if name.startswith(incomplete)]


ArtifactsOption = Annotated[
    Path,
    option(
        MODEL_AND_DATA,
        "The store of versions.",
        default=True,
        envvar="MNIST_ARTIFACTS",
        file_okay=False,
    ),
]
ModelOption = Annotated[
    str | None,
    option(
        MODEL_AND_DATA,
        "A version's number, an alias (latest, champion, bundled), a version's folder, or a model"
        " of yours: .keras, .h5, .onnx, a SavedModel's folder, a .tflite of mnist export.",
        default="latest, else bundled",
        envvar="MNIST_MODEL",
        autocompletion=complete_versions,
    ),
]
ReadingModelOption = Annotated[
    str | None,
    option(
        MODEL_AND_DATA,
        "The model that reads: a version's number, an alias (latest, champion, bundled), a"
        " version's folder, or a model of yours: .keras, .h5, .onnx, a SavedModel's folder, a"
        " .tflite of mnist export.",
        "--model",
        default="champion, else bundled",
        metavar="<str>",
        envvar="MNIST_MODEL",
        autocompletion=complete_versions,
    ),
]
ModelInputOption = Annotated[
    ModelInput | None,
    option(
        MODEL_AND_DATA,
        "What your own model file takes pixels as; -norm is each row, column or image by its L2"
        " norm, -mean less its mean, by its deviation.",
        default="found out on training images",
    ),
]
ModelHeadOption = Annotated[
    ModelHead | None,
    option(
        MODEL_AND_DATA,
        "What it gives for the ten classes; one-hot is a regression to 0 and 1.",
        default="found out",
    ),
]
ModelsOption = Annotated[
    list[Path] | None,  # so that a path with spaces in MNIST_MODEL stays one
    option(
        MODEL_AND_DATA,
        "As for evaluate; several for compare, whose default is all versions, at most the eight"
        " newest.",
        "--model",
        default=False,
        metavar="<str>",
        envvar="MNIST_MODEL",
        autocompletion=complete_versions,
    ),
]
DataOption = Annotated[str, option(MODEL_AND_DATA, f"{KINDS}.", envvar="MNIST_DATA")]
JsonOption = Annotated[
    bool, option(OUTPUT, "Print JSON, errors too.", "--json", callback=console.want_json)
]
ForceOption = Annotated[bool, option(OUTPUT, "Replace what exists.", "--force")]
TurnOption = Annotated[
    TurnText, option(READING, "Turn it clockwise by so many degrees first; auto finds out.")
]
FormOption = Annotated[
    str | None,
    option(
        READING,
        "What the sheets are: sudoku, 9×9, by its rules, or a form of `mnist form new`.",
        default=False,
        metavar="sudoku|FILE.json",
    ),
]
WritersOption = Annotated[
    Path | None,
    option(
        MODEL_AND_DATA,
        "Scanned digits to write pages with too, WRITER/DIGIT/*.png.",
        default="MNIST alone",
        metavar="FOLDER",
    ),
]
KeptWritersOption = Annotated[
    list[str] | None,
    option(
        MODEL_AND_DATA,
        "Keep a writer for measuring; may be repeated.",
        "--hold-out",
        default=False,
        metavar="WRITER",
    ),
]
PeakRateOption = Annotated[
    float, option("Training", "At its peak; less where it begins with weights.", min=0)
]
MixOption = Annotated[
    float,
    option("Training", "Share of the weights of --from in those of the end.", min=0, max=1),
]
PagesSeedOption = Annotated[
    int,
    option("Training", "Decides pages, order and first weights.", "--seed", min=0, max=MAX_SEED),
]
