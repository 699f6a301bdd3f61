"""The first layer's weights as pictures."""

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure
from numpy.typing import NDArray

from mnist_cli.core.models.model_file import first_kernels
from mnist_cli.core.store import store
from mnist_cli.core.store.versions import H5, Version
from mnist_cli.reporting.plots.style import STYLE, caption, model_name, new_sheet, put_title

SHOWN = 64


def open_weights(
    reference: str | None, artifacts: Path
) -> tuple[NDArray[np.float32], dict[str, str | None]]:
    """Read the first layer's weights of a version or a model's file, without TensorFlow.

    Returns:
        (U, H, W) float32, and the model's version and digest.

    Raises:
        ModelNotFoundError: Nothing answers to the reference.
        ModelError: The file is damaged, or its first layer does not look at pixels.
    """
    found = store.resolve(reference, artifacts)
    if found.whole:
        return version_weights(found.whole)
    kernels, sha256 = first_kernels(found.path)
    return kernels, {"version": found.version.name if found.version else None, "sha256": sha256}


def version_weights(version: Version) -> tuple[NDArray[np.float32], dict[str, str | None]]:
    """Read the first layer's weights of a version, after their file's digest, as `open_weights`."""
    version.read(H5)
    kernels, sha256 = first_kernels(version.path / H5)
    return kernels, {"version": version.name, "sha256": sha256}


@rc_context(STYLE)
def weights(kernels: NDArray[np.float32], model: dict[str, str | None]) -> Figure:
    """Draw the first layer's weights as pictures, those of the largest norm first.

    Args:
        kernels: (U, H, W) float32, the weights of each unit over the image.
        model: Version and digest of the model.
    """
    foot = caption(model, "first layer")
    order = np.argsort(-np.square(kernels).sum(axis=(1, 2)), kind="stable")
    count = min(len(order), SHOWN)
    figure, axes = new_sheet(foot, count, 0.05, 0.6)
    largest = float(np.percentile(np.abs(kernels[order[:count]]), 99.5))
    drawn: Any = None
    for ax, unit in zip(axes, order, strict=False):
        drawn = ax.imshow(kernels[unit], cmap="PuOr", vmin=-largest, vmax=largest)
    for ax in axes:
        ax.axis("off")
    units = f"{count} of {len(order)} units, the largest weights first"
    put_title(figure, f"First layer of {model_name(model)}: {units}")
    bar = figure.colorbar(
        drawn, ax=list(axes), location="bottom", aspect=40, shrink=0.9, pad=0.04 / len(axes)
    )
    bar.set_label("weight: negative speaks against, positive for the unit")
    return figure
