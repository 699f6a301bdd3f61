from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_cli.core.errors import CheckpointError, ExitCode, StorageError
from mnist_cli.training import checkpoint
from mnist_cli.training.checkpoint import State
from mnist_cli.training.history import EpochRecord
from tests.conftest import Events

RECORD = EpochRecord(
    epoch=1,
    loss=0.1 + 0.2,
    accuracy=1 / 3,
    val_loss=5e-324,
    val_accuracy=2 / 3,
    learning_rate=1e-3,
    images_per_s=12_345.678901234567,
    duration_s=1e300,
)
RNG = np.random.default_rng(0)
STATE = State(
    epoch=2,
    variables=[
        RNG.normal(size=(5, 3)).astype(np.float32),
        np.array([np.nan, -0.0, np.inf, 1e-45], np.float32),
        np.array([2**32 - 1, 7], np.uint32),  # a dropout's seeds
        np.array(-(2**63), np.int64),  # a scalar
    ],
    best_weights=[RNG.normal(size=(2,)).astype(np.float32)],
    history=[RECORD, replace(RECORD, epoch=2)],
    train_s=0.1 + 0.7,
)


def at(epoch: int) -> State:
    return replace(STATE, epoch=epoch)


def bits(arrays: list[NDArray[Any]]) -> list[tuple[str, tuple[int, ...], bytes]]:
    return [(array.dtype.str, array.shape, array.tobytes()) for array in arrays]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Checkpoints of epochs 1 and 2."""
    for epoch in (1, 2):
        checkpoint.save(tmp_path, at(epoch))
    return tmp_path


def test_a_state_comes_back_to_the_same_bits(folder: Path) -> None:
    loaded = checkpoint.load(folder)

    assert bits(loaded.variables) == bits(STATE.variables)
    assert bits(loaded.best_weights) == bits(STATE.best_weights)
    assert loaded.history == STATE.history
    assert (loaded.epoch, loaded.train_s) == (2, STATE.train_s)
    assert checkpoint.to_bytes(loaded) == checkpoint.to_bytes(STATE)


def test_the_state_before_the_first_epoch_has_no_best_weights(tmp_path: Path) -> None:
    checkpoint.save(tmp_path, State(0, STATE.variables))

    loaded = checkpoint.load(tmp_path)
    assert (loaded.epoch, loaded.best_weights, loaded.history) == (0, [], [])


def test_many_variables_keep_their_order(tmp_path: Path) -> None:
    many = [np.array(i, np.int64) for i in range(1_200)]
    checkpoint.save(
        tmp_path, State(1, many, best_weights=[np.array(i, np.float32) for i in range(11)])
    )

    loaded = checkpoint.load(tmp_path)
    assert [int(array) for array in loaded.variables] == list(range(1_200))
    assert [float(array) for array in loaded.best_weights] == list(range(11))


def test_the_newest_two_are_kept(tmp_path: Path) -> None:
    assert not checkpoint.exists(tmp_path)
    for epoch in (0, 1, 9, 10, 11):
        checkpoint.save(tmp_path, at(epoch))

    assert names(tmp_path) == ["epoch-000010.ckpt", "epoch-000011.ckpt"]
    assert checkpoint.exists(tmp_path)
    assert checkpoint.load(tmp_path).epoch == 11


def test_a_flipped_bit_anywhere_is_found_out() -> None:
    whole = checkpoint.to_bytes(STATE)
    for place in range(len(whole)):
        damaged = bytearray(whole)
        damaged[place] ^= 1
        with pytest.raises(ValueError, match="checksum mismatch"):
            checkpoint.from_bytes(bytes(damaged))


def test_a_cut_anywhere_is_found_out() -> None:
    whole = checkpoint.to_bytes(STATE)
    for length in range(len(whole)):
        with pytest.raises(ValueError, match="checksum mismatch"):
            checkpoint.from_bytes(whole[:length])


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: bytes([content[0] ^ 1]) + content[1:],
        lambda content: content[:-1] + bytes([content[-1] ^ 1]),
        lambda content: content[: len(content) // 2],
        lambda _: b"",
        lambda content: content + b"\0",
    ],
    ids=["first bit", "last bit", "cut", "empty", "longer"],
)
def test_a_damaged_checkpoint_is_passed_over_and_said(
    folder: Path, events: Events, damage: Any
) -> None:
    newest = folder / "epoch-000002.ckpt"
    newest.write_bytes(damage(newest.read_bytes()))

    assert checkpoint.load(folder).epoch == 1
    (fields,) = events.of("training.checkpoint_damaged")
    assert fields == {"path": str(newest), "reason": "checksum mismatch"}


def test_a_checkpoint_that_can_not_be_read_is_passed_over(folder: Path, events: Events) -> None:
    (folder / "epoch-000003.ckpt").mkdir()

    assert checkpoint.load(folder).epoch == 2
    assert events.warnings == ["training.checkpoint_damaged"]


def test_a_checkpoint_of_another_version_of_the_tool_is_passed_over(
    folder: Path, events: Events, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(checkpoint, "SCHEMA", 99)
        checkpoint.save(folder, at(3))

    assert checkpoint.load(folder).epoch == 2
    assert "schema 99" in events.of("training.checkpoint_damaged")[0]["reason"]


def test_what_a_killed_process_left_half_written_is_no_checkpoint(
    folder: Path, events: Events
) -> None:
    (folder / ".new-abc.ckpt").write_bytes(b"half")
    (folder / "epoch-000003.ckpt.bak").write_bytes(b"")

    assert checkpoint.load(folder).epoch == 2
    assert events.names == []


def test_without_a_whole_one_there_is_nothing_to_go_on_from(folder: Path, events: Events) -> None:
    for path in folder.iterdir():
        path.write_bytes(path.read_bytes()[:-1])

    with pytest.raises(CheckpointError, match="no checkpoint that is whole") as caught:
        checkpoint.load(folder)

    assert caught.value.exit_code == ExitCode.REFUSED
    assert "Train anew" in caught.value.hint
    assert events.warnings == ["training.checkpoint_damaged"] * 2
    assert checkpoint.exists(folder)


def test_a_checkpoint_that_can_not_be_written_leaves_the_old_ones(folder: Path) -> None:
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    (folder / "epoch-000003.ckpt").mkdir()  # root heeds no permissions

    with pytest.raises(StorageError, match=r"epoch-000003\.ckpt") as caught:
        checkpoint.save(folder, at(3))

    assert caught.value.exit_code == ExitCode.ENVIRONMENT
    (folder / "epoch-000003.ckpt").rmdir()
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_folder_that_is_gone_is_a_storage_error(tmp_path: Path) -> None:
    with pytest.raises(StorageError):
        checkpoint.save(tmp_path / "gone", STATE)
