from dataclasses import replace

import pytest

from mnist_cli.reading.candidates import Candidate
from mnist_cli.reading.numbers import (
    Line,
    doubtful_marks,
    in_cell,
    joins_of,
    numbers_of,
    text_of,
    wholeness,
)
from tests.reading.looks import candidate


def written(text: str, y: float = 100, begin: float = 0) -> list[Candidate]:
    """Return what a finder sees of a text: 40 px high, 6 px apart; a space is 40 px wide."""
    found, x = [], begin
    for character in text:
        if character == " ":
            x += 40
            continue
        wide, high = (26, 40) if character.isdigit() else SIZES.get(character, (20, 20))
        middle = y + 18 if character in ".," else y
        found.append(candidate((x, middle - high / 2, x + wide, middle + high / 2), character))
        x += wide + 6
    return found


SIZES = {".": (6, 6), ",": (6, 10), "-": (16, 4), "/": (16, 44), "=": (18, 12), ":": (6, 20)}


def read(found: list[Candidate]) -> str:
    digits = [one for one in found if one.is_digit]
    marks = [one for one in found if not one.is_digit]
    lines = numbers_of(digits, marks)
    return "\n".join(" ".join(text_of(number, {}) for number in line) for line in lines)


@pytest.mark.parametrize(
    "text",
    [
        *("7", "12", "12 340 56", "3.14", "-5", "12/07/2024", "1,234", "24.12.", "09:45"),
        *("3+4=7", "12-34", "50%", "(17)", "008807"),
    ],
)
def test_digits_and_marks_come_to_numbers(text: str) -> None:
    assert read(written(text)) == text


@pytest.mark.parametrize(
    ("text", "stray"),
    [
        *(("/2345", "/"), ("12/", "/"), ("(23/5", "("), ("14)", ")"), (")7(", ")(")),
        *(("12/07/2024", ""), ("(17)", ""), ("3+(4)", ""), ("50%", ""), ("7", "")),
    ],
)
def test_strokes_that_stand_where_none_can_may_be_ones(text: str, stray: str) -> None:
    ((number,),) = numbers_of(
        [one for one in written(text) if one.is_digit],
        [one for one in written(text) if not one.is_digit],
    )

    assert sorted(one.symbol for one in doubtful_marks(number)) == sorted(stray)


@pytest.mark.parametrize(
    "text",
    [
        *("57.9623.35", "7.963.35", "57,9623,35", "-1.234.5", "1,234,56", "3+57.9623.35"),
        *("57.9623.35-", "7804793.541.523804", "1234567,12,13,14"),
    ],
)
def test_two_points_or_commas_that_none_writes_so_are_doubtful(text: str) -> None:
    (number,) = _number(text)

    assert sorted(one.symbol for one in doubtful_marks(number)) == sorted(
        [one for one in text if one in ".,"]
    )


@pytest.mark.parametrize(
    "text",
    [
        *("1.2.3", "2.10.15", "10.0.22631", "192.168.100.12", "756.1234.5678.97"),
        *("1.2.24", "24.12.2024", "2024.12.24", "24.12.", "1:02:03", "1.02.03", "1:02:03.250"),
        *("1.234.567", "1,234,567", "1.234.567,89", "12,34,567.50", "12.345.", "3.1415+2.7182"),
        *("12.34.56.78", "555.123.4567", "03.1234.5678", "12.345.678-9", "123.456.789-09"),
        *("06221.12.3456", "033203.12.345", "1234567.5+1.5", "1234567.50=1234567.50"),
    ],
)
def test_points_of_dates_versions_thousands_and_telephones_are_sure(text: str) -> None:
    (number,) = _number(text)

    assert not doubtful_marks(number)


def _number(text: str) -> Line:
    found = written(text)
    (line,) = numbers_of(
        [one for one in found if one.is_digit], [one for one in found if not one.is_digit]
    )
    return line


def test_a_point_at_the_end_of_a_number_is_a_full_stop() -> None:
    assert read(written("7.")) == "7"
    assert read(written("12, 15.")) == "12 15"


def test_room_around_a_sign_of_arithmetic_does_not_part_it() -> None:
    wide = written("3") + written("+", begin=55) + written("4", begin=100)

    assert read(wide) == "3+4"


def test_a_mark_far_from_all_digits_belongs_to_none() -> None:
    assert read(written("12") + written("-", begin=200) + written("/", y=300)) == "12"


def test_each_line_has_its_own_marks() -> None:
    assert read(written("3.1") + written("4.5", y=180)) == "3.1\n4.5"


def test_nothing_comes_to_nothing() -> None:
    assert numbers_of([]) == []


def test_what_is_joined_otherwise_stays_together() -> None:
    digits = written("1 2")

    assert [len(number) for number in numbers_of(digits)[0]] == [1, 1]
    (line,) = numbers_of(digits, joined=lambda _one, _other: True)
    assert [len(number) for number in line] == [2]


@pytest.mark.parametrize(
    ("shares", "whole"),
    [
        ({"12": 0.9, "23": 0.2, "34": 0.95}, [0.8, 0.8]),  # 12 and 34
        ({"12": 0.6, "23": 0.1, "34": 0.95}, [0.6, 0.9]),
        ({"12": 0.6, "34": 0.7}, [0.6, 0.7]),
        ({}, [1, 1]),
    ],
)
def test_a_number_is_as_surely_one_and_whole_as_what_is_least_sure_of_its_neighbours(
    shares: dict[str, float], whole: list[float]
) -> None:
    (line,) = numbers_of(written("12 34"))
    joins = joins_of([line], lambda one, other: shares.get(one.symbol + other.symbol))

    assert list(wholeness(line, joins)) == pytest.approx(whole)


@pytest.mark.parametrize(
    ("in_line", "is_ruled", "share"),
    [
        ((0.9, 0.8), True, None),
        ((0.9, 0.8), False, 0.0),
        ((0.9, 0.3), True, 0.0),
        ((0.3, 0.3), True, None),
    ],
)
def test_of_two_in_a_ruled_cell_the_gap_tells_unless_one_may_be_a_letter(
    in_line: tuple[float, float], is_ruled: bool, share: float | None
) -> None:
    pairs = zip(written("12"), in_line, strict=True)
    one, other = (replace(digit, in_line=likely) for digit, likely in pairs)

    assert in_cell(lambda _one, _other: 0.1, one, other, is_ruled=is_ruled) == share
    assert in_cell(lambda _one, _other: 0.9, one, other, is_ruled=is_ruled) is None
