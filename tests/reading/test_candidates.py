from dataclasses import replace

import numpy as np
import pytest

from mnist_cli.core.finder_maps import SYMBOLS
from mnist_cli.reading.candidates import Candidate, Found
from mnist_cli.reading.choosing import chosen
from mnist_cli.reading.known_marks import restricted
from tests.reading.looks import BLANK, candidate, look_at


def choose(*candidates: Candidate) -> Found:
    return chosen(list(candidates), (BLANK,))


def test_of_what_lies_over_each_other_the_surest_stays() -> None:
    sure = candidate((10, 10, 30, 40), "3", 0.9)
    less = candidate((12, 11, 31, 41), "8", 0.8)
    other = candidate((60, 10, 80, 40), "5", 0.6)

    found = choose(less, other, sure)

    assert found.digits == (sure, other)
    assert found.left_out == ()


def test_what_only_touches_is_not_the_same() -> None:
    left, right = candidate((10, 10, 30, 40)), candidate((26, 10, 50, 40))

    assert set(choose(left, right).digits) == {left, right}


def test_one_that_covers_several_digits_goes() -> None:
    """Two digits that a network took for one as well."""
    both = candidate((10, 10, 60, 40), "4", 0.65)
    left, right = candidate((10, 10, 32, 40), "1", 0.8), candidate((35, 10, 60, 40), "7", 0.7)

    assert choose(both, left, right).digits == (left, right)


@pytest.mark.parametrize("parts", [1, 2])
def test_one_that_covers_parts_of_itself_stays(parts: int) -> None:
    """A loop of an 8 may look like a 0, and both like a little of one."""
    whole = candidate((10, 10, 40, 70), "8", 0.9)
    loops = [candidate((12, 10, 38, 38), "0", 0.9), candidate((12, 40, 38, 70), "0", 0.9)]
    unlikely = [candidate(tuple(loop.edges), "0", 0.5) for loop in loops]

    assert choose(whole, *(loops[:1] if parts == 1 else unlikely)).digits == (whole,)


def test_a_mark_is_no_digit() -> None:
    digit, mark = candidate((10, 10, 30, 40), "3"), candidate((35, 35, 39, 39), ".")

    found = choose(digit, mark)

    assert (found.digits, found.marks) == ((digit,), (mark,))


def test_a_digit_and_a_mark_at_one_place_are_the_likelier_of_them() -> None:
    one, slash = candidate((10, 10, 20, 40), "1", 0.9), candidate((10, 10, 20, 40), "/", 0.8)

    found = choose(slash, one)

    assert (found.digits, found.marks) == ((one,), ())


def test_what_is_too_unlikely_is_left_out_and_told_unless_it_is_a_mark() -> None:
    digit, mark = candidate((10, 10, 30, 40), "3", 0.2), candidate((50, 10, 60, 40), "-", 0.2)

    found = choose(digit, mark)

    assert (found.digits, found.marks, found.left_out) == ((), (), (digit,))


def test_the_look_that_shows_a_digit_at_a_middling_height_is_trusted_more() -> None:
    coarse = candidate((10, 10, 130, 170), "3", 0.9, look=look_at(np.zeros((8, 8), bool), 1 / 30))
    fine = candidate((12, 12, 128, 168), "8", 0.85)

    assert choose(coarse, fine).digits == (fine,)


def test_without_candidates_nothing_is_found() -> None:
    assert choose() == Found((), (), (), (BLANK,))


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_a_candidate_is_the_likeliest_symbol_of_its_kind(symbol: str) -> None:
    one = candidate((10.2, 10.7, 30.5, 40.1), symbol)
    other = "/" if one.is_digit else "1"
    one.symbols[SYMBOLS.index(other)] = 2

    assert one.symbol == symbol
    assert one.box == (10, 10, 31, 41)
    assert one.height == pytest.approx(29.4)


def in_a_row(*turned: int, score: float = 0.9) -> list[Candidate]:
    """Return digits beside each other, each turned by so many quarters."""
    return [
        candidate((30 * at, 10, 30 * at + 20, 40), score=score, turned=quarters)
        for at, quarters in enumerate(turned)
    ]


