"""A page made flat along its rules: turned, tilted or curled paper comes to lie straight.

Rules that were parallel on paper slope alike, or change their slope evenly over the picture. So
one slope, linear in x and y, is fitted to all that run across, and one to all that run down.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_cli.reading.normalise import Grey
from mnist_cli.reading.outline import Points, corners_of

T = TypeVar("T", np.uint8, np.float32)

SIDE = 1_200  # px of the longer side: rules of a page of 60 rows are 18 px apart then
TALLEST = 40.0  # px of digits: the rules around larger ones are no easier to see
LEAST_LENGTH = 0.015  # of the longer side: shorter segments are strokes and grain
STEEPEST_DEG = 20.0  # from the page's own direction: what slopes more is no rule
DIRECTIONS = 2  # for each degree, that the page's own direction is looked for in
STIFFNESS = 0.001  # how much slopes would rather be alike, against what segments say
COARSEST, FINEST, STEPS = 0.3, 0.01, 14  # how far slopes may be off, from fit to fit less
STEP = 8  # px between places for which the way back is worked out; between them it is interpolated


@dataclass(frozen=True, eq=False)
class Flattening:
    """Where each point of a picture lies on the flat page.

    Attributes:
        scale: Pixels of the flat page for each pixel of the picture.
        turn: (2, 3) what turns the scaled picture so that rules are about level.
        across: (3,) slope of rules that run across: in the middle, more for each pixel to the
            right, more for each pixel down.
        down: (3,) slope of rules that run down, to the right for each pixel down: in the middle,
            more for each pixel down, more for each pixel to the right.
        shape: Rows and columns of the flat page.
    """

    scale: float
    turn: NDArray[np.float64]
    across: NDArray[np.float64]
    down: NDArray[np.float64]
    shape: tuple[int, int]

    @property
    def _middle(self) -> Points:
        return np.array(self.shape[::-1]) / 2

    def to_page(self, points: Points) -> Points:
        """Bring points of the picture, (N, 2), to the flat page."""
        scaled = np.asarray(points, np.float64) * self.scale
        return self._straight(scaled @ self.turn[:, :2].T + self.turn[:, 2])

    def box_on_page(self, edges: NDArray[np.float64]) -> Points:
        """Return the corners that a box of the picture, (4,), has on the flat page: (4, 2)."""
        return self.to_page(corners_of(edges))

    def to_picture(self, points: Points) -> Points:
        """Bring points of the flat page, (N, 2), to the picture."""
        return self._back(points) / self.scale if len(points) else np.empty((0, 2))

    def _straight(self, points: Points) -> Points:
        x, y = (points - self._middle).T
        level = y - (self.across[0] + self.across[1] * x / 2 + self.across[2] * y) * x
        aside = x - (self.down[0] + self.down[1] * y / 2 + self.down[2] * x) * y
        return np.stack([aside, level], 1) + self._middle

    def _back(self, points: Points) -> Points:
        """Return the points in the scaled picture that come to lie on these."""
        wanted = np.asarray(points, np.float64)
        turned = wanted.copy()
        for _ in range(8):  # each step leaves about a fifth of what was amiss
            turned += wanted - self._straight(turned)
        return np.asarray((turned - self.turn[:, 2]) @ np.linalg.inv(self.turn[:, :2]).T)

    def flat(self, scaled: NDArray[T]) -> NDArray[T]:
        """Lay the scaled picture flat, or another of its size: (H, W) uint8 or float32."""
        how = {"interpolation": cv2.INTER_LINEAR, "borderMode": cv2.BORDER_REPLICATE}
        return np.asarray(cv2.remap(scaled, self._places, None, **how), scaled.dtype)

    def inside(self, shape: tuple[int, ...]) -> NDArray[np.bool_]:
        """Tell where on the flat page the picture is, of a scaled picture's shape: (H, W)."""
        high, wide = shape
        return np.asarray(
            ((self._places >= 0) & (self._places <= [wide - 1, high - 1])).all(axis=2)
        )

    @cached_property
    def _places(self) -> NDArray[np.float32]:
        """Where each pixel of the flat page lies in the scaled picture: (H, W, 2), x and y."""
        height, width = self.shape
        rows, columns = np.mgrid[0 : height + 2 * STEP : STEP, 0 : width + 2 * STEP : STEP]
        nodes = self._back(np.stack([columns.ravel(), rows.ravel()], 1))
        nodes = nodes.reshape(*rows.shape, 2).astype(np.float32)
        rows, columns = np.mgrid[0:height, 0:width].astype(np.float32) / STEP
        return np.asarray(cv2.remap(nodes, columns, rows, cv2.INTER_LINEAR), np.float32)


def scaled_down(grey: Grey, height: float) -> tuple[Grey, float]:
    """Return a picture as small as rules can be seen on, and its pixels for each of `grey`.

    Args:
        grey: (H, W) uint8.
        height: Of its digits, in pixels; 0 where there are none.
    """
    scale = min(1.0, SIDE / max(grey.shape), TALLEST / max(height, 1.0))
    if scale == 1:
        return grey, scale
    size = max(1, round(grey.shape[1] * scale)), max(1, round(grey.shape[0] * scale))
    return cv2.resize(grey, size, interpolation=cv2.INTER_AREA), scale


