"""How a reading of a picture with known boxes is judged: rectangles in the place of digits."""

from dataclasses import replace

import numpy as np
import pytest

from mnist_cli.synthesis.canvas import Area, Symbol
from mnist_cli.synthesis.truth import Page

from .benchmarks.cases import Answer, Case, Tally, judged
from .benchmarks.scans import crops, of_16_px, scans
from .benchmarks.scores import pair_boxes
from .benchmarks.synthetic import in_reading_order

PAPER = np.zeros((100, 200), np.uint8)
LEFT, MIDDLE, RIGHT, BELOW = ((0, 0, 20, 30), (50, 0, 70, 30), (100, 0, 120, 30), (0, 60, 20, 90))
CASE = Case(PAPER, "12", [LEFT, MIDDLE], "12", unclear=[RIGHT])


def symbol(text: str, area: Area, line: int) -> Symbol:
    return Symbol(text, np.array(area).reshape(2, 2), line=line)


def page_of(*symbols: Symbol, kind: str = "lines") -> Page:
    return Page(PAPER, PAPER, np.zeros((*PAPER.shape, 2), np.uint8), symbols, (), 0, kind)


def test_what_is_read_right_is_found_and_read() -> None:
    tally = judged(CASE, [Answer("1", LEFT, False), Answer("2", MIDDLE, True)])

    assert tally == Tally(pictures=1, digits=2, found=2, read=2, ordered=2, right=2)


def test_another_digit_is_wrong_and_a_sure_one_is_told() -> None:
    tally = judged(CASE, [Answer("7", LEFT, False), Answer("3", MIDDLE, True)])

    assert (tally.found, tally.read, tally.wrong, tally.wrong_sure) == (2, 0, 2, 1)
    assert (tally.false, tally.right) == (0, 0)


def test_an_answer_beside_all_digits_is_false_and_one_in_doubt_is_left_out() -> None:
    right = [Answer("1", LEFT, False), Answer("2", MIDDLE, False)]
    false = judged(CASE, [*right, Answer("8", BELOW, False)])
    in_doubt = judged(CASE, [*right, Answer("8", RIGHT, False)])

    assert (false.wrong, false.wrong_sure, false.false, false.false_sure) == (1, 1, 1, 1)
    assert false.right == 1  # an edit
    assert in_doubt == judged(CASE, right)


def test_a_picture_without_an_order_counts_boxes_alone() -> None:
    tally = judged(replace(CASE, order=None), [Answer("1", LEFT, False)])

    assert (tally.digits, tally.found, tally.ordered, tally.right) == (2, 1, 0, 0)


def test_boxes_are_paired_those_that_overlap_most_first() -> None:
    near, exact = (2, 0, 22, 30), LEFT

    assert pair_boxes([near, exact], [LEFT]) == [(1, 0)]


def test_lines_are_read_one_after_the_other_and_each_from_left_to_right() -> None:
    page = page_of(symbol("3", BELOW, 1), symbol("2", MIDDLE, 0), symbol("1", LEFT, 0))
    with_mark = page_of(*page.symbols, symbol("+", RIGHT, 0))

    assert in_reading_order(page) == in_reading_order(with_mark) == "123"


@pytest.mark.parametrize("kind", ["lines", "scatter"])
def test_lines_beside_each_other_have_no_order_nor_have_loose_numbers(kind: str) -> None:
    beside = MIDDLE if kind == "lines" else BELOW

    assert (
        in_reading_order(page_of(symbol("1", LEFT, 0), symbol("2", beside, 1), kind=kind)) is None
    )


def test_scans_are_single_digits_that_fill_their_pictures() -> None:
    image = np.zeros((1, 28, 28), np.uint8)
    image[0, 4:24, 10:14] = 255
    cases = {kind: made[0] for kind, made in crops(image, np.array([1], np.uint8)).items()}

    assert cases["cropped"].picture.shape == (20, 4)
    assert cases["16×16"].picture.shape == of_16_px(image[0]).shape == (16, 16)
    assert {(case.digits, case.order) for case in cases.values()} == {("1", "1")}
    assert [len(made) for made in scans(2).values()] == [2] * 5
