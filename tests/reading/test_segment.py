import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_cli.reading.segment import Box, Found, Layout, segment

Boxes = list[Box]
Mask = NDArray[np.bool_]


def mask(boxes: Boxes, width: int = 100, height: int = 100) -> Mask:
    """Fill boxes with ink."""
    image = np.zeros((height, width), np.bool_)
    for left, top, right, bottom in boxes:
        image[top:bottom, left:right] = True
    return image


def boxes(found: Found) -> list[Boxes]:
    return [[region.box for region in line] for line in found.lines]


DIGIT = (40, 30, 60, 70)


@pytest.mark.parametrize(
    ("others", "wanted"),
    [
        ([], DIGIT),
        ([(2, 2, 4, 4)], DIGIT),
        ([(62, 34, 63, 35)], DIGIT),
        ([(0, 0, 3, 100)], DIGIT),
        ([(0, 90, 100, 100)], DIGIT),
        ([(45, 20, 60, 26)], (40, 20, 60, 70)),
        ([(45, 73, 70, 78)], (40, 30, 70, 78)),
        ([(52, 24, 75, 29)], (40, 24, 75, 70)),
    ],
    ids=[
        "alone",
        "a speck far off",
        "a speck beside it",
        "a margin line",
        "a dark edge of the photograph",
        "the bar of a five, set apart",
        "the foot of a one, set apart",
        "the bar of a five, set apart to the right",
    ],
)
@pytest.mark.parametrize("layout", ["single", "auto"])
def test_the_digit_is_the_main_region_and_the_strokes_that_belong_to_it(
    others: Boxes, wanted: Box, layout: Layout
) -> None:
    found = segment(mask([DIGIT, *others]), layout)

    assert boxes(found) == [[wanted]]
    assert found.lines[0][0].flags == ()
    assert not found.left_out


def test_no_ink_is_no_digit() -> None:
    assert segment(mask([])).lines == ()


def test_ink_everywhere_touches_the_border() -> None:
    ((region,),) = segment(mask([(0, 0, 100, 100)])).lines

    assert region.flags == ("touches_border",)


@pytest.mark.parametrize(
    "digit",
    [(0, 30, 20, 70), (80, 30, 100, 70), (40, 0, 60, 40), (40, 60, 60, 100)],
    ids=["left", "right", "top", "bottom"],
)
def test_a_digit_at_the_border_is_taken_and_flagged_where_there_is_no_other(digit: Box) -> None:
    found = segment(mask([digit]))

    assert boxes(found) == [[digit]]
    assert found.lines[0][0].flags == ("touches_border",)


def test_of_two_digits_the_larger_near_the_middle_is_taken_where_one_is_asked_for() -> None:
    two = mask([(35, 30, 55, 70), (75, 30, 90, 70)])

    assert boxes(segment(two, "single")) == [[(35, 30, 55, 70)]]
    assert segment(two, "single").left_out
    assert boxes(segment(two, "auto")) == [[(35, 30, 55, 70), (75, 30, 90, 70)]]


def test_the_mask_holds_the_ink_of_the_digit_alone() -> None:
    ((region,),) = segment(mask([DIGIT, (2, 2, 4, 4)])).lines

    assert region.mask.shape == (40, 20)
    assert region.mask.all()


def test_diagonal_pixels_are_one_stroke() -> None:
    assert boxes(segment(np.eye(20, dtype=np.bool_)[2:18])) == [[(2, 0, 18, 16)]]


LINES = [
    [(10, 10, 24, 40), (40, 12, 56, 41), (80, 9, 87, 39)],
    [(14, 70, 26, 100), (46, 68, 60, 99)],
]


def test_lines_are_read_from_the_top_and_digits_from_the_left() -> None:
    page = mask([box for line in LINES for box in line], 120, 120)

    assert boxes(segment(page)) == LINES
    assert boxes(segment(page, "page")) == LINES


