"""Models that Keras builds, and training on little."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from mnist_cli.core.errors import ExitCode
from tests.conftest import Cli
from tests.core.data.test_dataset import IMAGES, LABELS
from tests.core.keras_files import Config, change_config, change_weights
from tests.faults.harness import Row, check, environment_of, in_process, rows, run
from tests.faults.models import Change, good

READ = ("predict", "a.png", "--model", "a.keras")
MEMORY = 2 << 30  # bytes; TensorFlow starts in 1.7 GiB


def opened(name: str, code: ExitCode, words: str, change: Change, memory: int = 0) -> Row:
    """Return a line whose model is opened; under a limit of memory once, for TensorFlow is slow."""

    def make(folder: Path) -> None:
        change(good(folder))

    return Row(name, READ, code, (words,), make, has_json=not memory, memory=memory)


def with_layers(change: Callable[[list[Config]], object]) -> Change:
    """Change the layers, and let Keras build them anew."""

    def change_all(config: Config) -> None:
        layers = config["config"]["layers"]
        for layer in layers:
            layer.pop("build_config", None)
        config.pop("build_config", None)
        change(layers)

    return lambda path: change_config(path, change_all)


def with_units(units: int) -> Change:
    """Put a Dense layer before the last one."""

    def change(layers: list[Config]) -> None:
        wide = json.loads(json.dumps(layers[-1]))
        wide["config"] |= {"units": units, "name": "wide"}
        layers.insert(-1, wide)

    return with_layers(change)


def last(**settings: object) -> Change:
    return with_layers(lambda layers: layers[-1]["config"].update(settings))


def untrained(path: Path) -> None:
    def forget(file: h5py.File) -> None:
        file.visititems(
            lambda _, item: (
                item.write_direct(np.zeros(item.shape, item.dtype))
                if isinstance(item, h5py.Dataset)
                else None
            )
        )

    change_weights(path, forget)


def for_another_task(path: Path) -> None:
    from mnist_cli.core.tensorflow import keras

    layers = [keras.Input((32, 32, 3)), keras.layers.Flatten(), keras.layers.Dense(7)]
    keras.Sequential(layers).save(path)


def few(count: int) -> Callable[[Path], object]:
    def make(folder: Path) -> None:
        np.savez(folder / "few.npz", x_train=IMAGES[:count], y_train=LABELS[:count])

    return make


OK, REFUSED = ExitCode.OK, ExitCode.REFUSED
TRAIN = ("train", "--recipe", "quick", "--epochs", 1, "--data", "few.npz", "--artifacts", "own")


@rows(
    opened(
        "a swelling layer", REFUSED, "at most 20000000 of each are opened", with_units(50_000_000)
    ),
    opened("another task", REFUSED, "Received: (None, 32, 32, 3) to (None, 7)", for_another_task),
    opened("logits", OK, "a.png: 3", last(activation="linear")),
    opened("untrained", OK, "model.barely_reads_mnist path=a.keras", untrained),
    opened("an unknown setting", REFUSED, "can't open it (", last(colour="red")),
    opened(
        "settings of another version",
        REFUSED,
        "Was it saved by another version of Keras?",
        last(units=11),
    ),
    Row(
        "one image to train on",
        TRAIN,
        REFUSED,
        ("Training needs at least 2 images. Received: 1.",),
        few(1),
        written=("logs", "own"),
    ),
    Row(
        "three images to train on",
        TRAIN,
        OK,
        ("version 1",),
        few(3),
        has_json=False,
        written=("logs", "own"),
    ),
)
def test_what_keras_opens_is_told(
    row: Row, tmp_path: Path, store_path: Path, mnist: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    check(row, tmp_path, store_path, in_process(mnist, monkeypatch))


@rows(
    opened(
        "a swelling network", REFUSED, "at most 20000000 of each", with_units(50_000_000), MEMORY
    )
)
def test_a_network_that_swells_is_told_within_little_memory(
    row: Row, tmp_path: Path, store_path: Path
) -> None:
    check(row, tmp_path, store_path)


def test_a_keras_json_that_others_lay_there_is_passed_over(
    tmp_path: Path, store_path: Path
) -> None:
    good(tmp_path)
    (tmp_path / "tmp").mkdir()
    (tmp_path / ".keras").mkdir()
    settings = tmp_path / ".keras" / "keras.json"
    settings.write_text('{"floatx": "float128", "backend": "nowhere", "epsilon": 9.0}')
    environment = environment_of(tmp_path, store_path) | {"HOME": str(tmp_path)}

    result = run(tmp_path, environment, *READ)

    assert result.exit_code == OK, result.stderr
    assert result.stdout.startswith("a.png: 3  ")
    assert "float128" in settings.read_text()


def test_a_file_that_is_deleted_once_it_was_read_is_read_with(
    tmp_path: Path, store_path: Path
) -> None:
    path = good(tmp_path)
    (tmp_path / "tmp").mkdir()
    with subprocess.Popen(
        [sys.executable, "-m", "mnist_cli", *READ],
        cwd=tmp_path,
        env=environment_of(tmp_path, store_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        while not list((tmp_path / "tmp").glob("*/model.keras")) and process.poll() is None:
            time.sleep(0.001)
        path.unlink()
        stdout, stderr = process.communicate(timeout=120)

    assert process.returncode == OK, stderr
    assert stdout.startswith(b"a.png: 3  ")
