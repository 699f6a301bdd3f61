"""Accuracy and training time of recipes against the usual Keras script, in one run.

    python -m tests.benchmarks.training quick standard --seeds 0 1 2

The Keras script runs first and last, and its mean time counts, so that a machine that slows down
or speeds up meanwhile shows. `mnist evaluate` reads the test images, after all choices were made.
"""

import argparse
import json
import statistics
import tempfile
from pathlib import Path

from .machine import machine, timed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recipes", nargs="+")
    parser.add_argument("--arch", default="dense")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    options = parser.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows = {}
        baseline = [keras_example(folder)]
        for recipe in options.recipes:
            rows[recipe] = [run(folder, options.arch, recipe, seed) for seed in options.seeds]
        baseline.append(keras_example(folder))
    fit_s = statistics.mean(row["fit_s"] for row in baseline)
    process_s = statistics.mean(row["process_s"] for row in baseline)
    for row in baseline:
        print(f"Keras script  {row['fit_s']:.1f} s  {100 * row['accuracy']:.2f} %")
    for recipe, runs in rows.items():
        show(recipe, runs, fit_s, process_s)


def keras_example(folder: Path) -> dict[str, float]:
    """Run the baseline."""
    script = str(Path(__file__).with_name("keras_example.py"))
    process_s, stdout = timed([script], folder)
    result: dict[str, float] = json.loads(stdout)
    return result | {"process_s": process_s}


def run(folder: Path, arch: str, recipe: str, seed: int) -> dict[str, float]:
    """Train a recipe, and measure what it made."""
    command = ["-m", "mnist_cli", "train", "--json", "--arch", arch, "--recipe", recipe]
    process_s, stdout = timed([*command, "--seed", str(seed)], folder)
    trained = json.loads(stdout)
    evaluate = ["-m", "mnist_cli", "evaluate", "--json", "--model", trained["version"]]
    measured = json.loads(timed(evaluate, folder)[1])
    return {
        "seed": seed,
        "train_s": trained["train_s"],
        "process_s": process_s,
        "val": trained["val_accuracy"],
        "test": measured["accuracy"],
        "ece": measured["ece"],
    }


def show(recipe: str, runs: list[dict[str, float]], fit_s: float, process_s: float) -> None:
    """Print a line a seed, then means, deviation and ratios."""
    for row in runs:
        print(
            f"{recipe} seed {row['seed']:.0f}  val {100 * row['val']:.2f} %"
            f"  test {100 * row['test']:.2f} %  ece {100 * row['ece']:.2f} %"
            f"  {row['train_s']:.1f} s"
        )
    tests = [100 * row["test"] for row in runs]
    deviation = statistics.stdev(tests) if len(tests) > 1 else 0.0
    train_s = statistics.mean(row["train_s"] for row in runs)
    whole_s = statistics.mean(row["process_s"] for row in runs)
    print(
        f"{recipe}  test {statistics.mean(tests):.3f} ± {deviation:.3f} %  {train_s:.1f} s,"
        f" {train_s / fit_s:.3f} of the Keras script's training;"
        f" whole process {whole_s:.1f} s, {whole_s / process_s:.3f}"
    )


if __name__ == "__main__":
    main()
