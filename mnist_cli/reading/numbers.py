"""Digits and marks to numbers: which belong together, on which line, in which order."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, pairwise

import numpy as np

from mnist_cli.reading.candidates import Candidate, Edges, median_height
from mnist_cli.reading.config import CONFIG
from mnist_cli.reading.known_marks import STOPS
from mnist_cli.reading.layout import find_lines

# Heights of a digit, from one's right edge to the next one's left. On synthetic pages of digits
# held out, 96 % of the digits of one number are nearer, 90 % of those of two farther; where boxes
# are drawn around each digit, their rules tell.
GAP = 0.4
GAP_IN_CELL = 1.0  # the same in a table's cell, where one number stands and people spread it
OPERATOR_GAP = 1.2  # the same beside a sign of arithmetic, around which people leave room
OPERATORS = frozenset("+×÷=")
STOP_GAP = 0.8  # the same beside a point, comma or colon: nothing else stands there
BRACKETS = "()"
AREA_CODE = 6  # digits of the longest one, with a 0 before it, as of 033203
BESIDE = 0.75  # heights that a mark's middle may lie above or below that of its digits

Number = tuple[Candidate, ...]  # from left to right, at least one of them a digit
Line = tuple[Number, ...]
# how likely two neighbours are of one number, in [0, 1]; None where the gap between them tells
Joined = Callable[[Candidate, Candidate], float | None]
Joins = Mapping[tuple[Candidate, Candidate], float]  # the same, of those of which it is told


def by_gap(_one: Candidate, _other: Candidate) -> float | None:
    """Leave it to the gap whether two belong together."""
    return None


def always(_one: Candidate, _other: Candidate) -> float | None:
    """Tell of any two that they belong together."""
    return 1.0


def in_cell(
    joined: Joined, one: Candidate, other: Candidate, *, is_ruled: bool = True
) -> float | None:
    """Part two that the network along lines parts, if one may be a letter; else the gap tells.

    Beside single digits in other cells it parts two of one number, too. Where no rule shows that
    it is a cell it is asked of any two.
    """
    less, more = sorted((one.in_line, other.in_line))
    if is_ruled and less >= CONFIG.unlike * more:
        return None
    share = joined(one, other)
    return 0.0 if share is not None and share < CONFIG.parted else None


def numbers_of(
    digits: Sequence[Candidate],
    marks: Sequence[Candidate] = (),
    *,
    one_line: bool = False,
    joined: Joined = by_gap,
    gap: float = GAP,
) -> list[Line]:
    """Join digits and marks to numbers, and numbers to lines.

    Args:
        digits: In any order.
        marks: Those that stand beside no digit are left out.
        one_line: Whether all digits stand on one line.
        joined: Tells how likely two neighbours belong together.
        gap: Heights of a digit between two that do not, where that does not tell.

    Returns:
        The lines from top to bottom, each its numbers from left to right.
    """
    boxes = [digit.box for digit in digits]
    order = [list(range(len(digits)))] if one_line and digits else find_lines(boxes)
    lines = [[digits[at] for at in line] for line in order]
    heights = [_height(line) for line in lines]
    if lines and marks:
        edges = np.array([one.edges for line in lines for one in line])
        counts = [len(line) for line in lines]
        owners, around = np.repeat(range(len(lines)), counts), np.repeat(heights, counts)
        for mark in marks:
            away = _away(mark, edges, around, max(gap, OPERATOR_GAP))
            if away.min() < 1:
                lines[owners[away.argmin()]].append(mark)
    return [_split(*pair, joined, gap) for pair in zip(lines, heights, strict=True)]


def joins_of(lines: Iterable[Line], joined: Joined) -> Joins:
    """Return how likely each two neighbours on lines are of one number, where that is told."""
    pairs = (pair for line in lines for pair in pairwise(chain(*line)))
    told = ((pair, joined(*pair)) for pair in pairs)
    return {pair: share for pair, share in told if share is not None}


def wholeness(line: Line, joins: Joins) -> Iterator[float]:
    """Yield how likely each number of a line is one, and whole, in [0, 1].

    It is as likely as what is said of its two neighbours that are least surely of it, or not.
    """
    apart = [1 - joins.get((one[-1], other[0]), 0.0) for one, other in pairwise(line)]
    for number, before, after in zip(line, [1.0, *apart], [*apart, 1.0], strict=True):
        yield min(before, after, *(joins.get(pair, 1.0) for pair in pairwise(number)))


def text_of(number: Number, digits: Mapping[Candidate, str]) -> str:
    """Write a number: each digit as it was read, each mark as it was found."""
    return "".join(digits.get(one, one.symbol) for one in number)


def doubtful_marks(number: Number) -> frozenset[Candidate]:
    """Return marks that may be none, as points that none writes so, and strokes that may be 1s.

    These are slashes at its ends and brackets alone.
    """
    stray = {one for one in number if not one.is_digit and one.score < CONFIG.sure_mark}
    stray |= {one for one in (number[0], number[-1]) if one.symbol == "/"}
    brackets = [one for one in number if one.symbol in BRACKETS]
    if "".join(one.symbol for one in brackets) != BRACKETS * (len(brackets) // 2):
        stray.update(brackets)
    return frozenset(stray.union(*(_odd_pair(number, sign) for sign in ".,")))


def may_lack_mark(number: Number) -> bool:
    """Tell whether a mark may have been missed between two digits of a number."""
    return any(
        one.is_digit and other.is_digit and one.mark_after >= CONFIG.lost
        for one, other in pairwise(number)
    )


def _odd_pair(number: Number, sign: str) -> set[Candidate]:
    """Return two points, or two commas, of 57.9623.35: one of them parts no digits.

    Between two of a date, a time or a section's number are one or two digits; thousands end in as
    many as are between; a telephone number ends in as many or more, or has more groups. None of
    them begins with more digits than an area code.
    """
    pair = {one for one in number if one.symbol == sign}
    groups = "".join("0" if one.is_digit else one.symbol for one in number).split(sign)
    if len(groups) > 2 and all(map(str.isdigit, groups)) and len(groups[0]) > AREA_CODE:
        return pair
    if len(groups) != 3 or not groups[1].isdigit():
        return set()
    last = len(groups[2]) - len(groups[2].lstrip("0"))
    return pair if 3 <= len(groups[1]) > last > 0 else set()


def _height(line: Sequence[Candidate]) -> float:
    return max(1.0, median_height(one for one in line if one.is_digit))


def _away(mark: Candidate, edges: Edges, heights: Edges, gap: float) -> Edges:
    """Return how far a mark is from each digit, (N,); of those from 1 on it is no mark.

    Args:
        mark: It.
        edges: (N, 4) of the digits.
        heights: (N,) in pixels, of the lines that they are on.
        gap: Heights that it may stand beside them.
    """
    gaps = np.maximum(edges[:, 0] - mark.edges[2], mark.edges[0] - edges[:, 2]).clip(0)
    above = np.abs(edges[:, [1, 3]].sum(axis=1) - mark.edges[[1, 3]].sum()) / 2
    return np.asarray(np.maximum(gaps / gap, above / BESIDE) / heights)


def _reach(signs: set[str], gap: float) -> float:
    """Return how many heights may be between two that belong together; signs are among them."""
    if signs & OPERATORS:
        return max(gap, OPERATOR_GAP)
    return max(gap, STOP_GAP) if signs & STOPS else gap


def _split(line: list[Candidate], height: float, joined: Joined, gap: float) -> Line:
    """Cut a line into numbers, where the gaps are wide."""
    ordered = sorted(line, key=lambda one: float(one.edges[0] + one.edges[2]))
    numbers = [[ordered[0]]]
    for before, one in pairwise(ordered):
        signs = {mark.symbol for mark in (before, one) if not mark.is_digit}
        share = joined(before, one)
        if share is None:
            share = float(one.edges[0] - before.edges[2] < _reach(signs, gap) * height)
        if share > 0.5:
            numbers[-1].append(one)
        else:
            numbers.append([one])
    whole = (_without_stop(number) for number in numbers)
    return tuple(tuple(number) for number in whole if any(one.is_digit for one in number))


def _without_stop(number: list[Candidate]) -> list[Candidate]:
    """Leave out a point or comma at a number's end, unless there are others, as in 24.12."""
    marks = [one for one in number if not one.is_digit]
    ends = number[-1] if marks and number[-1] is marks[-1] else None
    if ends is not None and ends.symbol in STOPS and len(marks) == 1:
        return number[:-1]
    return number
