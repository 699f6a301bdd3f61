"""A table as it is ruled: its cells, what lies in each, and which one a point lies in."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_cli.reading.outline import Points, room_in
from mnist_cli.reading.tables.flattening import Flattening
from mnist_cli.reading.tables.rules import INKED, Map

# Where rules may be: of a cell's height above and below, of a digit's beside, where a 1 may stand
INSET = 0.1
MOSTLY = 0.5  # of an outer rule that is drawn, where a table is closed there
FLUSH = 0.15  # heights of a digit, beyond an outer rule: with less there is no paper to be seen
SOMETHING = 0.3  # heights of a digit: less is dust
TALL = 0.55  # heights of a digit: a lower stroke is no digit
BARE = 0.03  # of a cell at each side, where the rules are that bound it
RULED = 0.95  # of a cell's side: what is longer is a piece of a rule
BLOT = 0.5  # of its box, that is inked where something was crossed out

Sides = tuple[bool, bool, bool, bool]  # left, top, right, bottom
# A cell's ink, (h, w) 0 or 1; OpenCV's (N, 5) of its pieces; x and y where it begins, (2,)
Pieces = tuple[NDArray[np.uint8], NDArray[np.int32], Points]


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
        open_sides: Whether it goes on at its left, top, right, bottom.
        undrawn_sides: Whether no rule is drawn there, but others end.
    """

    flattening: Flattening
    nodes: NDArray[np.float64]
    cells: tuple[Area, ...]
    drawn: tuple[NDArray[np.float64], NDArray[np.float64]]
    ink: Map
    height: float
    open_sides: Sides = (False, False, False, False)
    undrawn_sides: Sides = (False, False, False, False)

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
        whole = Area((0, self.rows), (0, self.columns))
        return np.asarray(self.corners_of([area or whole])[0])

    def corners_of(self, areas: Sequence[Area]) -> Points:
        """Return the corners of several cells at once, as `corners` does: (N, 4, 2)."""
        return self.flattening.to_picture(self._ends_of(areas).reshape(-1, 2)).reshape(-1, 4, 2)

    def _ends_of(self, areas: Sequence[Area]) -> Points:
        """Return the corners of cells on the flat page, in the same order: (N, 4, 2)."""
        sides = np.array([(*area.rows, *area.columns) for area in areas])
        return np.asarray(self.nodes[sides[:, [0, 0, 1, 1]], sides[:, [2, 3, 3, 2]]])

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
    def is_closed(self) -> bool:
        """Whether all four of its outer rules are drawn, for the most part."""
        return all(shares[end] > MOSTLY for shares in self.drawn for end in (0, -1))

    def cut_sides(self, outline: Points) -> NDArray[np.bool_]:
        """Tell at which sides the picture's edge cuts it: it goes on there, or ends at the edge.

        Where it goes on, less than a digit's height is left: of a row no more need be seen.

        Args:
            outline: (4, 2) corners of the picture, clockwise.
        """
        room = room_in(outline, self.corners())  # from the upper left on; each side ends at two
        at_sides = room[[[0, 3], [0, 1], [1, 2], [2, 3]]].min(axis=1)
        heights = at_sides * self.flattening.scale / self.height
        return np.asarray(heights < np.where(self.open_sides, 1, FLUSH))

    def cut_areas(self, outline: Points) -> set[Area]:
        """Return the cells that an edge of the picture cuts; its corners are (4, 2)."""
        left, top, right, bottom = (self.cut_sides(outline) & self.undrawn_sides).tolist()
        return {
            cell
            for cell in self.cells
            if (left and cell.columns[0] == 0)
            or (top and cell.rows[0] == 0)
            or (right and cell.columns[1] == self.columns)
            or (bottom and cell.rows[1] == self.rows)
        }

    @property
    def area(self) -> float:
        """How large it is, in pixels of the flat page."""
        wide, high = self.nodes[-1, -1] - self.nodes[0, 0]
        return float(wide * high)

    @property
    def extent(self) -> float:
        """How large it is, in square pixels of the picture."""
        return self.area / self.flattening.scale**2

    @property
    def evenness(self) -> float:
        """How alike its rows are in height, and its columns in width, in [0, 1]."""
        high = np.diff(self.nodes[..., 1], axis=0).mean(axis=1)
        wide = np.diff(self.nodes[..., 0], axis=1).mean(axis=0)
        return float(high.min() / high.max() * wide.min() / wide.max())

    def reach_over(self, area: Area, edges: NDArray[np.float64], over: float) -> NDArray[np.bool_]:
        """Tell which of (N, 4) boxes of the picture reach over a cell's sides, by a share."""
        left, top, right, bottom = edges.T
        x, y = (left + right) / 2, (top + bottom) / 2
        middles = np.stack([left, y, right, y, x, top, x, bottom], 1)
        ends = self.flattening.to_page(middles.reshape(-1, 2)).reshape(-1, 8)[:, [0, 2, 5, 7]]
        x0, y0, x1, y1 = self._boxes[area]
        outwards = (ends - [x0, x1, y0, y1]) * [-1, 1, -1, 1]
        sides = np.array([x1 - x0, x1 - x0, y1 - y0, y1 - y0])
        return np.asarray((outwards > over * sides).any(axis=1))

    def sort_of_ink(self, area: Area) -> str:
        """Say what a cell without a digit holds: `empty`, `not_a_digit`, `crossed_out`."""
        inked, stats, _ = self._pieces[area]
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
        inked, whole, begin = self._pieces[area]
        if not (whole[:, cv2.CC_STAT_HEIGHT] > TALL * self.height).any():  # nor are parts of them
            return np.empty((0, 2))
        left_over = inked.copy()
        for edges in read:
            corners = np.rint(self.flattening.box_on_page(edges) - begin).astype(np.int32)
            cv2.fillConvexPoly(left_over, corners, 0)
        _, _, stats, middles = cv2.connectedComponentsWithStats(left_over)
        high, wide = stats[1:, cv2.CC_STAT_HEIGHT], stats[1:, cv2.CC_STAT_WIDTH]
        is_rule = (wide > RULED * inked.shape[1]) | (high > RULED * inked.shape[0])
        for at in np.flatnonzero(is_rule & (wide < high)).tolist():
            left = int(begin[0] + stats[at + 1, cv2.CC_STAT_LEFT])
            is_rule[at] = self._goes_on(area, left, left + int(wide[at]))
        found = middles[1:][(high > TALL * self.height) & ~is_rule]
        return self.flattening.to_picture(found + begin)

    def _goes_on(self, area: Area, left: int, right: int) -> bool:
        """Tell whether a stroke between two columns goes up to its cell's sides: no digit does."""
        _, y0, _, y1 = self._boxes[area]
        high = y1 - y0
        ends = [(y0 + BARE * high, y0 + INSET * high), (y1 - INSET * high, y1 - BARE * high)]
        darkest = self.ink[:, max(0, left - 1) : right + 1].max(axis=1)
        return all((darkest[round(top) : round(bottom) + 1] > INKED).all() for top, bottom in ends)

    @cached_property
    def _pieces(self) -> dict[Area, Pieces]:
        """Of each cell; kept, since a page may be arranged twice."""
        return {area: self._pieces_in(*box) for area, box in self._boxes.items()}

    def _pieces_in(self, x0: float, y0: float, x1: float, y1: float) -> Pieces:
        across, down = INSET * self.height + 2, INSET * (y1 - y0) + 2
        rows = slice(max(0, round(y0 + down)), max(0, round(y1 - down)))
        columns = slice(max(0, round(x0 + across)), max(0, round(x1 - across)))
        inked = (self.ink[rows, columns] > INKED).astype(np.uint8)
        begin = np.array([columns.start, rows.start], np.float64)
        if not inked.size:
            return inked, np.empty((0, 5), np.int32), begin
        stats = cv2.connectedComponentsWithStats(inked)[2]
        return inked, np.asarray(stats[1:], np.int32), begin

    @cached_property
    def _boxes(self) -> dict[Area, tuple[float, float, float, float]]:
        """Left, top, right, bottom of each cell on the flat page."""
        ends = self._ends_of(self.cells)
        left, right = ends[:, [0, 3], 0].mean(axis=1), ends[:, [1, 2], 0].mean(axis=1)
        top, bottom = ends[:, [0, 1], 1].mean(axis=1), ends[:, [2, 3], 1].mean(axis=1)
        sides = np.stack([left, top, right, bottom], 1).tolist()
        return dict(zip(self.cells, map(tuple, sides), strict=True))


def plain(size: tuple[int, int]) -> tuple[Area, ...]:
    """Return cells of which none is merged."""
    return tuple(Area((row, row + 1), (column, column + 1)) for row, column in np.ndindex(*size))
