"""`train`, as Python programs and the command call it."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mnist_cli.api import data_checks
from mnist_cli.api.data import open_data
from mnist_cli.core import settings
from mnist_cli.core.choices import Arch, Recipe
from mnist_cli.core.data.dataset import Dataset, put_together
from mnist_cli.core.store import store
from mnist_cli.training import run_spec, runs
from mnist_cli.training.run_spec import RunSpec

if TYPE_CHECKING:
    from mnist_cli.training.result import TrainResult


def train(
    data: str | Path | Sequence[str | Path] = "mnist",
    *,
    arch: Arch | None = None,
    recipe: Recipe | None = None,
    base: str | int | Path | None = None,
    artifacts: str | Path = store.DEFAULT_ARTIFACTS,
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
    return _trained(specify(given, sources, base, artifacts=Path(artifacts), note=note))


def _trained(spec: RunSpec) -> "TrainResult":
    dataset = open_to_train(spec)

    from mnist_cli.training import pipeline

    result = pipeline.train(spec, dataset)
    assert result is not None  # noqa: S101  this process is the only one
    return result


def specify(
    given: dict[str, Any], data: list[str], base: str | int | Path | None = None, **others: Any
) -> RunSpec:
    """Specify a new run.

    Args:
        given: Settings by their names in `TrainConfig.flat`; None is the recipe's.
        data: What to train on; nothing is MNIST.
        base: The version whose weights it begins with, if any.
        others: Further attributes of `RunSpec`; None is its default.

    Raises:
        ModelNotFoundError: No version answers to `base`.
        ModelError: That is damaged, or no version.
        UsageError: No run could be made of the settings, or they contradict the version.
    """
    others |= {"data": tuple(data) or None}
    wanted = {name: value for name, value in others.items() if value is not None}
    if base is None:
        return RunSpec(run_spec.by_recipe(**given), **wanted)
    version = store.find_version(str(base), wanted.get("artifacts", store.DEFAULT_ARTIFACTS))
    return run_spec.from_version(version, given, **wanted)


def specify_resumed(
    run: str | None, artifacts: Path, given: dict[str, Any], data: list[str], **others: Any
) -> RunSpec:
    """Specify to go on with a run, the newest if none is named; arguments as for `specify`.

    Raises:
        RunNotFoundError: There is no such run.
        CheckpointError: Its `run.json` is damaged.
        ConflictError: A setting contradicts the run.
    """
    found = runs.find(artifacts, run)
    found.check(given)
    others |= {"data": tuple(data)}
    return replace(found, **{name: value for name, value in others.items() if value})


def open_to_train(spec: RunSpec) -> Dataset:
    """Load what a run trains on, and say what is odd about it, if that was not said before.

    Raises:
        DatasetError: It is missing, damaged, of another shape, too large, or given twice.
    """
    dataset = put_together([open_data(source, "train") for source in spec.data])
    if not spec.resume:
        data_checks.warn_of_duplicates(dataset)
        data_checks.warn_of_repeats(dataset)
        data_checks.warn_of_few_images(dataset, goes_on=bool(spec.version))
    if spec.version:
        data_checks.warn_of_changed_data(spec.version, dataset)
    return dataset
