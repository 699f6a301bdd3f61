"""Sheets of digits, each with what was read."""

from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from numpy.typing import NDArray

from mnist_cli.core.text import counted
from mnist_cli.evaluation.compare import Comparison
from mnist_cli.evaluation.evaluate import Evaluation
from mnist_cli.reporting.plots.style import (
    BLUE,
    GREEN,
    STYLE,
    VERMILION,
    evaluation_caption,
    model_name,
    new_sheet,
    put_title,
)

SHOWN = 40
A_LINE = 18  # letters that fit over a digit
MISTAKES_SHOWN = 8  # among the samples, so that wrong ones are seen at all


@rc_context(STYLE)
def samples(result: Evaluation, seed: int = 0) -> Figure:
    """Draw some images with what was read; mistakes have a thick frame and a cross."""
    chosen = chosen_samples(result, seed)
    wrong = int(np.isin(chosen, result.wrong).sum())
    all_right = counted(len(result.dataset) - result.errors, "image")
    right = f"{len(chosen) - wrong} of {all_right} read right"
    title = f"{right}, {wrong} of {result.errors:,} read wrong"
    return _sheet(result, chosen, f"Samples read by {model_name(result.model)}: {title}")


def chosen_samples(
    result: Evaluation, seed: int = 0, count: int = SHOWN, mistakes: int = MISTAKES_SHOWN
) -> NDArray[np.int64]:
    """Choose images by chance, at most so many mistakes among them; return their indices."""
    generator = np.random.default_rng(seed)
    right = np.flatnonzero(result.predictions == result.dataset.labels)
    wrong = result.wrong
    wrong_count = min(mistakes, len(wrong))
    right_count = min(count - wrong_count, len(right))
    some_right = generator.choice(right, right_count, replace=False)
    some_wrong = generator.choice(wrong, wrong_count, replace=False)
    return generator.permutation(np.concatenate([some_right, some_wrong]))


@rc_context(STYLE)
def errors(result: Evaluation) -> Figure:
    """Draw the mistakes that the model was surest of."""
    chosen = result.wrong[:SHOWN]
    which = f"the {len(chosen)} it was surest of, of {result.errors:,}"
    if len(chosen) == result.errors:
        which = "all, the surest first" if result.errors else "none"
    images = counted(len(result.dataset), "image")
    title = f"Mistakes of {model_name(result.model)} in {images}: {which}"
    return _sheet(result, chosen, title)


@rc_context(STYLE)
def differences(result: Comparison) -> Figure:
    """Draw the digits that two models read differently; the frame's colour says who is right."""
    sides = result.a.evaluation, result.b.evaluation
    labels = result.dataset.labels
    chosen = result.differing[:SHOWN]
    foot = f"A: {model_name(sides[0].model)} · B: {evaluation_caption(sides[1])}"
    figure, axes = new_sheet(foot, len(chosen), 0.48)
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
    put_title(
        figure, f"{len(chosen)} of {len(result.differing)} digits that A and B read differently"
    )
    return figure


def _sheet(result: Evaluation, chosen: NDArray[np.int64], title: str) -> Figure:
    """Draw images in a grid, each with what was read, how surely, and what is true instead."""
    lines = max((_answer(result, index).count("\n") for index in chosen), default=0)
    figure, axes = new_sheet(evaluation_caption(result), len(chosen), 0.2 + 0.12 * lines)
    for ax, index in zip(axes, chosen, strict=False):
        _draw_image(ax, result.dataset.images[index])
        write_answer(ax, result, index, size=7)
    put_title(figure, title)
    return figure


def write_answer(ax: Any, result: Evaluation, index: int, size: float) -> None:
    """Write over an image what was read, how surely, and what is true instead; frame mistakes."""
    wrong = result.predictions[index] != result.dataset.labels[index]
    colour = VERMILION if wrong else "black"
    ax.set_title(_answer(result, index), size=size, loc="center", pad=3.5, color=colour)
    _frame(ax, VERMILION if wrong else "0.7", 2.2 if wrong else 0.5)


def _answer(result: Evaluation, index: int) -> str:
    """Return what is written over an image: a line, or as many as its names need."""
    guess, truth = int(result.predictions[index]), int(result.dataset.labels[index])
    confidence = f"{100 * result.confidence[index]:.0f} %"
    read, true = result.class_names[guess], result.class_names[truth]
    parts = [f"✗ {read},", f"not {true}", confidence] if guess != truth else [read, confidence]
    line = " ".join(parts)
    return line if len(line) <= A_LINE else "\n".join(map(_cut, parts))


def _cut(words: str) -> str:
    """Return what fits over a digit, and tell with dots what does not."""
    return words if len(words) <= A_LINE else f"{words[: A_LINE - 1]}…"


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
