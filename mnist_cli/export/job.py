"""One export: written to a temporary place, compared with its network, put in its own place."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from mnist_cli.core import log
from mnist_cli.core.choices import ExportEnds, ExportFormat, ExportPrecision
from mnist_cli.core.data.dataset import Dataset
from mnist_cli.core.errors import ExportError, MnistError, NotInstalledError
from mnist_cli.core.files import replacing, replacing_folder
from mnist_cli.core.models.graph_classifier import GraphClassifier
from mnist_cli.core.models.litert import LiteRTModel, WholeNumbers
from mnist_cli.core.text import first_line
from mnist_cli.export import c_file, litert_file, saved_model
from mnist_cli.export.comparison import Comparison, Runner, compare


@dataclass(frozen=True)
class Format:
    """How a form of a network is written and run.

    Attributes:
        name: As `--format` has it.
        precision: Of its weights.
        ends: What it takes and gives.
        write: Writes a network to a file, or into an empty folder; returns what LiteRT made of it.
        opened: Returns what runs what was written.
    """

    name: ExportFormat
    precision: ExportPrecision
    ends: ExportEnds
    write: Callable[[GraphClassifier, Path], LiteRTModel | None]
    opened: Callable[[Path], Runner]


@dataclass(frozen=True)
class Export:
    """An export in its place.

    Attributes:
        path: The file or folder.
        form: What it is.
        model: Version and digest of the `.keras` or `.h5` file it was made of.
        temperature: What calibrates the confidence of that model; an export is without it.
        dataset: The images it was compared on.
        comparison: What it changes.
        takes, gives: What its int8 numbers mean; None where they are float32.
    """

    path: Path
    form: Format
    model: dict[str, str | None]
    temperature: float
    dataset: Dataset
    comparison: Comparison
    takes: WholeNumbers | None
    gives: WholeNumbers | None

    def to_record(self) -> dict[str, Any]:
        """Return the document of `export --json`."""
        data = self.dataset
        return {
            "path": str(self.path),
            "format": self.form.name,
            "precision": self.form.precision,
            "ends": self.form.ends,
            "input": asdict(self.takes) if self.takes else None,
            "output": asdict(self.gives) if self.gives else None,
            "model": self.model,
            "temperature": self.temperature,
            "data": {"name": data.name, "split": data.split, "sha256": data.sha256},
        } | self.comparison.to_record()


def find_format(name: ExportFormat, precision: ExportPrecision, ends: ExportEnds) -> Format:
    """Return how a format is written.

    Raises:
        NotInstalledError: It needs libraries that are not installed.
    """
    if name == "savedmodel":
        return Format(name, precision, ends, saved_model.write, saved_model.opened)
    if name in {"litert", "c"}:
        home = litert_file if name == "litert" else c_file
        write = partial(home.write, precision=precision, ends=ends)
        return Format(name, precision, ends, write, home.opened)
    try:
        from mnist_cli.export import onnx_file
    except ModuleNotFoundError as error:
        raise NotInstalledError(f"mnist export --format {name}", str(error.name), name) from error
    write_onnx = partial(onnx_file.write, precision=precision)
    return Format(name, precision, ends, write_onnx, onnx_file.opened)


def export(classifier: GraphClassifier, form: Format, path: Path, dataset: Dataset) -> Export:
    """Write a network in another format, and keep it if it answers as the network does.

    Args:
        classifier: The network.
        form: The format.
        path: Where to; what is there is replaced.
        dataset: Labelled images to compare on; nothing is chosen by them.

    Raises:
        ExportError: The format can't hold the network, or answers otherwise.
        StorageError: The disk is full, or the folder can't be written.
    """
    place = replacing_folder if form.name == "savedmodel" else replacing
    with place(path) as made:
        with _refusing(form):
            written = form.write(classifier, made)
            run = form.opened(made)
        log.event("export.written", format=form.name, precision=form.precision, bytes=_size(made))
        comparison = compare(
            (lambda images: classifier.uncalibrated(images[..., 0]), classifier.size_bytes),
            (run, _size(made)),
            dataset,
        )
        # what computes in half precision answers no better than that
        halved = classifier.computes_in_half and form.precision == "float32"
        comparison.check("float16" if halved else form.precision)
    model = {"version": classifier.version, "sha256": classifier.sha256}
    takes, gives = (written.takes, written.gives) if written else (None, None)
    return Export(path, form, model, classifier.temperature, dataset, comparison, takes, gives)


@contextmanager
def _refusing(form: Format) -> Iterator[None]:
    """Turn whatever a converter raises into a refusal."""
    try:
        yield
    except (MnistError, OSError):
        raise
    except Exception as error:
        raise ExportError(
            f"This network can't be written as {form.name} in {form.precision}"
            f" ({first_line(error)}).",
            hint="Try another --format or --precision.",
        ) from error


def _size(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())
