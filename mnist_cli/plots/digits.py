"""Sheets of digits, each with what was read."""

from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from numpy.typing import NDArray

from mnist_cli.comparison import Comparison
from mnist_cli.evaluation import Evaluation
from mnist_cli.plots.style import (
    BLUE,
    GREEN,
    STYLE,
    VERMILION,
    evaluation_caption,
    model_name,
    new_figure,
)

COLUMNS, ROWS = 8, 5
MISTAKES_SHOWN = 8  # among the samples, so that wrong ones are seen at all


@rc_context(STYLE)
def samples(result: Evaluation, seed: int = 0) -> Figure:
    """Draw some images with what was read; mistakes have a thick frame and a cross."""
    chosen = chosen_samples(result, seed)
    wrong = int(np.isin(chosen, result.wrong).sum())
    title = f"{len(chosen) - wrong} images read right, and {wrong} of {result.errors} read wrong"
    return _sheet(result, chosen, title)


def chosen_samples(
    result: Evaluation,
    seed: int = 0,
    count: int = COLUMNS * ROWS,
    mistakes: int = MISTAKES_SHOWN,
) -> NDArray[np.int64]:
    """Choose images by chance, at most so many mistakes among them; return their indices."""
    generator = np.random.default_rng(seed)
    right = np.flatnonzero(result.predictions == result.dataset.labels)
    wrong = result.wrong
    wrong_count = min(mistakes, len(wrong))
    right_count = min(count - wrong_count, len(right))
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
    foot = f"A: {model_name(sides[0].model)} · B: {evaluation_caption(sides[1])}"
    figure, axes = _grid(foot, len(chosen), 1.56)
    for ax, index in zip(axes, chosen, strict=False):
        right = [side.predictions[index] == labels[index] for side in sides]
        frame = GREEN if right[0] else BLUE if right[1] else "0.4"
        _draw_image(ax, result.dataset.images[index])
        _frame(ax, frame, 2.2)
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


def _sheet(result: Evaluation, chosen: NDArray[np.int64], title: str) -> Figure:
    """Draw images in a grid, each with what was read, how surely, and what is true instead."""
    figure, axes = _grid(evaluation_caption(result), len(chosen), 1.32)
    for ax, index in zip(axes, chosen, strict=False):
        _draw_image(ax, result.dataset.images[index])
        write_answer(ax, result, index, size=7)
    figure.suptitle(title, x=0.02, ha="left")
    return figure


def write_answer(ax: Any, result: Evaluation, index: int, size: float) -> None:
    """Write over an image what was read, how surely, and what is true instead; frame mistakes."""
    guess, truth = int(result.predictions[index]), int(result.dataset.labels[index])
    wrong = guess != truth
    confidence = f"{100 * result.confidence[index]:.0f} %"
    read, true = result.class_names[guess], result.class_names[truth]
    label = f"✗ {read}, not {true}  {confidence}" if wrong else f"{read}  {confidence}"
    ax.set_title(label, size=size, loc="center", pad=2, color=VERMILION if wrong else "black")
    _frame(ax, VERMILION if wrong else "0.7", 2.2 if wrong else 0.5)


def _grid(foot: str, count: int, height: float) -> tuple[Figure, NDArray[Any]]:
    """Return a figure for a sheet of digits, each with `height` inches, and its axes."""
    rows = max(1, -(-count // COLUMNS))
    figure, axes = new_figure(foot, rows, COLUMNS, (8.6, height * rows + 0.8))
    for ax in axes[count:]:
        ax.axis("off")
    return figure, axes


def _draw_image(ax: Any, image: NDArray[np.uint8]) -> None:
    """Draw (28, 28) uint8."""
    ax.imshow(image, cmap="gray_r", vmin=0, vmax=255)
    ax.set(xticks=[], yticks=[])


def _frame(ax: Any, colour: str, width: float) -> None:
    """Draw a frame of a width in points."""
    ax.spines[:].set(visible=True, linewidth=width, color=colour)


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
