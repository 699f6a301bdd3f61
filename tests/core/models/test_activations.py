from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_cli.core.config import ModelConfig
from mnist_cli.core.errors import ModelError
from mnist_cli.core.models import activations
from mnist_cli.core.models.activations import last_hidden
from mnist_cli.core.models.model import build_model
from mnist_cli.core.tensorflow import keras

IMAGES = np.random.default_rng(0).random((7, 28, 28, 1), np.float32)


def relu(signal: NDArray[np.float32], layer: Any) -> NDArray[np.float32]:
    kernel, bias = layer.get_weights()
    return np.asarray(np.maximum(signal @ kernel + bias, 0))


def test_it_is_what_the_layer_before_the_scores_gives() -> None:
    model = build_model(ModelConfig(widths=(12, 5), dropout=0.5))

    hidden = last_hidden(model, IMAGES)

    first = relu(IMAGES.reshape(7, -1), model.get_layer("hidden_1"))
    assert hidden == pytest.approx(relu(first, model.get_layer("hidden_2")), abs=1e-5)


def test_those_of_towers_stand_side_by_side() -> None:
    model = build_model(ModelConfig(widths=(5,), towers=3))

    hidden = last_hidden(model, IMAGES)

    towers = [model.get_layer(f"tower_{number}_hidden_1") for number in (1, 2, 3)]
    expected = [relu(IMAGES.reshape(7, -1), layer) for layer in towers]
    assert hidden == pytest.approx(np.concatenate(expected, axis=1), abs=1e-5)


def test_convolutions_are_laid_flat() -> None:
    model = build_model(ModelConfig(arch="cnn", stem=2, blocks=((3,),), widths=()))

    assert last_hidden(model, IMAGES).shape == (7, 14 * 14 * 3)


def test_a_softmax_apart_and_a_network_in_the_network_are_seen_through() -> None:
    layers = keras.layers
    body = keras.Sequential(
        [
            keras.Input((6,)),
            layers.Dense(4, "relu", name="deep"),
            layers.Dense(10),
            layers.Softmax(),
        ]
    )
    image = keras.Input((28, 28, 1))
    shallow = layers.Dense(6, "relu", name="shallow")
    model = keras.Model(image, body(shallow(layers.Flatten()(image))))

    hidden = last_hidden(model, IMAGES)

    first = relu(IMAGES.reshape(7, -1), shallow)
    assert hidden == pytest.approx(relu(first, body.get_layer("deep")), abs=1e-5)


def test_a_model_without_a_hidden_layer_is_refused() -> None:
    with pytest.raises(ModelError, match="no hidden layer"):
        last_hidden(build_model(ModelConfig(widths=())), IMAGES)


def test_a_hidden_layer_that_would_fill_the_memory_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(activations, "MAX_VALUES", 4)

    with pytest.raises(ModelError, match="5 values an image; at most 4"):
        last_hidden(build_model(ModelConfig(widths=(5,))), IMAGES)
