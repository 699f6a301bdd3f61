"""What in an image speaks for a model's answer, and what against it: a number for each pixel."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_cli.core.tensorflow import tf

STEPS = 8  # from a baseline to the image; with 100 baselines, sums are within 4 % of the scores
BASELINES_AT_ONCE = 25

Images = NDArray[np.float32]  # (N, 28, 28, 1)
Gradients = Callable[
    [Images, int], Images
]  # how a digit's score at each image grows with its pixels


def expected_gradients(
    gradients: Gradients, images: Images, digits: NDArray[np.integer], baselines: Images
) -> NDArray[np.float32]:
    """Share the score of an answer out among the pixels.

    On a straight line from a baseline to the image, the gradient of the score times the change of
    a pixel adds up to what this pixel has brought: integrated gradients. With a blank baseline,
    paper could never count; here it is other digits, and the mean over them is taken, so that a
    gap can speak too.

    Args:
        gradients: The model's, as `log_odds_gradients` returns them.
        images: (N, 28, 28, 1) float32 in [0, 1].
        digits: (N,) 0-9, the answers.
        baselines: (B, 28, 28, 1) float32, what the images are compared with.

    Returns:
        (N, 28, 28) float32, above 0 what speaks for the answer. The sum over the pixels is the
        score of the image less the mean score of the baselines (completeness).

    Source: Erion et al. 2021, arXiv:1906.10670; Sundararajan et al. 2017, arXiv:1703.01365.
    """
    middles = (np.arange(STEPS, dtype=np.float32) + 0.5) / STEPS
    along = middles[:, None, None, None, None]  # (STEPS, 1, 1, 1, 1)
    attributions = np.zeros(images.shape, np.float32)
    for row, (image, digit) in enumerate(zip(images, digits, strict=True)):
        for start in range(0, len(baselines), BASELINES_AT_ONCE):
            some = baselines[start : start + BASELINES_AT_ONCE]
            points = some + along * (image - some)  # (STEPS, b, 28, 28, 1)
            slopes = gradients(points.reshape(-1, *image.shape), int(digit)).reshape(points.shape)
            attributions[row] += (slopes.mean(axis=0) * (image - some)).sum(axis=0)
    return attributions[..., 0] / np.float32(len(baselines))


def log_odds_gradients(logits: Callable[[Any], Any], temperature: float = 1.0) -> Gradients:
    """Return the gradients of a digit's log-odds, ln p / (1 - p).

    Args:
        logits: Makes a tensor of (N, 10) logits of one of images, (N, 28, 28, 1) in [0, 1].
        temperature: What calibrates the confidence.
    """

    def graph(points: Any, digit: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(points)
            score = _log_odds(logits(points) / temperature, digit)
        return tape.gradient(score, points)

    signature = [tf.TensorSpec((None, 28, 28, 1), tf.float32), tf.TensorSpec((), tf.int32)]
    run = tf.function(graph, input_signature=signature, autograph=False)
    return lambda images, digit: run(tf.constant(images), tf.constant(digit)).numpy()


def _log_odds(logits: Any, digit: Any) -> Any:
    """Return (N,) for (N, 10) logits."""
    answer = tf.one_hot(digit, 10, on_value=True, off_value=False)
    others = tf.where(answer, tf.constant(-np.inf, logits.dtype), logits)
    return tf.gather(logits, digit, axis=1) - tf.reduce_logsumexp(others, axis=1)
