"""Which of two versions reads worn images better, and what is reported of it."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from mnist_cli.core.data.class_names import DIGITS
from mnist_cli.core.data.dataset import Dataset, as_input
from mnist_cli.core.store import store, versions
from mnist_cli.training.augmentation.degraded import measure_degraded
from mnist_cli.training.result import TrainResult
from tests.conftest import Events

N = 1_200  # more than are worn at once
OTHERS = tuple("abcdefghij")


@pytest.fixture
def artifacts(store_path: Path, tmp_path: Path) -> Path:
    """A store whose only version is its champion."""
    return shutil.copytree(store_path, tmp_path / "artifacts")


@pytest.mark.parametrize(
    ("name", "reader", "difference"),
    [("bundled", "1", 1), ("1", "bundled", -1), ("bundled", "bundled", 0)],
)
def test_two_versions_read_the_same_worn_images(
    test_split: Dataset, artifacts: Path, name: str, reader: str, difference: int
) -> None:
    if reader == "bundled":
        (artifacts / store.ALIASES).unlink()
    version = store.find_version(name, artifacts)
    images, labels = as_input(test_split.images[:N]), test_split.labels[:N]

    found = measure_degraded(version.read(versions.TFLITE), DIGITS, images, labels, artifacts)

    assert (found["n"], found["reader"]) == (N, reader)
    assert np.sign(found["right"] - found["reader_right"]) == difference
    assert (found["p_value"] < 1e-6) is (difference != 0)
    best = max(found["right"], found["reader_right"])
    assert 0.95 * N < best < 0.995 * N  # of those that are not worn, one in 200 is misread


@pytest.mark.parametrize("trouble", ["other classes", "a damaged champion"])
def test_a_reader_that_can_not_be_compared_with_is_left_out(
    test_split: Dataset, artifacts: Path, trouble: str, events: Events
) -> None:
    content = versions.open_version(versions.BUNDLED).read(versions.TFLITE)
    if trouble == "a damaged champion":
        (artifacts / "1" / versions.TFLITE).write_bytes(b"")
    names = OTHERS if trouble == "other classes" else DIGITS
    images, labels = as_input(test_split.images[:20]), test_split.labels[:20]

    found = measure_degraded(content, names, images, labels, artifacts)

    assert set(found) == {"n", "right"}
    assert len(events.of("training.reader_not_measured")) == 1


WORN = {"n": 200, "right": 190, "reader": "3", "reader_right": 100, "p_value": 0.01}


@pytest.mark.parametrize(
    ("worn", "expected"),
    [
        (None, (0, None, None, None, None)),
        ({"n": 200, "right": 190}, (200, 0.95, None, None, None)),
        (WORN, (200, 0.95, "3", 0.5, True)),
        (WORN | {"right": 20}, (200, 0.1, "3", 0.5, False)),
        (WORN | {"p_value": 0.05}, (200, 0.95, "3", 0.5, None)),
        ({"n": 200, "right": 190, "reader": "3"}, (200, 0.95, None, None, None)),
    ],
    ids=["older", "no reader", "better", "worse", "no difference", "damaged"],
)
def test_what_a_manifest_counts_says_who_reads_better(
    worn: dict[str, object] | None, expected: tuple[object, ...], store_path: Path
) -> None:
    version = versions.open_version(store_path / "1")
    metrics = {k: v for k, v in version.manifest["metrics"].items() if k != "worn"}
    metrics |= {"worn": worn} if worn else {}
    manifest = version.manifest | {"metrics": metrics}

    result = TrainResult.of(versions.Version("4", version.path, manifest))

    assert expected == (
        *(result.worn_n, result.worn_accuracy),
        *(result.reader, result.reader_worn_accuracy, result.reads_better),
    )
