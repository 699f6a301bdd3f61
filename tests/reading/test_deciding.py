"""What a page says, where it is known what is written on it."""

from collections.abc import Mapping
from time import process_time
from types import MappingProxyType

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_cli.core.data.dataset import Dataset
from mnist_cli.reading.answers import Answer
from mnist_cli.reading.candidates import Candidate
from mnist_cli.reading.deciding import Deciding
from mnist_cli.reading.expectations import expectation_of
from mnist_cli.reading.normalise import Normalised
from mnist_cli.reading.numbers import Number
from mnist_cli.reading.page import Page, Take, left_out
from mnist_cli.reading.reader import Reader
from mnist_cli.reading.tables.arrangement import Arrangement
from tests.conftest import handwritten
from tests.reading.looks import candidate

BLANK = Normalised(np.zeros((28, 28), np.uint8), (0, 0, 9, 9), (), np.zeros((9, 9), np.uint8))
WIDE, HIGH = 14, 24  # px of a sign
NO_DIGIT = "not_a_digit"


def signs(text: str, places: list[float] | None = None) -> Number:
    """Return the signs of a text; `?` is a digit that looks like an 8."""
    lefts = places or [10.0 + 18 * at for at in range(len(text))]
    return tuple(
        candidate((x, 10, x + WIDE, 10 + HIGH), "8" if sign == "?" else sign)
        for x, sign in zip(lefts, text, strict=True)
    )


def answer(one: Candidate, share: float = 0.9, *flags: str) -> Answer:
    rest = [(digit, (1 - share) / 90) for digit in range(10) if str(digit) != one.symbol]
    return Answer(((int(one.symbol), share), *rest), bool(flags), flags, ())


def deciding(
    *numbers: Number,
    spare: tuple[Candidate, ...] = (),
    doubted: tuple[Candidate, ...] = (),
    digits_only: bool = False,
    shares: Mapping[Candidate, float] = MappingProxyType({}),
) -> Deciding:
    digits = [one for number in numbers for one in number if one.is_digit]
    pairs = [
        (
            Take(BLANK, one, 0, next(at for at, number in enumerate(numbers) if one in number)),
            answer(one, *((0.2, NO_DIGIT) if one in (*spare, *doubted) else ()))
            if one not in shares
            else answer(one, shares[one]),
        )
        for one in digits
    ]
    page = Page(
        takes=tuple(take for take, _ in pairs),
        as_it_is=0,
        marks=(),
        left_out=tuple(left_out(one, "unlikely") for one in spare),
        turned=0,
        inverted=True,
        flags=(),
        grey=np.zeros((60, 200), np.uint8),
        arrangement=Arrangement((numbers,)),
        spare=frozenset(spare),
    )
    return Deciding(page, pairs, 0.75, digits_only=digits_only)


def decided(text: str, expect: str, spare: str = "", doubted: str = "") -> tuple[str, set[str]]:
    """Return how a number is read, and the flags of its digits, if all are unsure.

    Args:
        text: Its signs.
        expect: What is known of it.
        spare, doubted: `1` under each sign that is spare, or looks like no digit.
    """
    number = signs(text)
    in_spare, in_doubt = (
        tuple(one for one, mark in zip(number, told, strict=False) if mark == "1")
        for told in (spare, doubted)
    )
    made = deciding(number, spare=in_spare, doubted=in_doubt)
    made.decide_all(expectation_of(expect))
    page, pairs = made.result()
    assert len(page.takes) == len(pairs)
    assert not page.spare
    unsure = {answer.unsure for _, answer in pairs}
    flags = {flag for _, answer in pairs for flag in answer.flags}
    return texts_of(page.arrangement)[0], flags | ({"unsure"} if unsure == {True} else set())


def texts_of(arrangement: Arrangement) -> list[str]:
    return ["".join(one.symbol for one in number) for line in arrangement.lines for number in line]


