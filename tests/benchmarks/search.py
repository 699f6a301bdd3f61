"""Candidates over folds of MNIST's training images: is one better, or was it luck?

    python -m tests.benchmarks.search dense/quick "dense/quick epochs=6 average_decay=0.99"

A candidate is a recipe with changes as `--set` takes them; `@candidates.txt` reads one a line. Of
each fold's training, done as `mnist train` does it with nothing held out, a row is added to
`search.csv`: how the fold that was left out is read. The folds go round by round, so that
candidates can be compared early. Stop it when you like: the same command goes on, also within a
training. `search.md`, and what the package knows of its recipes (`assets/folds.json`), are made of
the rows; without candidates, that alone is done. The test images are never read.
"""

import argparse
import gc
import shutil
import sys
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import mnist_cli
from mnist_cli.core import settings
from mnist_cli.core.calibration import fit_temperature, with_temperature
from mnist_cli.core.config import TrainConfig
from mnist_cli.core.data.dataset import Dataset, as_input, load_mnist
from mnist_cli.core.errors import MnistError
from mnist_cli.core.metrics import negative_log_likelihood
from mnist_cli.core.models.litert import LiteRTModel
from mnist_cli.core.store import store
from mnist_cli.core.store.versions import TFLITE, Version, open_version
from mnist_cli.training import checkpoint
from mnist_cli.training.pipeline import train
from mnist_cli.training.run_spec import RunSpec, by_recipe

from .machine import machine
from .search_rows import Row, add_row, digest, read_rows
from .search_table import table, write_folds

ROWS = Path(__file__).with_name("search.csv")
TABLE = ROWS.with_suffix(".md")
Indices = NDArray[np.int64]


@dataclass(frozen=True)
class Candidate:
    """A recipe with changes.

    Attributes:
        recipe: Its name, as `dense/quick`.
        changes: What is set otherwise, as `--set` takes it.
        plain: The recipe's config, with nothing held out.
        config: The candidate's.
    """

    recipe: str
    changes: tuple[str, ...]
    plain: TrainConfig
    config: TrainConfig

    @classmethod
    def of(cls, text: str) -> "Candidate":
        """Read `dense/quick epochs=6`.

        Raises:
            UsageError: It is no recipe, or a change is none.
        """
        recipe, *changes = text.split()
        arch, _, name = recipe.partition("/")
        plain = by_recipe(arch=arch, recipe=name).override(validation_size=0)  # type: ignore[arg-type]
        config = plain.override(**settings.parse(changes)).override(validation_size=0)
        return cls(recipe, tuple(sorted(changes)), plain, config)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, fromfile_prefix_chars="@")
    parser.add_argument("candidates", nargs="*", metavar="CANDIDATE")
    parser.add_argument("--of", type=int, default=5, help="how many folds there are")
    parser.add_argument("--folds", help="those to train, as 0,1; all if left out")
    parser.add_argument("--images", type=int, default=60_000, help="take so many of the images")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--baseline", metavar="CANDIDATE", help="compare with it, not each recipe")
    parser.add_argument("--rows", type=Path, default=ROWS, help="the table that gets the rows")
    parser.add_argument("--runs", type=Path, default=Path("artifacts/search"), help="in the making")
    options = parser.parse_intermixed_args(arguments)
    folds = range(options.of) if options.folds is None else map(int, options.folds.split(","))
    try:
        candidates = [Candidate.of(text) for text in options.candidates]
        against = Candidate.of(options.baseline).config if options.baseline else None
        for fold in folds:
            for candidate in candidates:
                run_fold(candidate, fold, options)
    except MnistError as error:
        print(error.message, file=sys.stderr)
        sys.exit(error.exit_code)
    finally:
        rows = read_rows(options.rows)
        if options.rows == ROWS:
            TABLE.write_text(table(rows))
            write_folds(rows)
    print(table(rows, digest(against) if against else None))


def run_fold(candidate: Candidate, fold: int, options: argparse.Namespace) -> None:
    """Train without a fold, read it, and add the row; nothing, if the row is there."""
    config = candidate.config.override(seed=options.seed)
    key = (digest(config), options.images, options.of, fold, options.seed)
    if key in {row.key for row in read_rows(options.rows)}:
        return
    data = load_mnist("train")
    kept, left_out = split(data.labels, options.images, options.of, fold)
    runs = options.runs / "-".join(map(str, key))
    version, train_s = trained(config, data, kept, runs)
    probabilities = LiteRTModel(version.read(TFLITE)).run(as_input(data.images[left_out]))
    labels = data.labels[left_out]
    temperature = fit_temperature(probabilities, labels)
    wrong = probabilities.argmax(axis=1) != labels
    row = Row(
        recipe=candidate.recipe,
        changes=" ".join(candidate.changes),
        config=key[0],
        plain=digest(candidate.plain),
        images=options.images,
        folds=options.of,
        fold=fold,
        seed=options.seed,
        n=len(labels),
        nll=negative_log_likelihood(with_temperature(probabilities, temperature), labels),
        temperature=temperature,
        train_s=train_s,
        tool=mnist_cli.__version__,
        machine=machine(),
        date=datetime.now(UTC).date().isoformat(),
        misread=" ".join(map(str, left_out[wrong])),
    )
    add_row(options.rows, row)
    shutil.rmtree(runs)
    print(f"{row.name}  fold {fold}  {100 * row.accuracy:.3f} %  nll {row.nll:.4f}", flush=True)


def split(labels: NDArray[np.uint8], images: int, folds: int, fold: int) -> tuple[Indices, Indices]:
    """Part some of the images into a fold and the others, with the same mix of classes in both.

    Returns:
        Sorted indices to train on, and those of the fold.
    """
    shuffled = np.random.default_rng(0).permutation(len(labels))
    by_class = shuffled[np.argsort(labels[shuffled], kind="stable")]
    chosen = by_class[np.arange(images) * len(labels) // images]
    left_out = chosen[fold::folds]
    return np.sort(np.setdiff1d(chosen, left_out)), np.sort(left_out)


def trained(config: TrainConfig, data: Dataset, kept: Indices, runs: Path) -> tuple[Version, float]:
    """Train as `mnist train` does, or go on; return the version, and seconds in the loop.

    Args:
        config: The candidate's.
        data: All images.
        kept: Which of them to train on.
        runs: A store for this training alone.
    """
    spec = RunSpec(config, runs, run="fold")
    folder = runs / store.UNFINISHED / spec.run
    if version := store.version_of_run(runs, spec.run):
        return version, float(version.manifest["metrics"]["train_s"])
    if not checkpoint.exists(folder):
        shutil.rmtree(folder, ignore_errors=True)
    dataset = replace(data, images=data.images[kept], labels=data.labels[kept])
    result = train(replace(spec, resume=folder.exists()), dataset)
    gc.collect()  # or the images in the graphs before this one stay in memory
    assert result is not None
    return open_version(Path(result.path)), result.train_s


if __name__ == "__main__":
    main()
