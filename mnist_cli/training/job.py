"""What a training is given."""

import os
import platform
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from mnist_cli.core.config import TrainConfig
from mnist_cli.core.data.class_names import DIGITS
from mnist_cli.core.data.dataset import Dataset
from mnist_cli.core.data.duplicates import count_repeats, find_repeats
from mnist_cli.training.base import Base
from mnist_cli.training.precision import has_bfloat16

LIBRARIES = ("mnist-cli", "tensorflow", "keras", "numpy", "ai-edge-litert")


def environment(*more_libraries: str) -> dict[str, Any]:
    """Return versions and machine, as manifests state them."""
    return {
        "versions": {"python": platform.python_version()}
        | {name: version(name) for name in (*LIBRARIES, *more_libraries)},
        "machine": {
            "system": platform.platform(),
            "cpus": len(os.sched_getaffinity(0)),
            "bfloat16": has_bfloat16(),
        },
    }


@dataclass(frozen=True)
class Job:
    """What to train, and where it goes.

    Attributes:
        config: The recipe, with every change made to it.
        dataset: Training images.
        artifacts: The store that gets the new version.
        run: Name of the run, from `log.new_run_id`.
        resume: Go on from the run's newest checkpoint.
        base: The version whose weights the run begins with; None where they are drawn.
        class_names: What the ten classes are called.
        note: What its maker says of it; may be empty.
        tensorboard: Gets a folder of event files, named after the run; None for none.
    """

    config: TrainConfig
    dataset: Dataset
    artifacts: Path
    run: str
    resume: bool = False
    base: Base | None = None
    class_names: tuple[str, ...] = DIGITS
    note: str = ""
    tensorboard: Path | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return what decides the bits that come out: config, data, libraries, threads."""
        base = {"from": self.base.to_record()} if self.base else {}
        names = {"class_names": list(self.class_names)} if self.class_names != DIGITS else {}
        return (
            base
            | names
            | {
                "config": self.config.to_dict(),
                "data": self.dataset.to_record() | count_repeats(find_repeats(self.dataset)),
            }
            | environment()
        )

    def wishes(self) -> dict[str, Any]:
        """Return what a resumed run needs to know besides, and which decides no bits."""
        wishes = {"tensorboard": str(self.tensorboard or ""), "note": self.note}
        return {name: wish for name, wish in wishes.items() if wish}
