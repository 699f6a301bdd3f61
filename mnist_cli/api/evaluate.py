"""`evaluate`, as Python programs and the command call it."""

from pathlib import Path

from mnist_cli.api.data import open_data
from mnist_cli.api.data_checks import warn_of_training_data
from mnist_cli.core.models.conventions import UNKNOWN, Convention, ModelHead, ModelInput
from mnist_cli.core.store import store
from mnist_cli.core.store.maintenance import record_test_accuracy
from mnist_cli.core.store.versions import Model
from mnist_cli.evaluation import evaluate as evaluation
from mnist_cli.evaluation.evaluate import Evaluation
from mnist_cli.reading.opening import classifier_of


def evaluate(
    model: str | int | Path | None = None,
    data: str | Path = "mnist",
    *,
    artifacts: str | Path = store.DEFAULT_ARTIFACTS,
    model_input: ModelInput | None = None,
    model_head: ModelHead | None = None,
    robustness: bool = False,
) -> Evaluation:
    """Measure a model on the 10,000 test images, or on other data, as `mnist evaluate` does.

    Args:
        model: As `--model` takes it; the store's latest, else the bundled one, if left out.
        data: As `--data` takes it.
        artifacts: The store of versions, which keeps the accuracy on MNIST's test images.
        model_input: What a file of your own takes pixels as, if not to be found out.
        model_head: What it gives for the ten classes.
        robustness: Whether it is measured on corrupted images too, for half a minute.

    Raises:
        ModelNotFoundError: Nothing answers to the model's name.
        ModelError: What answers is damaged, unsafe, or made for another task.
        DatasetError: The data are missing, damaged, or of another shape.
        UsageError: A version takes and gives something else than is said.

    Example:
        >>> evaluate("bundled").accuracy
        0.9937
    """
    found = store.resolve(None if model is None else str(model), Path(artifacts))
    convention = Convention(model_input, model_head)
    return measure(found, str(data), Path(artifacts), convention, robustness=robustness)


def measure(
    found: Model,
    data: str,
    artifacts: Path,
    convention: Convention = UNKNOWN,
    *,
    robustness: bool = False,
) -> Evaluation:
    """Measure a model that was found; arguments and errors are those of `evaluate`."""
    dataset = open_data(data, "test")
    warn_of_training_data(found.version, dataset)
    classifier = classifier_of(found, None, convention)
    result = evaluation.evaluate(classifier, dataset, with_robustness=robustness)
    if data == "mnist":
        record_test_accuracy(artifacts, result.model, result.accuracy)
    return result
