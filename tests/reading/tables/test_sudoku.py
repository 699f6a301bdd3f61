import numpy as np
import pytest

from mnist_cli.reading.tables.sudoku import (
    CELLS,
    Cells,
    contradictions,
    decide,
    obeys_rules,
    solutions,
)

PUZZLE: Cells = tuple(
    map(
        int,
        "530070000600195000098000060800060003400803001700020006060000280000419005000080079",
    )
)
SOLVED: Cells = tuple(
    map(
        int,
        "534678912672195348198342567859761423426853791713924856961537284287419635345286179",
    )
)


def shares(cells: Cells, misread: dict[int, tuple[int, float]] | None = None) -> list[list[float]]:
    """Return what a reader says of cells; of those misread, another digit and how likely it is."""
    said = []
    for at, digit in enumerate(cells):
        of_cell = np.full(10, 5e-4)
        if misread and at in misread:
            other, share = misread[at]
            of_cell[digit], of_cell[other] = 1 - share, share
        else:
            of_cell[digit] = 0.99
        said.append((of_cell / of_cell.sum()).tolist())
    return said


def test_a_puzzle_has_one_solution() -> None:
    assert solutions(PUZZLE) == [SOLVED]


def test_an_empty_one_has_several_and_a_wrong_one_none() -> None:
    assert len(solutions((0,) * CELLS)) == 2
    assert solutions((5, 5, *PUZZLE[2:])) == []


def test_contradictions_are_in_rows_columns_and_boxes() -> None:
    cells = [0] * CELLS
    cells[0] = cells[8] = 3
    cells[1] = cells[73] = 4
    cells[60] = cells[80] = 7

    assert sorted(contradictions(cells)) == [(0, 8), (1, 73), (60, 80)]


@pytest.mark.parametrize("whole", [PUZZLE, SOLVED])
def test_a_sudoku_obeys_the_rules_though_some_of_it_is_misread(whole: Cells) -> None:
    misread = [digit % 9 + 1 if at % 40 == 0 and digit else digit for at, digit in enumerate(whole)]

    assert obeys_rules(whole)
    assert obeys_rules(misread)


def test_what_is_no_sudoku_obeys_them_once_in_a_hundred_times() -> None:
    generator = np.random.default_rng(5)
    drawn = generator.integers(1, 10, (1_000, CELLS)) * (generator.random((1_000, CELLS)) < 0.3)

    assert sum(obeys_rules(cells) for cells in drawn.tolist()) <= 20
    assert not obeys_rules([0] * CELLS)


def test_what_is_right_stays() -> None:
    decided = decide(shares(PUZZLE))

    assert decided.cells == PUZZLE
    assert (decided.doubtful, decided.is_sound) == (frozenset(), True)


@pytest.mark.parametrize("whole", [PUZZLE, SOLVED])
def test_misread_digits_are_put_right_by_the_rules_and_stay_doubtful(whole: Cells) -> None:
    filled = [at for at in range(CELLS) if whole[at]]
    misread = {at: (whole[at] % 9 + 1, 0.7) for at in filled[3::9][:3]}

    decided = decide(shares(whole, misread))

    assert decided.cells == whole
    assert decided.doubtful == frozenset(misread)
    assert decided.is_sound


def test_what_he_surely_wrote_is_not_changed_for_a_far_fetched_reading() -> None:
    """He who filled it in may have erred: the two that contradict each other are doubtful."""
    wrong = list(SOLVED)
    wrong[0] = wrong[1]

    decided = decide(shares(tuple(wrong)))

    assert decided.cells == tuple(wrong)
    assert not decided.is_sound
    assert {0, 1} <= decided.doubtful