@pytest.mark.parametrize(
    ("text", "expect", "spare", "doubted", "told"),
    [
        ("12:10", "time", "00010", "", ("12:10", {"unlikely", "unsure", NO_DIGIT})),
        ("12:10", "decimal", "00010", "", ("12:0", {"unexpected", "unsure"})),
        ("12110", "5", "00010", "", ("12110", {"unlikely", "unsure", NO_DIGIT})),
        ("12110", "4", "00010", "", ("1210", set())),  # what is likely fits
        ("12110", "integer", "00010", "", ("1210", set())),
        ("12?35", "time", "", "00100", ("12:35", {"unsure"})),
        ("12?35", "4", "", "00100", ("1235", {"unsure"})),
        ("12?35", "5", "", "00100", ("12835", {NO_DIGIT})),
        ("12?35", "3", "", "00100", ("12835", {"unexpected", "unsure", NO_DIGIT})),
        ("12835", "time", "", "", ("12835", {"unexpected", "unsure"})),  # a clear 8 is none
    ],
)
def test_which_signs_there_are_is_doubted_where_none_of_the_likely_readings_fits(
    text: str, expect: str, spare: str, doubted: str, told: tuple[str, set[str]]
) -> None:
    assert decided(text, expect, spare, doubted) == told


@pytest.mark.parametrize(("share", "told"), [(0.3, "1235"), (0.6, "12835")])
def test_what_is_likelier_none_than_a_digit_may_be_none(share: float, told: str) -> None:
    number = signs("12?35")
    made = deciding(number, shares={number[2]: share})
    made.decide_all(expectation_of("4"))

    page, pairs = made.result()

    assert texts_of(page.arrangement) == [told]
    assert all(answer.unsure for _, answer in pairs)


def test_a_doubtful_mark_that_is_none_is_not_told_but_its_number_is_unsure() -> None:
    first, mark, last = signs("3.4")
    number = (first, candidate((28, 28, 32, 32), ".", score=0.4), last)
    made = deciding(number)
    made.decide_all(expectation_of("integer"))

    page, pairs = made.result()

    assert mark.symbol == "."
    assert texts_of(page.arrangement) == ["34"]
    assert all(answer.unsure for _, answer in pairs)


def test_a_digit_that_is_none_is_told_as_left_out_and_one_that_counts_is_not() -> None:
    spare = signs("12:10")
    short = signs("3?4", [10, 28, 46])
    made = deciding(spare, short, spare=(spare[3],), doubted=(short[1],))
    made.decide([spare], expectation_of("time"), prints=True)
    made.decide([short], expectation_of("2"), prints=True)

    page, _ = made.result()

    assert texts_of(page.arrangement) == ["12:10", "34"]
    assert [(one.symbol, one.reason) for one in page.left_out] == [("8", "unlikely")]
    assert [take.number for take in page.takes] == [0, 0, 0, 0, 1, 1]


def test_what_is_known_of_other_numbers_needs_no_spare_digit() -> None:
    number = signs("12:10")
    page, pairs = deciding(number, spare=(number[3],)).result()

    assert texts_of(page.arrangement) == ["12:0"]
    assert [one.box for one in page.left_out] == [number[3].box]
    assert number[3] not in {take.candidate for take, _ in pairs}


@pytest.mark.parametrize(
    ("expect", "apart", "texts"),
    [
        ("4", 18, ["1207"]),  # far apart, and one number
        ("4", 60, ["12", "07"]),  # too far
        ("2", 18, ["12", "07"]),  # each is what is expected
        ("3", 18, ["12", "07"]),  # neither is
    ],
)
def test_numbers_are_joined_where_that_makes_what_is_expected(
    expect: str, apart: float, texts: list[str]
) -> None:
    digits = signs("1207", [10.0, 28.0, 42.0 + apart, 60.0 + apart])
    made = deciding(digits[:2], digits[2:])

    made.join(expectation_of(expect))
    page, _ = made.result()

    assert texts_of(page.arrangement) == texts
    assert sorted({take.number for take in page.takes}) == list(range(len(texts)))


