"""The ruled tables of a page, found by their rules."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from mnist_cli.reading.normalise import Grey
from mnist_cli.reading.tables.cells import (
    apart,
    drawn_sides,
    rectangles,
    regions_of,
    touching,
    whole_of,
)
from mnist_cli.reading.tables.flattening import Flattening, lying_flat, scaled_down
from mnist_cli.reading.tables.grid import Grid, Sides, plain
from mnist_cli.reading.tables.rules import SAME, Map, Rule, Ruling, contrast, merged

SLACK = 0.3  # heights of a digit that a rule may end before another
NARROW = 0.7  # heights of a digit: a part with a shorter side is no cell
BEYOND = 1.0  # heights of a digit, by which a line goes on beyond a table that is none of its rules
NO_HEIGHT = 24.0  # px of the flat page: of digits, where none was found


def tables_in(ruling: Ruling, flattening: Flattening, height: float) -> list[Grid]:
    """Return the tables that rules make, whose cells are closed.

    Args:
        ruling: The rules of the flat page.
        flattening: How it lies.
        height: Of its digits, in pixels.
    """
    groups = crossing(ruling, height)
    return [grid for group in groups for grid in _tables(group, flattening, height)]


def given_grids(
    grey: Grey, nodes: Sequence[NDArray[np.float64]], height: float, *, dark: bool
) -> list[Grid]:
    """Return the tables of a page that lies flat, where it is known where their rules cross.

    Args:
        grey: (H, W) uint8, upright.
        nodes: (rows + 1, columns + 1, 2) pixels of each.
        height: Of digits, in pixels; 0 where there are none.
        dark: Whether ink is darker than paper.
    """
    scaled, scale = scaled_down(grey, height)
    flattening, height = lying_flat(scaled.shape, scale), height * scale or NO_HEIGHT
    ink = contrast(scaled, np.ones(scaled.shape, np.bool_), height, dark=dark)
    return [plain_grid(flattening, own * scale, ink, height, drawn=1.0) for own in nodes]


def plain_grid(
    flattening: Flattening, nodes: NDArray[np.float64], ink: Map, height: float, *, drawn: float
) -> Grid:
    """Return a table without merged cells, of whose rules a share is drawn, as `Grid` takes it."""
    rows, columns = nodes.shape[0] - 1, nodes.shape[1] - 1
    rules = np.full(rows + 1, drawn), np.full(columns + 1, drawn)
    return Grid(flattening, nodes, plain((rows, columns)), rules, ink, height)


def crossing(ruling: Ruling, height: float) -> Iterator[Ruling]:
    """Group the rules that cross each other, two others each at the least."""
    across, down = ruling.across, ruling.down
    meets = _meet(across, down, SLACK * height)
    before = -1
    while (count := int(meets.sum())) != before:
        before = count
        meets[meets.sum(axis=1) < 2] = False
        meets[:, meets.sum(axis=0) < 2] = False
    left = set(np.flatnonzero(meets.any(axis=1)).tolist())
    while left:
        rows, columns = {min(left)}, set[int]()
        while (found := set(np.flatnonzero(meets[list(rows)].any(axis=0)).tolist())) != columns:
            columns = found
            rows = set(np.flatnonzero(meets[:, list(columns)].any(axis=1)).tolist())
        left -= rows
        own = [across[row] for row in rows], [down[column] for column in columns]
        flat = merged(_without_passing(*own, height), height)
        upright = merged(_without_passing(*own[::-1], height), height)
        if len(flat) > 1 and len(upright) > 1:
            yield Ruling(flat, upright, ruling.dark_across, ruling.dark_down, ruling.ink)


def _without_passing(rules: Sequence[Rule], others: Sequence[Rule], height: float) -> list[Rule]:
    """Return rules without those that pass a side of a table: a line across the page, over a box.

    It would be taken for the side that is drawn double, and the side for one between the two.
    """
    levels, reach = [one.level for one in others], BEYOND * height
    first, last = min(levels), max(levels)
    passing = [one for one in rules if one.x[0] < first - reach and one.x[-1] > last + reach]
    whole = last - first - 2 * reach
    sides = [one.level for one in rules if one not in passing and one.length > whole]
    return [
        one
        for one in rules
        if one not in passing or not any(abs(one.level - y) < SAME * height for y in sides)
    ]


def _meet(across: Sequence[Rule], down: Sequence[Rule], slack: float) -> NDArray[np.bool_]:
    """Tell which rules cross, or would if they were a little longer: (across, down)."""
    x, y = _crossed(across, down, 1)
    left, right = (np.array([rule.x[end] for rule in across])[:, None] for end in (0, -1))
    top, bottom = (np.array([rule.x[end] for rule in down]) for end in (0, -1))
    return np.asarray(np.max([left - x, x - right, top - y, y - bottom], axis=0) <= slack)


def _crossed(
    across: Sequence[Rule], down: Sequence[Rule], times: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return where rules cross, the nearer the more often it is looked: two (across, down)."""
    x = np.tile([rule.level for rule in down], (len(across), 1))
    y = np.empty_like(x)
    for _ in range(times):
        for row, rule in enumerate(across):
            y[row] = rule(x[row])
        for column, rule in enumerate(down):
            x[:, column] = rule(y[:, column])
    return x, y


