"""Truth by hand: symbols are rectangles of ink whose boxes are known."""

from dataclasses import replace

import numpy as np
import pytest

from mnist_cli.synthesis.camera import moved
from mnist_cli.synthesis.canvas import Area, Canvas, Symbol
from mnist_cli.synthesis.cropping import cut_close
from mnist_cli.synthesis.truth import Grey, Page, seen, turned


def rectangle(text: str, area: Area) -> Symbol:
    left, top, right, bottom = area
    return Symbol(text, np.array([[left, top], [right, top], [right, bottom], [left, bottom]]))


def page_of(*areas: tuple[int, int, int, int], side: int = 200) -> Page:
    """Return a white page with black rectangles on it, a digit each."""
    ink = np.zeros((side, side), np.uint8)
    for left, top, right, bottom in areas:
        ink[top:bottom, left:right] = 255
    symbols = [replace(rectangle("1", area), number=n) for n, area in enumerate(areas)]
    rules = np.zeros((side, side, 2), np.uint8)
    return Page(255 - ink, ink, rules, tuple(symbols), (), 0, "lines")


def box_of(ink: Grey) -> Area:
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    return float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1)


def test_the_box_lies_around_the_ink_that_was_put() -> None:
    canvas = Canvas(100, 80)
    ink = np.pad(np.ones((20, 10), np.float32), 3)
    canvas.put(ink, 30.2, 39.8, canvas.written, Symbol("4", np.zeros((1, 2))))

    assert canvas.symbols[0].box == (33, 43, 43, 63)
    assert box_of((canvas.digits > 0).astype(np.uint8)) == (33, 43, 43, 63)


def test_ink_that_is_no_digit_is_not_in_the_layer_of_digits() -> None:
    canvas = Canvas(50, 50)
    canvas.put(np.ones((4, 4), np.float32), 5, 5, canvas.written, Symbol("+", np.zeros((1, 2))))
    canvas.put(np.ones((4, 4), np.float32), 25, 25, canvas.written)

    assert [symbol.text for symbol in canvas.symbols] == ["+"]
    assert not canvas.digits.any()
    assert canvas.written.sum() == 32


def test_a_symbol_moves_with_its_page() -> None:
    twice_and_5_to_the_right = np.array([[2.0, 0, 5], [0, 2, 0], [0, 0, 1]])

    assert moved(rectangle("3", (10, 20, 30, 40)), twice_and_5_to_the_right).box == (25, 40, 65, 80)


@pytest.mark.parametrize("turns", range(4))
def test_a_turned_page_has_its_boxes_where_its_ink_is(turns: int) -> None:
    page = replace(page_of((20, 30, 40, 90)), unclear=((20.0, 30.0, 40.0, 90.0),))
    page = replace(page, grey=page.grey[:150], ink=page.ink[:150])
    done = turned(page, turns)

    assert done.turned == 90 * turns
    assert done.symbols[0].box == box_of(done.ink) == done.unclear[0]
    assert done.grey[done.ink > 0].max() == 0


@pytest.mark.parametrize(
    ("area", "kept", "unclear"),
    [
        ((150, 50, 190, 90), (150, 50, 190, 90), None),
        ((164, 50, 204, 90), (164, 50, 200, 90), None),  # nine tenths of it
        ((180, 50, 220, 90), None, (180, 50, 200, 90)),  # a half
        ((190, 50, 230, 90), None, None),  # a quarter
        ((50, 50, 54, 56), None, (50, 50, 54, 56)),  # of 6 px
    ],
)
def test_what_is_cut_off_or_small_is_unclear(
    area: Area, kept: Area | None, unclear: Area | None
) -> None:
    grey, ink = np.full((200, 200), 255, np.uint8), np.zeros((200, 200), np.uint8)
    left, top, right, bottom = map(int, area)
    grey[top : bottom - 1, left : right - 1], ink[top : bottom - 1, left : right - 1] = 0, 255
    found, doubtful = seen([rectangle("8", area)], grey, ink, np.zeros((200, 200), bool))

    assert [symbol.box for symbol in found] == ([kept] if kept else [])
    assert doubtful == ([unclear] if unclear else [])


@pytest.mark.parametrize(
    ("columns_hidden", "kept", "unclear"), [(0, 1, 0), (2, 1, 0), (20, 0, 1), (30, 0, 0)]
)
def test_what_is_hidden_is_unclear_or_gone(columns_hidden: int, kept: int, unclear: int) -> None:
    page = page_of((100, 100, 140, 140))
    page.ink[100:140, 139] = 0  # paper in the box
    page.grey[100:140, 139] = 255
    hidden = np.zeros((200, 200), bool)
    hidden[:, 100 : 100 + columns_hidden] = True
    found, doubtful = seen(list(page.symbols), page.grey, page.ink, hidden)

    assert (len(found), len(doubtful)) == (kept, unclear)


@pytest.mark.parametrize(("tone", "kept"), [(200, 0), (196, 0), (190, 1)])
def test_a_digit_as_light_as_its_paper_is_unclear(tone: int, kept: int) -> None:
    ink = np.zeros((100, 100), np.uint8)
    ink[20:40, 20:30] = 255
    grey = np.where(ink > 0, tone, 200).astype(np.uint8)
    nothing = np.zeros((100, 100), bool)
    found, doubtful = seen([rectangle("8", (20, 20, 32, 40))], grey, ink, nothing)

    assert (len(found), len(doubtful)) == (kept, 1 - kept)


@pytest.mark.parametrize("tiny", [False, True])
@pytest.mark.parametrize("seed", range(8))
def test_what_is_cut_out_keeps_its_truth(seed: int, *, tiny: bool) -> None:
    page = page_of((100, 60, 120, 110))
    cut = cut_close(np.random.default_rng(seed), page, tiny=tiny)

    assert cut.grey.shape == (200, 200)
    assert cut.symbols[0].box == pytest.approx(box_of(cut.ink), abs=2)
    assert cut.symbols[0].height >= 70 / 2.6 - 1  # at most 0.8 of its height is left on each side
    if not tiny:  # it is not blurred
        assert cut.grey[cut.ink > 0].mean() < 20


def test_a_page_without_digits_is_not_cut() -> None:
    page = page_of()

    assert cut_close(np.random.default_rng(0), page, tiny=False) is page


@pytest.mark.parametrize("turns", range(4))
def test_a_rule_that_ran_across_runs_down_on_a_page_that_lies(turns: int) -> None:
    page = page_of()
    page.rules[50, 20:180, 0] = 255

    rules = turned(page, turns).rules

    np.testing.assert_array_equal(rules[..., turns % 2], np.rot90(page.rules[..., 0], turns))
    assert not rules[..., 1 - turns % 2].any()
