"""A page read as a sudoku: what stands in which cell, and what its rules say of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from mnist_cli.reading.answers import Answer
from mnist_cli.reading.candidates import Candidate, Found, median_height
from mnist_cli.reading.cutting import cut
from mnist_cli.reading.numbers import Line, Number
from mnist_cli.reading.page import Page, Take, left_out, placed
from mnist_cli.reading.standing import MOST
from mnist_cli.reading.tables.arrangement import Arrangement, Cell, Table
from mnist_cli.reading.tables.arranging import arranged, in_order
from mnist_cli.reading.tables.grid import Grid
from mnist_cli.reading.tables.grid_of_size import fitted
from mnist_cli.reading.tables.sudoku import CELLS, EMPTY, SIDE, Decided, decide, obeys_rules

FEWEST = 17  # digits: with fewer no sudoku has one solution (McGuire et al. 2014)
MOST_OF_ALL = 0.6  # of the digits of a page that is of a sudoku, counted by confidence
MOST_ZEROS = 0.05  # of its digits: a 9 may be misread as one
IN_A_CELL = 1.2  # digits, on average: more are numbers
NOTHING = [1.0] + SIDE * [0.0]
SURELY = 0.99  # probability that ink in a cell of a sudoku is a digit

Pairs = Sequence[tuple[Take, Answer]]


def sudoku_on(page: Page, pairs: Pairs) -> Grid | None:
    """Return the grid of the sudoku that a page is of; None where it is of none.

    It is the one table, most of the page's digits stand in it, one a cell, hardly any is a 0,
    and they obey its rules.
    """
    digits = [take.candidate for take, _ in pairs if take.candidate]
    grids = [table.grid for table in page.arrangement.tables]
    if len(digits) < FEWEST or count_all(page) > MOST or len(grids) != 1:
        return None
    grid = fitted(grids, digits, (SIDE, SIDE))
    own = _inside(grid, digits) if grid else {}
    answers = {take.candidate: answer.top[0] for take, answer in pairs}  # with their confidences
    if sum(answers[one][1] for one in own) < MOST_OF_ALL * sum(answers[one][1] for one in digits):
        return None
    if sum(answers[one][0] == EMPTY for one in own) > MOST_ZEROS * len(own):
        return None
    cells = [EMPTY] * CELLS
    for digit in sorted(own, key=_weight):  # of several in a cell the main one is the last
        cells[own[digit]] = answers[digit][0]
    filled = CELLS - cells.count(EMPTY)
    is_one = filled >= FEWEST and len(own) <= IN_A_CELL * filled and obeys_rules(cells)
    return grid if is_one else None


def count_all(page: Page) -> int:
    """Return how many digits there are on a page, with those that are unlikely to be any."""
    return len(page.found.digits) + len(page.found.left_out) if page.found else 0


def only_sudoku(page: Page, grid: Grid, marks: Sequence[Candidate]) -> Page:
    """Return a page with a sudoku as its one table.

    What is unlikely to be a digit in it is one too, among the last of its takes: the rules will
    choose.

    Args:
        page: As it was read.
        grid: Of the sudoku.
        marks: That numbers beside it are written with.
    """
    more = _unlikely(page, grid, page.found) if page.found else []
    every = [take.candidate for take in (*page.takes, *more) if take.candidate]
    boxes = {one.box for one in every}
    return replace(
        page,
        takes=(*page.takes, *more),
        left_out=tuple(one for one in page.left_out if one.box not in boxes),
        arrangement=arranged(every, marks, (), [grid], "table", page.outline),
    )


def _unlikely(page: Page, grid: Grid, found: Found) -> list[Take]:
    """Cut out what stands in a grid and was taken for no digit."""
    invert = "yes" if page.inverted else "no"
    taken = {take.candidate for take in page.takes}
    doubtful = _inside(grid, [one for one in found.left_out if one not in taken])
    others = np.array([one.edges for one in found.digits]).reshape(-1, 4)
    how = found.looks, invert, others, page.outline
    cuts = ((one, cut(page.grey, one, *how)) for one in doubtful)
    usual = median_height(found.digits)
    return [Take(made[0], one, usual_height=usual) for one, made in cuts if made]


def _inside(grid: Grid, digits: Sequence[Candidate]) -> dict[Candidate, int]:
    """Return the digits in a grid of 9×9, each with the number of its cell."""
    places = grid.places(np.array([one.middle for one in digits])).tolist()
    return {
        one: SIDE * row + column
        for one, (row, column) in zip(digits, places, strict=True)
        if row >= 0
    }


def as_sudoku(page: Page, pairs: Pairs, *, notes: bool) -> tuple[Page, list[tuple[Take, Answer]]]:
    """Read a page as a sudoku: a digit a cell, by its rules.

    A reading that contradicts others is exchanged for the next best one that does not, and stays
    unsure. Where none is likely, those that contradict each other are unsure: he who filled it in
    may have erred.

    Args:
        page: With a table of 9×9.
        pairs: Each digit with its answer, which names all ten of them.
        notes: Whether numbers by hand beside it are kept.
    """
    table = page.arrangement.tables[0]
    takes = {take.candidate: take for take, _ in pairs if take.candidate}
    answers = {take.candidate: answer for take, answer in pairs if take.candidate}
    beside = _notes(page.arrangement, answers) if notes else []
    cells, decided = zip(*_decisions(page, table, answers), strict=True)
    for own in decided:
        answers |= own
    table = replace(table, cells=cells)
    lines = in_order(beside, [table])
    kept = list(placed(lines, takes))
    stay = {take.candidate for take in kept}
    gone = [one for one in takes if one not in stay]
    in_cells = _inside(table.grid, gone)
    without = [
        left_out(one, "another_digit" if one in in_cells else "beside_table") for one in gone
    ]
    noted = {one for line in beside for number in line for one in number}
    lost = any(one not in in_cells and not answers[one].unsure for one in gone)
    flags = [flag for flag in page.flags if flag != "beside_table"]  # print is beside any sudoku
    page = replace(
        page,
        takes=tuple(kept),
        marks=tuple(one for one in page.marks if one in noted),
        flags=(*flags, "sudoku", *(["beside_sudoku"] if lost else [])),
        left_out=(*page.left_out, *without),
        arrangement=Arrangement(lines, (table,)),
    )
    return page, [(take, answers[take.candidate]) for take in kept if take.candidate]


def _notes(arrangement: Arrangement, answers: Mapping[Candidate, Answer]) -> list[Line]:
    """Return the lines beside a table, of numbers of several digits, one of which is sure.

    A single digit beside a sudoku is a letter of its newspaper more often than a note.
    """
    in_table = arrangement.in_tables

    def is_note(number: Number) -> bool:
        digits = [one for one in number if one.is_digit]
        return len(digits) > 1 and not all(answers[one].unsure for one in digits)

    lines = (
        tuple(one for one in line if one not in in_table and is_note(one))
        for line in arrangement.lines
    )
    return [line for line in lines if line]


def _decisions(
    page: Page, table: Table, answers: Mapping[Candidate, Answer]
) -> Iterator[tuple[Cell, dict[Candidate, Answer]]]:
    """Yield each cell as the rules fill it, and its digit's answer, if it has a digit."""
    held = [[one for number in cell.numbers for one in number] for cell in table.cells]
    digits = [_main(own) for own in held]
    inks = [
        table.grid.sort_of_ink(cell.area) if one else ""
        for one, cell in zip(digits, table.cells, strict=True)
    ]
    crowded = [sum(one.is_digit and not answers[one].unsure for one in own) > 1 for own in held]
    unlikely = page.found.left_out if page.found else ()
    share = sum(one is not None and one not in unlikely for one in digits) / CELLS
    decided = decide(
        [
            _shares(answers[one], _there(one, answers[one], ink, one in unlikely, share))
            if one
            else NOTHING
            for one, ink in zip(digits, inks, strict=True)
        ]
    )
    for at, (cell, one, ink) in enumerate(zip(table.cells, digits, inks, strict=True)):
        if one is None or decided.cells[at] == EMPTY:
            yield _without(cell, one, ink), {}
            continue
        answer = _decided(answers[one], decided, at)
        if crowded[at]:  # another digit of the cell is left out
            answer = answer._replace(unsure=True, flags=(*answer.flags, "unread_ink"))
        yield replace(cell, numbers=((one,),)), {one: answer}


