"""What tests of several commands share: a small data set, documents and figures read."""

import json
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from mnist_cli.core.data.dataset import Dataset


@pytest.fixture(scope="session")
def few_npz(tmp_path_factory: pytest.TempPathFactory, test_split: Dataset) -> Path:
    """The first 300 test images."""
    path = tmp_path_factory.mktemp("data") / "few.npz"
    np.savez(path, x_test=test_split.images[:300], y_test=test_split.labels[:300])
    return path


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
