"""Squared paper: what is drawn on it is a table, its own squares are none."""

from collections.abc import Iterable

import cv2
import numpy as np
import pytest

from mnist_cli.reading.normalise import Grey
from mnist_cli.reading.tables.rules import Rule, Ruling
from mnist_cli.reading.tables.squared import without_squares
from mnist_cli.reading.tables.wanted import ANYTHING, with_ruled
from tests.reading.looks import finder
from tests.reading.tables.test_aligned import digits
from tests.reading.tables.test_between_rules import ruled

SIDE, STEP = 800, 32  # px: of the paper, and of its squares
HEIGHT = 36.0  # of digits
DRAWN = (4 * STEP, 8 * STEP, 12 * STEP, 16 * STEP)


def squared(step: int = STEP, drawn: tuple[int, ...] = ()) -> Grey:
    """Draw squared paper, and darker lines both ways between the first of them and the last."""
    paper = np.full((SIDE, SIDE), 235, np.uint8)
    for at in range(step // 2, SIDE, step):
        paper[at : at + 2] = paper[:, at : at + 2] = 185
    lines = [at + step // 2 for at in drawn]
    for at in lines:
        cv2.line(paper, (at, lines[0]), (at, lines[-1]), 40, 3)
        cv2.line(paper, (lines[0], at), (lines[-1], at), 40, 3)
    return paper


@pytest.mark.parametrize("dark", [True, False])
def test_what_is_drawn_on_squared_paper_is_a_table(*, dark: bool) -> None:
    paper = squared(drawn=DRAWN)
    some = digits(["12 7 340", "5 61 2", "90 8 77"])

    (grid,) = ruled(paper if dark else 255 - paper, some, dark=dark).tables()

    assert (grid.rows, grid.columns) == (3, 3)
    wide, high = np.ptp(grid.corners(), axis=0).tolist()
    assert wide == pytest.approx(DRAWN[-1] - DRAWN[0], abs=6)
    assert high == pytest.approx(DRAWN[-1] - DRAWN[0], abs=6)


@pytest.mark.parametrize("heavy", [(), range(STEP // 2, SIDE, 5 * STEP)])
def test_squares_are_no_cells_nor_are_those_of_every_fifth_line(heavy: Iterable[int]) -> None:
    paper = squared()
    for at in heavy:
        paper[at : at + 2] = paper[:, at : at + 2] = 110

    found = ruled(paper, digits(["12 7 340", "5 61 2", "90 8 77"]))

    assert found.tables() == []
    assert found.between_columns == ()


@pytest.mark.parametrize(("size", "shapes"), [((24, 24), [(24, 24)]), ((12, 12), [])])
def test_squares_are_cells_where_a_table_of_just_so_many_is_asked_for(
    size: tuple[int, int], shapes: list[tuple[int, int]]
) -> None:
    paper, some = squared(), digits(["12 7 340", "5 61 2", "90 8 77"])
    look = finder().find(paper).ruled_by

    grids = with_ruled(paper, look, some, (), ANYTHING._replace(grid=size)).grids

    assert [(grid.rows, grid.columns) for grid in grids] == shapes


def rules(count: int, step: float, length: float = 700.0) -> tuple[Rule, ...]:
    x = np.arange(0.0, length)
    return tuple(Rule(x, np.full(len(x), step * at)) for at in range(count))


def kept(across: tuple[Rule, ...], down: tuple[Rule, ...], written: int = 100) -> bool:
    """Tell whether rules are left as they are."""
    shown = np.ones((SIDE, SIDE), np.float32)
    ruling = Ruling(across, down, shown, shown, shown)
    return without_squares(ruling, squared(), HEIGHT, written) is ruling


@pytest.mark.parametrize(
    ("across", "down", "is_kept"),
    [
        (rules(20, 36), rules(20, 36), False),
        (rules(13, 36), rules(20, 36), True),  # few
        (rules(20, 36), rules(13, 36), True),
        (rules(20, 58), rules(20, 58), True),  # numbers have room in each
        (rules(20, 36), rules(20, 50), True),  # oblong
        (rules(20, 36), rules(20, 44), False),
        (rules(20, 36, 200), rules(20, 36), True),  # short
    ],
)
def test_paper_is_squared_where_many_rules_are_as_near_both_ways(
    across: tuple[Rule, ...], down: tuple[Rule, ...], *, is_kept: bool
) -> None:
    assert kept(across, down) == is_kept


@pytest.mark.parametrize(("written", "is_kept"), [(180, False), (181, True)])
def test_squares_that_mostly_have_a_digit_are_cells(written: int, *, is_kept: bool) -> None:
    assert kept(rules(20, 36), rules(20, 36), written) == is_kept


def test_of_a_rule_the_part_is_kept_along_which_something_is_drawn() -> None:
    paper = np.full((SIDE, SIDE), 240, np.uint8)
    paper[:700:36] = paper[:, :700:36] = 200
    paper[72, 100:300] = 150  # along the third rule
    paper[144, 400:430] = 150  # shorter than any rule is
    shown = np.zeros(paper.shape, np.float32)
    ruling = Ruling(rules(20, 36), rules(20, 36), shown, shown, shown)

    left = without_squares(ruling, paper, HEIGHT, written=100)

    (part,) = left.across
    assert part.level == 72
    assert part.x[[0, -1]].tolist() == pytest.approx([100, 300], abs=HEIGHT / 2)
    assert left.down == ()


def test_a_finder_sees_the_squares_of_the_paper_that_is_drawn_here() -> None:
    """Else the tests above would hold whatever is done with squares."""
    look = finder().find(squared()).ruled_by
    across, _ = look.ruled((SIDE, SIDE), (SIDE, SIDE))

    assert (across[STEP // 2 :: STEP].mean(axis=1) > 0.4).all()
