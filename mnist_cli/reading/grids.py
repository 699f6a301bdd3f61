"""Tables on a page, by their rules: cells, and which of them a point lies in."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_cli.core.errors import UsageError
from mnist_cli.reading.candidates import Candidate, Look
from mnist_cli.reading.flattening import (
    Flattening,
    Points,
    find_flattening,
    lying_flat,
    scaled_down,
)
from mnist_cli.reading.normalise import Grey
from mnist_cli.reading.rules import INKED, Map, Rule, Ruling, contrast, find_rules, merged

DRAWN = 0.35  # mean look of a rule along a cell's side, in [0, 1], over which the side is drawn
BEYOND = 0.85  # the same where no rule was seen to go
SLACK = 0.3  # heights of a digit that a rule may end before another
ENDS = 0.08  # of a side at each end, that is not looked at: other rules cross there
SAMPLES = 16  # of a side
NARROW = 0.7  # heights of a digit: a part with a shorter side is no cell
NO_HEIGHT = 24.0  # px of the flat page: of digits, where none was found
UNSEEN = 0.1  # how much a grid is worth whose inner rules were not seen, beside one that has them
MOST = 200  # rows or columns
INSET = 0.1  # of a cell at each side, where its rules may be
SOMETHING = 0.3  # heights of a digit: less is dust
TALL = 0.55  # heights of a digit: a lower stroke is no digit
RULED = 0.95  # of a cell's side: what is longer is a piece of a rule
BLOT = 0.5  # of its box, that is inked where something was crossed out


@dataclass(frozen=True)
class Area:
    """One cell of a grid; rows and columns from 0, the last ones outside.

    Attributes:
        rows: From which rule that runs across to which.
        columns: From which rule that runs down to which.
    """

    rows: tuple[int, int]
    columns: tuple[int, int]

    @property
    def is_merged(self) -> bool:
        """Whether it takes more than a row and a column."""
        return self.rows[1] - self.rows[0] > 1 or self.columns[1] - self.columns[0] > 1


@dataclass(frozen=True, eq=False)
class Grid:
    """A table as it is ruled.

    Attributes:
        flattening: How the page lies.
        nodes: (rows + 1, columns + 1, 2) x and y on the flat page, where rules cross.
        cells: From the upper left to the lower right.
        drawn: (rows + 1,) and (columns + 1,) how much of each rule is drawn, in [0, 1].
        ink: (H, W) float32, how dark each place of the flat page is, by the contrast there.
        height: Of digits, in pixels of the flat page.
    """

    flattening: Flattening
    nodes: NDArray[np.float64]
    cells: tuple[Area, ...]
    drawn: tuple[NDArray[np.float64], NDArray[np.float64]]
    ink: Map
    height: float

    @property
    def rows(self) -> int:
        """How many."""
        return len(self.nodes) - 1

    @property
    def columns(self) -> int:
        """How many."""
        return int(self.nodes.shape[1]) - 1

    def corners(self, area: Area | None = None) -> Points:
        """Return upper left, upper right, lower right, lower left: (4, 2) pixels of the picture."""
        top, bottom = area.rows if area else (0, self.rows)
        left, right = area.columns if area else (0, self.columns)
        ends = self.nodes[[top, top, bottom, bottom], [left, right, right, left]]
        return self.flattening.to_picture(ends)

    def places(self, points: Points) -> NDArray[np.int64]:
        """Return rows and columns of points of the picture, from 0: (N, 2); -1 of those outside."""
        x, y = self.flattening.to_page(points.reshape(-1, 2)).T
        levels = np.stack([np.interp(x, line[:, 0], line[:, 1]) for line in self.nodes])
        sides = np.stack(
            [np.interp(y, line[:, 1], line[:, 0]) for line in self.nodes.swapaxes(0, 1)]
        )
        rows, columns = (levels < y).sum(axis=0) - 1, (sides < x).sum(axis=0) - 1
        outside = (rows < 0) | (rows >= self.rows) | (columns < 0) | (columns >= self.columns)
        return np.where(outside, -1, np.stack([rows, columns])).T

    @property
    def is_ruled(self) -> bool:
        """Whether some of its rules are drawn."""
        return any(bool(shares.any()) for shares in self.drawn)

    @property
    def top(self) -> float:
        """How far down it begins, in pixels of the picture."""
        return float(self.corners()[:, 1].min())

    @property
    def area(self) -> float:
        """How large it is, in pixels of the flat page."""
        wide, high = self.nodes[-1, -1] - self.nodes[0, 0]
        return float(wide * high)

    @property
    def evenness(self) -> float:
        """How alike its rows are in height, and its columns in width, in [0, 1]."""
        high = np.diff(self.nodes[..., 1], axis=0).mean(axis=1)
        wide = np.diff(self.nodes[..., 0], axis=1).mean(axis=0)
        return float(high.min() / high.max() * wide.min() / wide.max())

    def reaches_over(self, area: Area, edges: NDArray[np.float64], over: float) -> bool:
        """Tell whether a box of the picture reaches over its cell's sides, by a share of these."""
        left, top, right, bottom = edges.tolist()
        middles = [(left, (top + bottom) / 2), (right, (top + bottom) / 2)]
        middles += [((left + right) / 2, top), ((left + right) / 2, bottom)]
        west, east, north, south = self.flattening.to_page(np.array(middles))
        x0, y0, x1, y1 = self._box(area)
        across, down = over * (x1 - x0), over * (y1 - y0)
        return bool(
            west[0] < x0 - across
            or east[0] > x1 + across
            or north[1] < y0 - down
            or south[1] > y1 + down
        )

    def sort_of_ink(self, area: Area) -> str:
        """Say what a cell without a digit holds: `empty`, `not_a_digit`, `crossed_out`."""
        inked, stats, _ = self._pieces(area)
        sizes = stats[:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]].max(axis=1, initial=0)
        if not (sizes > SOMETHING * self.height).any():
            return "empty"
        x, y, wide, high, _ = stats[int(sizes.argmax())]
        share = inked[y : y + high, x : x + wide].mean()
        return (
            "crossed_out" if min(wide, high) > self.height / 2 and share > BLOT else "not_a_digit"
        )

    def unread(self, area: Area, read: Sequence[NDArray[np.float64]]) -> Points:
        """Return the middles of strokes in a cell that are as tall as a digit, and were not read.

        Args:
            area: The cell.
            read: (4,) left, top, right, bottom in pixels of the picture, of all that was read.

        Returns:
            (N, 2) pixels of the picture.
        """
        inked, _, begin = self._pieces(area)
        left_over = inked.copy()
        if not left_over.size:
            return np.empty((0, 2))
        for left, top, right, bottom in read:
            ends = np.array([[left, top], [right, top], [right, bottom], [left, bottom]])
            corners = np.rint(self.flattening.to_page(ends) - begin).astype(np.int32)
            cv2.fillConvexPoly(left_over, corners, 0)
        _, _, stats, middles = cv2.connectedComponentsWithStats(left_over)
        high, wide = stats[1:, cv2.CC_STAT_HEIGHT], stats[1:, cv2.CC_STAT_WIDTH]
        is_rule = (wide > RULED * inked.shape[1]) | (high > RULED * inked.shape[0])
        found = middles[1:][(high > TALL * self.height) & ~is_rule]
        return self.flattening.to_picture(found + begin)

    def _pieces(self, area: Area) -> tuple[NDArray[np.uint8], NDArray[np.int32], Points]:
        """Return a cell's ink, (h, w) 0 or 1, OpenCV's figures of its pieces, and where it begins.

        Returns:
            …, (N, 5), and (2,) x and y on the flat page.
        """
        x0, y0, x1, y1 = self._box(area)
        across, down = INSET * (x1 - x0) + 2, INSET * (y1 - y0) + 2
        rows = slice(max(0, round(y0 + down)), max(0, round(y1 - down)))
        columns = slice(max(0, round(x0 + across)), max(0, round(x1 - across)))
        inked = (self.ink[rows, columns] > INKED).astype(np.uint8)
        begin = np.array([columns.start, rows.start], np.float64)
        if not inked.size:
            return inked, np.empty((0, 5), np.int32), begin
        stats = cv2.connectedComponentsWithStats(inked)[2]
        return inked, np.asarray(stats[1:], np.int32), begin

    def _box(self, area: Area) -> tuple[float, float, float, float]:
        """Return left, top, right, bottom of a cell on the flat page."""
        ends = self.nodes[np.ix_(area.rows, area.columns)]
        left, right = ends[:, 0, 0].mean(), ends[:, 1, 0].mean()
        top, bottom = ends[0, :, 1].mean(), ends[1, :, 1].mean()
        return float(left), float(top), float(right), float(bottom)


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


