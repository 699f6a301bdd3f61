"""The line network: a few convolutions over a strip, then over its columns.

It sees a line at one size, with the digits that were found, and so tells a point from a comma and
a wide hand from two numbers, which the finder can't, that sees a page.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from mnist_cli.core.finder_maps import MARKS
from mnist_cli.core.strips import COUNT, HIGH, WIDE, channel
from mnist_cli.core.tensorflow import keras, tf
from mnist_cli.training.lines.targets import (
    COUNTS,
    COUNTS_JOINED,
    DIGIT_BOX,
    JOINED,
    MARK,
    MARK_BOX,
    WHICH,
)

RARE = -4.6  # logit of 1 %: most columns have no mark
FOCUS = 2.0  # exponent of the focal loss, Lin et al. 2017, arXiv:1708.02002
BESIDE = 0.1  # weight of columns beside a mark's own, that nearly are it
WEIGHTS = {"mark": 4.0, "digit": 1.0, "joined": 1.0, "box": 0.5, "which": 1.0}
DILATIONS = (1, 2, 4, 8)  # columns apart: a column sees seven heights to either side


@dataclass(frozen=True)
class LinesConfig:
    """How the line network is made and trained.

    Attributes:
        widths: Channels at 1/2, 1/4, 1/8 and 1/16 of a strip's height.
        wide: Channels of a column.
        named: More channels of a column, that tell which digit it is.
        epochs: Times that each tile is shown.
        batch_size: Tiles a step.
        learning_rate: Peak learning rate of AdamW; a cosine brings it to zero.
        weight_decay: Decoupled weight decay.
        mix: Share, of the weights that are published, of those that it began with.
        seed: Decides pages, order and initial weights.
    """

    widths: tuple[int, int, int, int] = (8, 16, 48, 96)
    wide: int = 128
    named: int = 192
    epochs: int = 8
    batch_size: int = 64
    learning_rate: float = 2e-3
    weight_decay: float = 1e-3
    mix: float = 0.0
    seed: int = 0


def build_lines(config: LinesConfig) -> Any:
    """Build the network: (N, HIGH, WIDE, 2) float32 in [0, 1] to (N, WIDE / STRIDE, COUNT)."""
    layers = keras.layers

    def convolved(tensor: Any, width: int, size: Any = 3, **options: Any) -> Any:
        tensor = layers.Conv2D(width, size, use_bias=False, **{"padding": "same", **options})(
            tensor
        )
        return layers.ReLU()(layers.BatchNormalization(momentum=0.97)(tensor))

    first, *finer, last = config.widths
    pixels = keras.Input((HIGH, WIDE, 2))
    tensor = convolved(pixels, first, 5, strides=2)
    for width in finer:
        tensor = convolved(tensor, width, strides=2)
        tensor = convolved(tensor, width)
    tensor = convolved(tensor, last, strides=(2, 1))
    tensor = convolved(tensor, config.wide, (HIGH // 16, 1), padding="valid")
    for apart in DILATIONS:
        seen = convolved(tensor, config.wide, (1, 3), dilation_rate=(1, apart))
        tensor = layers.Add()([tensor, seen])
    tensor = layers.Concatenate()([tensor, convolved(tensor, config.named, (1, 3))])
    answer = layers.Conv2D(COUNT, 1, dtype="float32", bias_initializer=_rare)(tensor)
    return keras.Model(pixels, layers.Reshape((-1, COUNT), dtype="float32")(answer))


def _rare(shape: tuple[int, ...], dtype: Any = None) -> Any:
    """Begin with marks and digits being rare."""
    bias = np.zeros(shape, np.float32)
    bias[channel("mark")] = bias[channel("digit")] = RARE
    return keras.ops.convert_to_tensor(bias, dtype)


def loss_of(targets: Any, answers: Any) -> Any:
    """Return how wrong answers are: the mean over tiles.

    Args:
        targets: (N, C, TARGETS) float32, as `training/lines/targets.py` lists them.
        answers: (N, C, COUNT) float32.
    """
    counts, joined = targets[..., COUNTS], targets[..., COUNTS_JOINED]
    marks = tf.one_hot(tf.cast(targets[..., MARK], tf.int32) - 1, len(MARKS))
    which = tf.one_hot(tf.cast(targets[..., WHICH], tf.int32) - 1, 10)
    digits = tf.reduce_max(which, axis=-1, keepdims=True)
    parts = {
        "mark": _focal(marks, answers[..., channel("mark")], counts),
        "digit": _focal(digits, answers[..., channel("digit")], counts),
        "joined": tf.reduce_sum(
            joined
            * tf.nn.sigmoid_cross_entropy_with_logits(
                targets[..., JOINED], answers[..., channel("joined")][..., 0]
            )
        )
        / (tf.reduce_sum(joined) + 1),
        "box": _apart(targets[..., MARK_BOX], answers[..., channel("mark_box")], marks)
        + _apart(targets[..., DIGIT_BOX], answers[..., channel("digit_box")], digits),
        "which": _misnamed(which, answers[..., channel("which")], counts),
    }
    return tf.add_n([weight * parts[name] for name, weight in WEIGHTS.items()])


def _focal(there: Any, logits: Any, counts: Any) -> Any:
    """Return the focal loss a symbol that is there; columns beside one hardly count."""
    any_there = tf.reduce_max(there, axis=-1)
    beside = tf.nn.max_pool1d(any_there[..., None], 3, 1, "SAME")[..., 0] - any_there
    weight = counts * (1 - (1 - BESIDE) * beside)
    struck = tf.where(there > 0, tf.sigmoid(logits), 1 - tf.sigmoid(logits))
    entropy = tf.nn.sigmoid_cross_entropy_with_logits(there, logits)
    lost = tf.reduce_sum(weight[..., None] * (1 - struck) ** FOCUS * entropy)
    return lost / (tf.reduce_sum(counts * any_there) + 1)


def _misnamed(which: Any, logits: Any, counts: Any) -> Any:
    """Return the cross-entropy of which digit is there, the mean over columns.

    A column beside a digit's own says the same: a finder's box may be off by as much.
    """
    spread = tf.nn.max_pool1d(which, 3, 1, "SAME")
    is_own = tf.reduce_max(which, axis=-1, keepdims=True)
    which = is_own * which + (1 - is_own) * spread
    weight = counts * tf.cast(tf.reduce_sum(which, axis=-1) == 1, tf.float32)
    entropy = tf.nn.softmax_cross_entropy_with_logits(which, logits)
    return tf.reduce_sum(weight * entropy) / (tf.reduce_sum(weight) + 1)


def _apart(boxes: Any, answers: Any, there: Any) -> Any:
    """Return how far boxes are off, in columns and heights, the mean over symbols."""
    any_there = tf.reduce_max(there, axis=-1)
    off = tf.reduce_sum(tf.abs(boxes - answers), axis=-1)
    return tf.reduce_sum(any_there * off) / (tf.reduce_sum(any_there) + 1)
