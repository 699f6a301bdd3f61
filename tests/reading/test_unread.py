import cv2
import numpy as np
import pytest

from mnist_cli.core.finder_maps import COUNT, MASK, STRIDE, channel
from mnist_cli.reading.candidates import Candidate, Edges, Found, Look
from mnist_cli.reading.normalise import Grey, Normalised
from mnist_cli.reading.numbers import numbers_of
from mnist_cli.reading.tables.arrangement import Arrangement
from mnist_cli.reading.unread import (
    beside,
    beside_unread,
    merged,
    strokes_left,
    unnamed,
    without_read,
)
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


def strokes_on(page: Grey, read: list[Candidate], seen: Look) -> Edges:
    return strokes_left(page, Found(tuple(read), (), (), (seen,)), dark=True)


def told(page: Grey, read: list[Candidate], seen: Look) -> list[Candidate]:
    arrangement = Arrangement(tuple(numbers_of(read)))
    found = beside_unread(arrangement, strokes_on(page, read, seen))
    return sorted(found, key=lambda one: one.middle[0])


def test_the_two_digits_beside_a_stroke_that_was_not_read_are_told() -> None:
    read = digits_at(PLACES[0], PLACES[2], PLACES[3])

    assert told(page_of(PLACES), read, look()) == read[:2]


def test_a_4_that_was_not_read_is_a_stroke_with_its_bar() -> None:
    page = page_of(PLACES[:1])
    x = PLACES[2]
    cv2.line(page, (x, TOP), (x, TOP + TALL), 60, 3)
    cv2.polylines(
        page, [np.array([(x - 12, TOP), (x - 18, TOP + 20), (x + 9, TOP + 20)])], False, 60, 3
    )

    assert told(page, digits_at(PLACES[0]), look()) != []


def test_the_edge_of_a_label_on_a_dark_table_is_no_stroke() -> None:
    page = page_of(PLACES)
    page[TOP - 4 : TOP + TALL + 4, PLACES[3] + 12 :] = 60
    read = digits_at(*PLACES)

    assert len(strokes_on(page, read[:3], look())) == 1  # the last one alone
    assert told(page, read, look()) == []


def test_a_stroke_is_next_to_the_nearest_digit() -> None:
    read = digits_at(PLACES[0] - 8, PLACES[2], PLACES[3])
    strokes = strokes_on(page_of(PLACES[1:]), read, look())

    ((digit, (stroke,)),) = beside(read, strokes).items()

    left, top, right, bottom = stroke.tolist()
    assert digit is read[1]
    assert left < PLACES[1] < right
    assert (top, bottom) == pytest.approx((TOP, TOP + TALL), abs=4)


def test_a_stroke_may_be_a_digit_that_nobody_named() -> None:
    read = digits_at(PLACES[0], PLACES[2], PLACES[3])
    strokes = strokes_on(page_of(PLACES), read, look())

    (digit,) = unnamed(strokes, read)

    assert digit.is_digit
    assert digit.symbols[:10] == pytest.approx(0.1)
    assert digit.edges.tolist() == strokes[0].tolist()
    assert unnamed(strokes, []) == []


def test_what_is_read_is_no_stroke_that_is_left() -> None:
    strokes = strokes_on(page_of(PLACES), digits_at(*PLACES[:2]), look())

    assert len(strokes) == 2
    assert without_read(strokes, digits_at(*PLACES[:2])).tolist() == strokes.tolist()
    assert without_read(strokes, digits_at(PLACES[2])).tolist() == strokes[1:].tolist()


@pytest.mark.parametrize(("beyond", "count"), [(4, 0), (14, 1)])
def test_a_digits_edge_beyond_its_box_is_no_stroke(beyond: int, count: int) -> None:
    page = page_of(())
    cv2.rectangle(page, (40, TOP), (60, TOP + TALL), 60, -1)
    digit = candidate((30, TOP - 2, 60 - beyond, TOP + TALL + 2), "8")

    assert len(strokes_on(page, [digit], look())) == count


def test_on_a_page_without_digits_no_stroke_is_left() -> None:
    assert len(strokes_on(page_of(PLACES), [], look())) == 0


def test_where_all_is_read_nothing_is_told() -> None:
    assert told(page_of(PLACES), digits_at(*PLACES), look()) == []


@pytest.mark.parametrize(("tall", "ruled"), [(14, ()), (TOP + TALL, PLACES[1:2])])
def test_a_dash_and_a_ruled_line_are_no_missed_digits(tall: int, ruled: tuple[int, ...]) -> None:
    page = page_of((PLACES[0], PLACES[2]))
    cv2.line(page, (PLACES[1], TOP + TALL - tall), (PLACES[1], TOP + TALL), 60, 3)

    assert MASK * 2 == STRIDE
    assert told(page, digits_at(PLACES[0], PLACES[2]), look(*ruled)) == []


@pytest.mark.parametrize("frame", [(), (320,)])
def test_a_stroke_as_tall_as_a_digit_counts_though_it_looks_like_a_ruled_line(
    frame: tuple[int, ...],
) -> None:
    read, page = digits_at(PLACES[0], PLACES[2]), page_of(PLACES[:3])
    for x in frame:
        cv2.line(page, (x, 0), (x, HIGH), 60, 3)

    assert told(page, read, look(PLACES[1], *frame)) == read


@pytest.mark.parametrize("read", [(PLACES[0],), PLACES[1:3], (PLACES[0], PLACES[3])])
def test_the_digit_at_the_end_of_a_line_is_told_with_a_stroke_beyond_it(
    read: tuple[int, ...],
) -> None:
    digits = digits_at(*read)

    assert told(page_of(PLACES), digits, look())[0] == digits[0]


def test_a_stroke_far_from_the_line_is_none_of_its_digits() -> None:
    assert told(page_of(PLACES), digits_at(*PLACES[:3]), look()) == []


def cut_out(*strokes: int) -> Normalised:
    """Return what was cut out of a box from (40, 40) to (80, 80), with upright strokes in it."""
    ink = np.zeros((20, 20), np.uint8)
    for x in strokes:
        ink[:, x : x + 2] = 255
    return Normalised(np.zeros((28, 28), np.uint8), (40, 40, 80, 80), (), ink)


def test_what_was_cut_out_with_another_stroke_is_told_with_both() -> None:
    one = candidate((40, 40, 80, 80), "5")

    assert merged({one: cut_out(2)}) == {}
    ((told_of, strokes),) = merged({one: cut_out(2, 16)}).items()
    assert told_of is one
    assert strokes.tolist() == [[44, 40, 48, 80], [72, 40, 76, 80]]


def test_a_stroke_of_a_digit_beside_it_is_no_other() -> None:
    one, other = candidate((40, 40, 70, 80), "5"), candidate((70, 40, 90, 80), "1")

    assert merged({one: cut_out(2, 16), other: cut_out(9)}) == {}
