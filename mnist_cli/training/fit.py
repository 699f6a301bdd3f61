"""Train a model: epoch after epoch, watched, and the best of them chosen by validation."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_cli.core import log
from mnist_cli.core.config import TrainConfig
from mnist_cli.core.dataset import Dataset, as_input, stratified_split
from mnist_cli.core.model import forward
from mnist_cli.core.tensorflow import keras, tf
from mnist_cli.training.loop import EpochRecord, Loop


@dataclass(frozen=True)
class Progress:
    """Where a run stands, for whoever watches."""

    epochs: int
    epochs_done: float
    loss: float
    val_accuracy: float | None
    images_per_s: float
    left_s: float


@dataclass(frozen=True)
class Fit:
    """What a finished loop leaves behind.

    Attributes:
        model: The Keras model, with the weights of `chosen_epoch`.
        history: A record an epoch.
        chosen_epoch: The epoch with the best validation accuracy, the later of equals.
        val_images: (V, 28, 28, 1) float32 in [0, 1], the images held out.
        val_labels: (V,) uint8, their labels.
        val_probabilities: (V, 10) float32, what the model says to them.
        train_s: Seconds in the loop, the building of the graph included, imports left out.
        images_per_s: Training images a second over all epochs.
    """

    model: Any
    history: list[EpochRecord]
    chosen_epoch: int
    val_images: NDArray[np.float32]
    val_labels: NDArray[np.uint8]
    val_probabilities: NDArray[np.float32]
    train_s: float
    images_per_s: float

    @property
    def val_accuracy(self) -> float:
        """Validation accuracy of the chosen epoch."""
        return self.history[self.chosen_epoch - 1].val_accuracy


def fit(
    config: TrainConfig,
    dataset: Dataset,
    *,
    on_progress: Callable[[Progress], None] = lambda _progress: None,
    check_stop: Callable[[], None] = lambda: None,
) -> Fit:
    """Train a new model.

    Args:
        config: The recipe, with every change made to it.
        dataset: Training images; some are held out to validate on.
        on_progress: Called after each call into the graph.
        check_stop: Called as often; what it raises ends the run.

    Raises:
        DatasetError: There are fewer than two images.
        TrainingError: The loss stopped being a number.
    """
    keras.utils.set_random_seed(config.seed)
    strategy = tf.distribute.get_strategy()
    training, validation = stratified_split(dataset.labels, config.validation_size, config.seed)
    started = time.perf_counter()
    with strategy.scope():
        loop = Loop(strategy, config, dataset, training, validation)
    history: list[EpochRecord] = []
    best: tuple[float, list[Any]] = (-1.0, [])
    for epoch in range(1, config.epochs + 1):
        before = history[-1].val_accuracy if history else None

        def report(done: float, loss: float, before: float | None = before) -> None:
            check_stop()
            rate = done * loop.images_per_epoch / (time.perf_counter() - started)
            left_s = (config.epochs - done) * loop.images_per_epoch / rate
            on_progress(Progress(config.epochs, done, loss, before, rate, left_s))

        record = loop.run_epoch(epoch, report)
        history.append(record)
        log.event("training.epoch_end", epochs=config.epochs, **vars(record))
        if record.val_accuracy >= best[0]:
            best = record.val_accuracy, loop.weights()
    train_s = time.perf_counter() - started
    for variable, value in zip(loop.model.variables, best[1], strict=True):
        variable.assign(value)
    val_images = as_input(dataset.images[validation])
    return Fit(
        model=loop.model,
        history=history,
        chosen_epoch=max(r.epoch for r in history if r.val_accuracy == best[0]),
        val_images=val_images,
        val_labels=dataset.labels[validation],
        val_probabilities=forward(loop.model, val_images),
        train_s=train_s,
        images_per_s=config.epochs * loop.images_per_epoch / train_s,
    )
