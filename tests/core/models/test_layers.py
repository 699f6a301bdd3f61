"""Layers told from a config are those that Keras builds."""

import pytest

from mnist_cli.core.config import ModelConfig
from mnist_cli.core.models.layers import layers_of
from mnist_cli.core.models.model import build_model
from mnist_cli.core.models.recipes import RECIPES


@pytest.mark.parametrize(
    "config",
    [
        *(config.model for config in RECIPES.values()),
        ModelConfig(widths=()),
        ModelConfig(widths=(8, 4), dropout=0.2, towers=2),
        ModelConfig(arch="cnn", blocks=((3, 4), (5,), (6,), (7,), (8,))),
    ],
    ids=str,
)
def test_layers_are_those_of_keras(config: ModelConfig) -> None:
    model = build_model(config)
    told = layers_of(config)

    built = [layer for layer in model.layers if layer.name != "image"]
    assert sum(layer.parameters for layer in told) == model.count_params()
    assert {layer.name: layer.parameters for layer in told} == {
        layer.name: layer.count_params() for layer in built
    }
    shapes = {layer.name: tuple(layer.output.shape[1:]) for layer in built}
    assert {layer.name: layer.output for layer in told} == shapes
