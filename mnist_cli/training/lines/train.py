"""The line network's training: tiles of synthetic pages in, a network and its figures out."""

from dataclasses import asdict
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np

from mnist_cli.core import log
from mnist_cli.core.errors import TrainingError, UsageError
from mnist_cli.core.files import write_bytes, write_json
from mnist_cli.core.strips import EDGE, HIGH, STRIDE, WIDE, channel
from mnist_cli.core.tensorflow import keras, tf
from mnist_cli.synthesis.print import fonts
from mnist_cli.synthesis.sources import Source, records_of
from mnist_cli.training.environment import asset_record
from mnist_cli.training.lines.network import LinesConfig, build_lines, loss_of
from mnist_cli.training.lines.targets import COUNTS, COUNTS_JOINED, JOINED, MARK, WHICH
from mnist_cli.training.lines.tiles import Find, Tiles, make_tiles
from mnist_cli.training.page_networks import dtype_policy, to_litert
from mnist_cli.training.precision import keras_policy
from mnist_cli.training.unfolding import mixed, published_weights, unfold
from mnist_cli.training.widening import Pair

TFLITE, MANIFEST = "lines.tflite", "lines.json"  # as reading looks for them
STATISTICS = 512  # tiles that the statistics of batches are taken from, of weights to begin with
GRAIN = 0.06  # of white: standard deviation of the noise that a tile gets, at the most
WARM_UP = 0.05  # of all steps: linear rise to the peak of the learning rate


def train_lines(
    config: LinesConfig,
    training: Source,
    held_out: Source,
    folder: Path,
    *,
    find: Find,
    pages: int,
    measured: int,
    processes: int = 1,
    begin_from: Path | None = None,
) -> dict[str, Any]:
    """Train the line network, write it, and return what `lines.json` states of it.

    Args:
        config: The network, and for how long.
        training: Digits to write pages with.
        held_out: Other digits, for the pages that it is measured on.
        folder: Gets `lines.tflite` and `lines.json`.
        find: Finds digits on pages, as reading will.
        pages: How many to train with.
        measured: How many to measure with.
        processes: How many make pages.
        begin_from: A `lines.tflite` whose weights to begin with.

    Raises:
        UsageError: So few pages make no batch.
        WeightsNotFoundError, ModelError: What to begin with is missing, damaged, or does not fit.
        TrainingError: The loss stopped being a number.
        StorageError: The disk is full, or the folder can't be written.
    """
    began = monotonic()
    model, weights = _begun(config, begin_from)  # before pages are made, for an hour
    shown = _gathered(make_tiles(training, find, pages, config.seed, processes))
    other = _gathered(make_tiles(held_out, find, measured, config.seed + 1, processes))
    figures = _fit(config, model, weights, shown, other)
    document = records_of(training, held_out) | {"config": asdict(config), "figures": figures}
    document |= {"pages": pages, "measured": measured, "tiles": len(shown.images)}
    document |= {"fonts": len(fonts()), "train_s": round(monotonic() - began, 1)}
    return _publish(folder, for_reading(config, model), document)


def _begun(config: LinesConfig, begin_from: Path | None) -> tuple[Any, list[Pair] | None]:
    """Return the network, and the weights that it is to begin with, if there are some."""
    keras.utils.set_random_seed(config.seed)
    with dtype_policy(keras_policy("auto")):
        model = build_lines(config)
    return model, published_weights(begin_from, model) if begin_from else None


def for_reading(config: LinesConfig, model: Any) -> bytes:
    """Return the network as a `.tflite` file, which computes in float32."""
    plain = build_lines(config)
    plain.set_weights(model.get_weights())
    return to_litert(plain, (None, HIGH, WIDE, 2))


def _publish(folder: Path, content: bytes, document: dict[str, Any]) -> dict[str, Any]:
    """Write the network, and then what is to be known of it, which is returned."""
    folder.mkdir(parents=True, exist_ok=True)
    write_bytes(folder / TFLITE, content)
    document = asset_record({TFLITE: content}) | document
    write_json(folder / MANIFEST, document)
    log.event("lines.published", folder=str(folder), **document["figures"])
    return document


def _gathered(parts: Any) -> Tiles:
    images, targets = zip(*parts, strict=True)
    return Tiles(np.concatenate(images), np.concatenate(targets))


def _pixels(images: Any) -> Any:
    return np.float32(1 / 255) * images