def _tables(ruling: Ruling, flattening: Flattening, height: float) -> Iterator[Grid]:
    """Put cells together that have a side in common."""
    ruling = _closed(ruling, height)
    nodes = np.stack(_crossed(ruling.across, ruling.down, 3), -1)
    sides = drawn_sides(ruling, nodes, SLACK * height)
    regions = regions_of(*sides)
    cells = {
        number: area
        for number, area in rectangles(regions).items()
        if _shortest(nodes[np.ix_(area.rows, area.columns)]) > NARROW * height
    }
    groups = ([cells[number] for number in group] for group in touching(regions, set(cells)))
    for own in itertools.chain.from_iterable(map(apart, groups)):
        across = sorted({at for cell in own for at in cell.rows})
        down = sorted({at for cell in own for at in cell.columns})
        drawn = (
            sides[0][across, down[0] : down[-1]].mean(axis=1),
            sides[1][across[0] : across[-1], down].mean(axis=0),
        )
        whole = whole_of(own, across, down, regions, drawn[1])
        ends = nodes[np.ix_(across, down)]
        outer = [ruling.across[at] for at in across], [ruling.down[at] for at in down]
        open_sides, undrawn = _sides(*outer, ends, height)
        yield Grid(flattening, ends, whole, drawn, ruling.ink, height, open_sides, undrawn)


def _shortest(corners: NDArray[np.float64]) -> float:
    """Return the shortest side of a cell, whose corners are (2, 2, 2)."""
    across, down = corners[:, 1] - corners[:, 0], corners[1] - corners[0]
    return float(min(across[:, 0].min(), down[:, 1].min()))


def _sides(
    across: Sequence[Rule], down: Sequence[Rule], nodes: NDArray[np.float64], height: float
) -> tuple[Sides, Sides]:
    """Tell at which sides a table goes on, and at which no rule is drawn.

    It goes on where none is, and where two rules or more go on beyond the one that is.
    """
    undrawn = (
        *(not down[0].is_drawn, not across[0].is_drawn),
        *(not down[-1].is_drawn, not across[-1].is_drawn),
    )

    def go_on(others: Sequence[Rule], levels: NDArray[np.float64], end: int) -> bool:
        reached = np.array([float(rule.x[end]) for rule in others])
        beyond = reached - levels if end else levels - reached
        return int((beyond > SLACK * height).sum()) > 1

    left, top, right, bottom = undrawn
    return (
        left or go_on(across, nodes[:, 0, 0], 0),
        top or go_on(down, nodes[0, :, 1], 0),
        right or go_on(across, nodes[:, -1, 0], -1),
        bottom or go_on(down, nodes[-1, :, 1], -1),
    ), undrawn


def _closed(ruling: Ruling, height: float) -> Ruling:
    """End a table that is open at a side where its rules end, or the picture does."""
    across = _with_ends(ruling.across, ruling.down, height)
    return replace(ruling, across=across, down=_with_ends(ruling.down, ruling.across, height))


def _with_ends(
    rules: tuple[Rule, ...], others: tuple[Rule, ...], height: float
) -> tuple[Rule, ...]:
    """Return rules with one more at each end over which two others and more go on."""
    first, last = rules[0].level, rules[-1].level
    before = [float(one.x[0]) for one in others if one.x[0] < first - NARROW * height]
    after = [float(one.x[-1]) for one in others if one.x[-1] > last + NARROW * height]
    ends = np.array([others[0].level, others[-1].level])
    opened = [
        Rule(ends, np.full(2, np.median(levels)), is_drawn=False)
        for levels in (before, after)
        if len(levels) > 1
    ]
    return tuple(sorted((*rules, *opened), key=lambda rule: rule.level))
