"""The report's figures, drawn for its page: digits, calibration, sweeps, history, weights."""

from collections.abc import Iterable
from html import escape

import numpy as np
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from mnist_cli.core import metrics
from mnist_cli.evaluation.evaluate import Evaluation
from mnist_cli.evaluation.robustness import SEED, Curve
from mnist_cli.evaluation.sweeps import swept
from mnist_cli.reporting.charts import Axis, Chart
from mnist_cli.reporting.pictures import digit_uri, weights_uri

HALVES = [(share / 4, f"{25 * share} %") for share in range(5)]
POWERS = [(0.0001, "0.01 %"), (0.001, "0.1 %"), (0.01, "1 %"), (0.1, "10 %"), (1.0, "100 %")]
UNITS = 32  # of the first layer


def digits(result: Evaluation, chosen: Iterable[int]) -> str:
    """Show images, each with what was read, how surely, and what is true instead."""
    tiles = []
    for index in chosen:
        guess, truth = int(result.predictions[index]), int(result.dataset.labels[index])
        sure = f"<small>{100 * result.confidence[index]:.0f} %</small>"
        words = f"<b>{guess}</b> not {truth}" if guess != truth else f"<b>{guess}</b>"
        uri, alt = digit_uri(result.dataset.images[index]), f"A handwritten {truth}"
        tiles.append(
            f"<figure{' class=wrong' if guess != truth else ''}>"
            f'<img class="ink" src="{uri}" alt="{alt}" width="56" height="56">'
            f"<figcaption>{words} {sure}</figcaption></figure>"
        )
    return f'<div class="digits">{"".join(tiles)}</div>'


def calibration(result: Evaluation) -> str:
    """Draw a reliability diagram: accuracy by confidence, and how many images stand behind it."""
    rows = metrics.reliability(result.probabilities, result.dataset.labels)
    filled = [row for row in rows if row.count]
    across = Axis(0, 1, HALVES, "confidence")
    right = Chart("Read right, by confidence", across, Axis(0, 1, HALVES))
    right.line([(0, 0), (1, 1)], "dashed")
    for row in filled:
        low, high = metrics.wilson_interval(round(row.accuracy * row.count), row.count)
        right.line([(row.confidence, low), (row.confidence, high)], "whisker")
        right.dots([(row.confidence, row.accuracy)], "dot")
    most = max(row.count for row in filled)
    tens = [(10.0**power, f"{10**power:,}") for power in range(len(str(most)) + 1)]
    counts = Chart("Images, by confidence", across, Axis(0.7, tens[-1][0], tens, powers=True))
    for row in filled:
        counts.bar(row.low, row.high, row.count, "bar")
    return _titled(right) + _titled(counts)


def sweep(curve: Curve, digit: NDArray[np.uint8]) -> str:
    """Draw the error by strength, a digit that has it above each.

    Args:
        curve: What was measured.
        digit: (1, 28, 28) uint8.
    """
    strengths = [strength for strength, _ in curve.points]
    floor = 0.5 / curve.points[0][1].n  # no error at all has no place on a scale of powers
    chart = Chart(
        curve.name.replace("_", " ").capitalize(),
        _padded(strengths, curve.unit),
        Axis(floor, 1, [tick for tick in POWERS if tick[0] >= floor], powers=True),
        top=40,
    )
    bounds = [(strength, *rate.interval) for strength, rate in curve.points]
    chart.band([(at, low) for at, low, _ in bounds], [(at, high) for at, _, high in bounds], "band")
    chart.line([(curve.neutral, floor), (curve.neutral, 1)], "dashed")
    points = [(strength, rate.error) for strength, rate in curve.points]
    chart.line(points, "line")
    chart.dots(points, "dot")
    for strength in strengths:
        worn = digit if strength == curve.neutral else swept(digit, curve.name, strength, SEED)
        chart.picture(digit_uri(worn[0]), strength, 24)
    return _titled(chart)


def history(rows: list[dict[str, float]], chosen_epoch: int) -> str:
    """Draw loss and accuracy by epoch, and mark the epoch whose weights were kept."""
    return _by_epoch(rows, "loss", chosen_epoch) + _by_epoch(rows, "accuracy", chosen_epoch)


def _by_epoch(rows: list[dict[str, float]], name: str, chosen_epoch: int) -> str:
    epochs = [row["epoch"] for row in rows]
    values = [row[key] for row in rows for key in (name, f"val_{name}")]
    low, high = (0.0, max(0.01, *values)) if name == "loss" else (min(0.99, *values), 1.0)
    ticks = [float(tick) for tick in MaxNLocator(4).tick_values(low, high)]
    if name == "accuracy":
        ticks = [tick for tick in ticks if tick < 1 - (ticks[1] - ticks[0]) / 2] + [1.0]
    words = [(t, f"{t:g}" if name == "loss" else f"{100 * t:g} %") for t in ticks]
    across = [float(tick) for tick in MaxNLocator(5, integer=True).tick_values(1, max(epochs))]
    within = [(tick, f"{tick:g}") for tick in across if 1 <= tick <= max(epochs)]
    chart = Chart(
        name.capitalize(),
        Axis(min(epochs) - 0.5, max(epochs) + 0.5, within, "epoch"),
        Axis(ticks[0], ticks[-1], words),
    )
    chart.line([(chosen_epoch, ticks[0]), (chosen_epoch, ticks[-1])], "dashed")
    for key, css in ((name, "other"), (f"val_{name}", "line")):
        points = [(row["epoch"], row[key]) for row in rows]
        chart.line(points, css)
        chart.dots(points if len(points) < 30 else points[-1:], f"{css} dot")
    return _titled(chart)


def weights(kernels: NDArray[np.float32]) -> str:
    """Show what the first layer looks for.

    Args:
        kernels: (U, H, W) float32.
    """
    uri = weights_uri(kernels, UNITS)
    return f'<img class="weights" src="{uri}" alt="Weights of the first layer as pictures">'


def _titled(chart: Chart) -> str:
    return f"<figure><figcaption>{escape(chart.title)}</figcaption>{chart.to_svg()}</figure>"


def _padded(strengths: list[float], unit: str) -> Axis:
    room = 0.045 * (strengths[-1] - strengths[0])
    ticks = [(at, f"{at:g}".replace("-", "−")) for at in strengths]
    return Axis(strengths[0] - room, strengths[-1] + room, ticks, unit)
