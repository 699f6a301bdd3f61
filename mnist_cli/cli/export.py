"""mnist export."""

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, get_args

from mnist_cli.cli import console
from mnist_cli.cli.options import (
    OUTPUT,
    ArtifactsOption,
    ForceOption,
    JsonOption,
    ModelHeadOption,
    ModelInputOption,
    ModelOption,
    option,
)
from mnist_cli.core.choices import ExportEnds, ExportFormat, ExportPrecision
from mnist_cli.core.errors import NotInstalledError, UsageError
from mnist_cli.core.models.conventions import Convention
from mnist_cli.reading.opening import graph_classifier, network_file

if TYPE_CHECKING:
    from mnist_cli.core.store.versions import Version
    from mnist_cli.export.job import Export


PRECISIONS: dict[ExportFormat, tuple[ExportPrecision, ...]] = {
    "savedmodel": ("float32",),
    "onnx": ("float32", "float16"),
    "litert": get_args(ExportPrecision),
    "c": get_args(ExportPrecision),
}


FileFormatOption = Annotated[
    ExportFormat, option(OUTPUT, "What to write.", "--format", default=False)
]
OutputOption = Annotated[
    Path,
    option(
        OUTPUT,
        "The file. For savedmodel the folder NAME, in which NAME/NUMBER is made.",
        "--output",
        "-o",
        default=False,
    ),
]
PrecisionOption = Annotated[
    ExportPrecision,
    option(
        OUTPUT,
        "float16 is for onnx, litert and c; int8, which computes in whole numbers, for litert"
        " and c.",
    ),
]
EndsOption = Annotated[
    ExportEnds,
    option(OUTPUT, "What the file takes and gives; int8 is for --precision int8.", "--io"),
]


def export(
    file_format: FileFormatOption,
    output: OutputOption,
    model: ModelOption = None,
    model_input: ModelInputOption = None,
    model_head: ModelHeadOption = None,
    precision: PrecisionOption = "float32",
    ends: EndsOption = "float32",
    artifacts: ArtifactsOption = Path("artifacts"),
    force: ForceOption = False,
    as_json: JsonOption = False,
) -> None:
    """Write a model for TensorFlow Serving, ONNX Runtime, LiteRT, or a microcontroller.

    Whatever the model, an export takes images of (N, 28, 28, 1) in [0, 1] and gives ten
    probabilities each. It is kept if it answers the 10,000 test images as the model does. c writes
    the bytes of a litert file as an array in a header.
    """
    from mnist_cli.core.outputs import check_output
    from mnist_cli.core.store import store

    _check_numbers(file_format, precision, ends)
    if file_format == "onnx":
        _check_onnx()
    found = store.resolve(model, artifacts)
    source, version = network_file(found), found.version
    if file_format == "savedmodel":
        output = _savedmodel_folder(output, version, force=force)
    else:
        check_output(output, force=force, inputs=[source])
    from mnist_cli.api.data import open_data
    from mnist_cli.export import job

    form = job.find_format(file_format, precision, ends)
    classifier = graph_classifier(source, version, Convention(model_input, model_head))
    result = job.export(classifier, form, output, open_data("mnist", "test"))
    if as_json:
        console.result_json(result.to_record())
    else:
        _show(result)


def _savedmodel_folder(output: Path, version: "Version | None", *, force: bool) -> Path:
    """Return the folder NAME/NUMBER, which may be written."""
    from mnist_cli.core.outputs import check_output_folder
    from mnist_cli.export.layout import MARK, place

    folder = place(output, version.name if version else None)
    check_output_folder(folder, MARK, force=force)
    return folder


def _check_numbers(file_format: ExportFormat, precision: ExportPrecision, ends: ExportEnds) -> None:
    """Refuse numbers that a format can't hold.

    Raises:
        UsageError: It can't.
    """
    offered = PRECISIONS[file_format]
    if precision not in offered:
        words = " or ".join(offered)
        raise UsageError(
            f"--format {file_format} is written in {words}. Received: --precision {precision}.",
            hint="Try --format litert.",
        )
    if ends == "int8" and precision != "int8":
        raise UsageError(
            f"--io int8 needs --precision int8. Received: --precision {precision}.",
            hint="Give both, or leave --io out.",
        )


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
    for title, numbers in (("input", result.takes), ("output", result.gives)):
        if numbers:
            console.result(
                f"{title} int8: scale {numbers.scale:.9g}, zero point {numbers.zero_point}"
            )
    console.result(f"{result.form.name}  {console.printable(str(result.path))}")
