"""The first layer's weights as pictures."""

from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure
from numpy.typing import NDArray

from mnist_cli.plots.style import STYLE, caption, new_figure

COLUMNS, ROWS = 8, 8


@rc_context(STYLE)
def weights(kernels: NDArray[np.float32], model: dict[str, str | None]) -> Figure:
    """Draw the first layer's weights as pictures, those of the largest norm first.

    Args:
        kernels: (U, H, W) float32, the weights of each unit over the image.
        model: Version and digest of the model.
    """
    foot = caption(model, "first layer")
    order = np.argsort(-np.square(kernels).sum(axis=(1, 2)), kind="stable")
    count = min(len(order), COLUMNS * ROWS)
    figure, axes = new_figure(
        foot, -(-count // COLUMNS), COLUMNS, (7.2, 0.95 * -(-count // COLUMNS) + 1)
    )
    largest = float(np.percentile(np.abs(kernels[order[:count]]), 99.5))
    drawn: Any = None
    for ax, unit in zip(axes, order, strict=False):
        drawn = ax.imshow(kernels[unit], cmap="PuOr", vmin=-largest, vmax=largest)
    for ax in axes:
        ax.axis("off")
    figure.suptitle(
        f"First layer: {count} of {len(order)} units, the largest weights first", x=0.02, ha="left"
    )
    bar = figure.colorbar(drawn, ax=list(axes), shrink=0.6, pad=0.02)
    bar.set_label("weight: negative speaks against, positive for the unit")
    return figure
