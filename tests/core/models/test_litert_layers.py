from pathlib import Path

import numpy as np
import pytest

from mnist_cli.core.config import ModelConfig
from mnist_cli.core.data.dataset import Dataset, as_input
from mnist_cli.core.models.layers import layers_of
from mnist_cli.core.models.litert_layers import LiteRTLayers
from mnist_cli.core.store import store
from mnist_cli.core.store.versions import TFLITE


@pytest.mark.parametrize("reference", ["bundled", "1"])
def test_the_hidden_layers_have_the_names_and_shapes_of_the_config(
    store_path: Path, test_split: Dataset, reference: str
) -> None:
    version = store.find_version(reference, store_path)
    stated = ModelConfig(**version.manifest["config"]["model"])

    shown = LiteRTLayers(version.read(TFLITE)).of(as_input(test_split.images[:1])[0])

    hidden = [
        layer
        for layer in layers_of(stated)[:-1]
        if not layer.name.startswith(("flatten", "dropout"))
    ]
    assert [layer.name for layer in shown] == [layer.name for layer in hidden]
    for layer, its in zip(shown, hidden, strict=True):
        assert layer.maps.size == np.prod(its.output)
        assert layer.maps.shape[0] == its.output[-1]
