"""What `model.json` says of how a version came about; the store adds the files' digests."""

from datetime import UTC, datetime
from typing import Any

import numpy as np

from mnist_cli.core import settings
from mnist_cli.core.calibration import fit_temperature
from mnist_cli.core.data.dataset import Dataset
from mnist_cli.core.reading_digest import reading_digest
from mnist_cli.training import folds
from mnist_cli.training.fit import Fit
from mnist_cli.training.run_spec import RunSpec


def make_manifest(
    spec: RunSpec, dataset: Dataset, trained: Fit, worn: dict[str, Any] | None
) -> dict[str, Any]:
    """Gather it; `worn` is what `measure_degraded` found, None where nothing was held out."""
    temperature, measured = _calibrated(spec, dataset, trained)
    return {
        "schema": 1,
        "created": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "run": spec.run,
        "parameters": trained.model.count_params(),
        "metrics": {
            "val_accuracy": trained.val_accuracy,
            "val_n": trained.val_n,
            "chosen_epoch": trained.chosen_epoch,
            "epochs": len(trained.history),
            "train_s": round(trained.train_s, 2),
            "images_per_s": round(trained.images_per_s, 1),
        }
        | ({"worn": worn} if worn else {})
        | measured
        | ({"val_sources": _by_source(dataset, trained)} if dataset.parts and worn else {}),
        "normalisation": reading_digest(),
        "temperature": temperature,
        "changes": settings.changes(spec.config),
        **({"note": spec.note} if spec.note else {}),
    } | spec.to_dict(dataset)


def _calibrated(spec: RunSpec, dataset: Dataset, trained: Fit) -> tuple[float, dict[str, Any]]:
    """Return the temperature, and what else is known where nothing was held out to fit it by.

    It is that of the folds then, or 1, which leaves confidence as it is.
    """
    if trained.val_n:
        return fit_temperature(trained.probabilities, trained.labels), {}
    found = folds.find(spec, dataset)
    return (found.temperature, {"folds": found.to_record()}) if found else (1.0, {})


def _by_source(dataset: Dataset, trained: Fit) -> list[dict[str, Any]]:
    """Say of each data set how many of its images held out are read right."""
    right = trained.probabilities.argmax(axis=1) == trained.labels
    parts = np.split(right, np.cumsum(trained.val_counts)[:-1])
    return [
        {"name": source.name, "n": len(part), "right": int(part.sum())}
        for source, part in zip(dataset.sources, parts, strict=True)
    ]
