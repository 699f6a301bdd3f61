"""Pixels brought to the form that a network takes, and its answers to probabilities.

Each function works on arrays, and in a graph on tensors: `xp` is NumPy, or TensorFlow's own.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from mnist_cli.core.models.conventions import ModelHead, ModelInput

# mean and deviation of the pixels of MNIST's training images
MEAN, DEVIATION = 0.1307, 0.3081
LEAST_DEVIATION = 1 / 28  # of an image's pixels, as `tf.image.per_image_standardization` has it
SMALLEST = 1e-30  # the least that a probability counts as
EDGE = 1e-7  # a sigmoid is so far from 0 and 1 at least: float32 does not tell more
NOISE = 1e-2  # the least that an answer of a regression counts as

COLUMNS, ROWS, IMAGE = (1,), (2,), (1, 2)  # axes of (N, 28, 28, 1) to take a norm along


def prepared(images: Any, form: ModelInput, xp: Any = np) -> Any:
    """Bring images to the form that a network takes.

    Args:
        images: (N, 28, 28, 1) float32, 0 for paper and 1 for ink.
        form: What it takes.
        xp: NumPy for arrays, `tf.experimental.numpy` for tensors.

    Returns:
        The same shape, float32.
    """
    return _FORMS[form](images, xp)


def probabilities(scores: Any, head: ModelHead, xp: Any = np) -> Any:
    """Turn (N, 10) answers into probabilities: each at least 0, rows that sum to 1."""
    if head is ModelHead.SOFTMAX:
        return scores
    raised = logits(scores, head, xp)
    shares = xp.exp(raised - xp.max(raised, axis=1, keepdims=True))
    return shares / xp.sum(shares, axis=1, keepdims=True)


def logits(scores: Any, head: ModelHead, xp: Any = np) -> Any:
    """Return (N, 10) numbers of which a softmax makes the probabilities."""
    if head is ModelHead.LOGITS:
        return scores
    if head is ModelHead.SIGMOID:  # just one of ten is true: each counts by its odds
        inside = xp.minimum(xp.maximum(scores, np.float32(EDGE)), np.float32(1 - EDGE))
        return xp.log(inside) - xp.log(1 - inside)
    return xp.log(xp.maximum(scores, np.float32(NOISE if head is ModelHead.ONE_HOT else SMALLEST)))


def _scaled(scale: float, offset: float) -> Callable[[Any, Any], Any]:
    return lambda images, _xp: images * np.float32(scale) + np.float32(offset)


def _by_norm(axes: tuple[int, ...]) -> Callable[[Any, Any], Any]:
    """Divide by the L2 norm along some axes, as `keras.utils.normalize` does."""

    def divide(images: Any, xp: Any) -> Any:
        norm = xp.sqrt(xp.sum(images * images, axis=axes, keepdims=True))
        return images / xp.maximum(norm, np.float32(1e-7))

    return divide


def _standardised(images: Any, xp: Any) -> Any:
    mean = xp.mean(images, axis=IMAGE, keepdims=True)
    variance = xp.mean((images - mean) ** 2, axis=IMAGE, keepdims=True)
    return (images - mean) / xp.maximum(xp.sqrt(variance), np.float32(LEAST_DEVIATION))


_FORMS: dict[ModelInput, Callable[[Any, Any], Any]] = {
    ModelInput.UNIT: lambda images, _xp: images,
    ModelInput.BYTES: _scaled(255, 0),
    ModelInput.SIGNED: _scaled(2, -1),
    ModelInput.STANDARDISED: _scaled(1 / DEVIATION, -MEAN / DEVIATION),
    ModelInput.CENTRED: _scaled(1, -0.5),
    ModelInput.ROW_NORM: _by_norm(ROWS),
    ModelInput.COLUMN_NORM: _by_norm(COLUMNS),
    ModelInput.IMAGE_NORM: _by_norm(IMAGE),
    ModelInput.IMAGE_STANDARDISED: _standardised,
    ModelInput.INVERTED: _scaled(-1, 1),
    ModelInput.INVERTED_BYTES: _scaled(-255, 255),
}
