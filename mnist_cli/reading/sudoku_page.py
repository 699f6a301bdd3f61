"""A page read as a sudoku: what stands in which cell, and what its rules say of it."""

from collections.abc import Sequence
from dataclasses import replace

from mnist_cli.core.errors import PictureError
from mnist_cli.reading.answers import Answer
from mnist_cli.reading.arrangement import Arrangement, Cell, Table
from mnist_cli.reading.candidates import Candidate
from mnist_cli.reading.page import LeftOut, Page, Take, left_out
from mnist_cli.reading.sudoku import CELLS, EMPTY, SIDE, Decided, decide

SURELY = 0.99  # probability that ink in a cell of a sudoku is a digit

Pairs = Sequence[tuple[Take, Answer]]


class NoTableError(PictureError):
    """No table of the size that was asked for is on the picture."""

    code = "no_table"

    def __init__(self, rows: int, columns: int) -> None:
        super().__init__(
            f"no table that could be {rows}×{columns} was found on the picture.",
            hint="Is it whole in the picture, sharp, and ruled?",
        )


def as_sudoku(page: Page, pairs: Pairs) -> tuple[Page, list[tuple[Take, Answer]]]:
    """Read a page as a sudoku: a digit a cell, by its rules; all else is left out.

    A reading that contradicts others is exchanged for the next best one that does not, and stays
    unsure. Where none is likely, those that contradict each other are unsure: he who filled it in
    may have erred.

    Args:
        page: With a table of 9×9.
        pairs: Each digit with its answer, which names all ten of them.
    """
    table = page.arrangement.tables[0]
    own = {take.candidate: (take, answer) for take, answer in pairs if take.candidate}
    digits = [_main([one for number in cell.numbers for one in number]) for cell in table.cells]
    inks = [
        table.grid.sort_of_ink(cell.area) if one else ""
        for one, cell in zip(digits, table.cells, strict=True)
    ]
    decided = decide(
        [_shares(own[one][1] if one else None, ink) for one, ink in zip(digits, inks, strict=True)]
    )
    kept: list[tuple[Take, Answer]] = []
    cells: list[Cell] = []
    for at, (cell, one) in enumerate(zip(table.cells, digits, strict=True)):
        if one is None or decided.cells[at] == EMPTY:
            cells.append(_without(cell, one, inks[at]))
            continue
        take, answer = own[one]
        number = len(kept)
        kept.append((replace(take, line=at // SIDE, number=number), _decided(answer, decided, at)))
        cells.append(replace(cell, numbers=((one,),)))
    stay = {take.candidate for take, _ in kept}
    gone = [left_out(one, "another_digit") for one in own if one not in stay]
    return _only(page, replace(table, cells=tuple(cells)), [take for take, _ in kept], gone), kept


def _main(digits: Sequence[Candidate]) -> Candidate | None:
    """Return a cell's own digit: beside it stand small notes, or pieces of rules."""
    own = (one for one in digits if one.is_digit)
    return max(own, key=lambda one: one.score * one.height, default=None)


def _shares(answer: Answer | None, ink: str) -> list[float]:
    """Return the probabilities that a cell is empty, and that it holds 1 to 9.

    Args:
        answer: Of the digit in it; None where none was found.
        ink: `empty`, if there is no ink.
    """
    if answer is None:
        return [1.0] + SIDE * [0.0]
    said = dict(answer.top)
    there = min(1.0, sum(said.values())) if ink == "empty" else SURELY
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
    if at not in decided.doubtful:
        return answer._replace(top=tuple(top))
    flags = (*answer.flags, "contradicts")
    return answer._replace(top=tuple(top), unsure=True, flags=flags)


def _only(page: Page, table: Table, takes: list[Take], gone: list[LeftOut]) -> Page:
    """Return a page with one table, a row a line."""
    rows = [table.cells[begin : begin + SIDE] for begin in range(0, CELLS, SIDE)]
    lines = tuple(tuple(number for cell in row for number in cell.numbers) for row in rows)
    return replace(
        page,
        takes=tuple(takes),
        marks=(),
        left_out=(*page.left_out, *gone),
        arrangement=Arrangement(lines, (table,)),
    )
