"""The trainings that `mnist train` was asked for: one, or one a seed."""

import statistics
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mnist_cli.cli import console
from mnist_cli.cli.train_display import watching
from mnist_cli.cli.train_results import settled, show_result, tell
from mnist_cli.core import log
from mnist_cli.core.errors import StoppedError, UsageError
from mnist_cli.core.ranges import MAX_SEED

if TYPE_CHECKING:
    from mnist_cli.core.data.dataset import Dataset
    from mnist_cli.training.result import TrainResult
    from mnist_cli.training.run_spec import RunSpec

FIGURES = {
    "val_accuracy": "on the images held out",
    "worn_accuracy": "on these worn as pictures are",
}


def train_one(spec: "RunSpec", logs: Path, *, promote: bool, as_json: bool) -> None:
    """Train a version, and tell what came of it."""
    dataset, log_path = _begin(spec, logs)
    result = _train(spec, dataset)
    if not result:  # the chief tells
        return
    tell(result, spec.artifacts, promote=promote, as_json=as_json)
    if not as_json:
        console.result(f"log     {console.printable(str(log_path))}")


def train_seeds(
    spec: "RunSpec", seeds: list[int], logs: Path, *, promote: bool, as_json: bool
) -> None:
    """Train a version with each seed, and tell what they reached on average."""
    specs = [
        replace(spec, run=log.new_run_id(), config=spec.config.override(seed=seed))
        for seed in seeds
    ]
    dataset, _ = _begin(specs[0], logs)
    records = []
    for number, one in enumerate(specs, 1):
        try:
            result = _train(one, dataset)
        except StoppedError as stop:
            if left := ",".join(map(str, seeds[number:])):
                stop.hint += f" Seeds that were not begun: {left}."
            raise
        if result:
            records.append(settled(result, spec.artifacts, promote=promote))
        if result and not as_json:
            show_result(result, promote=promote)
    _show_spread(seeds, records, as_json=as_json)


def parse_seeds(text: str) -> list[int]:
    """Read `0,1,2`.

    Raises:
        UsageError: These are not two seeds or more, each once.
    """
    try:
        seeds = [int(part) for part in text.split(",")]
    except ValueError:
        seeds = []
    in_range = all(0 <= seed <= MAX_SEED for seed in seeds)
    if len(seeds) < 2 or len(set(seeds)) < len(seeds) or not in_range:
        raise UsageError(
            f"--seeds takes two seeds or more, each once, as 0,1,2. Received: {text!r}."
        )
    return seeds


def _begin(spec: "RunSpec", logs: Path) -> tuple["Dataset", Path]:
    """Show life at once, as data and TensorFlow take seconds; open the data and the log."""
    log.event("training.preparing", run=spec.run, data=list(spec.data))
    from mnist_cli.api.train import open_to_train

    dataset = open_to_train(spec)
    return dataset, log.to_file(logs, "train", spec.run)


def _train(spec: "RunSpec", dataset: "Dataset") -> "TrainResult | None":
    """Train; a worker that is not the chief has no result."""
    with watching(spec.config.epochs) as on_progress:
        from mnist_cli.training import pipeline

        return pipeline.train(spec, dataset, on_progress)


def _show_spread(seeds: list[int], runs: Iterable[dict[str, Any]], *, as_json: bool) -> None:
    """Print mean and standard deviation of what the trainings reached.

    Args:
        seeds: One a training.
        runs: What each reports, as `train --json` does.
        as_json: Whether all of it is printed as one document.
    """
    document: dict[str, Any] = {"seeds": seeds, "runs": runs}
    words = []
    for figure, what in FIGURES.items():
        reached = [run[figure] for run in runs]
        if None in reached:
            continue
        mean, deviation = statistics.mean(reached), statistics.stdev(reached)
        document |= {figure: round(mean, 6), f"{figure}_deviation": round(deviation, 6)}
        words.append(f"{100 * mean:.2f} ± {100 * deviation:.2f} % {what}")
    if as_json:
        console.result_json(document)
    else:
        console.result(
            f"seeds {', '.join(map(str, seeds))}: {', '.join(words) or 'nothing was held out'}"
            f"{f'  (mean and standard deviation of {len(seeds)} trainings)' if words else ''}"
        )