@pytest.mark.parametrize("turned", range(4))
def test_a_page_may_lie_where_its_digits_do_not_stand(turned: int) -> None:
    assert choose(*in_a_row(*[turned] * 4)).may_lie is (turned > 0)


@pytest.mark.parametrize("count", [0, 1, 2])
def test_two_digits_say_nothing_of_how_a_page_lies(count: int) -> None:
    assert not choose(*in_a_row(*[2] * count)).may_lie


def test_digits_that_stand_count_by_how_sure_they_are_and_which() -> None:
    sure, unsure = choose(*in_a_row(0, 0, 0)), choose(*in_a_row(0, 0, 0, score=0.5))
    vague = [replace(one, symbols=one.symbols / np.float32(2)) for one in in_a_row(0, 0, 0)]

    assert sure.standing == pytest.approx(3 * 0.9**2, rel=0.01)
    assert unsure.standing == pytest.approx(3 * 0.5**2, rel=0.01)
    assert choose(*vague).standing == pytest.approx(sure.standing / 2, rel=0.01)
    assert choose(*in_a_row(2, 2, 2)).standing < 0.1


def test_the_likeliest_turns_come_first() -> None:
    assert choose(*in_a_row(3, 3, 1, 0)).likely_turns == [3, 1, 2]


def test_of_two_looks_at_one_mark_the_likelier_stays() -> None:
    dot, again = candidate((50, 60, 56, 66), ".", 0.7), candidate((53, 63, 60, 70), ".", 0.5)
    colon = candidate((50, 40, 56, 66), ":", 0.6)
    far = candidate((80, 60, 86, 66), ".", 0.5)

    assert choose(dot, again, colon, far).marks == (dot, far)


def test_a_slash_that_may_not_be_written_is_a_1_and_a_likely_one_makes_it_unsure() -> None:
    slash, unlikely = candidate((10, 10, 20, 40), "/", 0.9), candidate((60, 10, 70, 40), "/", 0.5)

    found, doubted = restricted(choose(slash, unlikely), "+-")

    assert [one.symbol for one in found.digits] == ["1", "1"]
    assert found.marks == ()
    assert doubted == {found.digits[0]}
    assert [one.symbol for one in restricted(choose(slash), "/")[0].marks] == ["/"]


def test_of_the_marks_that_may_be_written_the_likeliest_counts() -> None:
    point, cross = candidate((50, 60, 56, 66), ".", 0.7), candidate((90, 50, 100, 60), "×", 0.7)
    point.symbols[SYMBOLS.index(":")] = 0.3
    near, far = candidate((72, 40, 86, 70)), candidate((10, 40, 24, 70))

    found, doubted = restricted(choose(point, cross, near, far), ":")

    assert [one.symbol for one in found.marks] == [":"]
    assert doubted == {near}


@pytest.mark.parametrize(
    ("score", "others", "is_digit"),
    [(0.32, 2, True), (0.32, 1, False), (0.25, 2, False)],
)
def test_a_doubtful_digit_in_a_line_with_several_counts(
    score: float, others: int, is_digit: bool
) -> None:
    places = [(10, 10, 30, 40), (40, 11, 60, 42)][:others]
    doubtful = candidate((68, 10, 74, 41), "1", score)

    found = choose(*(candidate(place) for place in places), doubtful)

    assert (doubtful in found.digits) == is_digit
    assert (doubtful in found.left_out) != is_digit


def test_one_above_a_line_or_of_another_height_stays_doubtful() -> None:
    line = [candidate((10, 110, 30, 140)), candidate((40, 110, 60, 140))]
    above, low = candidate((68, 60, 80, 90), "1", 0.35), candidate((68, 118, 76, 132), "1", 0.35)

    assert set(choose(*line, above, low).left_out) == {above, low}


def test_where_nothing_but_ones_was_doubted_they_may_stand_alone() -> None:
    ones = candidate((35, 37, 46, 80), "1"), candidate((59, 37, 70, 80), "1")
    seven = candidate((88, 40, 110, 76), "7")

    assert Found((), (), ones, (BLANK,)).lone_ones == ones
    assert Found((), (), (*ones, seven), (BLANK,)).lone_ones == ()
    assert Found((seven,), (), ones, (BLANK,)).lone_ones == ()