def find_grids(grey: Grey, look: Look, height: float, *, dark: bool) -> list[Grid]:
    """Find the ruled tables of a page.

    Args:
        grey: (H, W) uint8, upright.
        look: The finder's finest one at it.
        height: Of its digits, in pixels; 0 where there are none.
        dark: Whether ink is darker than paper.
    """
    scaled, scale = scaled_down(grey, height)
    seen = look.ruled(grey.shape, scaled.shape)
    flattening = find_flattening(seen, scale)
    height = height * scale or NO_HEIGHT
    page, inside = flattening.flat(scaled), flattening.inside(scaled.shape)
    ink = contrast(page, inside, height, dark=dark)
    across, down = (flattening.flat(one) * inside for one in seen)
    ruling = find_rules((across, down), ink, height)
    return [
        grid for group in crossing(ruling, height) for grid in _tables(group, flattening, height)
    ]


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
    flattening = lying_flat(scaled.shape, scale)
    nodes = [own * scale for own in nodes]
    return grids_at(scaled, flattening, nodes, height * scale or NO_HEIGHT, dark=dark, drawn=1.0)


def grids_at(
    scaled: Grey,
    flattening: Flattening,
    nodes: Sequence[NDArray[np.float64]],
    height: float,
    *,
    dark: bool,
    drawn: float,
) -> list[Grid]:
    """Return tables where it is known how the page lies, and where their rules cross on it.

    Args:
        scaled: (H, W) uint8, as of `scaled_down`.
        flattening: How it lies.
        nodes: (rows + 1, columns + 1, 2) pixels of the flat page, of each table.
        height: Of digits, in pixels of the flat page.
        dark: Whether ink is darker than paper.
        drawn: How much of their rules is drawn, in [0, 1].
    """
    page, inside = flattening.flat(scaled), flattening.inside(scaled.shape)
    ink = contrast(page, inside, height, dark=dark)
    found = []
    for own in nodes:
        rows, columns = own.shape[0] - 1, own.shape[1] - 1
        rules = np.full(rows + 1, drawn), np.full(columns + 1, drawn)
        found.append(Grid(flattening, own, _plain((rows, columns)), rules, ink, height))
    return found


