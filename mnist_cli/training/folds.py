"""How well the recipes read what they were not trained on, by cross-validation.

A version that was trained on all images can't be measured by any of them, but its recipe can: of
several trainings, each leaves one fold of the images out and reads it.
`tests/benchmarks/search.py` does so, and writes the file.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mnist_cli.core import settings
from mnist_cli.core.data.dataset import Dataset
from mnist_cli.training.run_spec import RunSpec

FILE = Path(__file__).parents[1] / "assets" / "folds.json"


@dataclass(frozen=True)
class Folds:
    """What a recipe's trainings read, each the fold that it left out.

    Attributes:
        folds: How many trainings there were.
        n: Images that were read, each once.
        right: How many of them were read right.
        temperature: What made the probabilities of each fold most likely, their geometric mean.
    """

    folds: int
    n: int
    right: int
    temperature: float

    def to_record(self) -> dict[str, Any]:
        """Return what a manifest's metrics say of it."""
        return {"folds": self.folds, "n": self.n, "right": self.right}


def find(spec: RunSpec, dataset: Dataset) -> Folds | None:
    """Return what was measured of a run's recipe; None if anything is otherwise than it was then.

    Args:
        spec: The run; only its seed may be another, and how many images it holds out.
        dataset: What it trains on.
    """
    measured = json.loads(FILE.read_bytes())
    config = spec.config
    found = measured["recipes"].get(f"{config.model.arch}/{config.recipe}")
    others = [c for c in settings.changes(config) if not c.startswith("validation_size=")]
    if not found or others or spec.base or dataset.sha256 != measured["data"]:
        return None
    return Folds(**found)
