"""Opens a model to read with, of a version or a file; TensorFlow for what needs it alone."""

from pathlib import Path
from typing import TYPE_CHECKING

from mnist_cli.core import log
from mnist_cli.core.models.conventions import UNKNOWN, Convention

if TYPE_CHECKING:
    from mnist_cli.core.models.graph_classifier import GraphClassifier
    from mnist_cli.core.store.versions import Model, Version
    from mnist_cli.reading.classifier import Attributing, Classifier


def open_classifier(
    reference: str | None,
    artifacts: Path,
    threads: int | None = None,
    convention: Convention = UNKNOWN,
) -> "Classifier":
    """Open the model that `--model` names; TensorFlow is loaded for what needs it alone.

    Args:
        reference: What `--model` says.
        artifacts: The store.
        threads: How many a version works with; all cores, if left out.
        convention: What a file of the user's takes and gives, as far as it is said.

    Raises:
        ModelNotFoundError: Nothing answers to the reference.
        ModelError: What answers is damaged, unsafe, or made for another task.
        UsageError: A version takes and gives something else than is said.
    """
    from mnist_cli.core.store import store

    return classifier_of(store.resolve(reference, artifacts), threads, convention)


def open_reading_classifier(
    reference: str | None, artifacts: Path, convention: Convention = UNKNOWN
) -> "Classifier":
    """Open the model that reads pictures: the champion, else the package's, if none is named.

    Errors are those of `open_classifier`.
    """
    from mnist_cli.core.store import store

    return classifier_of(store.resolve(reference, artifacts, store.READERS), None, convention)


def classifier_of(
    found: "Model", threads: int | None = None, convention: Convention = UNKNOWN
) -> "Classifier":
    """Open a model that was found; arguments and errors are those of `open_classifier`."""
    path = found.path
    if version := found.whole:
        check_unstated(version, convention)
        from mnist_cli.reading.classifier import LiteRTClassifier

        log.event("model.opened", version=version.name, path=str(path))
        return LiteRTClassifier(version, threads)
    from mnist_cli.core.models.file_classifier import Known
    from mnist_cli.core.models.model_kinds import ModelKind, kind_of

    kind = kind_of(path)
    if kind is ModelKind.LITERT:
        from mnist_cli.core.models.litert_classifier import ExportClassifier

        log.event("model.opened", path=str(path))
        return ExportClassifier(path, threads)
    if kind is ModelKind.ONNX:
        from mnist_cli.core.errors import NotInstalledError

        try:
            from mnist_cli.core.models.onnx_classifier import OnnxClassifier
        except ModuleNotFoundError as error:
            raise NotInstalledError(str(path), str(error.name), "onnx") from error
        log.event("model.opened", path=str(path))
        return OnnxClassifier(path, threads, Known(convention=convention))
    return graph_classifier(path, found.version, convention)


def check_unstated(version: "Version", convention: Convention) -> None:
    """Refuse to be told what a version takes and gives: it is as this tool made it.

    Raises:
        UsageError: That was said.
    """
    from mnist_cli.core.errors import UsageError

    if convention != UNKNOWN:
        raise UsageError(
            f"--model-input and --model-head are for files of your own, not for version"
            f" {version.name}.",
            hint="Leave them out, or give --model FILE.",
        )


def open_network(
    reference: str | None, artifacts: Path, convention: Convention = UNKNOWN
) -> "GraphClassifier":
    """Open the model that `--model` names with TensorFlow, for what a `.tflite` can't tell.

    Raises:
        ModelNotFoundError: Nothing answers to the reference.
        ModelError: What answers is damaged, unsafe, made for another task, or without a `.keras`.
        UsageError: A version takes and gives something else than is said.
    """
    from mnist_cli.core.store import store

    found = store.resolve(reference, artifacts)
    return graph_classifier(network_file(found), found.version, convention)


def network_file(found: "Model") -> Path:
    """Return the Keras file or SavedModel of a model: of a version, its `.keras`.

    Raises:
        ModelError: A version's file is missing, or not what was published; or a file is of a kind
            that TensorFlow does not run.
    """
    from mnist_cli.core.errors import ModelError
    from mnist_cli.core.models.model_kinds import ModelKind, kind_of

    if found.whole:
        return _keras_of(found.whole)
    if kind_of(found.path) not in {ModelKind.KERAS, ModelKind.SAVED_MODEL}:
        raise ModelError(
            f"{found.path}: this needs the network in TensorFlow.",
            hint="Give a .keras or .h5 file, a SavedModel, or a version.",
        )
    return found.path


def _keras_of(version: "Version") -> Path:
    """Return a version's `.keras`, after its digest."""
    from mnist_cli.core.errors import ModelError
    from mnist_cli.core.store.versions import KERAS

    path = version.path / KERAS
    if not path.is_file() or KERAS not in version.manifest["files"]:
        raise ModelError(
            f"{version.path}: this needs {KERAS}, and the version has none.",
            hint="A .tflite can neither be exported nor looked into: give a .keras or .h5.",
        )
    version.read(KERAS)
    return path


def attributing(classifier: "Classifier") -> "Attributing | None":
    """Open what tells what spoke for a classifier's answers: of a version, its `.keras`.

    Returns:
        None, where TensorFlow can't look into it: of ONNX, of a `.tflite`, and of a version whose
        `.keras` is missing or damaged, which is said.
    """
    from mnist_cli.core.errors import ModelError
    from mnist_cli.reading.classifier import Attributing, LiteRTClassifier

    if isinstance(classifier, Attributing):
        return classifier
    if not isinstance(classifier, LiteRTClassifier):
        return None
    try:
        return graph_classifier(_keras_of(classifier.opened), classifier.opened, UNKNOWN)
    except ModelError as error:
        log.warning("explain.without_saliency", reason=error.message)
        return None


def graph_classifier(
    path: Path, version: "Version | None", convention: Convention
) -> "GraphClassifier":
    """Open a Keras file or a SavedModel with TensorFlow; errors are those of `open_network`."""
    from mnist_cli.core.models.file_classifier import Known
    from mnist_cli.core.models.model_kinds import ModelKind, kind_of

    if version:
        check_unstated(version, convention)
        known = Known(version.name, version.temperature, version.class_names)
    else:
        known = Known(convention=convention)
    log.event("model.opened", path=str(path))
    if kind_of(path) is ModelKind.SAVED_MODEL:
        from mnist_cli.core.models.saved_model_file import open_saved_model

        return open_saved_model(path, known)
    from mnist_cli.core.models.graph_classifier import KerasClassifier

    return KerasClassifier(path, known)
