"""One training loop: `strategy.run` in the graph, several steps a call.

Keras's own `fit` pays Python's price at every step; here a call runs `IMAGES_PER_CALL` images,
which is long enough to be fast and short enough that a signal is heard at once. The order of an
epoch comes from (seed, epoch) alone, the distortion of a step from (seed, step) alone.
"""

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_cli.core.config import TrainConfig
from mnist_cli.core.data.dataset import Dataset, as_input
from mnist_cli.core.errors import DatasetError, TrainingError, UsageError
from mnist_cli.core.metrics import SMALLEST
from mnist_cli.core.models.model import build_model, heads
from mnist_cli.core.tensorflow import keras, tf
from mnist_cli.training.augmentation.augment import Distorter
from mnist_cli.training.augmentation.degradations import degrade
from mnist_cli.training.history import EpochRecord
from mnist_cli.training.material import NO_DIGIT, class_weights, material, target_probabilities
from mnist_cli.training.optimizer import OPTIMIZERS
from mnist_cli.training.precision import keras_policy

IMAGES_PER_CALL = 4_096


class Loop:
    """The graph and its state: images, model, optimiser.

    Args:
        strategy: A `tf.distribute.Strategy`, whose scope this is made in.
        config: The recipe, with every change made to it.
        dataset: Training images.
        training: Indices of those to train on; one that is there twice counts twice.
        validation: Indices of those to validate on; may be none.
        weights: What to begin with; drawn from the seed if left out or empty.
    """

    def __init__(
        self,
        strategy: Any,
        config: TrainConfig,
        dataset: Dataset,
        training: NDArray[np.int64],
        validation: NDArray[np.int64],
        weights: list[NDArray[np.float32]] | None = None,
    ) -> None:
        self._strategy = strategy
        self._config = config
        images, labels = material(dataset, training, config)
        self._batch_size = _batch_size(config, len(labels), strategy.num_replicas_in_sync)
        self._steps = len(labels) // self._batch_size
        self._training_count = len(labels)
        self._distorter = Distorter(images, config.distortion)
        self._labels = tf.constant(labels, tf.int32)
        self._targets = tf.constant(target_probabilities(config.label_smoothing))
        is_balanced = config.class_weights == "balanced"
        self._weights = tf.constant(class_weights(labels)) if is_balanced else None
        self._val_images = tf.constant(as_input(dataset.images[validation]))
        self._val_labels = tf.constant(dataset.labels[validation], tf.int32)

        network = build_model(config.model, keras_policy(config.precision))
        self._heads = heads(network)
        self._features = keras.Model(network.inputs, [head.input for head in self._heads])
        self._trained = [variable.value for variable in network.trainable_variables]
        if weights:
            for variable, value in zip(self._trained, weights, strict=True):
                variable.assign(value)
        self._optimizer = OPTIMIZERS[config.optimizer](self._trained, config, self._steps)
        self._variables = [variable.value for variable in network.variables]
        self._variables += self._optimizer.variables
        self.model = build_model(config.model)  # what is published: of float32 alone

    @property
    def images_per_epoch(self) -> int:
        """Training images that an epoch uses."""
        return self._steps * self._batch_size

    def weights(self) -> list[NDArray[np.float32]]:
        """Return the weights as they would be published: averaged, if so configured."""
        return [average.numpy() for average in self._optimizer.averages]

    def variables(self) -> list[NDArray[Any]]:
        """Return every variable that decides how the run goes on, dropout's seeds included."""
        return [variable.numpy() for variable in self._variables]

    def restore(self, values: list[NDArray[Any]]) -> None:
        """Set every variable to what `variables` returned."""
        for variable, value in zip(self._variables, values, strict=True):
            variable.assign(value)

    def run_epoch(self, epoch: int, report: Callable[[float, float], None]) -> EpochRecord:
        """Train one epoch (from 1) and validate; `report` hears of epochs done and loss."""
        started = time.perf_counter()
        order = np.random.default_rng([self._config.seed, epoch]).permutation(self._training_count)
        indices = tf.constant(order, tf.int32)
        first_step = (epoch - 1) * self._steps
        sums = np.zeros(3)
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
        val_loss, val_accuracy = self._validated()
        duration_s = time.perf_counter() - started
        return EpochRecord(
            epoch=epoch,
            loss=loss,
            accuracy=int(sums[1]) / max(1, int(sums[2])),
            val_loss=val_loss,
            val_accuracy=val_accuracy,
            learning_rate=float(self._optimizer.learning_rate(epoch * self._steps - 1)),
            images_per_s=self.images_per_epoch / duration_s,
            duration_s=duration_s,
        )

    # autograph would take a second to translate what holds no Python loop or branch on tensors
    @tf.function(autograph=False)  # type: ignore[untyped-decorator]
    def _run_steps(self, indices: Any, start: Any, first_step: Any, count: Any) -> Any:
        """Run `count` steps; return the sums of losses, of right answers and of digits, (3,)."""

        def run_one(step: Any, sums: Any) -> Any:
            at = step * self._batch_size
            batch = tf.ensure_shape(indices[at : at + self._batch_size], (self._batch_size,))
            each = self._strategy.run(self._train_step, args=(batch, first_step + step))
            return step + 1, sums + self._strategy.experimental_local_results(each)[0]

        end = start + count
        _, sums = tf.while_loop(
            lambda step, _: step < end, run_one, (start, tf.zeros(3)), parallel_iterations=1
        )
        with tf.control_dependencies([sums]):
            self._strategy.run(self._optimizer.average, args=(first_step + end, count))
        return sums

    def _train_step(self, indices: Any, step: Any) -> Any:
        """Take one step on this replica's share of the images at `indices`.

        Returns:
            (3,) float32: loss, count of right answers and of digits, of all replicas' shares.
        """
        replica = tf.distribute.get_replica_context()
        count, number = replica.num_replicas_in_sync, replica.replica_id_in_sync_group
        share = self._batch_size // count
        indices = indices[number * share : (number + 1) * share]
        draw = tf.cast(step, tf.int64) * count + tf.cast(number, tf.int64)
        seed = tf.stack([tf.constant(self._config.seed, tf.int64), draw])
        progress = tf.cast(step, tf.float32) / (self._steps * self._config.epochs)
        images = self._distorter.batch(indices, seed, progress)
        images = degrade(images, seed, self._config.degradations)
        labels = tf.gather(self._labels, indices)
        targets = tf.gather(self._targets, labels)
        with tf.GradientTape() as tape:
            logits = self._logits(images)
            losses = tf.nn.softmax_cross_entropy_with_logits([targets] * len(logits), logits)
            if self._weights is not None:
                losses *= tf.gather(self._weights, labels)
            loss = tf.reduce_sum(losses) / self._batch_size
        right = _count_right(tf.add_n(logits), labels)
        digits = tf.reduce_sum(tf.cast(labels != NO_DIGIT, tf.float32))
        sums = tf.stack([loss / len(logits), right, digits])
        gradients = tape.gradient(loss, self._trained)
        *gradients, sums = replica.all_reduce(tf.distribute.ReduceOp.SUM, [*gradients, sums])
        self._optimizer.apply(gradients, step)
        return sums

    def _logits(self, images: Any) -> list[Any]:
        """Return what a softmax would see, of each tower: (B, 10) each.

        The loss of these is exact where probabilities round to 0.
        """
        features = keras.tree.flatten(self._features(images, training=True))
        pairs = zip(self._heads, features, strict=True)
        return [
            tf.matmul(tf.cast(seen, tf.float32), head.kernel) + head.bias for head, seen in pairs
        ]

    def _validated(self) -> tuple[float | None, float | None]:
        """Return loss and accuracy on the images held out, if there are any."""
        if not len(self._val_images):
            return None, None
        loss, right = self._validate().numpy()
        return float(loss), int(right) / len(self._val_images)

    @tf.function(autograph=False)  # type: ignore[untyped-decorator]
    def _validate(self) -> Any:
        """Return mean negative log-likelihood and count of right answers, (2,)."""
        probabilities, _ = self.model.stateless_call(
            [tf.convert_to_tensor(average) for average in self._optimizer.averages],
            self.model.non_trainable_variables,
            self._val_images,
            training=False,
        )
        of_truth = tf.gather(probabilities, self._val_labels, batch_dims=1)
        loss = -tf.reduce_mean(tf.math.log(tf.maximum(of_truth, SMALLEST)))
        return tf.stack([loss, _count_right(probabilities, self._val_labels)])


def _batch_size(config: TrainConfig, images: int, replicas: int) -> int:
    """Return the images a step, of which each replica takes the same share."""
    if config.batch_size % replicas:
        raise UsageError(
            f"--batch-size must be a multiple of {replicas}, the number of devices that share it."
            f" Received: {config.batch_size}."
        )
    if images < replicas:
        raise DatasetError(f"{images} images to train on, for {replicas} devices.")
    return min(config.batch_size, images - images % replicas)


def _count_right(scores: Any, labels: Any) -> Any:
    guesses = tf.argmax(scores, axis=1, output_type=labels.dtype)
    return tf.reduce_sum(tf.cast(guesses == labels, tf.float32))
