from pathlib import Path

import numpy as np
import pytest

from mnist_cli.core.data.dataset import as_input, load_mnist
from mnist_cli.core.models.graph_classifier import KerasClassifier
from mnist_cli.core.tensorflow import keras

COUNT = 5_000


@pytest.mark.parametrize("white", [1, 255])
def test_confidence_is_that_for_the_pixels_that_a_network_takes(tmp_path: Path, white: int) -> None:
    """Without biases, more ink changes no answer: only its confidence tells what it takes."""
    data = load_mnist("train")
    pixels = as_input(data.images[:COUNT]).reshape(COUNT, -1).astype(float)
    gram = pixels.T @ pixels + 10 * np.eye(784)
    kernel = np.linalg.solve(gram, pixels.T @ (10 * np.eye(10)[data.labels[:COUNT]]))
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            keras.layers.Flatten(),
            keras.layers.Dense(10, "softmax", use_bias=False),
        ]
    )
    model.layers[1].set_weights([kernel / white])
    model.save(tmp_path / "linear.keras")

    probabilities = KerasClassifier(tmp_path / "linear.keras").probabilities(data.images[:COUNT])

    powers = np.exp(pixels @ kernel)
    assert probabilities == pytest.approx(powers / powers.sum(axis=1, keepdims=True), abs=1e-3)
