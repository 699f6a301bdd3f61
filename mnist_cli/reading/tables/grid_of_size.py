"""The grid of some size that is meant, out of those that were found."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from mnist_cli.core.errors import UsageError
from mnist_cli.reading.candidates import Candidate
from mnist_cli.reading.outline import Points
from mnist_cli.reading.tables.grid import Grid, plain

MOST = 200  # rows or columns
OFF = 0.2  # of a row or column: rules that are farther from those of an even division are not of it
UNSEEN = 0.1  # how much a grid is worth whose inner rules were not seen, beside one that has them
# Of a page's digits, that lie in a frame: on forms made up, whose tables lack all their inner rules
# or those of one way, the table holds 88 % or more, other boxes that were divided up to 7 %.
LEAST_HELD = 0.25


def parse_size(text: str) -> tuple[int, int]:
    """Return rows and columns of `ROWSxCOLUMNS`.

    Raises:
        UsageError: It is none, or over `MOST` a side.
    """
    found = re.fullmatch(r"(\d{1,4})[xX×](\d{1,4})", text.strip())
    size = (int(found[1]), int(found[2])) if found else (0, 0)
    if not (min(size) > 0 and max(size) <= MOST):
        raise UsageError(f"A grid is ROWSxCOLUMNS, up to {MOST} each. Received: {text!r}.")
    return size


def fitted(
    grids: Sequence[Grid], digits: Sequence[Candidate], size: tuple[int, int]
) -> Grid | None:
    """Return the one grid of some rows and columns that looks most like the one that is meant.

    It is large, even, without merged cells, and holds many digits. Of a larger grid it is a part;
    one whose inner rules were not seen is divided evenly. Where none was seen one way, any box is
    as good a frame, and only the one around much of what is written is taken.
    """
    middles = np.array([one.middle for one in digits]).reshape(-1, 2)
    scores = np.array([one.score for one in digits])
    found = [
        (worth, part)
        for grid in grids
        for worth, part in _parts(grid, middles, scores, size)
        if not _is_frame(grid, size) or _held(part, middles, scores) >= LEAST_HELD * scores.sum()
    ]
    best = max(found, key=lambda pair: pair[0], default=(0.0, None))[1]
    return replace(best, cells=plain(size)) if best else None


def _is_frame(grid: Grid, size: tuple[int, int]) -> bool:
    """Tell whether no rule was seen between the rows, or the columns, that are asked for."""
    return grid.rows == 1 < size[0] or grid.columns == 1 < size[1]


def _parts(
    grid: Grid, points: Points, scores: NDArray[np.float64], size: tuple[int, int]
) -> Iterator[tuple[float, Grid]]:
    """Yield each grid of some size that another one may be meant to be.

    Yields:
        How much speaks for it, and the grid.
    """
    grid = _longer(grid, size)
    rows, columns = size
    if grid.rows < rows or grid.columns < columns:
        divided = replace(grid, nodes=_divided(grid.nodes, size))
        if _agree(grid, divided):
            yield UNSEEN * _worth(divided, points, scores), divided
        return
    single = np.ones((grid.rows, grid.columns), np.bool_)
    for area in grid.cells:
        if area.is_merged:
            single[slice(*area.rows), slice(*area.columns)] = False
    row, column = grid.places(points).T
    for top, left in np.ndindex(grid.rows - rows + 1, grid.columns - columns + 1):
        part = replace(grid, nodes=grid.nodes[top : top + rows + 1, left : left + columns + 1])
        inside = (top <= row) & (row < top + rows) & (left <= column) & (column < left + columns)
        alone = float(single[top : top + rows, left : left + columns].mean())
        yield alone * part.area * part.evenness * float(scores[inside].sum()), part
    levels = grid.nodes[..., 1].mean(axis=1), grid.nodes[..., 0].mean(axis=0)
    across, down = (_even(*axis) for axis in zip(levels, grid.drawn, size, strict=True))
    if across is not None and down is not None:
        even = replace(grid, nodes=grid.nodes[np.ix_(across, down)])
        yield _worth(even, points, scores), even


def _even(
    levels: NDArray[np.float64], drawn: NDArray[np.float64], count: int
) -> NDArray[np.int64] | None:
    """Return the `count` + 1 rules that stand most evenly and are drawn most, by their numbers.

    Rules of something beside the table may lie between them.
    """
    best, most = None, 0.0
    for first, last in combinations(range(len(levels)), 2):
        ideal, step = np.linspace(levels[first], levels[last], count + 1, retstep=True)
        away = np.abs(levels[:, None] - ideal) / step
        own, off = away.argmin(axis=0), away.min(axis=0)
        worth = float(drawn[own].sum() * (1 - off.mean()))
        if off.max() <= OFF and len(set(own.tolist())) == count + 1 and worth > most:
            best, most = own, worth
    return best


def _worth(grid: Grid, points: Points, scores: NDArray[np.float64]) -> float:
    """Return how much speaks for a grid: it is large, even, and holds many digits."""
    return grid.area * grid.evenness * _held(grid, points, scores)


def _held(grid: Grid, points: Points, scores: NDArray[np.float64]) -> float:
    """Return how many digits lie in a grid, each counted by its score."""
    return float(scores[grid.places(points)[:, 0] >= 0].sum())


def _agree(seen: Grid, divided: Grid) -> bool:
    """Tell whether most inner rules that were seen lie where an even division has some."""
    for axis in (0, 1):  # rules across by their y, rules down by their x
        own, levels = (grid.nodes[..., 1 - axis].mean(axis=1 - axis) for grid in (seen, divided))
        away = np.abs(own[1:-1, None] - levels).min(axis=1) / np.diff(levels).mean()
        if len(away) and float(np.median(away)) > OFF:
            return False
    return True


def _longer(grid: Grid, size: tuple[int, int]) -> Grid:
    """Add an outermost rule at each side where a row or column is wanting: it may be cut off."""
    nodes, drawn = grid.nodes, list(grid.drawn)
    for axis, count in enumerate(size):
        if nodes.shape[axis] - 1 == count - 1 > 0:
            ordered = np.moveaxis(nodes, axis, 0)
            before, after = 2 * ordered[0] - ordered[1], 2 * ordered[-1] - ordered[-2]
            ordered = np.concatenate([before[None], ordered, after[None]])
            nodes = np.moveaxis(ordered, 0, axis)
            drawn[axis] = np.concatenate([[0.0], drawn[axis], [0.0]])
    if nodes.shape == grid.nodes.shape:
        return grid
    cells = plain((nodes.shape[0] - 1, nodes.shape[1] - 1))
    return replace(grid, nodes=nodes, drawn=(drawn[0], drawn[1]), cells=cells)


def _divided(nodes: NDArray[np.float64], size: tuple[int, int]) -> NDArray[np.float64]:
    """Divide a grid evenly between its corners."""
    down, across = (np.linspace(0, 1, count + 1) for count in size)
    (north_west, north_east), (south_west, south_east) = nodes[[0, -1]][:, [0, -1]]
    west = north_west + down[:, None] * (south_west - north_west)
    east = north_east + down[:, None] * (south_east - north_east)
    return np.asarray(west[:, None] + across[None, :, None] * (east - west)[:, None])
