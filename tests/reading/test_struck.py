import cv2
import numpy as np
import pytest

from mnist_cli.reading.candidates import Candidate
from mnist_cli.reading.normalise import Grey
from mnist_cli.reading.reader import Reader
from mnist_cli.reading.struck import struck_through
from tests.reading.looks import candidate
from tests.reading.sheets import MARGIN, PITCH, sheet, write_text

HIGH, WIDE, LEFT, LEVEL, APART = 120, 500, 100, 60, 34
REACH = 11, 20  # half of a zero's width and height


def zeros(count: int) -> tuple[Grey, list[Candidate]]:
    """Write a number of zeros, and say where they are."""
    page = np.full((HIGH, WIDE), 220, np.uint8)
    wide, high = REACH[0] + 2, REACH[1] + 2
    digits = []
    for x in range(LEFT, LEFT + count * APART, APART):
        cv2.ellipse(page, (x, LEVEL), REACH, 0, 0, 360, 60, 3)
        digits.append(candidate((x - wide, LEVEL - high, x + wide, LEVEL + high), "0"))
    return page, digits


def line(page: Grey, begin: float, end: float, *, rise: int = 0, level: int = LEVEL) -> None:
    """Draw a line from before or behind one zero, by its number, to another, rising so far."""
    ends = (round(LEFT + at * APART) for at in (begin, end))
    (left, right), half = ends, rise // 2
    cv2.line(page, (left, level + half), (right, level - half), 60, 3, cv2.LINE_AA)


def told(page: Grey, digits: list[Candidate], *, dark: bool = True) -> list[int]:
    """Return which of a number's digits are struck through."""
    struck = struck_through(page, [(tuple(digits),)], dark=dark)
    return [at for at, digit in enumerate(digits) if digit in struck]


@pytest.mark.parametrize("count", [2, 3, 5])
@pytest.mark.parametrize("rise", [0, 12, -12])
def test_a_number_with_a_stroke_through_all_of_it_is_told(count: int, rise: int) -> None:
    page, digits = zeros(count)
    line(page, -0.7, count - 0.3, rise=rise)

    assert told(page, digits) == list(range(count))
    assert told(255 - page, digits, dark=False) == list(range(count))


def test_of_a_number_behind_a_struck_one_only_that_is_told() -> None:
    page, digits = zeros(6)
    line(page, -0.7, 2.45)

    assert told(page, digits) == [0, 1, 2]


@pytest.mark.parametrize(
    ("begin", "end", "level"),
    [
        (0.2, 0.8, LEVEL),  # joins two, through neither
        (-0.5, 1.5, LEVEL),  # through two of four: digits that touch look so
        (-2.5, 6.5, LEVEL),  # a ruled line
        (-2.5, 3.5, LEVEL),  # its end
        (-0.7, 3.7, LEVEL + REACH[1] + 8),  # below them
        (-0.7, 3.7, LEVEL - REACH[1]),  # at their top
    ],
)
def test_other_lines_strike_nothing(begin: float, end: float, level: int) -> None:
    page, digits = zeros(4)
    line(page, begin, end, level=level)

    assert told(page, digits) == []


def test_a_digit_alone_and_one_at_the_edge_of_the_picture_do_no_harm() -> None:
    page, digits = zeros(3)
    line(page, -0.7, 2.7)
    edge = LEFT - REACH[0]

    assert told(page, digits[:1]) == []
    assert told(page[:, edge:], [moved(digit, edge) for digit in digits]) == [0, 1, 2]


def moved(digit: Candidate, left: int) -> Candidate:
    x0, y0, x1, y1 = digit.box
    return candidate((x0 - left, y0, x1 - left, y1), "0")


def test_a_struck_number_of_a_table_is_unsure_for_it_and_so_are_its_digits() -> None:
    side = 2 * PITCH
    page = sheet(4, 3, {}, pitch=side)
    for row, column in np.ndindex(4, 3):
        for at, digit in enumerate("35"):
            left, top = MARGIN + column * side + 18 + at * 36, MARGIN + row * side + PITCH // 2
            write_text(page, digit, left, top, PITCH)
    left, level = MARGIN + side, MARGIN + 5 * PITCH
    cv2.line(page, (left + 14, level + 4), (left + 104, level - 4), 70, 4, cv2.LINE_AA)

    reading = Reader("bundled").read(page)

    flags = {(cell.row, cell.column): cell.flags for cell in reading.tables[0].cells}
    assert [place for place, own in flags.items() if "crossed_out" in own] == [(3, 2)]
    assert "unsure" in flags[3, 2]
    struck = [digit for digit in reading.digits if "crossed_out" in digit.flags]
    assert len(struck) == 2
    assert all(digit.unsure for digit in struck)


def test_boxes_without_width_at_the_corner_of_the_page_are_nothing() -> None:
    corner = tuple(candidate((51.0, 68.0, 51.0, 68.0), "5") for _ in range(3))

    assert struck_through(np.full((68, 51), 200, np.uint8), [(corner,)], dark=True) == frozenset()