def fitted(
    grids: Sequence[Grid], digits: Sequence[Candidate], size: tuple[int, int]
) -> Grid | None:
    """Return the one grid of some rows and columns that looks most like the one that is meant.

    It is large, even, without merged cells, and holds many digits. Of a larger grid it is a part;
    one whose inner rules were not seen is divided evenly.
    """
    middles = np.array([one.middle for one in digits]).reshape(-1, 2)
    scores = np.array([one.score for one in digits])
    found = [part for grid in grids for part in _parts(grid, middles, scores, size)]
    best = max(found, key=lambda pair: pair[0], default=(0.0, None))[1]
    return replace(best, cells=_plain(size)) if best else None


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
    strongest = [
        np.sort(np.argsort(-shares, kind="stable")[: count + 1])
        for shares, count in zip(grid.drawn, size, strict=True)
    ]
    best = replace(grid, nodes=grid.nodes[np.ix_(*strongest)])
    yield _worth(best, points, scores), best


def _worth(grid: Grid, points: Points, scores: NDArray[np.float64]) -> float:
    """Return how much speaks for a grid: it is large, even, and holds many digits."""
    return grid.area * grid.evenness * float(scores[grid.places(points)[:, 0] >= 0].sum())


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
    cells = _plain((nodes.shape[0] - 1, nodes.shape[1] - 1))
    return replace(grid, nodes=nodes, drawn=(drawn[0], drawn[1]), cells=cells)


