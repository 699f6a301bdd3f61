"""Figures for paper and screen, readable without colour; each says what made it.

`Figure` objects are built directly, so no display and no global state is needed. Colours are
Okabe and Ito's, which colour-blind people tell apart; a mark or a hatch says the same again.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator, PercentFormatter
from numpy.typing import NDArray

import mnist_cli
from mnist_cli.comparison import Comparison
from mnist_cli.core import metrics
from mnist_cli.core.files import write_atomically
from mnist_cli.core.text import printable
from mnist_cli.evaluation import Evaluation
from mnist_cli.versions import Version

BLUE, GREEN, ORANGE, VERMILION = "#0072B2", "#009E73", "#E69F00", "#D55E00"
DPI = 150
COLUMNS, ROWS = 8, 5  # of a sheet of digits
MISTAKES_SHOWN = 8  # among the samples, so that wrong ones are seen at all

STYLE: Any = {
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "legend.frameon": False,
    "svg.hashsalt": "mnist",  # the same figure gives the same file
    "text.parse_math": False,  # a path may hold dollars
}


def caption(model: Mapping[str, str | None], data: str) -> str:
    """Return the line under each figure: model, data, tool.

    Args:
        model: `version` and `sha256` of the model, as records have them.
        data: The data's name, split and digest in words.
    """
    return printable(f"{_named(model)} · {data} · mnist-cli {mnist_cli.__version__}")


def evaluation_caption(result: Evaluation) -> str:
    """Return the caption of a figure made from an evaluation."""
    data = result.dataset
    return caption(result.model, f"{data.name} {data.split} ({data.sha256[:8]}), n = {len(data):,}")


def _named(model: Mapping[str, str | None]) -> str:
    version = f"model {model['version']}" if model["version"] else "model file"
    return f"{version} ({str(model['sha256'])[:8]})"


@rc_context(STYLE)
def save(figure: Figure, path: Path, file_format: str) -> None:
    """Write a figure as `png`, `svg` or `pdf`, whole or not at all.

    Raises:
        StorageError: The disk is full, or the folder can't be written.
    """
    undated = {"pdf": {"CreationDate": None}, "svg": {"Date": None}}
    write_atomically(
        path,
        lambda temporary: figure.savefig(
            temporary, format=file_format, dpi=DPI, metadata=undated.get(file_format)
        ),
    )


@rc_context(STYLE)
def history(version: Version) -> Figure:
    """Draw a version's loss and accuracy by epoch, and mark the epoch whose weights were kept."""
    rows = version.read_history()
    chosen_epoch = version.manifest["metrics"]["chosen_epoch"]
    data = version.manifest["data"]
    model = {"version": version.name, "sha256": version.sha256}
    foot = caption(model, f"{data['name']} train ({data['sha256'][:8]})")
    figure, axes = _figure(foot, 1, 2, (9.0, 3.8))
    epochs = [row["epoch"] for row in rows]
    for ax, name, title in zip(axes, ("loss", "accuracy"), ("Loss", "Accuracy"), strict=True):
        for key, label, colour, marker in (
            (name, "training, on distorted images", ORANGE, "s"),
            (f"val_{name}", "validation", BLUE, "o"),
        ):
            values = [row[key] for row in rows]
            every = max(1, len(rows) // 20)
            ax.plot(epochs, values, color=colour, marker=marker, markersize=4, markevery=every)
            ax.plot([], [], color=colour, marker=marker, markersize=4, label=label)
        ax.axvline(chosen_epoch, color="0.4", linestyle=":", label=f"chosen: epoch {chosen_epoch}")
        ax.set(title=title, xlabel="epoch")
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        ax.grid(axis="y", color="0.9")
    axes[0].set_ylim(bottom=0)
    axes[1].yaxis.set_major_formatter(PercentFormatter(1.0, decimals=1))
    axes[1].legend(loc="lower right")
    return figure


@rc_context(STYLE)
def confusion(result: Evaluation) -> Figure:
    """Draw the confusion matrix; only errors are shaded, so that the diagonal can't drown them."""
    figure, (ax,) = _figure(evaluation_caption(result), 1, 1, (6.4, 6.2))
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
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)
    return figure


