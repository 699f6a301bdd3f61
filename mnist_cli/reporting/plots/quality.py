"""Figures of how good a model is: what it takes for what, and how far to believe it."""

from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import StrMethodFormatter

from mnist_cli.core import metrics
from mnist_cli.core.calibration import ReliabilityBin, reliability
from mnist_cli.core.data.class_names import DIGITS
from mnist_cli.evaluation.evaluate import Evaluation
from mnist_cli.reporting.plots.style import BLUE, STYLE, evaluation_caption, new_figure


@rc_context(STYLE)
def confusion(result: Evaluation) -> Figure:
    """Draw the confusion matrix; only errors are shaded, so that the diagonal can't drown them."""
    figure, (ax,) = new_figure(evaluation_caption(result), 1, 1, (6.4, 6.2))
    counts = result.confusion
    errors = counts.astype(float)
    np.fill_diagonal(errors, 0)
    most = max(1.0, errors.max())
    ax.imshow(errors, cmap="Blues", vmin=0, vmax=most * 1.15)
    for (row, column), count in np.ndenumerate(counts):
        if row == column:
            ax.text(column, row, f"{count}", ha="center", va="center", color="0.35", weight="bold")
        elif count:
            colour = "white" if count > 0.6 * most else "black"
            ax.text(column, row, f"{count}", ha="center", va="center", color=colour)
    ax.set(
        title=f"{result.errors} errors in {len(result.dataset):,} images"
        f" ({100 * result.accuracy:.2f} % right)",
        xlabel="what was read",
        ylabel="true digit",
        xticks=range(10),
        yticks=range(10),
    )
    named = result.class_names != DIGITS
    ax.set_xticklabels(result.class_names, rotation=90 if named else 0)
    ax.set_yticklabels(result.class_names)
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)
    return figure


@rc_context(STYLE)
def calibration(result: Evaluation) -> Figure:
    """Draw a reliability diagram: accuracy by confidence, and how many images stand behind it."""
    figure, axes = new_figure(
        evaluation_caption(result), 2, 1, (5.6, 6.4), sharex=True, height_ratios=(3, 1)
    )
    bins = reliability(result.probabilities, result.dataset.labels)
    filled = [row for row in bins if row.count]
    upper, lower = axes
    upper.plot([0, 1], [0, 1], color="0.6", linestyle="--", label="perfectly calibrated")
    confidence, accuracy = np.array([(row.confidence, row.accuracy) for row in filled]).T
    intervals = [metrics.wilson_interval(round(r.accuracy * r.count), r.count) for r in filled]
    low, high = np.array(intervals).T
    arms = np.maximum(0, [accuracy - low, high - accuracy])
    label = "model, with 95 % intervals"
    style: Any = {"color": BLUE, "markersize": 5, "capsize": 2}
    upper.errorbar(confidence, accuracy, arms, fmt="o", label=label, **style)
    upper.set(
        title=f"Expected calibration error {100 * result.ece:.2f} %",
        ylabel="accuracy",
        xlim=(0, 1.02),
        ylim=(0, 1.02),
    )
    upper.legend(loc="lower right")
    _draw_counts(lower, filled)
    return figure


def _draw_counts(lower: Axes, filled: list[ReliabilityBin]) -> None:
    """Draw how many images are in each bin of confidence, on a scale of powers."""
    width = filled[0].high - filled[0].low
    lows, counts = [row.low for row in filled], [row.count for row in filled]
    lower.bar(lows, counts, width, align="edge", color=BLUE, edgecolor="white")
    for row in filled:
        lower.text(row.low + width / 2, row.count, f"{row.count}", ha="center", va="bottom", size=6)
    lower.set(yscale="log", xlabel="confidence", ylabel="images, logarithmic")
    lower.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    lower.set_ylim(0.7, 4 * max(counts))
