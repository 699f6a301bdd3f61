"""Option types that several commands share."""

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from mnist_cli.cli import console
from mnist_cli.core.choices import TurnText
from mnist_cli.core.data.data_kinds import KINDS
from mnist_cli.core.models.conventions import ModelHead, ModelInput
from mnist_cli.core.ranges import MAX_SEED

if TYPE_CHECKING:
    from mnist_cli.reading.page import Turn


# the groups that help shows options in
MODEL_AND_DATA, READING, OUTPUT = "Model and data", "Reading", "Output"


def degrees(turn: TurnText) -> "Turn":
    """Return by how many degrees clockwise pictures are turned, as the library takes it."""
    return "auto" if turn == "auto" else cast("Turn", int(turn))


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
    typer.Option(
        envvar="MNIST_ARTIFACTS",
        help="The store of versions.",
        file_okay=False,
        show_default=True,
        rich_help_panel=MODEL_AND_DATA,
    ),
]
ModelOption = Annotated[
    str | None,
    typer.Option(
        envvar="MNIST_MODEL",
        autocompletion=complete_versions,
        help="A version's number, an alias (latest, champion, bundled), a version's folder, or a"
        " model of yours: .keras, .h5, .onnx, a SavedModel's folder, a .tflite of mnist export.",
        show_default="latest, else bundled",
        rich_help_panel=MODEL_AND_DATA,
    ),
]
ReadingModelOption = Annotated[
    str | None,
    typer.Option(
        "--model",
        metavar="<str>",
        envvar="MNIST_MODEL",
        autocompletion=complete_versions,
        help="Who reads: a version's number, an alias (latest, champion, bundled), a version's"
        " folder, or a model of yours: .keras, .h5, .onnx, a SavedModel's folder, a .tflite of"
        " mnist export.",
        show_default="champion, else bundled",
        rich_help_panel=MODEL_AND_DATA,
    ),
]
ModelInputOption = Annotated[
    ModelInput | None,
    typer.Option(
        help="What your own model file takes pixels as; -norm is each row, column or image by its"
        " L2 norm, -mean less its mean, by its deviation.",
        show_default="found out on training images",
        rich_help_panel=MODEL_AND_DATA,
    ),
]
ModelHeadOption = Annotated[
    ModelHead | None,
    typer.Option(
        help="What it gives for the ten classes; one-hot is a regression to 0 and 1.",
        show_default="found out",
        rich_help_panel=MODEL_AND_DATA,
    ),
]
ModelsOption = Annotated[
    list[Path] | None,  # so that a path with spaces in MNIST_MODEL stays one
    typer.Option(
        "--model",
        metavar="<str>",
        envvar="MNIST_MODEL",
        autocompletion=complete_versions,
        help="As for evaluate; several for compare, whose default is all versions, at most the"
        " eight newest.",
        show_default=False,
        rich_help_panel=MODEL_AND_DATA,
    ),
]
DataOption = Annotated[
    str,
    typer.Option(
        envvar="MNIST_DATA",
        help=f"{KINDS}.",
        rich_help_panel=MODEL_AND_DATA,
    ),
]
JsonOption = Annotated[
    bool,
    typer.Option(
        "--json", help="Print JSON, errors too.", callback=console.want_json, rich_help_panel=OUTPUT
    ),
]
ForceOption = Annotated[
    bool, typer.Option("--force", help="Replace what exists.", rich_help_panel=OUTPUT)
]
TurnOption = Annotated[
    TurnText,
    typer.Option(
        help="Turn it clockwise by so many degrees first? auto looks.", rich_help_panel=READING
    ),
]
WritersOption = Annotated[
    Path | None,
    typer.Option(
        metavar="FOLDER",
        help="Scanned digits to write pages with too, WRITER/DIGIT/*.png.",
        show_default="MNIST alone",
        rich_help_panel=MODEL_AND_DATA,
    ),
]
KeptWritersOption = Annotated[
    list[str] | None,
    typer.Option(
        "--hold-out",
        metavar="WRITER",
        help="Keep a writer for measuring; may be repeated.",
        show_default=False,
        rich_help_panel=MODEL_AND_DATA,
    ),
]
PagesSeedOption = Annotated[
    int,
    typer.Option(
        "--seed",
        min=0,
        max=MAX_SEED,
        help="Decides pages, order and first weights.",
        rich_help_panel="Training",
    ),
]
