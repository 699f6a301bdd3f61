"""From a config and images to a published version."""

import csv
import os
import platform
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from mnist_cli import store, versions
from mnist_cli.core import log
from mnist_cli.core.config import NORMALISATION_VERSION, TrainConfig
from mnist_cli.core.dataset import Dataset
from mnist_cli.core.files import storage_errors
from mnist_cli.core.metrics import fit_temperature
from mnist_cli.export import export_version
from mnist_cli.training.fit import Fit, Progress, fit
from mnist_cli.training.loop import EpochRecord
from mnist_cli.training.signals import signals_heard

LIBRARIES = ("mnist-cli", "tensorflow", "keras", "numpy", "ai-edge-litert")


@dataclass(frozen=True)
class TrainResult:
    """What `mnist train` reports."""

    version: str
    path: str
    run: str
    val_accuracy: float
    epochs: int
    train_s: float
    images_per_s: float

    def to_record(self) -> dict[str, Any]:
        """Return the document of `train --json`."""
        rounded = {"train_s": round(self.train_s, 2), "images_per_s": round(self.images_per_s, 1)}
        return asdict(self) | {"val_accuracy": round(self.val_accuracy, 6)} | rounded


def train(
    config: TrainConfig,
    dataset: Dataset,
    artifacts: Path,
    run: str,
    on_progress: Callable[[Progress], None] = lambda _progress: None,
) -> TrainResult:
    """Train, calibrate, export and publish.

    Args:
        config: The recipe, with every change made to it.
        dataset: Training images.
        artifacts: The store that gets the new version.
        run: Name of the run, from `log.new_run_id`.
        on_progress: Called a few times a second.

    Raises:
        StorageError: The store can't be written; found out before the first epoch.
        TrainingError: The loss stopped being a number.
        StoppedError: A signal came. Nothing is published then.
    """
    with signals_heard() as check_stop, store.unfinished_run(artifacts, run) as folder:
        _log_start(config, dataset, run)
        trained = fit(config, dataset, on_progress=on_progress, check_stop=check_stop)
        with storage_errors(folder):
            export_version(trained.model, folder, trained.val_images, check_stop)
            _write_history(folder / versions.HISTORY, trained.history)
        published = store.publish(folder, _manifest(config, dataset, run, trained), artifacts)
    result = TrainResult(
        version=published.name,
        path=str(published.path),
        run=run,
        val_accuracy=trained.val_accuracy,
        epochs=len(trained.history),
        train_s=trained.train_s,
        images_per_s=trained.images_per_s,
    )
    log.event("training.published", **result.to_record())
    return result


def _log_start(config: TrainConfig, dataset: Dataset, run: str) -> None:
    log.event(
        "training.start",
        run=run,
        arch=config.model.arch,
        recipe=config.recipe,
        epochs=config.epochs,
        images=len(dataset),
        data=dataset.name,
        seed=config.seed,
    )


def _write_history(path: Path, history: list[EpochRecord]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.DictWriter(file, [field.name for field in fields(EpochRecord)])
        rows.writeheader()
        for record in history:
            row = asdict(record)
            rows.writerow({k: round(v, 6) if isinstance(v, float) else v for k, v in row.items()})


def _manifest(config: TrainConfig, dataset: Dataset, run: str, trained: Fit) -> dict[str, Any]:
    """Say how the version came about; the store adds the files' digests."""
    return {
        "schema": 1,
        "created": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "run": run,
        "config": config.to_dict(),
        "parameters": trained.model.count_params(),
        "data": {"name": dataset.name, "n": len(dataset), "sha256": dataset.sha256},
        "metrics": {
            "val_accuracy": trained.val_accuracy,
            "val_n": len(trained.val_labels),
            "chosen_epoch": trained.chosen_epoch,
            "train_s": round(trained.train_s, 2),
            "images_per_s": round(trained.images_per_s, 1),
        },
        "normalisation": NORMALISATION_VERSION,
        "temperature": fit_temperature(trained.val_probabilities, trained.val_labels),
        "versions": {"python": platform.python_version()}
        | {name: version(name) for name in LIBRARIES},
        "machine": {"system": platform.platform(), "cpus": os.cpu_count()},
    }
