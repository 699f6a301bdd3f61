"""What tests of several commands share: a small data set, documents and figures read."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from mnist_cli.core.data.dataset import Dataset

if TYPE_CHECKING:
    from mnist_cli.training.result import TrainResult
    from mnist_cli.training.run_spec import RunSpec


@pytest.fixture(scope="session")
def few_npz(tmp_path_factory: pytest.TempPathFactory, test_split: Dataset) -> Path:
    """The first 300 test images."""
    path = tmp_path_factory.mktemp("data") / "few.npz"
    np.savez(path, x_test=test_split.images[:300], y_test=test_split.labels[:300])
    return path


@dataclass
class Trainings:
    """What stands in for trainings, for tests of what is around them: each takes four seconds.

    Attributes:
        asked: What each was asked for.
        results: What they end with; then nothing, as where another machine tells of it.
    """

    asked: list[tuple["RunSpec", Dataset]] = field(default_factory=list)
    results: list["TrainResult"] = field(default_factory=list)

    def train(self, spec: "RunSpec", dataset: Dataset, _: object) -> "TrainResult | None":
        self.asked.append((spec, dataset))
        return self.results.pop(0) if self.results else None


@pytest.fixture
def untrained(monkeypatch: pytest.MonkeyPatch) -> Trainings:
    """Let `mnist train` do all but train."""
    from mnist_cli.training import pipeline

    trainings = Trainings()
    monkeypatch.setattr(pipeline, "train", trainings.train)
    return trainings


def document(text: str) -> dict[str, Any]:
    """Return the one document that `--json` printed."""
    (line,) = text.splitlines()
    loaded: dict[str, Any] = json.loads(line)
    return loaded


def asked_of(
    monkeypatch: pytest.MonkeyPatch, module: ModuleType, name: str, made: dict[str, Any]
) -> dict[str, Any]:
    """Put what makes nothing in the place of a training; return what it is asked for."""
    asked: dict[str, Any] = {}

    def make(
        config: Any, training: Any, held_out: Any, folder: Path, **rest: Any
    ) -> dict[str, Any]:
        asked.update(config=config, training=training, held_out=held_out, folder=folder, **rest)
        return made

    monkeypatch.setattr(module, name, make)
    return asked


def texts(figure: Figure) -> str:
    """Return every word on a figure."""
    found: list[Any] = figure.findobj(Text)
    return "\n".join(text.get_text() for text in found)
