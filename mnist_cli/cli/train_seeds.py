"""`mnist train --seeds`: the same training several times, and how far its figures spread."""

import statistics
from typing import Any

from mnist_cli.cli import console
from mnist_cli.core.errors import UsageError
from mnist_cli.core.ranges import MAX_SEED

FIGURES = {
    "val_accuracy": "on the images held out",
    "worn_accuracy": "on these worn as pictures are",
}


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


def show_spread(seeds: list[int], runs: list[dict[str, Any]], *, as_json: bool) -> None:
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
        mean, deviation = statistics.mean(reached), statistics.stdev(reached)
        document |= {figure: round(mean, 6), f"{figure}_deviation": round(deviation, 6)}
        words.append(f"{100 * mean:.2f} ± {100 * deviation:.2f} % {what}")
    if as_json:
        console.result_json(document)
    else:
        console.result(
            f"seeds {', '.join(map(str, seeds))}: {', '.join(words)}"
            f"  (mean and standard deviation of {len(runs)} trainings)"
        )
