"""A picture with its truth: what can be read on it, and how both are turned."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mnist_cli.synthesis.canvas import Area, Points, Symbol

Grey = NDArray[np.uint8]

LEAST_SEEN, HARDLY_SEEN = 0.8, 0.3  # of a symbol's box: with more it counts, with less it doesn't
MOST_HIDDEN, HARDLY_HIDDEN = 0.6, 0.1  # of its box, by what lies on the sheet: likewise
LOWEST, FAINTEST = 7.0, 6.0  # px of height, grey levels from its paper: less is nobody's to read


@dataclass(frozen=True)
class Page:
    """A picture and what is on it.

    Attributes:
        grey: (H, W) uint8 luminance.
        ink: (H, W) uint8, 255 where digits have their ink.
        rules: (H, W, 2) uint8, 255 where ruled lines run across, and where they run down.
        symbols: The digits and marks, in the order in which they were written.
        unclear: Areas in which nobody could say what counts.
        turned: By how many degrees the page is turned counterclockwise: 0, 90, 180, 270.
        kind: What sort of page it is, of `SHARES`.
    """

    grey: Grey
    ink: Grey
    rules: NDArray[np.uint8]
    symbols: tuple[Symbol, ...]
    unclear: tuple[Area, ...]
    turned: int
    kind: str


def seen(
    symbols: list[Symbol], grey: Grey, ink: Grey, hidden: NDArray[np.bool_]
) -> tuple[list[Symbol], list[Area]]:
    """Sort symbols: those to be seen, clipped to the picture, and where one could be in doubt.

    Args:
        symbols: Where they are in the picture, or beyond its border.
        grey: (H, W) uint8, the picture.
        ink: (H, W) uint8, over 0 where digits have their ink.
        hidden: (H, W) bool, where something lies on the sheet or beside it.
    """
    height, width = grey.shape
    kept: list[Symbol] = []
    doubtful: list[Area] = []
    for symbol in symbols:
        clipped = replace(symbol, points=np.clip(symbol.points, 0, [width, height]))
        x0, y0, x1, y1 = clipped.box
        share = share_of(clipped.box, symbol.box)
        window = slice(int(y0), int(np.ceil(y1))), slice(int(x0), int(np.ceil(x1)))
        if share < HARDLY_SEEN or not grey[window].size:
            continue
        away = hidden[window].mean()
        if away > MOST_HIDDEN:
            continue
        cut_off = share < LEAST_SEEN or away > HARDLY_HIDDEN
        is_digit = symbol.text.isdigit()
        if cut_off or (
            is_digit and (symbol.height < LOWEST or _is_faint(grey[window], ink[window]))
        ):
            doubtful.append(clipped.box)
        else:
            kept.append(clipped)
    return kept, doubtful


def share_of(part: Area, whole: Area) -> float:
    """Return how much of an area a part of it is, in [0, 1]."""
    size = (whole[2] - whole[0]) * (whole[3] - whole[1])
    return (part[2] - part[0]) * (part[3] - part[1]) / max(size, 1e-6)


def overlaps(some: NDArray[np.floating], others: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return (N, M) intersections over unions of (N, 4) and (M, 4) boxes."""
    low = np.maximum(some[:, None, :2], others[None, :, :2])
    high = np.minimum(some[:, None, 2:], others[None, :, 2:])
    common = np.maximum(high - low, 0).prod(axis=2)
    areas = [(boxes[:, 2:] - boxes[:, :2]).prod(axis=1) for boxes in (some, others)]
    union = areas[0][:, None] + areas[1] - common
    return np.asarray(common / np.maximum(union, 1e-9))


def _is_faint(grey: Grey, ink: Grey) -> bool:
    """Tell whether ink hardly differs from the paper around it."""
    written = ink > 0
    if not written.any() or written.all():
        return not written.any()
    return bool(abs(float(grey[written].mean()) - float(grey[~written].mean())) < FAINTEST)


def turned(page: Page, turns: int) -> Page:
    """Turn an upright page counterclockwise by quarters."""
    if not turns:
        return page
    height, width = page.grey.shape

    def turned_points(points: Points) -> Points:
        x, y = points[:, 0], points[:, 1]
        return {
            1: np.stack([y, width - x], 1),
            2: np.stack([width - x, height - y], 1),
            3: np.stack([height - y, x], 1),
        }[turns]

    def turned_area(area: Area) -> Area:
        corners = turned_points(np.array(area).reshape(2, 2))
        (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
        return float(left), float(top), float(right), float(bottom)

    return Page(
        np.ascontiguousarray(np.rot90(page.grey, turns)),
        np.ascontiguousarray(np.rot90(page.ink, turns)),
        np.ascontiguousarray(np.rot90(page.rules[..., :: -1 if turns % 2 else 1], turns)),
        tuple(replace(symbol, points=turned_points(symbol.points)) for symbol in page.symbols),
        tuple(map(turned_area, page.unclear)),
        90 * turns,
        page.kind,
    )


def in_square(parts: Sequence[Page]) -> Page:
    """Put four upright pages of the same kind and size together: two above, two below."""
    side = parts[0].grey.shape[0]
    places = np.array([[0, 0], [side, 0], [0, side], [side, side]], np.float64)

    def picture(greys: list[Grey]) -> Grey:
        return np.block([greys[:2], greys[2:]])

    return Page(
        picture([part.grey for part in parts]),
        picture([part.ink for part in parts]),
        np.stack([picture([part.rules[..., way] for part in parts]) for way in range(2)], -1),
        tuple(
            replace(symbol, points=symbol.points + place)
            for part, place in zip(parts, places, strict=True)
            for symbol in part.symbols
        ),
        tuple(
            (left + x, top + y, right + x, bottom + y)
            for part, (x, y) in zip(parts, places.tolist(), strict=True)
            for left, top, right, bottom in part.unclear
        ),
        0,
        parts[0].kind,
    )
