"""Nothing in a figure is cut off or written over, whatever it shows."""

from collections.abc import Callable
from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from mnist_cli.core.data.class_names import DIGITS
from mnist_cli.core.data.dataset import Dataset
from mnist_cli.evaluation.evaluate import Evaluation, evaluate
from mnist_cli.reporting.plots import digits, embedding, weights
from mnist_cli.reporting.plots.placing import spread, with_room
from tests.conftest import OneDigit

LONG = (*DIGITS[:3], "a name of forty letters, or almost that", *DIGITS[4:])
MODEL: dict[str, str | None] = {"version": "7", "sha256": "5" * 64}


def read(test_split: Dataset, count: int, names: tuple[str, ...] = DIGITS) -> Evaluation:
    """Return what a model that calls all a 3 makes of some images."""
    data = Dataset("mine", "test", test_split.images[:count], test_split.labels[:count])
    return replace(evaluate(OneDigit(3), data), class_names=names)


def units(count: int) -> Figure:
    kernels = np.random.default_rng(0).normal(size=(count, 28, 28)).astype(np.float32)
    return weights.weights(kernels, MODEL)


def embedded(result: Evaluation) -> Figure:
    chosen = embedding.embedded_samples(result)
    hidden = np.random.default_rng(0).normal(size=(len(chosen), 4)).astype(np.float32)
    return embedding.embedding(result, chosen, hidden)


DRAW: dict[str, Callable[[Dataset, int], Figure]] = {
    "samples": lambda images, count: digits.samples(read(images, count)),
    "errors": lambda images, count: digits.errors(read(images, count)),
    "long names": lambda images, count: digits.errors(read(images, count, LONG)),
    "weights": lambda _, count: units(count),
    "embedding": lambda images, count: embedded(read(images, count)),
}


@pytest.mark.parametrize(
    ("name", "count"),
    [(name, count) for name in DRAW for count in (1, 2, 200) if (name, count) != ("embedding", 1)],
)
def test_words_stand_inside_and_apart(name: str, count: int, test_split: Dataset) -> None:
    figure = DRAW[name](test_split, count)
    for dpi in (72, 200):
        figure.set_dpi(dpi)
        canvas: Any = FigureCanvasAgg(figure)
        canvas.draw()

        texts = [text for text in figure.findobj(Text) if text.get_text() and text.get_visible()]
        boxes = [text.get_window_extent(canvas.get_renderer()) for text in texts]
        for box in boxes:
            assert box.x0 >= 0
            assert box.y0 >= 0
            assert box.x1 <= figure.bbox.x1
            assert box.y1 <= figure.bbox.y1
        assert not [pair for pair in combinations(boxes, 2) if pair[0].padded(-1).overlaps(pair[1])]


def test_labels_on_one_place_are_moved_apart() -> None:
    places = spread(np.zeros((10, 2)), 24)

    gaps = [np.hypot(*(a - b)) for a, b in combinations(places, 2)]
    assert min(gaps) > 20


def test_words_that_have_no_room_are_told_from_those_that_have() -> None:
    places = np.array([[0.0, 0], [5, 0], [10, 0], [50, 0]])

    assert with_room(places, np.array([[52.0, 0]]), 9).tolist() == [True, False, True, False]
