"""Sudokus: their rules, which reading of a photograph obeys them, and their solution."""

import heapq
import math
from collections.abc import Iterator, Sequence
from itertools import count, islice
from typing import NamedTuple

SIDE, BOX = 9, 3
CELLS = SIDE * SIDE
EMPTY = 0
ALL = (1 << SIDE) - 1  # a bit for each of the digits 1 to 9
LEAST = 1e-4  # probability of what a cell holds, the least
FAR_FETCHED = 0.001  # probability under which no other reading is taken: he who wrote may err
MOST_TRIED = 400  # readings, the likeliest first
MOST_STEPS = 20_000  # of the search for a solution: well-made ones take some hundred
MISREAD = 0.25  # of the contradictions that chance would make: what misread digits may make
BY_CHANCE = 0.01  # probability of so few contradictions, under which they are no chance
BRANCHES = 8  # cells that are doubted where no two contradict each other, the least sure

Cells = tuple[int, ...]  # 81, row by row; 0 where a cell is empty


def _units() -> tuple[tuple[int, ...], ...]:
    """Return the rows, columns and boxes."""
    rows = [tuple(range(SIDE * row, SIDE * (row + 1))) for row in range(SIDE)]
    columns = [tuple(range(column, CELLS, SIDE)) for column in range(SIDE)]
    boxes = [
        tuple(SIDE * (top + row) + left + column for row in range(BOX) for column in range(BOX))
        for top in range(0, SIDE, BOX)
        for left in range(0, SIDE, BOX)
    ]
    return (*rows, *columns, *boxes)


UNITS = _units()
PEERS = tuple(
    tuple(sorted({other for unit in UNITS if cell in unit for other in unit} - {cell}))
    for cell in range(CELLS)
)


class Decided(NamedTuple):
    """What a photographed sudoku says, by its rules.

    Attributes:
        cells: What each holds.
        doubtful: Cells whose likeliest reading contradicts others, or leaves no solution.
        is_sound: Whether the cells obey the rules, and can be solved.
    """

    cells: Cells
    doubtful: frozenset[int]
    is_sound: bool


def contradictions(cells: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield each two cells of a row, column or box that hold the same digit."""
    for cell in range(CELLS):
        for other in PEERS[cell]:
            if cell < other and cells[cell] == cells[other] != EMPTY:
                yield cell, other


def obeys_rules(cells: Sequence[int]) -> bool:
    """Tell whether cells obey the rules but for some that may be misread.

    Two that share a row, a column or a box hold the same digit one time in nine, if they don't
    mind each other; where all rows are permutations, and no more, a little less. Here it may be so
    a quarter as often, and by chance at most once in a hundred tables.
    """
    pairs = sum(
        bool(cells[cell] and cells[other]) for cell in range(CELLS) for other in PEERS[cell]
    )
    count, against, share = pairs // 2, sum(1 for _ in contradictions(cells)), 1 / SIDE
    chance = sum(
        math.comb(count, k) * share**k * (1 - share) ** (count - k) for k in range(against + 1)
    )
    return against <= MISREAD * count * share and chance < BY_CHANCE


def solutions(
    cells: Sequence[int], most: int = 2, steps: Iterator[int] | None = None
) -> list[Cells]:
    """Return up to `most` solutions; fewer too where the search would take too long.

    Several searches that share `steps` take no longer together than one may.
    """
    if any(contradictions(cells)):
        return []
    allowed = [ALL] * CELLS
    for cell, digit in enumerate(cells):
        if digit:
            _rule_out(allowed, cell, digit)
    return list(islice(_fillings(tuple(cells), allowed, steps or count()), most))


def _fillings(cells: Cells, allowed: Sequence[int], steps: Iterator[int]) -> Iterator[Cells]:
    """Yield each way to fill the empty cells: those with the fewest choices first."""
    free = [cell for cell in range(CELLS) if not cells[cell]]
    if not free:
        yield cells
    if not free or next(steps) > MOST_STEPS:
        return
    cell = min(free, key=lambda one: allowed[one].bit_count())
    for digit in range(1, SIDE + 1):
        if allowed[cell] & 1 << (digit - 1):
            left = list(allowed)
            _rule_out(left, cell, digit)
            if all(left[other] or cells[other] for other in PEERS[cell]):
                yield from _fillings((*cells[:cell], digit, *cells[cell + 1 :]), left, steps)


def _rule_out(allowed: list[int], cell: int, digit: int) -> None:
    """Rule a digit out for all that share a row, a column or a box with a cell, in place."""
    for other in PEERS[cell]:
        allowed[other] &= ~(1 << (digit - 1))


def decide(shares: Sequence[Sequence[float]]) -> Decided:
    """Find the likeliest reading that obeys the rules and has one solution, or else several.

    Args:
        shares: 81 times the probabilities that a cell is empty, and that it holds 1 to 9.

    Returns:
        The likeliest reading of each cell alone, where none is found soon.
    """
    costs = [[-math.log(max(share, LEAST)) for share in cell] for cell in shares]
    first = tuple(min(range(SIDE + 1), key=cell.__getitem__) for cell in costs)
    sound: Cells | None = None
    steps = count()
    for cells in _readings(costs, first):
        found = solutions(cells, steps=steps)
        if found:
            sound = sound or cells
        if len(found) == 1:
            sound = cells
            break
    if sound is None:
        against = frozenset(at for pair in contradictions(first) for at in pair)
        return Decided(first, against, is_sound=False)
    changed = frozenset(at for at in range(CELLS) if sound[at] != first[at])
    return Decided(sound, changed, is_sound=True)


def _readings(costs: Sequence[Sequence[float]], first: Cells) -> Iterator[Cells]:
    """Yield readings that obey the rules, the likeliest first; of those found unfit, others.

    Where two cells contradict each other, either may be wrong; where none do, any unsure one.
    """
    numbers = count()
    waiting = [(0.0, next(numbers), first, frozenset[tuple[int, int]]())]
    seen = set[frozenset[tuple[int, int]]]()
    for _ in range(MOST_TRIED):
        if not waiting:
            return
        _, _, cells, banned = heapq.heappop(waiting)
        doubted: Sequence[int] | None = next(contradictions(cells), None)
        if doubted is None:
            yield cells
            doubted = _least_sure(cells, costs)
        for cell in doubted:
            more = banned | {(cell, cells[cell])}
            best = _best(costs[cell], {digit for at, digit in more if at == cell})
            if best is None or more in seen:
                continue
            seen.add(more)
            other = (*cells[:cell], best, *cells[cell + 1 :])
            cost = sum(costs[at][other[at]] - costs[at][first[at]] for at in range(CELLS))
            heapq.heappush(waiting, (cost, next(numbers), other, more))


def _least_sure(cells: Cells, costs: Sequence[Sequence[float]]) -> list[int]:
    """Return the cells whose next best reading costs least more."""

    def margin(cell: int) -> float:
        others = (cost for digit, cost in enumerate(costs[cell]) if digit != cells[cell])
        return min(others) - costs[cell][cells[cell]]

    return heapq.nsmallest(BRANCHES, range(CELLS), key=margin)


def _best(costs: Sequence[float], banned: set[int]) -> int | None:
    """Return the likeliest content of a cell that is neither banned nor far-fetched."""
    most = -math.log(FAR_FETCHED)
    left = [digit for digit in range(SIDE + 1) if digit not in banned and costs[digit] <= most]
    return min(left, key=costs.__getitem__, default=None)
