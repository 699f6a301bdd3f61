"""mnist export."""

from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mnist_cli import console
from mnist_cli.commands.opening import open_data
from mnist_cli.core.conventions import Convention
from mnist_cli.core.errors import NotInstalledError, UsageError
from mnist_cli.options import (
    OUTPUT,
    ArtifactsOption,
    ForceOption,
    JsonOption,
    ModelHeadOption,
    ModelInputOption,
    ModelOption,
)
from mnist_cli.reading.opening import find_network, graph_classifier

if TYPE_CHECKING:
    from mnist_cli.export.job import Export


class Format(StrEnum):
    """Formats that others run."""

    SAVEDMODEL = "savedmodel"
    ONNX = "onnx"
    LITERT = "litert"


class Precision(StrEnum):
    """Numbers that a litert file holds."""

    FLOAT32 = "float32"
    FLOAT16 = "float16"
    INT8 = "int8"


def export(
    file_format: Annotated[
        Format,
        typer.Option("--format", help="What to write.", show_default=False, rich_help_panel=OUTPUT),
    ],
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            help="The file. For savedmodel the folder NAME, in which NAME/NUMBER is made.",
            show_default=False,
            rich_help_panel=OUTPUT,
        ),
    ],
    model: ModelOption = None,
    model_input: ModelInputOption = None,
    model_head: ModelHeadOption = None,
    precision: Annotated[
        Precision,
        typer.Option(help="Of litert; int8 computes in whole numbers.", rich_help_panel=OUTPUT),
    ] = Precision.FLOAT32,
    artifacts: ArtifactsOption = Path("artifacts"),
    force: ForceOption = False,
    as_json: JsonOption = False,
) -> None:
    """Write a model for TensorFlow Serving, ONNX Runtime or LiteRT.

    Whatever the model, an export takes images of (N, 28, 28, 1) float32 in [0, 1] and gives ten
    probabilities each. It is kept if it answers the 10,000 test images as the model does.
    """
    from mnist_cli.core.files import check_output, check_output_folder

    if precision is not Precision.FLOAT32 and file_format is not Format.LITERT:
        raise UsageError(
            f"--format {file_format} is written in float32 alone.", hint="Try --format litert."
        )
    if file_format is Format.ONNX:
        _check_onnx()
    source, version = find_network(model, artifacts)
    if file_format is Format.SAVEDMODEL:
        from mnist_cli.export.layout import MARK, place

        output = place(output, version.name if version else None)
        check_output_folder(output, MARK, force=force)
    else:
        check_output(output, force=force, inputs=[source])
    from mnist_cli.export import job

    form = job.find_format(file_format.value, precision.value)
    classifier = graph_classifier(source, version, Convention(model_input, model_head))
    result = job.export(classifier, form, output, open_data("mnist", "test"))
    if as_json:
        console.result_json(result.to_record())
    else:
        _show(result)


def _check_onnx() -> None:
    """Find out what is not installed, before the seconds that TensorFlow takes.

    Raises:
        NotInstalledError: A library of the extra is missing.
    """
    for library in ("onnx", "onnxruntime", "tf2onnx"):
        if find_spec(library) is None:
            raise NotInstalledError("mnist export --format onnx", library, "onnx")


def _show(result: "Export") -> None:
    from rich.table import Table

    found = result.comparison
    table = Table("", "accuracy", "errors", "size", "time an image")
    name = f"{result.form.name} {result.form.precision}"
    for title, row in (("keras", found.keras), (name, found.export)):
        table.add_row(
            title,
            f"{100 * row.accuracy:.2f} %",
            f"{row.errors}",
            f"{row.size_bytes / 1e6:.2f} MB",
            f"{row.us_per_image:.1f} µs",
        )
    console.result_rich(table)
    console.result(
        f"largest difference of a probability {found.largest_difference:.2g}, {found.changed}"
        f" changed answers in {found.n:,} test images"
    )
    console.result(f"{result.form.name}  {console.printable(str(result.path))}")
