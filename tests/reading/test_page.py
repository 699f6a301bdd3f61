from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_cli.reading.page import find_digits, find_pages
from mnist_cli.reading.polarity import polarities
from tests.conftest import render_digit

Floats = NDArray[np.floating]

SIDE = 600
ROWS, COLUMNS = np.mgrid[:SIDE, :SIDE]


def paper(ink: float = 0.75, share: float = 0.5, grain: float = 3.0) -> Floats:
    """Draw a 3 in the middle of grainy paper: (600, 600), 0 to 255."""
    drawn = 1 - render_digit(3, SIDE, share=share) / 255
    return 225 * (1 - ink * drawn) + np.random.default_rng(0).normal(0, grain, (SIDE, SIDE))


def with_shadow() -> Floats:
    return paper() * np.where(COLUMNS + 0.4 * ROWS > 420, 0.55, 1.0)


def squared() -> Floats:
    return paper() * np.where((ROWS % 40 < 2) | (COLUMNS % 40 < 2), 0.6, 1.0)


def framed() -> Floats:
    away = np.maximum(np.abs(ROWS - 300), np.abs(COLUMNS - 300))
    return np.where((away > 240) & (away <= 246), 50, paper())


def on_a_table() -> Floats:
    table = np.random.default_rng(1).normal(90, 60, (75, 75))
    rough = cv2.resize(cv2.GaussianBlur(table, None, 2), (SIDE, SIDE))
    away = np.maximum(np.abs(ROWS - 300), np.abs(COLUMNS - 300))
    return np.where(away > 220, np.clip(rough, 30, 160), paper())


CONDITIONS: dict[str, Callable[[], Floats]] = {
    "clean": paper,
    "pencil": lambda: paper(ink=0.14),
    "coarse grain": lambda: paper(grain=12),
    "small": lambda: paper(share=0.12),
    "shadow with an edge": with_shadow,
    "squared paper": squared,
    "frame": framed,
    "paper on a table": on_a_table,
}


def likeness(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    """Return the correlation of two images, a little blurred."""
    blurred = [cv2.GaussianBlur(image, None, 1.5).ravel() for image in (one, other)]
    return float(np.corrcoef(*blurred)[0, 1])


@pytest.mark.parametrize("condition", CONDITIONS)
@pytest.mark.parametrize("light_on_dark", [False, True])
def test_one_digit_is_found_whatever_the_paper(condition: str, light_on_dark: bool) -> None:
    picture = np.clip(CONDITIONS[condition](), 0, 255).astype(np.uint8)
    if light_on_dark and condition != "paper on a table":
        picture = 255 - picture
    (expected,) = find_digits(render_digit(3, 200)).digits
    found = [page.digits for page in find_pages(picture) if len(page.digits) == 1]

    assert max(likeness(digits[0].image, expected.image) for digits in found) > 0.8


def test_where_there_is_no_doubt_a_picture_is_looked_at_once() -> None:
    assert len(find_pages(np.clip(paper(), 0, 255).astype(np.uint8))) == 1


def test_a_small_picture_is_shown_as_it_is_too() -> None:
    small = cv2.resize(render_digit(3), (28, 28), interpolation=cv2.INTER_AREA)
    first, *others = find_pages(small)

    assert first.inverted
    assert [page.digits[0].image.tolist() for page in others] == [
        small.tolist(),
        (255 - small).tolist(),
    ]


def test_where_the_grain_hides_the_polarity_both_are_looked_at() -> None:
    rough = np.random.default_rng(0).normal(128, 30, (200, 200)).clip(0, 255).astype(np.uint8)

    assert set(polarities(rough)) == set(polarities(255 - rough)) == {True, False}


def test_the_smallest_picture_with_margins_is_looked_at() -> None:
    tiny = np.full((4, 4), 128, np.uint8)
    tiny[1:3, 1:3] = [[0, 60], [200, 255]]

    assert find_pages(tiny)