@rc_context(STYLE)
def samples(result: Evaluation, seed: int = 0) -> Figure:
    """Draw some images with what was read; mistakes have a thick frame and a cross."""
    chosen = chosen_samples(result, seed)
    wrong = int(np.isin(chosen, result.wrong).sum())
    title = f"{len(chosen) - wrong} images read right, and {wrong} of {result.errors} read wrong"
    return _sheet(result, chosen, title)


def chosen_samples(result: Evaluation, seed: int = 0) -> NDArray[np.int64]:
    """Choose images by chance, some mistakes among them; return their indices."""
    generator = np.random.default_rng(seed)
    right = np.flatnonzero(result.predictions == result.dataset.labels)
    wrong = result.wrong
    wrong_count = min(MISTAKES_SHOWN, len(wrong))
    right_count = min(COLUMNS * ROWS - wrong_count, len(right))
    chosen = np.concatenate(
        [
            generator.choice(right, right_count, replace=False),
            generator.choice(wrong, wrong_count, replace=False),
        ]
    )
    return generator.permutation(chosen)


@rc_context(STYLE)
def errors(result: Evaluation) -> Figure:
    """Draw the mistakes that the model was surest of."""
    chosen = result.wrong[: COLUMNS * ROWS]
    title = f"The {len(chosen)} most confident of {len(result.wrong)} mistakes"
    return _sheet(result, chosen, title)


@rc_context(STYLE)
def differences(result: Comparison) -> Figure:
    """Draw the digits that two models read differently; the frame's colour says who is right."""
    sides = result.a.evaluation, result.b.evaluation
    labels = result.dataset.labels
    chosen = result.differing[: COLUMNS * ROWS]
    foot = f"A: {_named(sides[0].model)} · B: {evaluation_caption(sides[1])}"
    figure, axes = _grid(foot, len(chosen), 1.56)
    for ax, index in zip(axes, chosen, strict=False):
        right = [side.predictions[index] == labels[index] for side in sides]
        frame = GREEN if right[0] else BLUE if right[1] else "0.4"
        _draw_digit(ax, result.dataset.images[index], frame, 2.2)
        ax.set_title(f"true {labels[index]}", size=7, loc="center", pad=2)
        for line, (name, side) in enumerate(zip("AB", sides, strict=True)):
            answer = f"{side.predictions[index]}  {100 * side.confidence[index]:.0f} %"
            _write_below(ax, line, f"{name} {'✓' if right[line] else '✗'} {answer}", right[line])
    neither = len(result.differing) - result.only_a_wrong - result.only_b_wrong
    frames = {
        f"A is right ({result.only_b_wrong})": GREEN,
        f"B is right ({result.only_a_wrong})": BLUE,
        f"neither ({neither})": "0.4",
    }
    figure.legend(
        [Patch(fill=False, edgecolor=colour, linewidth=2.2) for colour in frames.values()],
        list(frames),
        loc="outside upper right",
        ncols=3,
    )
    figure.suptitle(
        f"{len(chosen)} of {len(result.differing)} digits that A and B read differently",
        x=0.02,
        ha="left",
    )
    return figure


@rc_context(STYLE)
def calibration(result: Evaluation) -> Figure:
    """Draw a reliability diagram: accuracy by confidence, and how many images stand behind it."""
    figure, axes = _figure(
        evaluation_caption(result), 2, 1, (5.6, 6.4), sharex=True, height_ratios=(3, 1)
    )
    rows = metrics.reliability(result.probabilities, result.dataset.labels)
    filled = [row for row in rows if row.count]
    upper, lower = axes
    upper.plot([0, 1], [0, 1], color="0.6", linestyle="--", label="perfectly calibrated")
    intervals = [metrics.wilson_interval(round(r.accuracy * r.count), r.count) for r in filled]
    bars = [
        [max(0.0, r.accuracy - low) for r, (low, _) in zip(filled, intervals, strict=True)],
        [max(0.0, high - r.accuracy) for r, (_, high) in zip(filled, intervals, strict=True)],
    ]
    upper.errorbar(
        [row.confidence for row in filled],
        [row.accuracy for row in filled],
        yerr=bars,
        color=BLUE,
        marker="o",
        markersize=5,
        linestyle="none",
        capsize=2,
        label="model, with 95 % intervals",
    )
    upper.set(
        title=f"Expected calibration error {100 * result.ece:.2f} %",
        ylabel="accuracy",
        xlim=(0, 1.02),
        ylim=(0, 1.02),
    )
    upper.legend(loc="lower right")
    width = rows[0].high - rows[0].low
    lower.bar(
        [row.low for row in filled],
        [row.count for row in filled],
        width=width,
        align="edge",
        color=BLUE,
        edgecolor="white",
    )
    for row in filled:
        lower.text(row.low + width / 2, row.count, f"{row.count}", ha="center", va="bottom", size=6)
    lower.set(yscale="log", xlabel="confidence", ylabel="images")
    lower.set_ylim(0.7, 4 * max(row.count for row in filled))
    return figure


