import numpy as np
import pytest

from mnist_cli.core.finder_maps import STRIDE, SYMBOLS
from mnist_cli.synthesis.canvas import Area, Symbol
from mnist_cli.synthesis.truth import Page
from mnist_cli.training.finder.targets import CORE, Targets, targets

# 4 to 8 and 5 to 11 in places: its middle is at 6, 8, and it is 4 places wide and 6 high
BOX = 16.0, 20.0, 32.0, 44.0


def page_of(text: str, box: Area = BOX, *, turned: int = 0, unclear: tuple[Area, ...] = ()) -> Page:
    left, top, right, bottom = box
    blank = np.zeros((64, 96), np.uint8)
    symbol = Symbol(text, np.array([[left, top], [right, bottom]]), printed=True)
    return Page(blank, blank.copy(), np.dstack([blank, blank]), (symbol,), unclear, turned, "lines")


def decoded(maps: Targets, row: int, column: int) -> Area:
    """Return the box that a place tells, in pixels."""
    x, y, width, height = maps.box[row, column] + [column + 0.5, row + 0.5, 0, 0]
    half = np.exp([width, height]) / 2
    left, top, right, bottom = STRIDE * np.array(
        [x - half[0], y - half[1], x + half[0], y + half[1]]
    )
    return float(left), float(top), float(right), float(bottom)


@pytest.mark.parametrize(("text", "channel"), [("7", 0), ("×", 1)])
def test_the_peak_is_in_the_middle_and_falls_off(text: str, channel: int) -> None:
    maps = targets(page_of(text))
    heat = maps.heat[..., channel]

    assert maps.heat.shape == (16, 24, 2)
    assert heat.argmax() == 8 * 24 + 6
    assert heat[8, 6] == 1
    assert heat[8, 7] == pytest.approx(np.exp(-0.5 / 0.6**2))  # an eighth of 4 is under 0.6
    assert heat[9, 6] == pytest.approx(np.exp(-0.5 / 0.75**2))
    assert not maps.heat[..., 1 - channel].any()


def test_each_place_of_the_core_tells_box_and_symbol() -> None:
    maps = targets(page_of("7", (16, 12, 80, 60)))
    core = np.argwhere(maps.core > 0)

    assert len(core) > 1
    for row, column in core:
        assert maps.core[row, column] >= CORE
        assert decoded(maps, row, column) == pytest.approx((16, 12, 80, 60), abs=0.01)
        assert SYMBOLS[maps.symbol[row, column]] == "7"
        assert maps.printed[row, column] == maps.digit[row, column] == 1


def test_by_hand_the_box_of_the_middle() -> None:
    maps = targets(page_of("7"))

    np.testing.assert_allclose(maps.box[8, 6], [-0.5, -0.5, np.log(4), np.log(6)], rtol=1e-6)


def test_what_is_unclear_does_not_count_but_a_symbol_does() -> None:
    counts = targets(page_of("7", unclear=((40.0, 8.0, 47.0, 15.0), BOX))).counts

    assert not counts[2:4, 10:12].any()
    assert counts[8, 6] == 1
    assert counts[5, 4] == 0
    assert counts.sum() == 16 * 24 - 4 - 7 * 5 + (targets(page_of("7")).core > 0).sum()


@pytest.mark.parametrize("turned", [0, 90, 270])
def test_only_an_upright_page_teaches_symbols(turned: int) -> None:
    maps = targets(page_of("7", turned=turned))

    assert maps.upright == (turned == 0)
    assert maps.turns == turned // 90


def test_ink_is_told_for_each_quarter_of_a_place() -> None:
    page = page_of("7")
    page.ink[4:6, 8:10] = 255  # the upper left of row 1, column 2
    page.ink[6, 10:12] = 255  # half of the lower right
    ink = targets(page).ink

    np.testing.assert_array_equal(ink[1, 2], [1, 0, 0, 0.5])
    assert ink.sum() == 1.5


def test_each_quarter_of_a_place_tells_which_way_a_rule_runs_through_it() -> None:
    page = page_of("7")
    page.rules[2, :, 0] = 255  # the lower half of the first row of places
    page.rules[:, 5, 1] = 255  # the left half of the second column

    across, down = targets(page).rules.reshape(16, 24, 2, 2, 2).transpose(2, 0, 1, 3, 4)

    assert across[0, :, 1].all()
    assert across.sum() == across[0, :, 1].sum()
    assert down[:, 1, :, 0].all()
    assert down.sum() == down[:, 1, :, 0].sum()