def lying_flat(shape: tuple[int, ...], scale: float, slant: float = 0.0) -> Flattening:
    """Return how a page lies that is flat already.

    Args:
        shape: Rows and columns of the scaled picture.
        scale: Of it, as of `scaled_down`.
        slant: How far its lines go down for each pixel to the right.
    """
    ways = np.array([slant, 0.0, 0.0]), np.array([-slant, 0.0, 0.0])
    return Flattening(scale, np.eye(2, 3), *ways, (shape[0], shape[1]))


def find_flattening(
    seen: tuple[NDArray[np.float32], NDArray[np.float32]], scale: float
) -> Flattening:
    """Find out how a page lies, by the straight segments of its rules.

    Args:
        seen: (H, W) how likely each place of the scaled picture is of a rule that runs across, and
            of one that runs down.
        scale: Of it, as of `scaled_down`.

    Returns:
        As if it lay flat where hardly a segment is.
    """
    scaled = (255 * np.maximum(*seen)).astype(np.uint8)
    found = cv2.createLineSegmentDetector(cv2.LSD_REFINE_STD).detect(scaled)[0]
    if found is None:
        return lying_flat(scaled.shape, scale)
    ends = found.reshape(-1, 2, 2).astype(np.float64)
    lengths = np.linalg.norm(ends[:, 1] - ends[:, 0], axis=1)
    ends = ends[lengths > max(12.0, LEAST_LENGTH * max(scaled.shape))]
    if len(ends) < 4:
        return lying_flat(scaled.shape, scale)
    turn, shape = _turn(_direction(ends[:, 1] - ends[:, 0]), scaled.shape)
    ends = ends @ turn[:, :2].T + turn[:, 2]
    x, y = (ends[:, 1] - ends[:, 0]).T
    middles = ends.mean(axis=1) - np.array(shape[::-1]) / 2
    steepest = np.tan(np.deg2rad(STEEPEST_DEG))
    across, down = np.abs(y) < steepest * np.abs(x), np.abs(x) < steepest * np.abs(y)
    return Flattening(
        scale,
        turn,
        _slopes(y[across] / x[across], middles[across], np.abs(x[across]), max(shape)),
        _slopes(x[down] / y[down], middles[down][:, ::-1], np.abs(y[down]), max(shape)),
        shape,
    )


def _direction(steps: Points) -> float:
    """Return the angle, in [-45°, 45°), that most segments have, or stand upright on: radians."""
    angles = np.rad2deg(np.arctan2(steps[:, 1], steps[:, 0]))
    bins = 90 * DIRECTIONS
    at = ((angles + 45) % 90 * DIRECTIONS).astype(int) % bins
    weights = np.linalg.norm(steps, axis=1) ** 1.5
    counts = np.bincount(at, weights=weights, minlength=bins)
    reach = 6 * DIRECTIONS
    near = np.exp(-0.5 * (np.arange(-reach, reach + 1) / (2 * DIRECTIONS)) ** 2)
    smooth = np.convolve(np.concatenate([counts[-reach:], counts, counts[:reach]]), near, "valid")
    return float(np.deg2rad((smooth.argmax() + 0.5) / DIRECTIONS - 45))


def _turn(angle: float, shape: tuple[int, ...]) -> tuple[NDArray[np.float64], tuple[int, int]]:
    """Return what turns a picture back by an angle, (2, 3), and rows and columns it needs then."""
    cosine, sine = np.cos(angle), np.sin(angle)
    turn = np.array([[cosine, sine], [-sine, cosine]])
    height, width = shape
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]]) @ turn.T
    least = corners.min(axis=0)
    wide, high = np.ceil(corners.max(axis=0) - least).astype(int).tolist()
    return np.concatenate([turn, -least[:, None]], 1), (high, wide)


def _slopes(slopes: Any, places: Points, lengths: Any, side: int) -> NDArray[np.float64]:
    """Fit slopes, linear in where they are, to those of segments; outliers count less and less.

    Args:
        slopes: (N,) of each segment.
        places: (N, 2) of its middle, along its own direction first, from the page's middle.
        lengths: (N,) in pixels.
        side: The page's longer side, in pixels.

    Returns:
        (3,) the slope in the middle, and what it has more for each pixel.
    """
    if len(slopes) < 3:
        return np.zeros(3)
    terms = np.concatenate([np.ones((len(slopes), 1)), places / side], 1)
    weights = lengths**1.5
    fit = np.array([np.average(slopes, weights=weights), 0, 0])
    for step in range(STEPS):
        amiss = (slopes - terms @ fit) / (COARSEST * (FINEST / COARSEST) ** (step / (STEPS - 1)))
        trusted = weights / (1 + amiss**2) ** 2
        square = (terms * trusted[:, None]).T @ terms
        square += np.diag([0, 1, 1]) * STIFFNESS * trusted.sum()
        fit = np.linalg.solve(square, (terms * trusted[:, None]).T @ slopes)
    return np.asarray(fit / [1, side, side])