def _main(digits: Sequence[Candidate]) -> Candidate | None:
    """Return a cell's own digit: beside it stand small notes, or pieces of rules."""
    own = (one for one in digits if one.is_digit)
    return max(own, key=_weight, default=None)


def _weight(digit: Candidate) -> float:
    return digit.score * digit.height


def _there(digit: Candidate, answer: Answer, ink: str, is_unlikely: bool, share: float) -> float:
    """Return how likely a digit is there at all.

    Args:
        digit: As the finder saw it.
        answer: Of it.
        ink: Of its cell; `empty`, if there is none.
        is_unlikely: Whether it was taken for none.
        share: Of the cells that hold a digit surely: where most do, this one does.
    """
    if ink == "empty":
        return min(1.0, sum(share for _, share in answer.top))
    alone = digit.score if is_unlikely else SURELY
    odds = alone / (1 - alone) * share / max(1 - share, 1 / CELLS)
    return odds / (1 + odds)


def _shares(answer: Answer, there: float) -> list[float]:
    """Return the probabilities that a cell is empty, and that it holds 1 to 9."""
    said = dict(answer.top)
    of_nine = sum(share for digit, share in said.items() if digit) or 1.0  # no sudoku has a 0
    return [1 - there, *(there * said.get(digit, 0.0) / of_nine for digit in range(1, 10))]


def _without(cell: Cell, digit: Candidate | None, ink: str) -> Cell:
    """Return a cell that is taken for empty, with the doubt that a digit in it leaves."""
    if digit is None:
        return replace(cell, numbers=())
    flags = tuple(flag for flag in ("merged",) if flag in cell.flags)
    flags += (ink,)
    return replace(cell, numbers=(), flags=flags, doubt=max(cell.doubt, digit.score))


def _decided(answer: Answer, decided: Decided, at: int) -> Answer:
    """Return a cell's answer with the decided digit first, unsure where its rules doubt it."""
    digit = decided.cells[at]
    top = sorted(answer.top, key=lambda pair: pair[0] != digit)
    if at not in decided.doubtful and answer.top[0][0] == digit:
        return answer._replace(top=tuple(top))
    flags = (*answer.flags, "contradicts")
    return answer._replace(top=tuple(top), unsure=True, flags=flags)
