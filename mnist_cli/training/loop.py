"""One training loop: `strategy.run` in the graph, several steps a call.

Keras's own `fit` pays Python's price at every step; here a call runs `IMAGES_PER_CALL` images,
which is long enough to be fast and short enough that a signal is heard at once. The order of an
epoch comes from (seed, epoch) alone, the distortion of a step from (seed, step) alone.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_cli.core.config import TrainConfig
from mnist_cli.core.dataset import Dataset, as_input
from mnist_cli.core.errors import TrainingError
from mnist_cli.core.metrics import CLASSES, SMALLEST
from mnist_cli.core.model import build_model
from mnist_cli.core.tensorflow import keras, tf
from mnist_cli.training.augment import Distorter
from mnist_cli.training.optimizer import AdamW

IMAGES_PER_CALL = 8_192


@dataclass(frozen=True)
class EpochRecord:
    """A row of `history.csv`; accuracies are fractions, `loss` is what was minimised.

    `loss` and `accuracy` are means over the epoch, on distorted images and while the weights
    still move, so they may well be worse than `val_loss` and `val_accuracy`.
    """

    epoch: int
    loss: float
    accuracy: float
    val_loss: float
    val_accuracy: float
    learning_rate: float
    images_per_s: float
    duration_s: float


class Loop:
    """The graph and its state: images, model, optimiser."""

    def __init__(
        self,
        strategy: Any,
        config: TrainConfig,
        dataset: Dataset,
        training: NDArray[np.int64],
        validation: NDArray[np.int64],
    ) -> None:
        self._strategy = strategy
        self._config = config
        self._batch_size = min(config.batch_size, len(training))
        self._steps = len(training) // self._batch_size
        self._training_count = len(training)
        self._distorter = Distorter(dataset.images[training], config.distortion)
        self._labels = tf.constant(dataset.labels[training], tf.int32)
        self._val_images = tf.constant(as_input(dataset.images[validation]))
        self._val_labels = tf.constant(dataset.labels[validation], tf.int32)

        self.model = build_model(config.model)
        self._head = self.model.layers[-1]
        self._features = keras.Model(self.model.inputs, self._head.input)
        variables = [variable.value for variable in self.model.trainable_variables]
        self._trained = variables
        self._optimizer = AdamW(variables, config, self._steps)

    @property
    def images_per_epoch(self) -> int:
        """Training images that an epoch uses."""
        return self._steps * self._batch_size

    def weights(self) -> list[NDArray[np.float32]]:
        """Return the model's variables as they would be published: averaged, if so configured."""
        averages = iter(self._optimizer.averages)
        return [
            (next(averages) if variable.trainable else variable.value).numpy()
            for variable in self.model.variables
        ]

    def run_epoch(self, epoch: int, report: Callable[[float, float], None]) -> EpochRecord:
        """Train one epoch (from 1) and validate; `report` hears of epochs done and loss."""
        started = time.perf_counter()
        order = np.random.default_rng([self._config.seed, epoch]).permutation(self._training_count)
        indices = tf.constant(order, tf.int32)
        first_step = (epoch - 1) * self._steps
        sums = np.zeros(2)
        done = 0
        while done < self._steps:
            count = min(max(1, IMAGES_PER_CALL // self._batch_size), self._steps - done)
            numbers = map(tf.constant, (done, first_step, count))  # a Python int would retrace
            sums += self._run_steps(indices, *numbers).numpy()
            done += count
            loss = float(sums[0] / done)
            if not np.isfinite(loss):
                raise TrainingError(
                    f"The loss is no number any more, in epoch {epoch} of {self._config.epochs}.",
                    hint=f"Lower --learning-rate; it was {self._config.learning_rate:g}.",
                )
            report(epoch - 1 + done / self._steps, loss)
        val_loss, val_right = self._validate().numpy()
        duration_s = time.perf_counter() - started
        return EpochRecord(
            epoch=epoch,
            loss=loss,
            accuracy=int(sums[1]) / self.images_per_epoch,
            val_loss=float(val_loss),
            val_accuracy=int(val_right) / len(self._val_images),
            learning_rate=float(self._optimizer.learning_rate(epoch * self._steps - 1)),
            images_per_s=self.images_per_epoch / duration_s,
            duration_s=duration_s,
        )

    # autograph would take a second to translate what holds no Python loop or branch on tensors
    @tf.function(autograph=False)  # type: ignore[untyped-decorator]
    def _run_steps(self, indices: Any, start: Any, first_step: Any, count: Any) -> Any:
        """Run `count` steps; return the sums of their losses and of right answers, (2,)."""

        def run_one(step: Any, sums: Any) -> Any:
            at = step * self._batch_size
            batch = tf.ensure_shape(indices[at : at + self._batch_size], (self._batch_size,))
            return step + 1, sums + self._strategy.run(
                self._train_step, args=(batch, first_step + step)
            )

        end = start + count
        _, sums = tf.while_loop(lambda step, _: step < end, run_one, (start, tf.zeros(2)))
        return sums

    def _train_step(self, indices: Any, step: Any) -> Any:
        """Take one step on the images at `indices`; return its loss and count of right answers."""
        seed = tf.stack([tf.constant(self._config.seed, tf.int64), tf.cast(step, tf.int64)])
        images = self._distorter.batch(indices, seed)
        labels = tf.gather(self._labels, indices)
        smoothing = self._config.label_smoothing
        targets = tf.one_hot(labels, CLASSES) * (1 - smoothing) + smoothing / CLASSES
        with tf.GradientTape() as tape:
            logits = self._logits(images)
            losses = tf.nn.softmax_cross_entropy_with_logits(targets, logits)
            loss = tf.reduce_mean(losses)
        self._optimizer.apply(tape.gradient(loss, self._trained), step)
        return tf.stack([loss, _count_right(logits, labels)])

    def _logits(self, images: Any) -> Any:
        """Return what the softmax layer sees: its loss is exact where probabilities round to 0."""
        features = self._features(images, training=True)
        return tf.matmul(features, self._head.kernel) + self._head.bias

    @tf.function(autograph=False)  # type: ignore[untyped-decorator]
    def _validate(self) -> Any:
        """Return mean negative log-likelihood and count of right answers, (2,)."""
        still = [variable.value for variable in self.model.non_trainable_variables]
        probabilities, _ = self.model.stateless_call(
            [tf.convert_to_tensor(average) for average in self._optimizer.averages],
            still,
            self._val_images,
            training=False,
        )
        of_truth = tf.gather(probabilities, self._val_labels, batch_dims=1)
        loss = -tf.reduce_mean(tf.math.log(tf.maximum(of_truth, SMALLEST)))
        return tf.stack([loss, _count_right(probabilities, self._val_labels)])


def _count_right(scores: Any, labels: Any) -> Any:
    guesses = tf.argmax(scores, axis=1, output_type=labels.dtype)
    return tf.reduce_sum(tf.cast(guesses == labels, tf.float32))
