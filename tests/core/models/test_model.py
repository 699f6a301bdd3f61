from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from mnist_cli.core.config import ModelConfig
from mnist_cli.core.models.model import build_model, compiled, forward, heads
from mnist_cli.core.tensorflow import keras

IMAGES = np.random.default_rng(0).random((5, 28, 28, 1), np.float32)
DENSE = ModelConfig(widths=(7, 6), dropout=0.5, initializer="glorot_uniform")
CNN = ModelConfig(arch="cnn", stem=4, blocks=((3, 5), (6,)), widths=(7,), dropout=0.5)
TOWERS = ModelConfig(arch="cnn", stem=3, blocks=((4,),), widths=(5,), dropout=0.5, towers=3)
POLICIES = ["float32", "mixed_bfloat16"]


def outline(config: ModelConfig) -> list[tuple[str, tuple[int, ...]]]:
    """Return the kind of each layer, and the shape of what it gives for an image."""
    layers = build_model(config).layers
    return [(type(layer).__name__, layer.output.shape[1:]) for layer in layers]


def test_a_dense_network_has_its_widths() -> None:
    assert outline(DENSE) == [
        ("Flatten", (784,)),
        ("Dense", (7,)),
        ("Dropout", (7,)),
        ("Dense", (6,)),
        ("Dropout", (6,)),
        ("Dense", (10,)),
    ]


def test_a_cnn_halves_by_its_stem_and_between_its_blocks() -> None:
    assert outline(CNN) == [
        ("Conv2D", (14, 14, 4)),
        ("Conv2D", (14, 14, 3)),
        ("Conv2D", (14, 14, 5)),
        ("MaxPooling2D", (7, 7, 5)),
        ("Conv2D", (7, 7, 6)),
        ("Flatten", (294,)),
        ("Dense", (7,)),
        ("Dropout", (7,)),
        ("Dense", (10,)),
    ]


def test_a_cnn_needs_no_stem_and_no_hidden_dense_layer() -> None:
    assert outline(ModelConfig(arch="cnn", blocks=((2,), (3,)), widths=())) == [
        ("Conv2D", (28, 28, 2)),
        ("MaxPooling2D", (14, 14, 2)),
        ("Conv2D", (14, 14, 3)),
        ("Flatten", (588,)),
        ("Dense", (10,)),
    ]


def test_the_deepest_cnn_ends_in_a_pixel() -> None:
    config = ModelConfig(arch="cnn", blocks=((1,),) * 5)

    assert outline(config)[-5:-3] == [("Conv2D", (1, 1, 1)), ("Flatten", (1,))]


def test_kernels_begin_as_configured() -> None:
    named = [layer for layer in build_model(DENSE).layers if layer.name.startswith("hidden")]

    assert {type(layer.kernel_initializer).__name__ for layer in named} == {"GlorotUniform"}
    assert all(layer.activation.__name__ == "relu" for layer in named)


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("config", [DENSE, CNN, TOWERS], ids=["dense", "cnn", "towers"])
def test_answers_are_float32_probabilities_in_either_precision(
    config: ModelConfig, policy: str
) -> None:
    model = build_model(config, policy)
    answers = forward(model, IMAGES)

    assert answers.dtype == np.float32
    assert answers.shape == (5, 10)
    assert answers.min() >= 0
    assert answers.sum(axis=1) == pytest.approx(1, abs=1e-6)
    assert {variable.dtype for variable in model.trainable_variables} == {"float32"}
    assert model.layers[-1].compute_dtype == "float32"
    hidden = [layer for layer in model.layers if isinstance(layer, keras.layers.Dense)][:1]
    hidden += [layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D)]
    assert {layer.compute_dtype for layer in hidden} == {policy.removeprefix("mixed_")}


@pytest.mark.parametrize(("config", "towers"), [(DENSE, 1), (CNN, 1), (TOWERS, 3)])
def test_each_tower_has_a_head(config: ModelConfig, towers: int) -> None:
    model = build_model(config)

    assert len(heads(model)) == towers
    assert {head.units for head in heads(model)} == {10}
    assert model.count_params() == towers * build_model(replace(config, towers=1)).count_params()


def test_the_scores_of_towers_are_averaged() -> None:
    model = build_model(TOWERS)
    scores = keras.Model(model.input, [head.output for head in heads(model)])(IMAGES)
    kernels = [head.kernel.numpy() for head in heads(model)]

    mean = np.mean([keras.ops.convert_to_numpy(each) for each in scores], axis=0)
    expected = np.exp(mean) / np.exp(mean).sum(axis=1, keepdims=True)

    assert forward(model, IMAGES) == pytest.approx(expected, abs=1e-6)
    assert not np.array_equal(kernels[0], kernels[1])  # each tower begins elsewhere


def test_bfloat16_answers_about_as_float32_does() -> None:
    exact, coarse = build_model(CNN), build_model(CNN, "mixed_bfloat16")
    coarse.set_weights(exact.get_weights())

    assert forward(coarse, IMAGES) == pytest.approx(forward(exact, IMAGES), abs=0.02)


def test_the_graph_is_built_once_for_any_number_of_images() -> None:
    built = []

    class Noting(keras.layers.Layer):  # type: ignore[misc]
        def call(self, signal: Any) -> Any:
            built.append(signal.shape)
            return signal

    model = keras.Sequential([keras.Input((28, 28, 1)), Noting()])
    run, before = compiled(model, (28, 28, 1)), len(built)

    for count in (1, 3, 2):
        assert run(IMAGES[:count]) == pytest.approx(IMAGES[:count])

    assert len(built) == before + 1