def _plain(size: tuple[int, int]) -> tuple[Area, ...]:
    """Return cells of which none is merged."""
    return tuple(Area((row, row + 1), (column, column + 1)) for row, column in np.ndindex(*size))


def _divided(nodes: NDArray[np.float64], size: tuple[int, int]) -> NDArray[np.float64]:
    """Divide a grid evenly between its corners."""
    down, across = (np.linspace(0, 1, count + 1) for count in size)
    (north_west, north_east), (south_west, south_east) = nodes[[0, -1]][:, [0, -1]]
    west = north_west + down[:, None] * (south_west - north_west)
    east = north_east + down[:, None] * (south_east - north_east)
    return np.asarray(west[:, None] + across[None, :, None] * (east - west)[:, None])


def crossing(ruling: Ruling, height: float) -> Iterator[Ruling]:
    """Group the rules that cross each other, two others each at the least."""
    across, down = ruling.across, ruling.down
    meets = np.array(
        [[_meet(one, other, SLACK * height) for other in down] for one in across], np.bool_
    ).reshape(len(across), len(down))
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
        flat = merged([across[row] for row in rows], height)
        upright = merged([down[column] for column in columns], height)
        if len(flat) > 1 and len(upright) > 1:
            yield Ruling(flat, upright, ruling.dark_across, ruling.dark_down, ruling.ink)


def _meet(across: Rule, down: Rule, slack: float) -> bool:
    """Tell whether two rules cross, or would if they were a little longer."""
    y = float(across(down.level))
    x = float(down(y))
    beyond = across.x[0] - x, x - across.x[-1], down.x[0] - y, y - down.x[-1]
    return bool(max(beyond) <= slack)


def _tables(ruling: Ruling, flattening: Flattening, height: float) -> Iterator[Grid]:
    """Put cells together that have a side in common."""
    ruling = _closed(ruling, height)
    nodes = _nodes(ruling)
    sides = _drawn_sides(ruling, nodes, SLACK * height)
    regions = _regions(*sides)
    cells: dict[int, Area] = {}
    for number in set(regions.ravel().tolist()) - {0}:
        rows, columns = np.nonzero(regions == number)
        first, last = (int(rows.min()), int(columns.min())), (int(rows.max()), int(columns.max()))
        area = Area((first[0], last[0] + 1), (first[1], last[1] + 1))
        size = (area.rows[1] - area.rows[0]) * (area.columns[1] - area.columns[0])
        ends = nodes[np.ix_(area.rows, area.columns)]
        shortest = min(np.diff(ends[..., 0]).min(), np.diff(ends[..., 1], axis=0).min())
        if size == len(rows) and shortest > NARROW * height:
            cells[number] = area
    for group in _touching(regions, set(cells)):
        own = [cells[number] for number in group]
        across = sorted({at for cell in own for at in cell.rows})
        down = sorted({at for cell in own for at in cell.columns})
        drawn = (
            sides[0][across, down[0] : down[-1]].mean(axis=1),
            sides[1][across[0] : across[-1], down].mean(axis=0),
        )
        whole = _whole(own, across, down)
        yield Grid(flattening, nodes[np.ix_(across, down)], whole, drawn, ruling.ink, height)


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


def _nodes(ruling: Ruling) -> NDArray[np.float64]:
    """Return where rules cross: (across, down, 2), x and y."""
    nodes = np.empty((len(ruling.across), len(ruling.down), 2))
    for row, rule in enumerate(ruling.across):
        x = np.array([other.level for other in ruling.down])
        for _ in range(3):
            y = rule(x)
            x = np.array([float(o(at)) for o, at in zip(ruling.down, y, strict=True)])
        nodes[row] = np.stack([x, y], 1)
    return nodes


