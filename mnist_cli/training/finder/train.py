"""The finder's training: synthetic pages in, a network and its figures out."""

import json
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from mnist_cli.core import log
from mnist_cli.core.errors import CheckpointError, StoppedError, TrainingError
from mnist_cli.core.files import storage_errors, write_atomically, write_json
from mnist_cli.core.tensorflow import disk_errors, keras, tf
from mnist_cli.synthesis.sources import Source
from mnist_cli.training.finder.loss import WEIGHTS, losses
from mnist_cli.training.finder.network import FinderConfig, build_finder
from mnist_cli.training.finder.pages import Example, examples, shown_again
from mnist_cli.training.finder.targets import Targets
from mnist_cli.training.finder.weights import WEIGHTS_FILE, averaged, read_weights
from mnist_cli.training.page_networks import dtype_policy
from mnist_cli.training.precision import keras_policy
from mnist_cli.training.unfolding import mixed, published_weights, unfold

TOLD = 100  # steps between two lines of the log
SAVED = 500  # steps between two checkpoints
WARM_UP = 200  # steps of linear rise to the peak of the learning rate
MEASURED = 12  # lists of 8 pages, that the weights are measured on
CLIP = 5.0  # largest norm of the gradient
CHECKPOINTS, FIGURES = "checkpoints", "finder.weights.json"


def train_finder(
    config: FinderConfig,
    training: Source,
    held_out: Source,
    folder: Path,
    begin_from: Path | None,
    processes: int,
    check_stop: Callable[[], None],
) -> None:
    """Train the finder, going on where an earlier run in this folder stopped.

    It is a step of `make_finder`, which has the same arguments and errors, and publishes what this
    leaves in the folder: the averaged weights and their figures. `check_stop` is called after each
    step of the optimizer, and raises StoppedError to stop there.
    """
    lists = islice(examples(held_out, config.seed + 1, 8, config.side), MEASURED)
    measured = _batch([one for part in lists for one in part])
    state = _begun(config, begin_from, measured[0])
    step, average = state.step, state.average
    first = state.model.get_weights()
    manager = tf.train.CheckpointManager(state, str(folder / CHECKPOINTS), max_to_keep=2)
    _restore(state, manager)
    begin = int(step)
    log.event("finder.begin", step=begin, steps=config.steps, processes=processes)
    learn = _learner(config, state.model, state.optimizer, average, step)
    told = _Told(config.steps, _train_s(folder) if begin else 0.0)
    for pages, maps in islice(batches(config, training, begin, processes), config.steps - begin):
        told.add(learn(pages, maps), int(step))
        if int(step) % SAVED == 0 or int(step) == config.steps:
            weights = mixed(first, [mean.numpy() for mean in average], config.mix)
            _save(config, weights, folder, measured, int(step), told.train_s)
            _keep(manager)
        try:
            check_stop()
        except StoppedError as stop:
            _keep(manager)
            stop.hint = "The same command goes on from here."
            raise


def _begun(config: FinderConfig, begin_from: Path | None, pages: Any) -> Any:
    """Return a checkpoint of no step: `model`, `optimizer`, `average` of its weights, `step`.

    A published finder has no statistics of batches any more; those of some pages are taken.
    """
    keras.utils.set_random_seed(config.seed)
    with dtype_policy(keras_policy("auto")):
        model = build_finder(config)
    if begin_from and begin_from.suffix == ".tflite":
        unfold(published_weights(begin_from, model), model, pages)
    elif begin_from:
        model.set_weights(read_weights(begin_from, model))
    optimizer = keras.optimizers.AdamW(config.learning_rate, weight_decay=config.weight_decay)
    optimizer.build(model.trainable_variables)
    average = [tf.Variable(variable) for variable in model.variables]
    step = tf.Variable(0, dtype=tf.int64)
    return tf.train.Checkpoint(model=model, optimizer=optimizer, average=average, step=step)


def _restore(state: Any, manager: Any) -> None:
    """Go on from the newest checkpoint, if there is one."""
    newest = manager.latest_checkpoint
    try:
        if newest:
            state.restore(newest)
    except (tf.errors.OpError, ValueError) as error:
        raise CheckpointError(
            f"{newest}: damaged, or of another network.", hint="Train into another folder."
        ) from error


def _train_s(folder: Path) -> float:
    """Return how long the training took up to the weights that were written last."""
    with suppress(OSError, ValueError, KeyError):
        return float(json.loads((folder / FIGURES).read_bytes())["train_s"])
    return 0.0


