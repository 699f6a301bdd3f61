"""Lines of digits as strips of one height, which the line network reads: how they are cut out.

Training and reading share this, and what the network says of each column of a strip.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_cli.core import finder_maps
from mnist_cli.core.data.shapes import quantile
from mnist_cli.core.finder_maps import MARKS

Grey = NDArray[np.uint8]
Edges = NDArray[np.float64]  # (N, 4) left, top, right, bottom, in pixels of the picture

DIGIT = 32  # px of a strip: height of a line's digits in it; a point is 2 to 5 px high there
HIGH, WIDE = 2 * DIGIT, 320  # px: a strip is cut in tiles of this size
STRIDE = 8  # px: the network answers for each column of this width
EDGE = 64  # px at each side of a tile that its neighbours answer for
BESIDE = 1.5  # heights of a digit before a line's first and after its last digit
FARTHEST = 4.0  # heights between two digits that are of one strip
FLATTEST = 30  # grey levels: a tile with less contrast is not stretched to the full range
KNOTS = 5  # digits whose middles are averaged to follow a line that bends

# channels of the answer of each column: logits, but for the boxes, whose middle is in columns to
# the right and heights below the line's middle, and whose sides are logarithms of heights
CHANNELS = {
    "mark": len(MARKS),
    "digit": 1,
    "joined": 1,
    "mark_box": 4,
    "digit_box": 4,
    "which": 10,
}
COUNT = sum(CHANNELS.values())


def channel(name: str) -> slice:
    """Return where the channels of one answer are."""
    return finder_maps.channel(name, CHANNELS)


class Halved:
    """A grey picture at half, a quarter, … of its size, each made when it is first needed."""

    def __init__(self, grey: Grey) -> None:
        self._levels = [grey]

    def at_least(self, scale: float) -> tuple[Grey, int]:
        """Return the smallest one that is no smaller than `scale`, and what it was divided by."""
        level = max(0, int(np.floor(-np.log2(max(scale, 1e-6)))))
        while len(self._levels) <= level:
            finer = self._levels[-1]
            rows, columns = (max(1, -(-extent // 2)) for extent in finer.shape)
            smaller = cv2.resize(finer, (columns, rows), interpolation=cv2.INTER_AREA)
            self._levels.append(np.asarray(smaller, np.uint8))
        return self._levels[level], 2**level


@dataclass(frozen=True, eq=False)
class Strip:
    """Some digits of a line, and how the strip around them lies on the picture.

    A line that bends is followed in where things are; the picture is cut out in straight tiles.

    Attributes:
        edges: (N, 4) of the digits, from left to right.
        step: Pixels of the picture for each of the strip.
        left: x of the picture where the strip begins.
        slope: Pixels down for each to the right.
        knots: (N, 2) x of digits, and how far the line's middle is below the straight one there.
        middle: x and y of a point that the straight line goes through.
    """

    edges: Edges
    step: float
    left: float
    slope: float
    knots: NDArray[np.float64]
    middle: tuple[float, float]

    @classmethod
    def of(cls, edges: Edges) -> "Strip":
        """Lay a strip along digits that stand beside each other, from left to right."""
        x, y = (edges[:, :2] + edges[:, 2:]).T / 2
        height = max(4.0, quantile(edges[:, 3] - edges[:, 1], 0.5))
        across, down = x - x.mean(), y - y.mean()
        slope = float((across * down).sum() / ((across**2).sum() + height**2))
        rest = down - slope * across
        window = np.ones(min(KNOTS, len(x)))
        smooth = np.convolve(rest, window, "same") / np.convolve(np.ones(len(x)), window, "same")
        left = float(edges[:, 0].min() - BESIDE * height)
        middle = float(x.mean()), float(y.mean())
        return cls(edges, height / DIGIT, left, slope, np.stack([x, smooth], 1), middle)

    @property
    def width(self) -> int:
        """Pixels of the strip."""
        right = float(self.edges[:, 2].max()) + BESIDE * DIGIT * self.step
        return int(np.ceil((right - self.left) / self.step))

    @property
    def starts(self) -> list[int]:
        """Pixel of the strip at which each tile begins."""
        return list(range(-EDGE, max(1, self.width - EDGE), WIDE - 2 * EDGE))

    def level(self, x: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return how far down the line's middle is at some x, in pixels of the picture."""
        bend = np.interp(x, self.knots[:, 0], self.knots[:, 1])
        return np.asarray(self.middle[1] + self.slope * (x - self.middle[0]) + bend)

    def seen_at(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return where points of the picture, (N, 2), are in the strip."""
        x, y = points.T
        down = (y - self.level(x)) / self.step + HIGH / 2
        return np.stack([(x - self.left) / self.step, down], 1)

    def stands_at(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return where points of the strip, (N, 2), are in the picture."""
        x = self.left + points[:, 0] * self.step
        return np.stack([x, self.level(x) + (points[:, 1] - HIGH / 2) * self.step], 1)

    def tiles(self, picture: Halved) -> Iterator[NDArray[np.uint8]]:
        """Yield (HIGH, WIDE, 2) uint8: the picture, and where digits were found."""
        level, divided = picture.at_least(1 / self.step)
        told = self._told()
        for start in self.starts:
            tile = np.zeros((HIGH, WIDE, 2), np.uint8)
            ends = self.left + np.array([start, start + WIDE]) * self.step
            begin, end = self.level(ends) - HIGH / 2 * self.step
            matrix = np.array(
                [[self.step, 0, ends[0]], [(end - begin) / WIDE, self.step, begin]], np.float64
            )
            matrix[:, 2] += matrix[:, :2].sum(axis=1) / 2  # from edges to middles of pixels
            matrix /= divided
            matrix[:, 2] -= 0.5
            how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
            part = cv2.warpAffine(
                level, matrix, (WIDE, HIGH), flags=how, borderMode=cv2.BORDER_REPLICATE
            )
            tile[..., 0] = _stretched(np.asarray(part, np.uint8))
            tile[..., 1] = told[:, start + EDGE : start + EDGE + WIDE]
            yield tile

    def _told(self) -> Grey:
        """Draw where digits were found, brightest in their middles; `EDGE` px before the strip."""
        drawn = np.zeros((HIGH, self.starts[-1] + WIDE + EDGE), np.uint8)
        upper, lower = self.seen_at(self.edges[:, :2]), self.seen_at(self.edges[:, 2:])
        for (left, top), (right, bottom) in zip(upper, lower, strict=True):
            first, last = round(left) + EDGE, max(round(left) + 1, round(right)) + EDGE
            away = np.abs(np.linspace(-1, 1, last - first + 2)[1:-1])
            part = drawn[max(0, round(top)) : max(1, round(bottom)), max(0, first) : max(0, last)]
            shade = (255 * (1 - 0.7 * away)).astype(np.uint8)[max(0, -first) :]
            np.maximum(part, shade[: part.shape[1]], out=part)
        return drawn


def strips_of(edges: Edges, lines: Sequence[Sequence[int]]) -> list[tuple[Strip, list[int]]]:
    """Lay strips along lines of digits, each with the numbers of its digits.

    Args:
        edges: (N, 4) of all digits.
        lines: Of each line the numbers of its digits, from left to right.
    """
    found = []
    for line in lines:
        own = edges[list(line)]
        if not len(own):
            continue
        height = quantile(own[:, 3] - own[:, 1], 0.5)
        ends = np.maximum.accumulate(own[:, 2])
        cuts = np.flatnonzero(own[1:, 0] - ends[:-1] > FARTHEST * height) + 1
        for part in np.split(np.asarray(line), cuts):
            found += [(Strip.of(edges[part]), part.tolist())]
    return found


def columns_of(strip: Strip, tiles: NDArray[np.floating]) -> NDArray[np.floating]:
    """Put the answers of a strip's tiles together, each column from the tile that sees most.

    Args:
        strip: Of which they are.
        tiles: (T, WIDE / STRIDE, C).

    Returns:
        (width / STRIDE, C); column i is of the pixels from `STRIDE` * i of the strip on.
    """
    edge = EDGE // STRIDE
    inner = tiles[:, edge:-edge].reshape(-1, tiles.shape[-1])
    return inner[: -(-strip.width // STRIDE)]


def _stretched(grey: Grey) -> Grey:
    ordered = np.sort(grey.ravel()[::3])
    low, high = float(ordered[len(ordered) // 100]), float(ordered[-1 - len(ordered) // 100])
    factor = 255 / max(high - low, FLATTEST)
    return np.asarray(cv2.convertScaleAbs(np.maximum(grey, low), None, factor, -low * factor))
