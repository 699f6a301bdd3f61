"""One run on several devices or machines, through `tf.distribute`.

Each holds all images and takes its share of every batch: the shares are disjoint, and together
they are the batch that one device would take. Gradients are added up, so all hold the same
weights after every step.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from mnist_cli.core import log
from mnist_cli.core.choices import Distribute
from mnist_cli.core.errors import ClusterError
from mnist_cli.core.signals import signals_end_process
from mnist_cli.core.tensorflow import tf
from mnist_cli.training import tf_config


@dataclass(frozen=True)
class Cluster:
    """Who trains together.

    Attributes:
        strategy: A `tf.distribute.Strategy`.
        worker: Number of this process, from 0.
        workers: How many processes there are.
    """

    strategy: Any
    worker: int = 0
    workers: int = 1

    @property
    def is_chief(self) -> bool:
        """Whether this process writes checkpoints and publishes."""
        return self.worker == 0

    def share(self, content: bytes) -> bytes:
        """Return the chief's `content`, on every worker."""
        length = int(self._sum(np.array([len(content) if self.is_chief else 0], np.int32))[0])
        padded = np.zeros(-(-length // 4) * 4, np.uint8)
        if self.is_chief:
            padded[:length] = np.frombuffer(content, np.uint8)
        return bytes(self._sum(padded.view(np.int32)).tobytes()[:length])

    def _sum(self, values: Any) -> Any:
        """Add up integers over all workers: the others' are 0, so it is the chief's."""

        def add_once() -> Any:
            replica = tf.distribute.get_replica_context()
            is_first = tf.cast(replica.replica_id_in_sync_group == 0, tf.int32)
            return replica.all_reduce("sum", is_first * tf.constant(values))

        @tf.function(autograph=False)  # type: ignore[untyped-decorator]
        def add() -> Any:
            return self.strategy.run(add_once)

        return self.strategy.experimental_local_results(add())[0].numpy()

    @contextmanager
    def losses_told(self) -> Iterator[None]:
        """Turn what TensorFlow raises when a worker is lost into a ClusterError."""
        try:
            yield
        except (tf.errors.OpError, RuntimeError) as error:
            if self.workers == 1:
                raise
            log.event("training.cluster_failed", reason=str(error)[:500])
            raise ClusterError(
                f"Worker {self.worker} of {self.workers} lost another worker.",
                hint="Start all workers again with --resume.",
            ) from error


def join(distribute: Distribute) -> Cluster:
    """Return this process's part in a cluster; wait for the others, if there are any.

    Args:
        distribute: `none`: this process alone, on one device. `mirrored`: on all its GPUs, or
            all its logical CPU devices where there is no GPU. `multiworker`: as `TF_CONFIG` says.

    Raises:
        UsageError: `TF_CONFIG` is missing, or says no such thing.
        ClusterError: This worker's port is taken, or the others were not to be found.
    """
    if distribute == "mirrored":
        devices = tf.config.list_logical_devices("GPU") or tf.config.list_logical_devices("CPU")
        log.event("training.devices", names=[device.name for device in devices])
        return Cluster(tf.distribute.MirroredStrategy([device.name for device in devices]))
    if distribute == "multiworker":
        worker, workers = tf_config.read()
        log.event("training.joining", worker=worker, workers=workers)
        try:
            with signals_end_process():  # but for SIGTERM, which TensorFlow takes
                strategy = tf.distribute.MultiWorkerMirroredStrategy()
        except (tf.errors.OpError, RuntimeError) as error:
            raise ClusterError(
                f"Worker {worker} of {workers} can't join the others ({str(error)[:200]}).",
                hint="Is its port free, and do all have the same cluster in TF_CONFIG?",
            ) from error
        return Cluster(strategy, worker, workers)
    return Cluster(tf.distribute.get_strategy())
