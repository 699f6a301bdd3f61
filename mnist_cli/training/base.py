"""The version that a run goes on from."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_cli.core.config import TrainConfig
from mnist_cli.core.errors import ModelError
from mnist_cli.core.models.model import build_model, open_model
from mnist_cli.core.store.versions import KERAS, Version


@dataclass(frozen=True)
class Base:
    """Where a run's first weights come from.

    Attributes:
        version: Number of the version, or `bundled`.
        sha256: Digest of the model that it reads with.
        weights: Its weights, layer by layer; none once a checkpoint holds what became of them.
    """

    version: str
    sha256: str
    weights: list[NDArray[np.float32]] = field(default_factory=list)

    def to_record(self) -> dict[str, Any]:
        """Return what manifests say of it."""
        return {"version": self.version, "sha256": self.sha256}


def open_base(version: Version, config: TrainConfig) -> Base:
    """Read a version's weights.

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
    return Base(version.name, version.sha256, weights)
