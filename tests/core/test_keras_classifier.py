from pathlib import Path

import numpy as np
import pytest

from mnist_cli.core.dataset import as_input, load_mnist
from mnist_cli.core.keras_classifier import CANARIES, KerasClassifier
from mnist_cli.core.tensorflow import keras

SCORE = 6.0  # of the right digit, before a softmax; all others 0


@pytest.mark.parametrize("white", [1, 255])
def test_confidence_is_that_for_the_pixels_that_a_network_takes(tmp_path: Path, white: int) -> None:
    """With more ink it would be as right, and surer: only its confidence tells what it takes."""
    images = load_mnist("train").images[:CANARIES]
    wanted = SCORE * np.eye(10)[load_mnist("train").labels[:CANARIES]]
    pixels = as_input(images).reshape(CANARIES, -1).astype(float)
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            keras.layers.Flatten(),
            keras.layers.Dense(10, "softmax", use_bias=False),
        ]
    )
    model.layers[1].set_weights([np.linalg.pinv(pixels) @ wanted / white])
    model.save(tmp_path / "linear.keras")

    probabilities = KerasClassifier(tmp_path / "linear.keras").probabilities(images)

    sure = np.exp(SCORE) / (np.exp(SCORE) + 9)
    assert probabilities.max(axis=1) == pytest.approx(sure, abs=1e-3)