def _fit(
    config: LinesConfig, model: Any, weights: list[Pair] | None, shown: Tiles, other: Tiles
) -> dict[str, float]:
    """Train on lines that are shown, and return the figures of the others."""
    log.event("lines.begin", tiles=len(shown.images), held_out=len(other.images))
    if weights:
        some = np.random.default_rng(config.seed).permutation(len(shown.images))[:STATISTICS]
        unfold(weights, model, shown.images[some])
    first = model.get_weights()
    steps = config.epochs * (len(shown.images) // config.batch_size)
    if not steps:
        raise UsageError(
            f"{len(shown.images)} tiles of lines are less than a batch of {config.batch_size}.",
            hint="Make more --pages.",
        )
    rate = keras.optimizers.schedules.CosineDecay(
        config.learning_rate / 100,
        steps,
        warmup_target=config.learning_rate,
        warmup_steps=int(WARM_UP * steps),
    )
    optimizer = keras.optimizers.AdamW(
        rate, weight_decay=config.weight_decay, clipnorm=5.0, use_ema=True, ema_momentum=0.998
    )
    model.compile(optimizer, loss_of)
    model.fit(
        _batches(config, shown),
        epochs=config.epochs,
        shuffle=False,
        verbose=0,
        callbacks=[_Told(other)],
    )
    optimizer.finalize_variable_values(model.trainable_variables)
    model.set_weights(mixed(first, model.get_weights(), config.mix))
    return figures_of(model.predict(_pixels(other.images), 256, verbose=0), other.targets)


def _batches(config: LinesConfig, shown: Tiles) -> Any:
    """Return tiles by the batch, a fifth of them inverted, worn in another way each time."""

    def worn(image: Any, targets: Any) -> tuple[Any, Any]:
        grey, found = tf.unstack(tf.cast(image, tf.float32) / 255, axis=-1)
        grey = grey ** tf.exp(tf.random.uniform((), -0.5, 0.5))
        blurred = tf.nn.avg_pool2d(grey[None, :, :, None], 3, 1, "SAME")[0, :, :, 0]
        share = tf.maximum(tf.random.uniform((), -1, 1), 0)
        grey = (1 - share) * grey + share * blurred
        grain = tf.random.normal(tf.shape(grey)) * tf.random.uniform((), 0, GRAIN)
        grey = tf.clip_by_value(grey + grain, 0, 1)
        grey = tf.where(tf.random.uniform(()) < 0.2, 1 - grey, grey)
        return tf.stack([grey, found], axis=-1), targets

    order = tf.data.Dataset.range(len(shown.images)).shuffle(len(shown.images), config.seed)

    def taken(index: Any) -> tuple[Any, Any]:
        image, targets = tf.numpy_function(
            lambda at: (shown.images[at], shown.targets[at]), [index], (tf.uint8, tf.float32)
        )
        image.set_shape(shown.images.shape[1:])
        targets.set_shape(shown.targets.shape[1:])
        return image, targets

    data = order.map(taken).map(worn, num_parallel_calls=2)
    return data.batch(config.batch_size, drop_remainder=True).prefetch(4)


class _Told(keras.callbacks.Callback):  # type: ignore[misc]
    """Logs each epoch, with the loss of pages held out."""

    def __init__(self, other: Tiles) -> None:
        super().__init__()
        self._other = other

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        loss = (logs or {}).get("loss", np.nan)
        if not np.isfinite(loss):
            raise TrainingError("The loss is no number.", hint="Try another seed.")
        said = self.model.predict(_pixels(self._other.images[:2000]), 256, verbose=0)
        figures = figures_of(said, self._other.targets[:2000])
        log.event("lines.epoch_end", epoch=epoch + 1, loss=round(loss, 4), **figures)


def figures_of(answers: Any, targets: Any, least: float = 0.4) -> dict[str, float]:
    """Return how well marks and digits are found and named, and numbers joined.

    Args:
        answers: (N, C, COUNT) of tiles.
        targets: (N, C, TARGETS) of the same.
        least: Probability from which a mark or digit is there.
    """
    inner = slice(EDGE // STRIDE, -EDGE // STRIDE)  # columns that a tile answers for
    answers, targets = answers[:, inner], targets[:, inner]
    counts = targets[..., COUNTS] > 0
    marks = answers[..., channel("mark")]
    best = marks.max(axis=-1)
    padded = np.pad(best, ((0, 0), (1, 1)), constant_values=-99)
    peak = (best >= padded[:, :-2]) & (best > padded[:, 2:]) & counts
    said = np.where(peak & (best > np.log(least / (1 - least))), marks.argmax(axis=-1) + 1, 0)
    truth = np.where(counts, targets[..., MARK], 0).astype(int)
    hit = 0
    for shift in (0, -1, 1):
        moved = np.roll(said, shift, axis=1)
        hit += int(((truth > 0) & (moved == truth)).sum())
    joined = targets[..., COUNTS_JOINED] > 0
    told = answers[..., channel("joined")][..., 0] > 0
    digit = answers[..., channel("digit")][..., 0]
    near = np.maximum(digit, np.maximum(np.roll(digit, 1, 1), np.roll(digit, -1, 1)))
    there = (targets[..., WHICH] > 0) & counts
    named = answers[..., channel("which")][there].argmax(axis=-1) + 1
    return {
        "marks": int((truth > 0).sum()),
        "mark_recall": round(hit / max(1, int((truth > 0).sum())), 4),
        "mark_precision": round(min(1.0, hit / max(1, int((said > 0).sum()))), 4),
        "joined_right": round(float((told == targets[..., JOINED])[joined].mean()), 4),
        "digit_recall": round(float((near[there] > 0).mean()), 4),
        "named_right": round(float((named == targets[..., WHICH][there]).mean()), 4),
    }
