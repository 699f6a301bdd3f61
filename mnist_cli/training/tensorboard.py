"""Event files that TensorBoard opens: what `history.csv` holds, epoch by epoch."""

import os
from pathlib import Path
from typing import Any

from mnist_cli.core import log
from mnist_cli.core.errors import StorageError
from mnist_cli.core.files import storage_errors
from mnist_cli.core.tensorflow import tf
from mnist_cli.training.history import EpochRecord

SCALARS = ("loss", "accuracy", "val_loss", "val_accuracy", "learning_rate")


class EventFile:
    """Writes a run's curves to a folder of its own.

    What an earlier process of the run wrote there is replaced, so that each epoch is there once.
    `tf.summary.scalar` would need the package of TensorBoard to write; this needs it to look.

    Args:
        folder: It is made, if need be.
        history: The epochs that are over.

    Raises:
        StorageError: The folder can't be written.
    """

    def __init__(self, folder: Path, history: list[EpochRecord]) -> None:
        with storage_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
            for path in folder.glob("events.out.tfevents.*"):
                path.unlink()
        kind = tf.compat.v1.SummaryMetadata.PluginData(plugin_name="scalars")
        self._metadata = tf.compat.v1.SummaryMetadata(plugin_data=kind)
        self._written = 0
        try:
            self._writer: Any = tf.summary.create_file_writer(os.fsencode(folder))
            self._write(history)
        except tf.errors.OpError as error:
            raise StorageError(
                f"Can't write into {str(folder)!r}: {error.message}.",
                hint="Check the free space and the permissions there.",
            ) from error

    def add(self, history: list[EpochRecord]) -> None:
        """Write the epochs that are not yet written; where that fails, say so and go on without."""
        if self._writer is None:
            return
        try:
            self._write(history)
        except tf.errors.OpError as error:
            log.warning("training.tensorboard_given_up", reason=error.message)
            self._writer = None

    def _write(self, history: list[EpochRecord]) -> None:
        with self._writer.as_default():
            for record in history[self._written :]:
                for name in SCALARS:
                    if (value := getattr(record, name)) is not None:
                        scalar = tf.constant(value, tf.float32)
                        tf.summary.write(name, scalar, step=record.epoch, metadata=self._metadata)
        self._writer.flush()
        self._written = len(history)
