"""Recipes over seeds, against the usual Keras script, in one run.

    python -m tests.benchmarks.training dense/quick dense/standard --seeds 0 1 2

The Keras script of that architecture runs first and last, and its mean time counts, so that a
machine that slows down or speeds up meanwhile shows; --no-baseline leaves it out. `mnist evaluate`
reads the test images, after all choices were made.
"""

import argparse
import json
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from mnist_cli.core.data.dataset import as_input, load_mnist
from mnist_cli.core.models.litert import LiteRTModel
from mnist_cli.core.store.versions import KERAS, TFLITE, open_version

from .machine import machine, timed

BASELINES = {"dense": "keras_example.py", "cnn": "keras_cnn_example.py"}


@dataclass(frozen=True)
class Run:
    """One seed of one recipe."""

    seed: int
    train_s: float
    process_s: float
    val: float
    test: float
    ece: float
    weights: int
    size_bytes: int
    read_per_s: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recipes", nargs="+", metavar="ARCH/RECIPE")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--baseline", action=argparse.BooleanOptionalAction, default=True)
    options = parser.parse_args()
    pairs = [tuple(name.split("/")) for name in options.recipes]
    archs = sorted({arch for arch, _ in pairs}) if options.baseline else []
    print(machine())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        baselines = {arch: [keras_script(folder, arch)] for arch in archs}
        rows = {
            (arch, recipe): [run(folder, arch, recipe, seed) for seed in options.seeds]
            for arch, recipe in pairs
        }
        for arch in archs:
            baselines[arch].append(keras_script(folder, arch))
    for (arch, recipe), runs in rows.items():
        show(f"{arch}/{recipe}", runs)
        if arch in baselines:
            compare(runs, baselines[arch])


def keras_script(folder: Path, arch: str) -> dict[str, float]:
    """Run the baseline of an architecture."""
    process_s, stdout = timed([str(Path(__file__).with_name(BASELINES[arch]))], folder)
    result: dict[str, float] = json.loads(stdout)
    print(
        f"{BASELINES[arch]}  {result['fit_s']:.1f} s  {100 * result['accuracy']:.2f} %", flush=True
    )
    return result | {"process_s": process_s}


def run(folder: Path, arch: str, recipe: str, seed: int) -> Run:
    """Train a recipe, and measure what it made."""
    command = ["-m", "mnist_cli", "train", "--json", "--arch", arch, "--recipe", recipe]
    process_s, stdout = timed([*command, "--seed", str(seed)], folder)
    trained = json.loads(stdout)
    evaluate = ["-m", "mnist_cli", "evaluate", "--json", "--model", trained["version"]]
    measured = json.loads(timed(evaluate, folder)[1])
    version = open_version(folder / trained["path"])
    row = Run(
        seed=seed,
        train_s=trained["train_s"],
        process_s=process_s,
        val=100 * trained["val_accuracy"],
        test=100 * measured["accuracy"],
        ece=100 * measured["ece"],
        weights=version.manifest["parameters"],
        size_bytes=(version.path / KERAS).stat().st_size,
        read_per_s=reading_rate(version.read(TFLITE)),
    )
    print(
        f"{arch}/{recipe} seed {seed}  val {row.val:.2f} %  test {row.test:.2f} %"
        f"  ece {row.ece:.2f} %  {row.train_s:.1f} s",
        flush=True,
    )
    return row


def reading_rate(tflite: bytes) -> float:
    """Return images a second, over MNIST's 10,000 test images."""
    model, images = LiteRTModel(tflite), as_input(load_mnist("test").images)
    started = time.perf_counter()
    model.run(images)
    return len(images) / (time.perf_counter() - started)


def show(name: str, runs: list[Run]) -> None:
    """Print means over seeds."""
    tests, val = [row.test for row in runs], statistics.mean(row.val for row in runs)
    deviation = statistics.stdev(tests) if len(tests) > 1 else 0.0
    errors = statistics.mean(100 * (100 - test) for test in tests)
    print(
        f"{name}  test {statistics.mean(tests):.3f} ± {deviation:.3f} %  {errors:.0f} errors"
        f"  val {val:.3f} %  ece {statistics.mean(row.ece for row in runs):.2f} %"
        f"  {runs[0].weights / 1e6:.2f} M weights, {runs[0].size_bytes / 1e6:.1f} MB"
        f"  {statistics.mean(row.train_s for row in runs):.1f} s"
        f"  reads {statistics.median(row.read_per_s for row in runs):,.0f} images/s"
    )


def compare(runs: list[Run], baseline: list[dict[str, float]]) -> None:
    """Print times as shares of the baseline's."""
    fit = statistics.mean(r.train_s for r in runs) / statistics.mean(b["fit_s"] for b in baseline)
    whole = statistics.mean(r.process_s for r in runs)
    process = whole / statistics.mean(b["process_s"] for b in baseline)
    print(
        f"    {fit:.3f} of the Keras script's training; whole process {whole:.1f} s, {process:.3f}"
    )


if __name__ == "__main__":
    main()