def test_a_line_is_one_line_however_it_slants() -> None:
    slanted = [(10 + 40 * n, 10 + 14 * n, 30 + 40 * n, 50 + 14 * n) for n in range(6)]

    assert boxes(segment(mask(slanted, 260, 150), "line")) == [slanted]


def test_digits_may_shrink_along_a_line() -> None:
    shrinking = [(10, 10, 50, 90), (80, 40, 110, 95), (130, 60, 150, 92)]

    assert boxes(segment(mask(shrinking, 200, 110))) == [shrinking]


def test_a_fragment_that_the_border_cuts_is_no_digit() -> None:
    assert boxes(segment(mask([DIGIT, (90, 80, 100, 100)]))) == [[DIGIT]]


def test_a_hair_line_is_no_digit() -> None:
    strokes = [(20, 30, 40, 70), (70, 30, 90, 70)]

    assert boxes(segment(mask([*strokes, (55, 25, 56, 75)], 120))) == [strokes]


def test_lines_that_slant_are_read_as_lines() -> None:
    slanted = [
        [
            (20 + 60 * n, 20 + 60 * line + 8 * n, 44 + 60 * n, 60 + 60 * line + 8 * n)
            for n in range(7)
        ]
        for line in range(3)
    ]
    page = mask([box for line in slanted for box in line], 460, 260)

    assert boxes(segment(page)) == slanted


def stroke(box: Box, width: int = 8) -> Boxes:
    """Draw the outline of a box: what has the strokes of a digit."""
    left, top, right, bottom = box
    return [
        (left, top, right, top + width),
        (left, bottom - width, right, bottom),
        (left, top, left + width, bottom),
        (right - width, top, right, bottom),
    ]


def test_what_is_left_of_a_rule_is_no_part_of_a_digit() -> None:
    digit, rest = (60, 40, 100, 100), (50, 25, 110, 27)

    assert boxes(segment(mask([*stroke(digit), rest], 160, 140))) == [[digit]]


def test_a_loop_that_the_border_cuts_belongs_to_the_digit_that_it_cuts() -> None:
    arm, foot, loop = (40, 20, 48, 100), (40, 92, 44, 100), (60, 70, 80, 100)
    cut = mask([arm, (40, 20, 90, 28), foot, loop], 120, 100)

    assert boxes(segment(cut)) == [[(40, 20, 90, 100)]]


def test_a_one_at_the_border_stands_among_others_and_an_edge_goes_on_beyond_them() -> None:
    others = [*stroke((40, 20, 80, 90)), *stroke((100, 20, 140, 90))]
    one, edge = (0, 24, 9, 88), (0, 0, 9, 120)

    assert boxes(segment(mask([*others, one], 160, 120)))[0][0] == one
    assert len(boxes(segment(mask([*others, edge], 160, 120)))[0]) == 2


def test_digits_that_may_be_the_strokes_of_one_are_that_too() -> None:
    apart = segment(mask([(24, 4, 76, 12), *stroke((30, 50, 70, 96))]))
    beside = segment(mask([*stroke((5, 20, 40, 80)), *stroke((60, 20, 95, 80))]))

    assert boxes(apart) == [[(30, 50, 70, 96)]]
    assert apart.as_one is not None
    assert apart.as_one.box == (24, 4, 76, 96)
    assert beside.as_one is None


def test_a_row_cut_to_its_digits_keeps_its_ones() -> None:
    one, other = (0, 0, 9, 70), stroke((40, 0, 80, 70))

    assert boxes(segment(mask([one, *other, (110, 0, 119, 70)], 119, 70))) == [
        [one, (40, 0, 80, 70), (110, 0, 119, 70)]
    ]


def test_the_strokes_of_one_are_offered_where_one_digit_is_asked_for() -> None:
    apart = segment(mask([(24, 4, 76, 12), *stroke((30, 50, 70, 96))]), "single")

    assert apart.as_one is not None
    assert apart.as_one.box == (24, 4, 76, 96)
