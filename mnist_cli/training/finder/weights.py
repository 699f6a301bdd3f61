"""The finder's weights: those of an earlier training read, a network built of them."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_cli.core.errors import ModelError
from mnist_cli.training.finder.network import FinderConfig, build_finder

WEIGHTS_FILE = "finder.weights.npz"


def read_weights(path: Path, model: Any) -> list[NDArray[np.float32]]:
    """Read weights, in the order of the model's variables.

    Raises:
        ModelError: The file is damaged, or of another network.
    """
    try:
        with np.load(path, allow_pickle=False) as arrays:
            weights = [arrays[name] for name in arrays.files]
    except Exception as error:  # whatever a damaged archive leads NumPy to
        raise ModelError(f"{path}: no weights of a finder ({error}).") from error
    if [array.shape for array in weights] != [tuple(one.shape) for one in model.variables]:
        raise ModelError(f"{path}: weights of another network.")
    return weights


def averaged(config: FinderConfig, weights: list[Any]) -> Any:
    """Build the network of some weights, in float32."""
    model = build_finder(config)
    for variable, value in zip(model.variables, weights, strict=True):
        variable.assign(value)
    return model
