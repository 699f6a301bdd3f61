"""Digits that the finder held for unlikely, beside those of numbers.

What is expected may need them: a time with three digits has lost one.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from mnist_cli.reading.candidates import Candidate, lie_in
from mnist_cli.reading.choosing import gaps_beside
from mnist_cli.reading.cutting import Cutting
from mnist_cli.reading.normalise import Normalised
from mnist_cli.reading.numbers import GAP_IN_CELL, Number
from mnist_cli.reading.tables.arrangement import Arrangement

LEVEL, ALIKE = 0.5, 1.6  # heights of a digit up or down; times as high or low


def beside_numbers(
    arrangement: Arrangement, doubtful: Sequence[Candidate]
) -> dict[Candidate, Number]:
    """Return the doubtful digits that may be of a number, each with the nearest one.

    They stand level with its digits, are about as high, lie over none, and in its cell.
    """
    of_numbers = {one: n for n in arrangement.numbers for one in n if one.is_digit}
    if not of_numbers:
        return {}
    digits, numbers = list(of_numbers), list(of_numbers.values())
    cells = {
        number: (table.grid, cell.area)
        for table in arrangement.tables
        for cell in table.cells
        for number in cell.numbers
    }
    edges = np.array([one.edges for one in digits])
    middles = np.array([one.middle for one in digits])
    found = {}
    for one in doubtful:
        middle, box = np.array([one.middle]), one.edges[None]
        if lie_in(middle, edges).any() or lie_in(middles, box).any():
            continue
        gaps = gaps_beside(one.edges, edges, LEVEL, ALIKE)
        nearest = int(gaps.argmin())
        if gaps[nearest] >= GAP_IN_CELL:
            continue
        number = numbers[nearest]
        if number in cells:
            grid, area = cells[number]
            row, column = grid.places(middle)[0].tolist()
            if not (row in range(*area.rows) and column in range(*area.columns)):
                continue
        found[one] = number
    return found


def longer(beside: Mapping[Candidate, Number]) -> dict[Number, Number]:
    """Return each number with what stands beside it, from left to right."""
    signs = dict[Number, list[Candidate]]()
    for one, number in beside.items():
        signs.setdefault(number, list(number)).append(one)
    return {
        number: tuple(sorted(some, key=lambda one: one.middle[0])) for number, some in signs.items()
    }


def with_spare(
    arrangement: Arrangement,
    cuts: dict[Candidate, Normalised],
    doubtful: Sequence[Candidate],
    cutting: Cutting,
) -> tuple[dict[Candidate, Number], dict[Candidate, Normalised]]:
    """Cut doubtful digits out too that may be of a number.

    Returns:
        Of each its number, and all that are cut out.
    """
    if not doubtful:
        return {}, cuts
    near = beside_numbers(arrangement, doubtful)
    made = cutting.with_more(cuts, list(near))
    spare = {one: number for one, number in near.items() if one in made}
    return spare, cuts | {one: made[one] for one in spare}