def test_numbers_that_a_lost_digit_parts_are_joined() -> None:
    digits = signs("2107", [10.0, 37.0, 64.0, 82.0])
    made = deciding(digits[:2], digits[2:], spare=(digits[1],))

    made.join(expectation_of("4"))
    made.decide_all(expectation_of("4"))
    page, pairs = made.result()

    assert texts_of(page.arrangement) == ["2107"]
    assert all(answer.unsure for _, answer in pairs)


@pytest.mark.parametrize("is_spare", [True, False])
def test_what_is_a_mark_is_told_as_one_alone(*, is_spare: bool) -> None:
    number = signs("12?35")
    colon = (number[2],)
    made = deciding(number, spare=colon) if is_spare else deciding(number, doubted=colon)
    made.decide_all(expectation_of("time"))

    page, _ = made.result()

    assert [(one.symbol, one.box) for one in page.marks] == [(":", number[2].box)]
    assert page.left_out == ()


def test_where_digits_alone_are_told_nothing_is_taken_for_a_mark() -> None:
    number = signs("12?35")
    made = deciding(number, doubted=(number[2],), digits_only=True)
    made.decide_all(expectation_of("time"))

    page, _ = made.result()

    assert texts_of(page.arrangement) == ["12835"]
    assert page.marks == ()


def test_what_looks_like_no_digit_stays_unsure_though_it_is_expected() -> None:
    number = signs("12?35")
    doubtful = Answer(((8, 0.2), (3, 0.15)), True, (NO_DIGIT,), ())
    pairs = [(Take(BLANK, one), answer(one) if one.symbol != "8" else doubtful) for one in number]
    page = Page((), 0, (), (), 0, True, (), BLANK.image, Arrangement(((number,),)))
    made = Deciding(page, pairs, 0.75)
    made.decide_all(expectation_of(["12335"]))

    _, pairs = made.result()

    assert [answer.top[0][0] for _, answer in pairs] == [1, 2, 3, 3, 5]
    assert [answer.unsure for _, answer in pairs] == [False, False, True, False, False]


def test_joining_a_line_takes_as_long_as_it_is() -> None:
    """It once took the third power: minutes of a line of 80 digits."""
    times = []
    for count in (40, 80):
        line = signs("7" * count, [10.0 + 24 * at for at in range(count)])
        made = deciding(*((one,) for one in line))
        began = process_time()
        made.join(expectation_of("3"))
        times.append(process_time() - began)

    assert times[1] < 4 * times[0]


def with_strokes(text: str, split: Dataset) -> NDArray[np.uint8]:
    """Write digits on paper; a `|` is a stroke that is too long for a 1."""
    page = np.full((140, 60 * len(text) + 80), 225, np.uint8)
    for x, sign in zip(range(40, 60 * len(text) + 40, 60), text, strict=True):
        if sign == "|":
            cv2.line(page, (x + 25, 34), (x + 25, 106), 50, 3, cv2.LINE_AA)
        else:
            image = split.images[int((split.labels == int(sign)).argmax())]
            page[42:98, x : x + 56] = handwritten(image, 56, 50, 225)
    return page


@pytest.mark.parametrize("text", ["20|7", "4|"])
def test_a_stroke_that_is_no_likely_digit_is_a_1_where_one_is_expected(
    text: str, test_split: Dataset
) -> None:
    page, written = with_strokes(text, test_split), text.replace("|", "1")

    alone = Reader(turn=0).read(page)
    expecting = Reader(turn=0, expect=str(len(text))).read(page)

    assert alone.text != written
    assert expecting.text == written
    assert [number.unsure for number in expecting.numbers] == [True]
    assert "unlikely" in expecting.digits[text.index("|")].flags


def test_beside_a_digit_that_is_wanted_alone_no_other_is_needed(test_split: Dataset) -> None:
    page = with_strokes("72", test_split)

    reading = Reader(turn=0, layout="single", expect="2").read(page)

    assert len(reading.digits) == 1
    assert [one.reason for one in reading.left_out] == ["another_digit"]
