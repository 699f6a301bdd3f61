"""Train a model: epoch after epoch, watched, and the best of them chosen by validation."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_cli.core import log
from mnist_cli.core.config import TrainConfig
from mnist_cli.core.data.dataset import Dataset, as_input
from mnist_cli.core.models.model import forward
from mnist_cli.core.tensorflow import keras, tf
from mnist_cli.training.checkpoint import State
from mnist_cli.training.history import EpochRecord
from mnist_cli.training.loop import Loop
from mnist_cli.training.mixture import Indices, split, warn_of_few_held_out

SHOWN = 5_000  # images that a model answers that nothing was held out of


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
        chosen_epoch: The epoch with the best validation accuracy, the later of equals; the last
            where nothing was held out.
        images: (V, 28, 28, 1) float32 in [0, 1], the images held out; where there are none, some
            that it learnt from.
        labels: (V,) uint8, their labels.
        probabilities: (V, 10) float32, what the model says to them.
        val_counts: How many are held out of each data set, in their order.
        train_s: Seconds in the loop, the building of the graph included, imports left out.
        images_per_s: Training images a second over all epochs.
    """

    model: Any
    history: list[EpochRecord]
    chosen_epoch: int
    images: NDArray[np.float32]
    labels: NDArray[np.uint8]
    probabilities: NDArray[np.float32]
    val_counts: list[int]
    train_s: float
    images_per_s: float

    @property
    def val_n(self) -> int:
        """How many images were held out."""
        return sum(self.val_counts)

    @property
    def val_accuracy(self) -> float | None:
        """Validation accuracy of the chosen epoch; None where nothing was held out."""
        return self.history[self.chosen_epoch - 1].val_accuracy


def fit(
    config: TrainConfig,
    dataset: Dataset,
    *,
    strategy: Any = None,
    state: State | None = None,
    on_state: Callable[[State], None] = lambda _state: None,
    on_progress: Callable[[Progress], None] = lambda _progress: None,
    check_stop: Callable[[], None] = lambda: None,
) -> Fit:
    """Train a model, from the start or from a checkpoint.

    Args:
        config: The recipe, with every change made to it.
        dataset: Training images; some are held out to validate on.
        strategy: A `tf.distribute.Strategy`; one device if left out.
        state: Where an earlier run of this config on these images stopped; or, of no epoch and
            without variables, the weights to begin with.
        on_state: Gets the state before the first epoch, unless given, and after each.
        on_progress: Called after each call into the graph.
        check_stop: Called as often; what it raises ends the run.

    Raises:
        DatasetError: There are fewer than two images.
        TrainingError: The loss stopped being a number.
    """
    keras.utils.set_random_seed(config.seed)
    strategy = strategy or tf.distribute.get_strategy()
    weights = state.best_weights if state else None
    training, by_source = split(dataset, config.validation_size, config.seed, config.least_share)
    validation = np.concatenate(by_source)
    started = time.perf_counter()
    with strategy.scope():
        loop = Loop(strategy, config, dataset, training, validation, weights)
    if not (state and state.variables):
        warn_of_few_held_out(dataset, by_source)
    state = _begun(loop, state, on_state)
    watch = _Watch(config, loop.images_per_epoch, started - state.train_s, on_progress, check_stop)
    state = _run_epochs(loop, state, watch, on_state)
    return _fitted(loop, state, dataset, _shown(training, validation), list(map(len, by_source)))


def _begun(loop: Loop, state: State | None, on_state: Callable[[State], None]) -> State:
    """Return where the loop begins: where an earlier run stopped, or at its start."""
    if state and state.variables:
        loop.restore(state.variables)
        return state
    state = State(epoch=0, variables=loop.variables())
    on_state(state)
    return state


def _shown(training: Indices, validation: Indices) -> Indices:
    """Return the images held out; of none, some evenly through all: they may be sorted by class."""
    if len(validation):
        return validation
    count = min(SHOWN, len(training))
    return training[np.arange(count) * len(training) // count]


def _fitted(
    loop: Loop, state: State, dataset: Dataset, shown: Indices, val_counts: list[int]
) -> Fit:
    """Let the trained model answer images."""
    images = as_input(dataset.images[shown])
    return Fit(
        model=loop.model,
        history=state.history,
        chosen_epoch=_best_epoch(state.history),
        images=images,
        labels=dataset.labels[shown],
        probabilities=forward(loop.model, images),
        val_counts=val_counts,
        train_s=state.train_s,
        images_per_s=state.epoch * loop.images_per_epoch / state.train_s,
    )


def _run_epochs(
    loop: Loop, state: State, watch: "_Watch", on_state: Callable[[State], None]
) -> State:
    """Run the epochs that are left; the model ends with the best weights of all."""
    config = watch.config
    while state.epoch < config.epochs and not _is_stuck(state.history, config.patience):
        record = loop.run_epoch(state.epoch + 1, watch.report(state.history))
        log.event("training.epoch_end", epochs=config.epochs, **vars(record))
        state = _after(state, record, loop, time.perf_counter() - watch.started)
        on_state(state)
    for variable, value in zip(loop.model.trainable_variables, state.best_weights, strict=True):
        variable.assign(value)
    return state


@dataclass(frozen=True)
class _Watch:
    """Tells how far a run is, and lets it be stopped."""

    config: TrainConfig
    images_per_epoch: int
    started: float
    on_progress: Callable[[Progress], None]
    check_stop: Callable[[], None]

    def report(self, history: list[EpochRecord]) -> Callable[[float, float], None]:
        """Return what an epoch calls with epochs done and its loss so far."""
        before = history[-1].val_accuracy if history else None

        def tell(done: float, loss: float) -> None:
            self.check_stop()
            rate = done * self.images_per_epoch / (time.perf_counter() - self.started)
            left_s = (self.config.epochs - done) * self.images_per_epoch / rate
            self.on_progress(Progress(self.config.epochs, done, loss, before, rate, left_s))

        return tell


def _after(state: State, record: EpochRecord, loop: Loop, train_s: float) -> State:
    history = [*state.history, record]
    is_best = _best_epoch(history) == record.epoch
    weights = loop.weights() if is_best else state.best_weights
    return State(record.epoch, loop.variables(), weights, history, train_s)


def _best_epoch(history: list[EpochRecord]) -> int:
    """Return the epoch with the best validation accuracy, the later of equals.

    Where nothing is held out it is the last one: how long to train was settled beforehand.
    """
    return max(history, key=lambda record: (record.val_accuracy or 0, record.epoch)).epoch


def _is_stuck(history: list[EpochRecord], patience: int) -> bool:
    """Tell whether so many epochs have gone by since the best one; a patience of 0 never ends."""
    return bool(patience and history) and history[-1].epoch - _best_epoch(history) >= patience