def _drawn_sides(
    ruling: Ruling, nodes: NDArray[np.float64], slack: float
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Tell which sides of cells are drawn.

    Returns:
        (across, down - 1) sides that run across, and (across - 1, down) sides that run down.
    """
    flat = [
        _drawn(ruling.dark_across, rule, nodes[at, :, 0], slack)
        for at, rule in enumerate(ruling.across)
    ]
    upright = [
        _drawn(ruling.dark_down, rule, nodes[:, at, 1], slack)
        for at, rule in enumerate(ruling.down)
    ]
    across, down = np.stack(flat), np.stack(upright, 1)
    _close(across, ruling.across, down.copy())
    _close(down.T, ruling.down, across.T.copy())
    return across, down


def _close(sides: NDArray[np.bool_], rules: Sequence[Rule], others: NDArray[np.bool_]) -> None:
    """Take sides of a rule that was not seen for drawn where both that lead to it are, in place.

    Args:
        sides: (rules, others - 1) which are drawn.
        rules: They are of these.
        others: (rules - 1, others) which of the other way are.
    """
    for at, rule in enumerate(rules):
        if not rule.is_drawn:
            own = others[0 if at == 0 else -1]
            sides[at] = own[:-1] & own[1:]


def _drawn(
    dark: Map, rule: Rule, crossings: NDArray[np.float64], slack: float
) -> NDArray[np.bool_]:
    """Tell between which two crossings a rule is drawn: (N - 1,)."""
    shares = np.linspace(ENDS, 1 - ENDS, SAMPLES)
    x = crossings[:-1, None] + np.diff(crossings)[:, None] * shares
    columns = np.clip(np.rint(x).astype(int), 0, dark.shape[1] - 1)
    levels = np.rint(rule(x)).astype(int)
    rows = np.clip(levels[..., None] + np.arange(-2, 3), 0, dark.shape[0] - 1)
    looks = dark[rows, columns[..., None]].max(axis=-1).mean(axis=-1)
    seen = rule.goes_by(x, slack).mean(axis=-1) > 0.5
    return np.asarray(looks > np.where(seen, DRAWN, BEYOND))


def _regions(across: NDArray[np.bool_], down: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Give a number to each part that drawn sides bound.

    Args:
        across: (rows + 1, columns) which sides that run across are drawn.
        down: (rows, columns + 1) which that run down.

    Returns:
        (rows, columns) from 1; 0 is what no side closes.
    """
    rows, columns = down.shape[0], across.shape[1]
    # cells with a frame of more around, a pixel each; between two, a pixel that is 1 if it is open
    free = np.ones((2 * rows + 3, 2 * columns + 3), np.uint8)
    free[1::2, 1::2] = 0  # where rules cross
    free[1:-1:2, 2:-1:2] = ~across
    free[2:-1:2, 1:-1:2] = ~down
    labels = cv2.connectedComponents(free, connectivity=4)[1]
    labels[labels == labels[0, 0]] = 0
    return np.asarray(labels[2:-1:2, 2:-1:2], np.int64)


def _touching(regions: NDArray[np.int64], wanted: set[int]) -> list[list[int]]:
    """Group the regions that have sides in common."""
    own = np.isin(regions, list(wanted)).astype(np.uint8)
    count, groups = cv2.connectedComponents(own, connectivity=4)
    return sorted(np.unique(regions[groups == number]).tolist() for number in range(1, count))


def _whole(cells: list[Area], rows: list[int], columns: list[int]) -> tuple[Area, ...]:
    """Count cells by the rules that bound some of them, and add those that are wanting.

    Where a side was not seen, each row and column has its own cell.
    """
    own = [
        Area(
            (rows.index(cell.rows[0]), rows.index(cell.rows[1])),
            (columns.index(cell.columns[0]), columns.index(cell.columns[1])),
        )
        for cell in cells
    ]
    taken = np.zeros((len(rows) - 1, len(columns) - 1), np.bool_)
    for area in own:
        taken[slice(*area.rows), slice(*area.columns)] = True
    own += [
        Area((row, row + 1), (column, column + 1)) for row, column in np.argwhere(~taken).tolist()
    ]
    return tuple(sorted(own, key=lambda cell: (cell.rows[0], cell.columns[0])))