def _keep(manager: Any) -> None:
    """Write a checkpoint."""
    with storage_errors(Path(manager.directory)), disk_errors():
        manager.save()


class _Told:
    """What the log is told of the loss: the mean of each part over `TOLD` steps."""

    def __init__(self, steps: int, before_s: float) -> None:
        self._steps, self._began = steps, time.monotonic() - before_s
        self._sums = np.zeros(len(WEIGHTS))

    @property
    def train_s(self) -> float:
        """Seconds in the loop so far, those of earlier runs included."""
        return round(time.monotonic() - self._began, 1)

    def add(self, parts: list[Any], step: int) -> None:
        """Count a step in, and log an event where it is due."""
        self._sums += [float(part) for part in parts]
        if not np.isfinite(self._sums).all():
            raise TrainingError(
                f"The loss is no number at step {step}.", hint="Begin with other weights or seed."
            )
        if step % TOLD:
            return
        means = dict(zip(WEIGHTS, (self._sums / TOLD).round(4).tolist(), strict=True))
        log.event("finder.step", step=step, steps=self._steps, duration_s=self.train_s, **means)
        self._sums[:] = 0


def batches(
    config: FinderConfig, source: Source, begin: int, processes: int
) -> Iterator[tuple[Any, Targets]]:
    """Yield (B, H, W, 1) uint8 pages with their targets: half of them new, half shown before."""
    kept: deque[Example] = deque(maxlen=config.kept)
    new = config.batch_size // 2
    for number, fresh in enumerate(
        examples(source, config.seed, new, config.side, begin=begin, processes=processes), begin
    ):
        generator = np.random.default_rng([config.seed, number, 1])
        kept.extend(fresh)
        old = [kept[index] for index in generator.integers(0, len(kept), config.batch_size - new)]
        again = [one._replace(grey=shown_again(one.grey, generator)) for one in old]
        yield _batch([*fresh, *again])


def _batch(pages: list[Example]) -> tuple[Any, Targets]:
    maps = Targets(
        *(np.stack(parts) for parts in zip(*(page.targets for page in pages), strict=True))
    )
    return np.stack([page.grey for page in pages])[..., None], maps


def _learner(
    config: FinderConfig, model: Any, optimizer: Any, average: list[Any], step: Any
) -> Any:
    """Return the function of one step, which gives each part of the loss."""

    @tf.function(reduce_retracing=True)  # type: ignore[untyped-decorator]
    def learn(pages: Any, maps: Targets) -> list[Any]:
        done = tf.cast(step, tf.float32)
        rate = 0.5 * (1 + tf.cos(np.pi * tf.minimum(1.0, done / config.steps)))
        optimizer.learning_rate.assign(
            config.learning_rate * rate * tf.minimum(1.0, (done + 1) / WARM_UP)
        )
        with tf.GradientTape() as tape:
            parts = losses(model(tf.cast(pages, tf.float32) / 255, training=True), maps)
            loss = tf.add_n([WEIGHTS[name] * parts[name] for name in WEIGHTS])
        gradients, _ = tf.clip_by_global_norm(tape.gradient(loss, model.trainable_variables), CLIP)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
        decay = tf.minimum(config.average_decay, (1 + done) / (10 + done))
        for mean, variable in zip(average, model.variables, strict=True):
            mean.assign(decay * mean + (1 - decay) * tf.cast(variable, mean.dtype))
        step.assign_add(1)
        return [parts[name] for name in WEIGHTS]

    return learn


def _save(
    config: FinderConfig,
    weights: list[Any],
    folder: Path,
    measured: tuple[Any, Targets],
    done: int,
    train_s: float,
) -> None:
    """Write weights, and what they make of pages held out."""
    model = averaged(config, weights)
    pages, maps = measured
    answer = np.concatenate(
        [
            model(pages[at : at + 8].astype(np.float32) / 255, training=False)
            for at in range(0, len(pages), 8)
        ]
    )
    parts = losses(tf.constant(answer), maps)
    figures = {name: round(float(part), 4) for name, part in parts.items()}
    log.event("finder.measured", step=done, **figures)
    write_atomically(folder / WEIGHTS_FILE, lambda temporary: np.savez(temporary, *weights))
    record = {"config": asdict(config), "step": done, "held_out": figures, "train_s": train_s}
    write_json(folder / FIGURES, record)
