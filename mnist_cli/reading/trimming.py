"""Digits at the ends of numbers that are hardly any: letters and strokes that were taken for some.

They are left out, and told. Within a number nothing goes: what is left would look like one number.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from mnist_cli.reading.answers import Answer
from mnist_cli.reading.candidates import Candidate
from mnist_cli.reading.config import CONFIG
from mnist_cli.reading.numbers import Line, Number
from mnist_cli.reading.page import Page, Take, left_out, placed
from mnist_cli.reading.tables.arrangement import Arrangement, Cell, Table

LEFT_OUT = "hardly_a_digit"  # the reason that is told
Pairs = list[tuple[Take, Answer]]
Kept = Mapping[Number, Number]  # of numbers that lose something, what they keep


def trimmed(page: Page, pairs: Sequence[tuple[Take, Answer]]) -> tuple[Page, Pairs]:
    """Leave digits out whose answers are hardly right; all stay if no number would be left."""
    right = {take.candidate: answer.top[0][1] for take, answer in pairs if take.candidate}
    arrangement = page.arrangement
    parts = {number: _firm(number, right) for number in arrangement.numbers}
    kept = {number: part for number, part in parts.items() if part != number}
    lines = tuple(filter(None, (_of_line(line, kept) for line in arrangement.lines)))
    if not kept or not (lines or arrangement.tables):
        return page, list(pairs)
    lost = dict.fromkeys(one for number, part in kept.items() for one in number if one not in part)
    gone = {one: right[one] for one in lost if one.is_digit}
    tables = tuple(_of_table(table, kept, gone) for table in arrangement.tables)
    arrangement = replace(arrangement, lines=lines, tables=tables)
    page = replace(
        page,
        arrangement=arrangement,
        marks=tuple(mark for mark in page.marks if mark not in lost),
        left_out=(*page.left_out, *(left_out(one, LEFT_OUT) for one in gone)),
        shortened=frozenset(filter(None, kept.values())),
    )
    return page, _placed(arrangement, pairs)


def _firm(number: Number, right: Mapping[Candidate, float]) -> Number:
    """Return a number from its first digit that may be one to its last.

    One that lies may be one: it is told what is wrong with it. Marks at an end that stays stay.
    """
    digits = [at for at, one in enumerate(number) if one.is_digit]
    firm = [at for at in digits if number[at].lies or right[number[at]] >= CONFIG.hardly_right]
    if not firm:
        return ()
    begin = 0 if firm[0] == digits[0] else firm[0]
    end = len(number) if firm[-1] == digits[-1] else firm[-1] + 1
    return number[begin:end]


def _of_line(line: Line, kept: Kept) -> Line:
    return tuple(part for number in line if (part := kept.get(number, number)))


def _of_table(table: Table, kept: Kept, gone: Mapping[Candidate, float]) -> Table:
    return replace(table, cells=tuple(_of_cell(cell, kept, gone) for cell in table.cells))


def _of_cell(cell: Cell, kept: Kept, gone: Mapping[Candidate, float]) -> Cell:
    """Return a cell with what its numbers keep, doubted by how likely is what they lose."""
    shares = [gone[one] for number in cell.numbers for one in number if one in gone]
    if not shares:
        return cell
    numbers = _of_line(cell.numbers, kept)
    flags = cell.flags
    if len(numbers) < 2:
        flags = tuple(flag for flag in flags if flag != "several_numbers")
    if not numbers:
        flags += ("not_a_digit",)
    return replace(cell, numbers=numbers, flags=flags, doubt=max(cell.doubt, *shares))


def _placed(arrangement: Arrangement, pairs: Sequence[tuple[Take, Answer]]) -> Pairs:
    """Return the digits that an arrangement has, with their answers."""
    answers = {take.candidate: answer for take, answer in pairs}
    takes = {take.candidate: take for take, _ in pairs if take.candidate}
    return [(take, answers[take.candidate]) for take in placed(arrangement.lines, takes)]
