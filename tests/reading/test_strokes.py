"""Strokes that nothing read, or that were taken for one digit, are read along their line."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from mnist_cli.core.finder_maps import MARKS
from mnist_cli.core.strips import COUNT, STRIDE, channel, strips_of
from mnist_cli.reading.candidates import Candidate, Edges, Found
from mnist_cli.reading.config import CONFIG
from mnist_cli.reading.cutting import Cutting
from mnist_cli.reading.line_network import Along
from mnist_cli.reading.normalise import Grey
from mnist_cli.reading.seen_line import SeenLine
from mnist_cli.reading.strokes import with_strokes
from tests.reading.looks import candidate, look_at

TOP, TALL = 40, 36
FIRST, SECOND, LEFT, RIGHT = 60, 84, 140, 156  # x of four strokes


def box(x: int, wide: int = 12) -> tuple[int, int, int, int]:
    return x - wide // 2, TOP, x + wide // 2, TOP + TALL


PAGE = np.full((128, 240), 230, np.uint8)
for place in (FIRST, SECOND, LEFT, RIGHT):
    cv2.line(PAGE, (place, TOP + 2), (place, TOP + TALL - 3), 40, 4)
LOOK = look_at(PAGE < 100)
ONE, TWO = (replace(candidate(box(x), "1"), look=LOOK) for x in (FIRST, 110))
BOTH = replace(candidate(box((LEFT + RIGHT) // 2, 30), "4"), look=LOOK)
STROKE = np.array([box(SECOND, 4)], np.float64)
NONE: Edges = np.empty((0, 4))


def logit(score: float) -> float:
    return float(np.log(score / (1 - score)))


def along(seen: dict[int, float], marks: dict[int, float] | None = None) -> Along:
    """Return what is seen where 1 and 4 were found: digits, all 7s, and marks at some x."""
    digits = [ONE, BOTH]
    ((strip, _),) = strips_of(np.array([one.edges for one in digits]), [range(2)])
    columns = np.full((strip.width // STRIDE + 1, COUNT), -9, np.float32)
    line = SeenLine(strip, columns, digits)
    for x, score in seen.items():
        (column,) = map(int, line.columns_at([candidate(box(x), "1")]))
        columns[column, channel("digit")] = logit(score)
        columns[column, channel("which").start + 7] = 9
    for x, score in (marks or {}).items():
        (column,) = map(int, line.columns_at([candidate(box(x), "1")]))
        columns[column, channel("mark").start + MARKS.index("(")] = logit(score)
    doubtful = tuple(replace(candidate(box(x), "1"), look=LOOK) for x in (SECOND, 220))
    places = zip(digits, line.columns_at(digits), strict=True)
    found = Found(tuple(digits), (), doubtful, (LOOK,))
    return Along(found, {one.middle: (0, column) for one, column in places}, [line])


def read(
    seen: Along, strokes: Edges, page: Grey = PAGE
) -> tuple[Along, list[Candidate], frozenset[Candidate]]:
    """Return what is seen with strokes, the digits cut out, and those that strokes doubt."""
    cutting = Cutting(page, [LOOK], "yes")
    cuts, _ = cutting.of(seen.found.digits)
    more, cuts, unsure = with_strokes(seen, cuts, strokes, cutting)
    return more, sorted(cuts, key=lambda one: one.middle[0]), unsure


def test_a_stroke_is_the_digit_that_the_network_sees_there_and_is_unsure() -> None:
    more, (one, new, both), near = read(along({SECOND: 0.5}), STROKE)

    assert (one, both) == (ONE, BOTH)
    assert new.symbol == "7"
    assert new.edges.tolist() == STROKE[0].tolist()
    assert new.score == CONFIG.supported  # what the finder saw is surer
    assert more.doubted == {new}
    assert near == {ONE, BOTH}  # next to the stroke, and with two strokes of its own
    assert [one.middle[0] for one in more.found.left_out] == [220]  # of the two that it doubted
    share = more.joined(one, new)
    assert share is not None
    assert share < 0.5


@pytest.mark.parametrize(
    ("score", "mark"), [(0.75 * CONFIG.unread, 0.001), (0.5, 0.6), (0.0001, 0.001)]
)
def test_where_a_mark_or_nothing_is_likelier_a_stroke_is_left(score: float, mark: float) -> None:
    seen = along({SECOND: score}, {SECOND: mark})

    more, cuts, _ = read(seen, STROKE)

    assert more is seen
    assert cuts == [ONE, BOTH]


def test_a_little_over_the_limit_it_is_read() -> None:
    assert len(read(along({SECOND: 1.25 * CONFIG.unread}), STROKE)[1]) == 3


def test_a_stroke_far_higher_than_the_line_is_none_of_its_digits() -> None:
    tall = STROKE + np.array([0, -TALL, 0, TALL])

    assert len(read(along({SECOND: 0.9}), tall)[1]) == 2


def test_what_was_taken_for_one_digit_is_several_where_each_may_be_one() -> None:
    more, (one, left, right), merged = read(along({LEFT: 0.6, RIGHT: 0.6}), NONE)

    assert one is ONE
    assert [left.middle[0], right.middle[0]] == pytest.approx([LEFT, RIGHT], abs=2)
    assert [left.symbol, right.symbol] == ["7", "7"]
    assert more.doubted == {left, right}
    assert merged == frozenset()
    assert BOTH not in more.found.digits
    share = more.joined(left, right)
    assert share is not None
    assert share < 0.5


def test_where_one_of_its_strokes_is_no_digit_it_stays_and_is_unsure() -> None:
    seen = along({LEFT: 0.6})

    more, cuts, merged = read(seen, NONE)

    assert more is seen
    assert cuts == [ONE, BOTH]
    assert merged == {BOTH}


def test_where_no_line_was_looked_along_nothing_is_read() -> None:
    seen = Along(along({}).found)

    assert read(seen, STROKE)[0] is seen


def test_no_two_strokes_are_a_digit_of_one_column() -> None:
    twice = np.concatenate([STROKE, STROKE + np.array([1, 0, 1, 0])])

    assert len(read(along({SECOND: 0.9}), twice)[1]) == 3
