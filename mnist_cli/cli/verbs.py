"""`train` and `evaluate` as Python programs call them; what the commands do is done here."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from mnist_cli.cli import plan
from mnist_cli.cli.data_checks import (
    warn_of_changed_data,
    warn_of_duplicates,
    warn_of_few_images,
    warn_of_repeats,
    warn_of_training_data,
)
from mnist_cli.cli.opening import open_data, open_training_data
from mnist_cli.core import settings
from mnist_cli.core.models.conventions import Convention, ModelHead, ModelInput
from mnist_cli.core.store.store import DEFAULT_ARTIFACTS
from mnist_cli.reading.opening import classifier_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mnist_cli.cli.plan import Plan
    from mnist_cli.core.data.dataset import Dataset
    from mnist_cli.core.models.recipes import Recipe
    from mnist_cli.core.ranges import Arch
    from mnist_cli.core.store.versions import Version
    from mnist_cli.evaluation.evaluate import Evaluation
    from mnist_cli.training.result import TrainResult


def train(
    data: "str | Path | Sequence[str | Path]" = "mnist",
    *,
    arch: "Arch | None" = None,
    recipe: "Recipe | None" = None,
    base: str | int | Path | None = None,
    artifacts: str | Path = DEFAULT_ARTIFACTS,
    note: str = "",
    **changes: Any,
) -> "TrainResult":
    """Train a version into the store, as `mnist train` does.

    Args:
        data: What to train on, as `--data` takes it; several are mixed.
        arch: `dense` or `cnn`; dense if left out.
        recipe: `quick`, `standard`, `best` or `bundled`; standard if left out.
        base: The version whose weights it begins with, as `--from` takes it.
        artifacts: The store, a folder; it is made.
        note: What you want to remember of it.
        changes: `epochs`, `seed`, `learning_rate`, and what else `mnist train --settings` lists,
            in Python's types.

    Returns:
        What was made: its number, folder, and accuracy on the images held out.

    Raises:
        UsageError: A setting is none, or out of its range.
        DatasetError: The data are damaged, or of another shape.
        ModelError: The version to begin with is damaged, or no version.
        TrainingError: The loss stopped being a number, or nothing was learnt.
        StorageError: The store can't be written.

    Example:
        >>> train("train.csv", epochs=3).version
        '1'
    """
    texts = [f"{name}={settings.as_text(value)}" for name, value in changes.items()]
    given = {"arch": arch, "recipe": recipe} | settings.parse(texts)
    sources = [str(one) for one in ([data] if isinstance(data, str | Path) else data)]
    store = Path(artifacts)
    todo = (
        plan.by_recipe(given, sources)
        if base is None
        else plan.from_version(str(base), store, given, sources)
    )
    dataset = open_to_train(todo)

    from mnist_cli.training.job import Job
    from mnist_cli.training.pipeline import train as train_job

    job = Job(
        *(todo.config, dataset, store, todo.run),
        base=todo.open_base(),
        class_names=todo.class_names,
        note=note,
    )
    result = train_job(job)
    assert result is not None  # noqa: S101  this process is the only one
    return result


def evaluate(
    model: str | int | Path | None = None,
    data: str | Path = "mnist",
    *,
    artifacts: str | Path = DEFAULT_ARTIFACTS,
    model_input: ModelInput | None = None,
    model_head: ModelHead | None = None,
    robustness: bool = False,
) -> "Evaluation":
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
        0.9943
    """
    from mnist_cli.core.store import store

    found = store.resolve(None if model is None else str(model), Path(artifacts))
    convention = Convention(model_input, model_head)
    return measured(found, str(data), Path(artifacts), convention, robustness=robustness)


def measured(
    found: "Version | Path", data: str, artifacts: Path, convention: Convention, *, robustness: bool
) -> "Evaluation":
    """Measure a model that was found; arguments and errors are those of `evaluate`."""
    from mnist_cli.core.store import store
    from mnist_cli.evaluation import evaluate as evaluation

    dataset = open_data(data, "test")
    warn_of_training_data(found, dataset)
    classifier = classifier_of(found, None, convention)
    result = evaluation.evaluate(classifier, dataset, with_robustness=robustness)
    if data == "mnist":
        store.record_test_accuracy(artifacts, result.model, result.accuracy)
    return result


def open_to_train(todo: "Plan", *, resume: bool = False) -> "Dataset":
    """Load what a plan trains on, and say what is odd about it.

    Args:
        todo: The plan.
        resume: Whether a run goes on, that said it as it began.

    Raises:
        DatasetError: It is missing, damaged, of another shape, too large, or given twice.
    """
    dataset = open_training_data(todo.data)
    if not resume:
        warn_of_duplicates(dataset)
        warn_of_repeats(dataset)
        warn_of_few_images(dataset, goes_on=bool(todo.version))
    if todo.version:
        warn_of_changed_data(todo.version, dataset)
    return dataset
