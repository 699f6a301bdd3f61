"""The trainings that `mnist train` was asked for: one, or one a seed."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from mnist_cli.cli import console, plan
from mnist_cli.cli.plan import Plan
from mnist_cli.cli.train_display import watching
from mnist_cli.cli.train_results import settled, show_result, tell
from mnist_cli.cli.train_seeds import show_spread
from mnist_cli.cli.verbs import open_to_train
from mnist_cli.core import log
from mnist_cli.core.errors import StoppedError

if TYPE_CHECKING:
    from mnist_cli.core.data.dataset import Dataset
    from mnist_cli.training.result import TrainResult


@dataclass(frozen=True)
class Wanted:
    """What is wanted of each training, its plan apart.

    Attributes:
        logs: Folder of the log.
        artifacts: The store that gets the version.
        distribute: On which devices.
        class_names: What the classes are called; None as the plan says.
        note: What its maker says of it.
        tensorboard: Gets event files; None for none.
        resume: Whether it goes on from a checkpoint.
        promote: Whether it is to read pictures, if it reads them better.
        as_json: Whether what was made is printed as JSON.
    """

    logs: Path
    artifacts: Path
    distribute: Literal["none", "mirrored", "multiworker"]
    class_names: tuple[str, ...] | None
    note: str
    tensorboard: Path | None
    resume: bool
    promote: bool
    as_json: bool


def train_one(todo: Plan, wanted: Wanted) -> None:
    """Train a version, and tell what came of it."""
    _begin(todo)
    dataset = open_to_train(todo, resume=wanted.resume)
    log_path = log.to_file(wanted.logs, "train", todo.run)
    result = _train(todo, dataset, wanted)
    if not result:  # the chief tells
        return
    tell(result, wanted.artifacts, promote=wanted.promote, as_json=wanted.as_json)
    if not wanted.as_json:
        console.result(f"log     {console.printable(str(log_path))}")


def train_seeds(seeds: list[int], given: dict[str, Any], data: list[str], wanted: Wanted) -> None:
    """Train a version with each seed, and tell what they reached on average."""
    todos = [plan.by_recipe(given | {"seed": seed}, data) for seed in seeds]
    _begin(todos[0])
    dataset = open_to_train(todos[0], resume=wanted.resume)
    log.to_file(wanted.logs, "train", todos[0].run)
    records = []
    for number, todo in enumerate(todos, 1):
        try:
            result = _train(todo, dataset, wanted)
        except StoppedError as stop:
            if left := ",".join(map(str, seeds[number:])):
                stop.hint += f" Seeds that were not begun: {left}."
            raise
        if result:
            records.append(settled(result, wanted.artifacts, promote=wanted.promote))
        if result and not wanted.as_json:
            show_result(result, promote=wanted.promote)
    show_spread(seeds, records, as_json=wanted.as_json)


def _begin(todo: Plan) -> None:
    """Show life at once: data and TensorFlow take seconds."""
    log.event("training.preparing", run=todo.run, data=todo.data)


def _train(todo: Plan, dataset: "Dataset", wanted: Wanted) -> "TrainResult | None":
    """Train; a worker that is not the chief has no result."""
    with watching(todo.config.epochs) as on_progress:
        from mnist_cli.training.job import Job
        from mnist_cli.training.pipeline import train

        job = Job(
            todo.config,
            dataset,
            wanted.artifacts,
            todo.run,
            resume=wanted.resume,
            base=todo.open_base(),
            class_names=wanted.class_names or todo.class_names,
            note=wanted.note or todo.note,
            tensorboard=wanted.tensorboard or todo.tensorboard,
        )
        return train(job, wanted.distribute, on_progress)
