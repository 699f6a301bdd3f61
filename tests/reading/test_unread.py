import cv2
import numpy as np
import pytest

from mnist_cli.core.finder_maps import COUNT, MASK, STRIDE, channel
from mnist_cli.reading.candidates import Candidate, Found, Look
from mnist_cli.reading.normalise import Grey, Normalised
from mnist_cli.reading.numbers import numbers_of
from mnist_cli.reading.tables.arrangement import Arrangement
from mnist_cli.reading.unread import beside_unread, cut_with_another, unread_digits
from tests.reading.looks import candidate

HIGH, WIDE, TOP, TALL = 120, 400, 40, 36
PLACES = (40, 64, 88, 140)  # of four strokes


def page_of(places: tuple[int, ...], tall: int = TALL) -> Grey:
    page = np.full((HIGH, WIDE), 220, np.uint8)
    for x in places:
        cv2.line(page, (x, TOP + TALL - tall), (x, TOP + TALL), 60, 3)
    return page


def digits_at(*places: int) -> list[Candidate]:
    return [candidate((x - 5, TOP - 3, x + 6, TOP + TALL + 4), "1") for x in places]


def look(*ruled: int) -> Look:
    """Return a look at the page that sees nothing but lines that run down, at some x."""
    maps = np.full((HIGH // STRIDE, WIDE // STRIDE, COUNT), -9, np.float32)
    for x in ruled:
        maps[:, x // STRIDE - 1 : x // STRIDE + 2, channel("down")] = 9
    return Look(maps, 1.0, 0)


def beside(page: Grey, read: list[Candidate], seen: Look) -> list[Candidate]:
    found, arrangement = Found(tuple(read), (), (), (seen,)), Arrangement(tuple(numbers_of(read)))
    told = beside_unread(page, found, arrangement, dark=True)
    return sorted(told, key=lambda one: one.middle[0])


def test_the_two_digits_beside_a_stroke_that_was_not_read_are_told() -> None:
    read = digits_at(PLACES[0], PLACES[2], PLACES[3])

    assert beside(page_of(PLACES), read, look()) == read[:2]


def test_the_stroke_may_be_a_digit() -> None:
    read = digits_at(PLACES[0], PLACES[2], PLACES[3])
    arrangement = Arrangement(tuple(numbers_of(read)))
    found = Found(tuple(read), (), (), (look(),))

    (stroke,) = unread_digits(page_of(PLACES), found, arrangement, dark=True)

    left, top, right, bottom = stroke.edges.tolist()
    assert left < PLACES[1] < right
    assert (top, bottom) == pytest.approx((TOP, TOP + TALL), abs=4)
    assert stroke.is_digit
    assert unread_digits(page_of(PLACES), found, Arrangement(), dark=True) == []


def test_where_all_is_read_nothing_is_told() -> None:
    assert beside(page_of(PLACES), digits_at(*PLACES), look()) == []


@pytest.mark.parametrize(("tall", "ruled"), [(14, ()), (TOP + TALL, PLACES[1:2])])
def test_a_dash_and_a_ruled_line_are_no_missed_digits(tall: int, ruled: tuple[int, ...]) -> None:
    page = page_of((PLACES[0], PLACES[2]))
    cv2.line(page, (PLACES[1], TOP + TALL - tall), (PLACES[1], TOP + TALL), 60, 3)

    assert MASK * 2 == STRIDE
    assert beside(page, digits_at(PLACES[0], PLACES[2]), look(*ruled)) == []


@pytest.mark.parametrize("frame", [(), (320,)])
def test_a_stroke_as_tall_as_a_digit_counts_though_it_looks_like_a_ruled_line(
    frame: tuple[int, ...],
) -> None:
    read, page = digits_at(PLACES[0], PLACES[2]), page_of(PLACES[:3])
    for x in frame:
        cv2.line(page, (x, 0), (x, HIGH), 60, 3)

    assert beside(page, read, look(PLACES[1], *frame)) == read


@pytest.mark.parametrize("read", [(PLACES[0],), PLACES[1:3], (PLACES[0], PLACES[3])])
def test_the_digit_at_the_end_of_a_line_is_told_with_a_stroke_beyond_it(
    read: tuple[int, ...],
) -> None:
    digits = digits_at(*read)

    assert beside(page_of(PLACES), digits, look())[0] == digits[0]


def test_a_stroke_far_from_the_line_is_none_of_its_digits() -> None:
    assert beside(page_of(PLACES), digits_at(*PLACES[:3]), look()) == []


def cut_out(*strokes: int) -> Normalised:
    """Return what was cut out of a box from (40, 40) to (80, 80), with upright strokes in it."""
    ink = np.zeros((20, 20), np.uint8)
    for x in strokes:
        ink[:, x : x + 2] = 255
    return Normalised(np.zeros((28, 28), np.uint8), (40, 40, 80, 80), (), ink)


def test_a_digit_that_was_cut_out_with_another_stroke_is_told() -> None:
    one = candidate((40, 40, 80, 80), "5")

    assert cut_with_another({one: cut_out(2)}) == frozenset()
    assert cut_with_another({one: cut_out(2, 16)}) == {one}


def test_a_stroke_of_a_digit_beside_it_is_no_other() -> None:
    one, other = candidate((40, 40, 70, 80), "5"), candidate((70, 40, 90, 80), "1")
    cuts = {one: cut_out(2, 16), other: cut_out(9)}

    assert cut_with_another(cuts) == frozenset()
