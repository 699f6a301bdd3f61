"""Rules between columns: no number goes on over one, and none is a 1."""

from collections.abc import Sequence
from functools import cache

import numpy as np

from mnist_cli.reading.candidates import Candidate, Edges, middles_of
from mnist_cli.reading.numbers import Joined
from mnist_cli.reading.outline import Points
from mnist_cli.reading.tables.grid import Grid
from mnist_cli.reading.tables.ruled_page import RuledPage

ON = 0.25  # heights of a digit: a stroke whose middle is as near to a rule is a piece of it


def parted_by(ruled: RuledPage | None, joined: Joined) -> Joined:
    """Return what tells that digits on both sides of a rule are of two numbers, and else asks.

    Args:
        ruled: What is ruled on the page.
        joined: Tells of the others how likely they are of one number.
    """
    if not ruled or not ruled.between_columns:
        return joined
    rules, flat = ruled.between_columns, ruled.flattening
    lows, highs = (np.array([end(rule.y) for rule in rules]) for end in (np.min, np.max))

    @cache
    def middle(one: Candidate) -> Points:
        return np.asarray(flat.to_page(np.array([one.middle]))[0])

    def told(one: Candidate, other: Candidate) -> float | None:
        (x, y), (other_x, other_y) = middle(one).tolist(), middle(other).tolist()
        down, (left, right) = (y + other_y) / 2, sorted((x, other_x))
        near = (rules[at] for at in np.flatnonzero((lows < right) & (highs > left)).tolist())
        across = (rule for rule in near if rule.x[0] < down < rule.x[-1])
        return 0.0 if any(left < rule(down) < right for rule in across) else joined(one, other)

    return told


def off_rules(strokes: Edges, grids: Sequence[Grid]) -> Edges:
    """Return the strokes, (N, 4), that lie on no line between the columns of some grids."""
    middles = middles_of(strokes)
    is_off = np.ones(len(strokes), np.bool_)
    for grid in grids if len(strokes) else ():
        x, y = grid.flattening.to_page(middles).T
        near = ON * grid.height
        for line in grid.nodes.swapaxes(0, 1):
            beside = (line[0, 1] - near < y) & (y < line[-1, 1] + near)
            is_off &= ~beside | (np.abs(np.interp(y, line[:, 1], line[:, 0]) - x) > near)
    return np.asarray(strokes[is_off])
