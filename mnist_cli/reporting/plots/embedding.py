"""The figure of the last hidden layer: images that it finds alike lie together."""

from typing import Any

import numpy as np
from matplotlib import patheffects, rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.path import Path
from matplotlib.textpath import TextPath
from matplotlib.transforms import Affine2D
from numpy.typing import NDArray
from sklearn.manifold import TSNE

from mnist_cli.core.errors import DatasetError
from mnist_cli.evaluation.evaluate import Evaluation
from mnist_cli.reporting.plots.digits import chosen_samples
from mnist_cli.reporting.plots.placing import Places, spread, with_room
from mnist_cli.reporting.plots.style import (
    STYLE,
    TOL_MUTED,
    VERMILION,
    evaluation_caption,
    model_name,
    new_figure,
    put_title,
)

IMAGES, MISTAKES = 2_000, 200  # as many as can be told apart, and laid out in ten seconds
PERPLEXITY = 30.0  # about how many neighbours count
STEPS = 500  # with 1,000 the clusters are a little tighter, for three times the time
Points = NDArray[np.float32]  # (N, 2)

SHEET = np.array([490.0, 400.0])  # points that the images have on paper, about
EDGE = 30.0  # points around them
A_LABEL, A_MISTAKE = 24.0, 9.0  # points that a digit's label needs, and a mistake's
OVER = np.array([0.0, A_LABEL / 2])  # where a label is of its middle, which may be a point
HALO = [patheffects.withStroke(linewidth=2.5, foreground="white")]


def embedded_samples(result: Evaluation) -> NDArray[np.int64]:
    """Choose the images that are drawn, mistakes first among them; return their indices."""
    chosen = chosen_samples(result, count=IMAGES, mistakes=MISTAKES)
    if len(chosen) < 2:
        raise DatasetError(f"{result.dataset.name}: an embedding needs two images at least.")
    return chosen


@rc_context(STYLE)
def embedding(result: Evaluation, chosen: NDArray[np.int64], hidden: NDArray[np.float32]) -> Figure:
    """Draw images as points, near to those that the last hidden layer finds alike.

    Args:
        result: The model's answers.
        chosen: (M,) which images of the evaluation are drawn.
        hidden: (M, D) float32, what the last hidden layer makes of them.
    """
    labels, predictions = result.dataset.labels[chosen], result.predictions[chosen]
    points, wrong = _laid_out(hidden), labels != predictions
    figure, (ax,) = new_figure(f"{evaluation_caption(result)} · t-SNE", 1, 1, (7.4, 6.6))
    taken = _draw_points(ax, points[~wrong], labels[~wrong])
    _draw_mistakes(ax, points[wrong], labels[wrong], taken)
    ax.axis("off")
    ax.set(xlim=(-EDGE, SHEET[0] + EDGE), ylim=(-EDGE, SHEET[1] + EDGE))
    put_title(
        figure,
        f"Last hidden layer of {model_name(result.model)}: {len(chosen):,} of"
        f" {len(result.dataset):,} images, {wrong.sum()} of {result.errors} mistakes among them",
    )
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, 0), ncols=1, handletextpad=0.3)
    return figure


def _laid_out(hidden: NDArray[np.float32]) -> Points:
    """Lay (M, D) features out in the plane, so that neighbours stay neighbours.

    It starts from the first two principal components: so no chance is in it.

    Source: van der Maaten and Hinton 2008, JMLR 9:2579.
    """
    perplexity = min(PERPLEXITY, (len(hidden) - 1) / 3)
    layout = TSNE(perplexity=perplexity, max_iter=STEPS, init="pca", random_state=0)
    points = np.asarray(layout.fit_transform(hidden), dtype=np.float32)
    size = np.maximum(np.ptp(points, axis=0), np.float32(1e-9))
    return np.asarray((points - points.min(axis=0)) / size * SHEET, dtype=np.float32)


def _draw_points(ax: Axes, points: Points, labels: NDArray[np.uint8]) -> Places:
    """Draw what was read right, and each digit over the median of its points.

    Returns:
        (D, 2), where the digits stand.
    """
    x, y = points.T
    ax.scatter(x, y, s=7, c=[TOL_MUTED[label] for label in labels], linewidths=0)
    ax.scatter([], [], s=7, c="0.4", label="an image, near to those that look alike to the network")
    digits = np.unique(labels)
    middles = [np.median(points[labels == digit], axis=0) for digit in digits]
    places = spread(np.array(middles).reshape(-1, 2) + OVER, A_LABEL)
    style: Any = {"size": 20, "weight": "bold", "ha": "center", "va": "center"}
    for digit, (x, y) in zip(digits, places, strict=True):
        ax.text(x, y, str(digit), path_effects=HALO, zorder=3, **style)
    return places


def _draw_mistakes(ax: Axes, points: Points, labels: NDArray[np.uint8], taken: Places) -> None:
    """Draw the true digit of what was read wrong, or a cross where there is no room for it."""
    style: Any = {"c": VERMILION, "s": 36, "linewidths": 0}
    shown = with_room(points, taken, A_MISTAKE)
    if not shown.all():
        words = "read wrong, and no room for the digit"
        x, y = points[~shown].T
        ax.scatter(x, y, marker="x", s=9, c=VERMILION, linewidths=0.7, label=words, zorder=2)
    for digit in np.unique(labels[shown]):
        x, y = points[shown & (labels == digit)].T
        ax.scatter(x, y, marker=_glyph(digit), path_effects=HALO, zorder=4, **style)
    if shown.any():
        words = "read wrong: the digit that it truly is"
        ax.scatter([], [], marker=_glyph(labels[shown][0]), label=words, **style)


def _glyph(digit: int) -> Path:
    """Return a digit's outline as a marker, its middle at the origin."""
    outline = TextPath((0, 0), str(digit), prop=FontProperties(weight="bold"))
    middle = outline.get_extents().get_points().mean(axis=0)
    return outline.transformed(Affine2D().translate(*-middle))
