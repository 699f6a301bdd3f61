"""The weights of the version that a run begins with."""

import numpy as np
from numpy.typing import NDArray

from mnist_cli.core.config import TrainConfig
from mnist_cli.core.errors import ModelError
from mnist_cli.core.models.model import build_model, open_model
from mnist_cli.core.store.versions import KERAS, Version


def read_weights(version: Version, config: TrainConfig) -> list[NDArray[np.float32]]:
    """Read a version's weights, layer by layer.

    Args:
        version: What to go on from.
        config: Of the run; its network is the version's.

    Raises:
        ModelError: The file is not what was published, or of another network.
    """
    version.read(KERAS)
    model, _ = open_model(version.path / KERAS)
    weights = [variable.numpy() for variable in model.trainable_variables]
    expected = [tuple(v.shape) for v in build_model(config.model).trainable_variables]
    if [array.shape for array in weights] != expected:
        raise ModelError(f"Version {version.name}: its network is not the one that it states.")
    return weights