@rc_context(STYLE)
def weights(kernels: NDArray[np.float32], model: dict[str, str | None]) -> Figure:
    """Draw the first layer's weights as pictures, those of the largest norm first.

    Args:
        kernels: (U, H, W) float32, the weights of each unit over the image.
        model: Version and digest of the model.
    """
    foot = caption(model, "first layer")
    order = np.argsort(-np.square(kernels).sum(axis=(1, 2)), kind="stable")
    count = min(len(order), COLUMNS * 8)
    figure, axes = _figure(
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


def _sheet(result: Evaluation, chosen: NDArray[np.int64], title: str) -> Figure:
    """Draw images in a grid, each with what was read, how surely, and what is true instead."""
    figure, axes = _grid(evaluation_caption(result), len(chosen), 1.32)
    for ax, index in zip(axes, chosen, strict=False):
        guess, truth = int(result.predictions[index]), int(result.dataset.labels[index])
        wrong = guess != truth
        image = result.dataset.images[index]
        _draw_digit(ax, image, VERMILION if wrong else "0.7", 2.2 if wrong else 0.5)
        confidence = f"{100 * result.confidence[index]:.0f} %"
        label = f"✗ {guess}, not {truth}  {confidence}" if wrong else f"{guess}  {confidence}"
        ax.set_title(label, size=7, loc="center", pad=2, color=VERMILION if wrong else "black")
    figure.suptitle(title, x=0.02, ha="left")
    return figure


def _grid(foot: str, count: int, height: float) -> tuple[Figure, NDArray[Any]]:
    """Return a figure for a sheet of digits, each with `height` inches, and its axes."""
    rows = max(1, -(-count // COLUMNS))
    figure, axes = _figure(foot, rows, COLUMNS, (8.6, height * rows + 0.8))
    for ax in axes[count:]:
        ax.axis("off")
    return figure, axes


def _draw_digit(ax: Any, image: NDArray[np.uint8], frame: str, width: float) -> None:
    """Draw (28, 28) uint8 in a frame of a colour and a width in points."""
    ax.imshow(image, cmap="gray_r", vmin=0, vmax=255)
    ax.set(xticks=[], yticks=[])
    ax.spines[:].set(visible=True, linewidth=width, color=frame)


def _write_below(ax: Any, line: int, words: str, is_right: bool) -> None:
    """Write an answer on one of the lines, from 0, under a digit."""
    ax.annotate(
        words,
        (0.5, 0),
        (0, -3 - 9 * line),
        xycoords="axes fraction",
        textcoords="offset points",
        ha="center",
        va="top",
        size=7,
        color="black" if is_right else VERMILION,
    )


def _figure(
    foot: str, rows: int, columns: int, size: tuple[float, float], **options: Any
) -> tuple[Figure, NDArray[Any]]:
    """Return a figure with its caption, and its axes, row by row."""
    figure = Figure(figsize=size, layout="constrained")
    grid = figure.subplots(rows, columns, squeeze=False, **options)
    put_foot(figure, foot)
    return figure, np.asarray(grid).reshape(-1)


def put_foot(figure: Figure, foot: str) -> None:
    """Write the caption under a figure."""
    figure.supxlabel(foot, size=6.5, color="0.4", x=0.01, ha="left")
