from dataclasses import replace

import numpy as np
import pytest

from mnist_cli.core.finder_maps import SYMBOLS
from mnist_cli.synthesis.digits import Digits
from mnist_cli.synthesis.layouts import KINDS
from mnist_cli.synthesis.page import SHARES, SMALL, make_page, make_sheet
from mnist_cli.synthesis.print import fonts, rendered

SIDE = 256


def test_a_seed_decides_the_page(digits: Digits) -> None:
    one, again, other = (make_page([seed, 5], digits, side=SIDE) for seed in (1, 1, 2))

    assert one.kind == again.kind
    assert (one.turned, one.unclear) == (again.turned, again.unclear)
    assert [s.box for s in one.symbols] == [s.box for s in again.symbols]
    np.testing.assert_array_equal(one.grey, again.grey)
    np.testing.assert_array_equal(one.ink, again.ink)
    assert not np.array_equal(one.grey, other.grey)


@pytest.mark.parametrize("kind", SHARES)
def test_each_kind_makes_pages_with_symbols_in_them(digits: Digits, kind: str) -> None:
    for seed in range(3):
        page = make_page([seed, 1], digits, kind, SIDE)

        assert page.kind == kind
        assert page.grey.shape == page.ink.shape == (SIDE, SIDE)
        assert page.grey.dtype == page.ink.dtype == np.uint8
        assert page.turned in {0, 90, 180, 270}
        assert {symbol.text for symbol in page.symbols} <= set(SYMBOLS)
        for left, top, right, bottom in (symbol.box for symbol in page.symbols):
            assert 0 <= left < right <= SIDE
            assert 0 <= top < bottom <= SIDE


def test_digits_are_as_high_as_is_asked_for(digits: Digits) -> None:
    heights = [
        np.median([symbol.height for symbol in page.symbols])
        for page in (make_page([seed, 6], digits, "lines", SIDE, least=30) for seed in range(24))
        if page.symbols
    ]
    # perspective makes some lower, and beside the lines may stand what is smaller
    assert np.quantile(heights, 0.25) > 20
    assert np.median(heights) > 27


def test_a_lonely_digit_fills_its_box(digits: Digits) -> None:
    alone = 0
    for seed in range(12):
        page = make_page([seed, 3], digits, "single", SIDE)
        texts = [symbol.text for symbol in page.symbols]
        if len(texts) != 1 or not texts[0].isdigit() or page.unclear:
            continue
        if not (min(page.symbols[0].box) > 0 and max(page.symbols[0].box) < SIDE):  # cut off
            continue
        rows, columns = np.nonzero(page.ink)
        alone += 1
        edges = columns.min(), rows.min(), columns.max() + 1, rows.max() + 1

        assert page.symbols[0].box == pytest.approx(edges, abs=3)
    assert alone >= 4


def test_marks_are_written_too(digits: Digits) -> None:
    pages = (make_page([seed, 4], digits, "arithmetic", SIDE) for seed in range(4))
    found = {symbol.text for page in pages for symbol in page.symbols if not symbol.text.isdigit()}

    assert {"=", "+"} <= found


def test_some_pages_are_turned_unless_they_are_to_be_upright(digits: Digits) -> None:
    free, upright = (
        [make_page([seed, 6], digits, "single", 96, upright=up).turned for seed in range(30)]
        for up in (False, True)
    )

    assert 0 < sum(turned > 0 for turned in free) < 15
    assert not any(upright)


def test_small_pictures_come_four_to_a_sheet_and_the_others_alone(digits: Digits) -> None:
    sheets = [make_sheet([seed, 7], digits, SIDE) for seed in range(40)]
    small = [sheet for sheet in sheets if sheet.kind in SMALL]
    half = SIDE // 2

    assert 0 < len(small) < len(sheets)
    for seed, sheet in enumerate(sheets):
        assert sheet.grey.shape == sheet.ink.shape == (SIDE, SIDE)
        if sheet.kind not in SMALL:
            np.testing.assert_array_equal(sheet.grey, make_page([seed, 7], digits, side=SIDE).grey)
    for sheet in small:
        for left, top, right, bottom in (symbol.box for symbol in sheet.symbols):
            assert left // half == (right - 1e-6) // half
            assert top // half == (bottom - 1e-6) // half
    places = {
        (x // half, y // half)
        for sheet in small
        for x, y, *_ in (symbol.box for symbol in sheet.symbols)
    }
    assert len(places) == 4


def test_a_blank_page_has_no_symbols(digits: Digits) -> None:
    page = make_page(0, digits, "blank", SIDE)

    assert page.symbols == ()
    assert not page.ink.any()


def test_kinds_are_layouts_or_make_a_picture_of_their_own() -> None:
    assert set(SHARES) == {*KINDS, "single", "cut", "tiny", "blank"} - {"squares"}


def test_what_a_font_lacks_is_left_out() -> None:
    font = next(font for font in fonts() if "DejaVuSans.ttf" in font.path)
    without = replace(font, lacks=frozenset("€"))

    assert "€" not in font.lacks
    assert rendered("5€", font, 30).shape != rendered("5", font, 30).shape
    assert np.array_equal(rendered("5€", without, 30), rendered("5", font, 30))


def test_matplotlib_brings_fonts_to_print_with() -> None:
    assert any("DejaVu" in font.path for font in fonts())
