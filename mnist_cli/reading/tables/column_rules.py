"""Rules between columns: no number goes on over one, and none is a 1."""

from collections.abc import Sequence

import numpy as np

from mnist_cli.reading.candidates import Candidate, Edges
from mnist_cli.reading.numbers import Joined
from mnist_cli.reading.tables.grid import Grid
from mnist_cli.reading.tables.grids import RuledPage
from mnist_cli.reading.tables.rules import Rule

LEAST = 4.0  # heights of a digit: a shorter rule is of a box around one, or a stroke
ON = 0.25  # heights of a digit: a stroke whose middle is as near to a rule is a piece of it
SHORT = 0.3  # of the longest rule: a shorter one is of something else
WIDE = (
    2.0  # heights from one to the next, in the median: nearer ones are of squared paper, or boxes
)


def column_rules(ruled: RuledPage) -> list[Rule]:
    """Return the rules that run down a page between columns of numbers, from left to right."""
    down = sorted(ruled.ruling.down, key=lambda rule: rule.level)
    lengths = np.array([np.ptp(rule.x) for rule in down])
    least = max(LEAST * ruled.height, SHORT * lengths.max(initial=0))
    long = [rule for rule, length in zip(down, lengths, strict=True) if length > least]
    steps = np.diff([rule.level for rule in long])
    return long if not len(steps) or np.median(steps) > WIDE * ruled.height else []


def parted_by(ruled: RuledPage | None, joined: Joined) -> Joined:
    """Return what tells that digits on both sides of a rule are of two numbers, and else asks.

    Args:
        ruled: What is ruled on the page.
        joined: Tells of the others how likely they are of one number.
    """
    rules = column_rules(ruled) if ruled else []
    if not ruled or not rules:
        return joined
    flat = ruled.flattening

    def told(one: Candidate, other: Candidate) -> float | None:
        (x, y), (other_x, other_y) = flat.to_page(np.array([one.middle, other.middle]))
        down, (left, right) = (y + other_y) / 2, sorted((x, other_x))
        across = (rule for rule in rules if rule.x[0] < down < rule.x[-1])
        return 0.0 if any(left < rule(down) < right for rule in across) else joined(one, other)

    return told


def off_rules(strokes: Edges, grids: Sequence[Grid]) -> Edges:
    """Return the strokes, (N, 4), that lie on no rule that runs down between boxes."""
    middles = (strokes[:, :2] + strokes[:, 2:]) / 2
    is_off = np.ones(len(strokes), np.bool_)
    for grid in grids if len(strokes) else ():
        x, y = grid.flattening.to_page(middles).T
        near = ON * grid.height
        for line in grid.nodes.swapaxes(0, 1):
            level = (line[0, 1] - near < y) & (y < line[-1, 1] + near)
            is_off &= ~level | (np.abs(np.interp(y, line[:, 1], line[:, 0]) - x) > near)
    return np.asarray(strokes[is_off])
