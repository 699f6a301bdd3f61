"""The figure of a model's robustness: each corruption and strength beside a digit that has it."""

from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.offsetbox import AnnotationBbox, OffsetImage
from matplotlib.ticker import FuncFormatter, NullLocator, PercentFormatter
from numpy.typing import NDArray

from mnist_cli.core.text import interval_words
from mnist_cli.evaluation.corruptions import corrupted
from mnist_cli.evaluation.evaluate import Evaluation
from mnist_cli.evaluation.robustness import SEED, Curve, Robustness
from mnist_cli.evaluation.sweeps import swept
from mnist_cli.reporting.plots.style import BLUE, STYLE, VERMILION, evaluation_caption, put_foot

LAYOUT: Any = [
    ["families", "rotation", "scale"],
    ["families", "shift", "stroke_width"],
    ["families", "noise", "key"],
]
Digit = NDArray[np.uint8]  # (1, 28, 28), the first of the images


@rc_context(STYLE)
def robustness(result: Evaluation) -> Figure:
    """Draw the error of each family as a bar, and that of each sweep as a curve by its strength.

    Args:
        result: An evaluation with its robustness.
    """
    measured = result.robustness
    if measured is None:
        raise ValueError("This evaluation was made without its robustness.")
    figure = Figure(figsize=(11.0, 7.4), layout="constrained")
    axes = figure.subplot_mosaic(LAYOUT, width_ratios=(1.5, 1, 1))
    n = measured.curves[0].points[0][1].n
    put_foot(figure, f"{evaluation_caption(result)} (sweeps {n:,})")
    digit = result.dataset.images[:1]
    _draw_families(axes["families"], measured, digit)
    for curve in measured.curves:
        _draw_curve(axes[curve.name], curve, digit)
    _draw_key(axes["key"])
    return figure


@rc_context(STYLE)
def sweep(curve: Curve, digit: Digit) -> Figure:
    """Draw the error of one sweep by its strength, a digit that has it above each.

    Args:
        curve: What was measured.
        digit: (1, 28, 28) uint8.
    """
    figure = Figure(figsize=(4.0, 2.9), layout="constrained")
    _draw_curve(figure.subplots(), curve, digit)
    return figure


def _draw_families(ax: Axes, measured: Robustness, digit: Digit) -> None:
    families = measured.by_error
    errors = np.array([rate.error for _, rate in families])
    bounds = np.array([rate.interval for _, rate in families])
    rows = np.arange(len(families))
    ax.barh(rows, errors, height=0.6, color=BLUE)
    arms = np.maximum(0, [errors - bounds[:, 0], bounds[:, 1] - errors])
    ax.errorbar(errors, rows, xerr=arms, color="0.25", linestyle="none", capsize=2, linewidth=1)
    ax.axvline(measured.clean.error, color=VERMILION, linestyle="--", linewidth=1)
    for row, (name, rate) in enumerate(families):
        times = measured.relative(rate.error)
        words = f"{100 * rate.error:.2f} %" + (f"  {times:.1f}×" if times is not None else "")
        at = (rate.interval[1], row)
        ax.annotate(words, at, (5, 0), textcoords="offset points", va="center", size=7.5)
        worn = corrupted(digit, name, SEED)[0]
        _show(ax, worn, (0, row), "axes fraction", "data", (-13, 0))
    ax.set_title(
        f"Fifteen corruptions: mean error {100 * measured.mean_error:.2f} %\n"
        f"({interval_words(*measured.interval)})"
    )
    ax.set_yticks(rows, [name.replace("_", " ") for name, _ in families])
    ax.tick_params(axis="y", length=0, pad=26)
    ax.set(xlim=(0, 1.36 * bounds.max()), ylim=(len(rows) - 0.4, -0.6))
    ax.set_xlabel("error, and how many times the clean one")
    ax.xaxis.set_major_formatter(PercentFormatter(1.0, symbol=" %"))
    ax.grid(axis="x", color="0.92")
    ax.set_axisbelow(True)


def _draw_curve(ax: Axes, curve: Curve, digit: Digit) -> None:
    strengths = [strength for strength, _ in curve.points]
    floor = 0.5 / curve.points[0][1].n  # no error at all has no place on a scale of powers
    errors = [max(rate.error, floor) for _, rate in curve.points]
    bounds = np.array([rate.interval for _, rate in curve.points])
    ax.fill_between(
        strengths, np.maximum(bounds[:, 0], floor), bounds[:, 1], color=BLUE, alpha=0.16, lw=0
    )
    ax.plot(strengths, errors, color=BLUE, marker="o", markersize=3.5, linewidth=1.4, clip_on=False)
    ax.axvline(curve.neutral, color=VERMILION, linestyle="--", linewidth=1)
    for strength, _ in curve.points:
        worn = digit if strength == curve.neutral else swept(digit, curve.name, strength, SEED)
        _show(ax, worn[0], (strength, 1), "data", "axes fraction", (0, 10))
    ax.set_title(f"{curve.name.replace('_', ' ').capitalize()} ({curve.unit})", pad=21)
    ax.set(yscale="log", ylim=(floor, 1))
    ax.set_xticks(
        strengths, [f"{strength:g}".replace("-", "−") for strength in strengths], size=7.5
    )
    ax.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:g} %"))
    ax.yaxis.set_minor_locator(NullLocator())
    ax.grid(axis="y", color="0.92")


def _draw_key(ax: Axes) -> None:
    """Say what the marks mean, where there is room."""
    ax.axis("off")
    ax.plot([], [], color=VERMILION, linestyle="--", linewidth=1, label="images as they are")
    ax.plot([], [], color=BLUE, marker="o", markersize=3.5, label="error, on a scale of powers")
    ax.fill_between([], [], color=BLUE, alpha=0.16, lw=0, label="its 95 % interval")
    ax.legend(loc="center left", fontsize=8)


def _show(
    ax: Axes, image: Digit, at: tuple[float, float], x: str, y: str, offset: tuple[float, float]
) -> None:
    """Put a digit 17 points wide near a place, whose coordinates are of the systems `x` and `y`."""
    drawn = OffsetImage(image, zoom=17 / 28, cmap="gray_r", interpolation="antialiased")
    drawn.image.set_clim(0, 255)
    box = AnnotationBbox(
        drawn, at, offset, xycoords=(x, y), boxcoords="offset points", frameon=False, pad=0
    )
    ax.add_artist(box)
