"""The figure of what in digits speaks for and against the answers."""

from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from mnist_cli.evaluation.evaluate import Evaluation
from mnist_cli.reporting.plots.digits import chosen_samples, write_answer
from mnist_cli.reporting.plots.style import STYLE, evaluation_caption, new_figure

COLUMNS, ROWS, MISTAKES = 6, 4, 8


def explained_samples(result: Evaluation) -> NDArray[np.int64]:
    """Choose the images that are drawn, some mistakes among them; return their indices."""
    return chosen_samples(result, count=COLUMNS * ROWS, mistakes=MISTAKES)


@rc_context(STYLE)
def saliency(
    result: Evaluation, chosen: NDArray[np.int64], attributions: NDArray[np.float32]
) -> Figure:
    """Draw what in some digits speaks for and against what was read, over their outlines.

    Args:
        result: The model's answers.
        chosen: (M,) which images of the evaluation are drawn.
        attributions: (M, 28, 28) float32, what each pixel adds to the answer's log-odds.
    """
    rows = -(-len(chosen) // COLUMNS)
    foot = f"{evaluation_caption(result)} · expected gradients against training images"
    figure, axes = new_figure(foot, rows, COLUMNS, (8.4, 1.36 * rows + 0.8))
    largest = float(np.percentile(np.abs(attributions), 99.5)) or 1.0
    drawn: Any = None
    for ax, index, attribution in zip(axes, chosen, attributions, strict=False):
        drawn = _draw_attribution(ax, attribution, result.dataset.images[index], largest)
        write_answer(ax, result, index, size=8)
    for ax in axes[len(chosen) :]:
        ax.axis("off")
    bar = figure.colorbar(drawn, ax=list(axes), shrink=0.8, pad=0.02)
    bar.set_label("what a pixel adds to the log-odds of the answer")
    figure.suptitle(
        "What speaks for the answer (purple) and against it (orange), beside other digits",
        x=0.02,
        ha="left",
    )
    return figure


def _draw_attribution(
    ax: Axes, attribution: NDArray[np.float32], image: NDArray[np.uint8], largest: float
) -> Any:
    drawn = ax.imshow(
        attribution, cmap="PuOr", vmin=-largest, vmax=largest, interpolation="bilinear"
    )
    ax.contour(image, levels=[127.5], colors="0.25", linewidths=0.7)
    ax.set(xticks=[], yticks=[])
    return drawn
