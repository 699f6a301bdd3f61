"""The figure of several trainings: validation loss and accuracy by epoch."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, MaxNLocator, NullLocator

from mnist_cli.core.config import TrainConfig
from mnist_cli.core.errors import UsageError
from mnist_cli.core.store import store
from mnist_cli.core.store.versions import Version
from mnist_cli.reporting.plots.style import STYLE, TOL_MUTED, described, new_figure, signed

MARKERS = "os^Dv<>P"
MOST = len(MARKERS)  # curves that can be told apart
FEW = (0.1, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999)
MANY = (*FEW, 0.93, 0.94, 0.96, 0.97, 0.975, 0.985, 0.988, 0.992, 0.993, 0.994, 0.996, 0.997)
MOST_TICKS = 9


def find_versions(references: Sequence[str], artifacts: Path) -> list[Version]:
    """Find the versions that are to be compared.

    Args:
        references: What each `--model` says; none for the newest of the store that held images
            out.
        artifacts: The store.

    Raises:
        UsageError: There are fewer than two of them, or more than `MOST`, or one held nothing out.
        ModelNotFoundError: Nothing answers to a reference.
        ModelError: A reference is a model's file, not a version.
    """
    if references:
        opened = (store.find_version(reference, artifacts) for reference in references)
        found = list({version.path.resolve(): version for version in opened}.values())
    else:
        found = list(filter(_holds_out, store.list_versions(artifacts)))[-MOST:]
    if blind := [version.name for version in found if not _holds_out(version)]:
        raise UsageError(
            f"Versions that held no images out have no validation to compare: {', '.join(blind)}.",
            hint="`mnist models compare` reads the test images with two versions.",
        )
    if not 2 <= len(found) <= MOST:
        raise UsageError(
            f"Two to {MOST} versions can be compared. Received: {len(found)}.",
            hint="Give --model for each of them, or none for the newest in the store.",
        )
    return found


def _holds_out(version: Version) -> bool:
    return version.manifest["metrics"]["val_accuracy"] is not None


@rc_context(STYLE)
def compare(versions: Sequence[Version]) -> Figure:
    """Draw validation loss and accuracy by epoch, on scales that part the best from each other.

    Args:
        versions: Up to `MOST`; the best comes first in the key.
    """
    data = {
        f"{d['name']} train ({d['sha256'][:8]})" for d in (v.manifest["data"] for v in versions)
    }
    names = ", ".join(f"{version.name} ({version.sha256[:8]})" for version in versions)
    foot = signed(f"models {names}", f"held out of {', '.join(sorted(data))}")
    figure, (loss, accuracy) = new_figure(foot, 1, 2, (9.6, 4.6))
    ranked = sorted(versions, key=lambda v: -v.manifest["metrics"]["val_accuracy"])
    for version, colour, marker in zip(ranked, TOL_MUTED, MARKERS, strict=False):
        rows = version.read_history()
        held_out = version.manifest["config"].get("validation_size", TrainConfig.validation_size)
        smallest = 0.5 / held_out  # no error at all: half one
        errors = [max(1 - row["val_accuracy"], smallest) for row in rows]
        _draw_curve(loss, version, [row["val_loss"] for row in rows], colour, marker)
        _draw_curve(accuracy, version, errors, colour, marker)
    loss.set(title="Validation loss", yscale="log", ylabel="loss, logarithmic")
    loss.yaxis.set_major_locator(LogLocator(subs=(1, 1.5, 2, 3, 5, 7)))
    loss.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.2g}"))
    accuracy.set(
        title="Validation accuracy", yscale="log", ylabel="accuracy, its errors logarithmic"
    )
    accuracy.invert_yaxis()
    accuracy.yaxis.set_major_locator(FixedLocator(_ticks(*accuracy.get_ylim())))
    accuracy.yaxis.set_major_formatter(FuncFormatter(lambda error, _: f"{100 * (1 - error):g} %"))
    for ax in (loss, accuracy):
        ax.yaxis.set_minor_locator(NullLocator())
        ax.grid(axis="y", color="0.9")
        _count_epochs(ax, [len(version.read_history()) for version in versions])
    figure.legend(*loss.get_legend_handles_labels(), loc="outside upper left", ncols=2)
    return figure


def _ticks(one: float, other: float) -> list[float]:
    """Return errors to be labelled between two: as many as there is room for."""
    low, high = sorted((one, other))
    errors = [1 - share for share in MANY if low <= 1 - share <= high]
    return errors if len(errors) <= MOST_TICKS else [1 - share for share in FEW]


def _count_epochs(ax: Axes, counts: Sequence[int]) -> None:
    """Label the epochs; where some versions have far more than others, on a scale of powers."""
    ax.set_xlabel("epoch")
    if max(counts) <= 4 * min(counts):
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        return
    ax.set_xscale("log")
    ax.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda epoch, _: f"{epoch:g}"))
    ax.xaxis.set_minor_locator(NullLocator())


def _draw_curve(
    ax: Axes, version: Version, values: Sequence[float], colour: str, marker: str
) -> None:
    """Draw a curve over the epochs from 1, with a large mark where the weights were kept."""
    epochs = np.arange(1, len(values) + 1)
    chosen = int(version.manifest["metrics"]["chosen_epoch"])
    every = max(1, len(values) // 8)
    style: Any = {"color": colour, "marker": marker, "linewidth": 1.3}
    label = described(version)
    ax.plot(epochs, values, markersize=3.5, markevery=every, label=label, **style)
    ax.plot(chosen, values[chosen - 1], markersize=8, markeredgecolor="black", zorder=3, **style)
