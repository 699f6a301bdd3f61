import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_cli.core.finder_maps import COUNT, STRIDE, channel
from mnist_cli.synthesis.canvas import Symbol
from mnist_cli.synthesis.truth import Page
from mnist_cli.training.finder import measure
from mnist_cli.training.finder.measure import decoded

SIDE = 96


def maps_of(*digits: tuple[int, int, float]) -> NDArray[np.float32]:
    """Return maps with digits of 24×16 px, each (row, column, logit of its score), read as 7."""
    maps = np.full((SIDE // STRIDE, SIDE // STRIDE, COUNT), -9, np.float32)
    for row, column, logit in digits:
        answers = maps[row, column]
        answers[channel("digit")] = logit
        answers[channel("box")] = 0, 0, np.log(16 / STRIDE), np.log(24 / STRIDE)
        answers[channel("symbol")][7] = 3
    return maps


def symbol_at(row: int, column: int, text: str) -> Symbol:
    x, y = STRIDE * (column + 0.5), STRIDE * (row + 0.5)
    return Symbol(text, np.array([[x - 8, y - 12], [x + 8, y + 12]]))


def page_of(
    *symbols: Symbol, turned: int = 0, **unclear: tuple[float, float, float, float]
) -> Page:
    blank = np.zeros((SIDE, SIDE), np.uint8)
    return Page(
        blank, blank, np.dstack([blank, blank]), symbols, tuple(unclear.values()), turned, "lines"
    )


def test_a_peak_is_a_digit_in_pixels() -> None:
    found = decoded(maps_of((5, 10, 2.0), (5, 11, 1.0), (18, 4, 3.0), (12, 12, -2.0)))

    # the surest first; its neighbour is no peak, and what is under 0.35 is no digit
    assert found.boxes.tolist() == [
        pytest.approx([10, 62, 26, 86]),
        pytest.approx([34, 10, 50, 34]),
    ]
    assert found.digits.tolist() == [7, 7]


def test_what_is_there_what_is_missed_and_what_is_false_are_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page = page_of(
        *(symbol_at(5, 10, "7"), symbol_at(18, 4, "1"), symbol_at(18, 18, "3")),
        symbol_at(5, 18, "+"),
    )
    monkeypatch.setattr(measure, "make_page", lambda *_, **__: page)
    maps = maps_of((5, 10, 2.0), (18, 4, 3.0), (5, 3, 1.0))

    figures = measure.measure(lambda _: maps[None], None, 2, 0, SIDE)  # type: ignore[arg-type]

    assert figures == {
        "pages": 2,
        "digits": 6,
        "precision": 0.6667,
        "recall": 0.6667,
        "symbols": 0.5,
    }


def test_a_digit_is_found_once() -> None:
    page = page_of(symbol_at(5, 10, "7"))

    counts = measure._counted(decoded(maps_of((5, 10, 2.0), (5, 12, 3.0))), page)

    assert (counts["matched"], counts["false"]) == (1, 1)


def test_what_nobody_could_say_is_not_false() -> None:
    page = page_of(area=(0, 0, 50, 50))

    counts = measure._counted(decoded(maps_of((5, 10, 2.0), (18, 18, 2.0))), page)

    assert (counts["there"], counts["false"]) == (0, 1)


def test_symbols_of_a_turned_page_do_not_count() -> None:
    counts = measure._counted(
        decoded(maps_of((5, 10, 2.0))), page_of(symbol_at(5, 10, "7"), turned=90)
    )

    assert (counts["matched"], counts["upright"], counts["right"]) == (1, 0, 0)


def test_a_page_without_digits_divides_by_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measure, "make_page", lambda *_, **__: page_of())

    figures = measure.measure(lambda _: maps_of()[None], None, 1, 0, SIDE)  # type: ignore[arg-type]

    assert (figures["precision"], figures["recall"], figures["symbols"]) == (0, 0, 0)
