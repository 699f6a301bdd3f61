"""What `model.json` says of how a version came about; the store adds the files' digests."""

from datetime import UTC, datetime
from typing import Any

import numpy as np

from mnist_cli.core import settings
from mnist_cli.core.calibration import fit_temperature
from mnist_cli.core.data.dataset import Dataset
from mnist_cli.core.reading_digest import reading_digest
from mnist_cli.training.fit import Fit
from mnist_cli.training.run_spec import RunSpec


def make_manifest(
    spec: RunSpec, dataset: Dataset, trained: Fit, worn: dict[str, Any]
) -> dict[str, Any]:
    """Gather it; `worn` is what `measure_degraded` found."""
    return {
        "schema": 1,
        "created": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "run": spec.run,
        "parameters": trained.model.count_params(),
        "metrics": {
            "val_accuracy": trained.val_accuracy,
            "val_n": len(trained.val_labels),
            "chosen_epoch": trained.chosen_epoch,
            "epochs": len(trained.history),
            "train_s": round(trained.train_s, 2),
            "images_per_s": round(trained.images_per_s, 1),
            "worn": worn,
        }
        | ({"val_sources": _by_source(dataset, trained)} if dataset.parts else {}),
        "normalisation": reading_digest(),
        "temperature": fit_temperature(trained.val_probabilities, trained.val_labels),
        "changes": settings.changes(spec.config),
        **({"note": spec.note} if spec.note else {}),
    } | spec.to_dict(dataset)


def _by_source(dataset: Dataset, trained: Fit) -> list[dict[str, Any]]:
    """Say of each data set how many of its images held out are read right."""
    right = trained.val_probabilities.argmax(axis=1) == trained.val_labels
    parts = np.split(right, np.cumsum(trained.val_counts)[:-1])
    return [
        {"name": source.name, "n": len(part), "right": int(part.sum())}
        for source, part in zip(dataset.sources, parts, strict=True)
    ]
