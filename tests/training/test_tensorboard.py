from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import pytest

from mnist_cli.core.errors import StorageError
from mnist_cli.core.tensorflow import tf
from mnist_cli.training.history import EpochRecord
from mnist_cli.training.tensorboard import SCALARS, EventFile

HISTORY = [
    EpochRecord(epoch, 0.5 / epoch, 0.9, 0.25 / epoch, 0.95, 1e-3 / epoch, 1000.0, 1.0)
    for epoch in (1, 2, 3)
]


def curves(folder: Path) -> dict[str, list[tuple[int, float]]]:
    """Read event files by their format: records, each a protocol buffer."""
    read = defaultdict(list)
    for path in sorted(folder.glob("events.out.tfevents.*")):
        for record in tf.data.TFRecordDataset(str(path)).as_numpy_iterator():
            event = tf.compat.v1.Event.FromString(record)
            for value in event.summary.value:
                assert value.metadata.plugin_data.plugin_name == "scalars"
                read[value.tag].append((event.step, float(tf.make_ndarray(value.tensor))))
    return dict(read)


def expected(history: list[EpochRecord]) -> dict[str, list[tuple[int, object]]]:
    return {name: [(r.epoch, pytest.approx(getattr(r, name))) for r in history] for name in SCALARS}


def test_each_epoch_is_a_point_of_each_curve(tmp_path: Path) -> None:
    events = EventFile(tmp_path / "board" / "run1", [])
    for count in range(len(HISTORY) + 1):
        events.add(HISTORY[:count])

    assert curves(tmp_path / "board" / "run1") == expected(HISTORY)


def test_a_run_that_goes_on_has_each_epoch_once(tmp_path: Path) -> None:
    """Its checkpoint may be an epoch behind what was written, and that epoch comes again."""
    EventFile(tmp_path, [replace(HISTORY[0], loss=9.0)]).add(HISTORY[:2])
    EventFile(tmp_path, HISTORY[:1]).add(HISTORY)

    assert curves(tmp_path) == expected(HISTORY)


def test_a_folder_whose_name_is_no_utf_8_gets_them(tmp_path: Path) -> None:
    folder = tmp_path / "\udcff"
    EventFile(folder, HISTORY)

    assert [path.stat().st_size > 100 for path in folder.iterdir()] == [True]


@pytest.mark.parametrize("folder", ["file/board", "/proc/board"])
def test_a_folder_that_can_not_be_written_is_refused(tmp_path: Path, folder: str) -> None:
    (tmp_path / "file").write_bytes(b"")

    with pytest.raises(StorageError, match="Can't write"):
        EventFile(tmp_path / folder, [])


def test_tensorboard_reads_them(tmp_path: Path) -> None:
    accumulators = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    EventFile(tmp_path, HISTORY)

    read = accumulators.EventAccumulator(str(tmp_path)).Reload()

    assert sorted(read.Tags()["tensors"]) == sorted(SCALARS)
    assert [event.step for event in read.Tensors("loss")] == [1, 2, 3]
