"""A number or a digit cut out of a page, and enlarged with paper around it, as reading does it."""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from mnist_cli.core.data.shapes import edge_tone
from mnist_cli.synthesis.canvas import Area, Symbol
from mnist_cli.synthesis.strokes import Generator
from mnist_cli.synthesis.truth import HARDLY_SEEN, LEAST_SEEN, Grey, Page, share_of

HALF = 127  # of 255
LEAST = 14  # px of height, that a digit has to be cut out
Window = tuple[int, int, int, int]  # left, top, right, bottom, in whole pixels


@dataclass(frozen=True)
class _Cut:
    """Where a window of the page comes to lie in the new picture.

    Attributes:
        window: The part of the page that is cut out.
        inside: Where that lies then.
    """

    window: Window
    inside: Window

    def symbol(self, symbol: Symbol) -> Symbol:
        return replace(symbol, points=self._points(symbol.points))

    def area(self, area: Area) -> Area:
        left, top, right, bottom = self._points(np.array(area).reshape(2, 2)).ravel().tolist()
        return left, top, right, bottom

    def _points(self, points: np.ndarray) -> np.ndarray:
        left, top, right, bottom = self.window
        x, y, end, low = self.inside
        scale = np.array([(end - x) / (right - left), (low - y) / (bottom - top)])
        return np.asarray((points - [left, top]) * scale + np.array([x, y]))


def cut_close(generator: Generator, page: Page, *, tiny: bool) -> Page:
    """Cut a number or a digit out of an upright page; one without any is left as it is.

    Args:
        generator: Decides what, how closely, and how much it is enlarged.
        page: The sides of its picture are alike.
        tiny: Whether it is a digit alone, of a few pixels before it is enlarged.
    """
    window = _window(generator, page, alone=tiny)
    if window is None:
        return page
    left, top, right, bottom = window
    side = page.grey.shape[0]
    grey, ink, rules = (
        layer[top:bottom, left:right] for layer in (page.grey, page.ink, page.rules)
    )
    if tiny:
        grey = _shrunk(generator, grey)
    longer = max(right - left, bottom - top)
    target = float(np.exp(generator.uniform(np.log(min(70, side / 2)), np.log(0.9 * side))))
    factor = min(target / longer, 6.0)
    size = max(4, round((right - left) * factor)), max(4, round((bottom - top) * factor))
    how = cv2.INTER_AREA if size[0] < grey.shape[1] else cv2.INTER_CUBIC
    grey = np.asarray(cv2.resize(grey, size, interpolation=how), np.uint8)
    masks = cv2.resize(np.dstack([ink, rules]), size, interpolation=cv2.INTER_LINEAR)
    x, y = (int(generator.integers(0, side - extent + 1)) for extent in size)
    inside = x, y, x + size[0], y + size[1]
    picture = np.full((side, side), edge_tone(grey), np.uint8)
    picture[y : inside[3], x : inside[2]] = grey
    whole = np.zeros((side, side, 3), np.uint8)
    whole[y : inside[3], x : inside[2]] = np.where(masks > HALF, 255, 0)
    symbols, unclear = _still_seen(page, _Cut(window, inside))
    return Page(picture, whole[..., 0], whole[..., 1:], symbols, unclear, 0, page.kind)


def _window(generator: Generator, page: Page, *, alone: bool) -> Window | None:
    """Choose a digit or its whole number, and how much room is left around; None without any."""
    wanted = [s for s in page.symbols if s.text.isdigit() and s.height > LEAST]
    if not wanted:
        return None
    chosen = wanted[generator.integers(len(wanted))]
    alone = alone or generator.random() < 0.7
    group = [chosen] if alone else [s for s in page.symbols if s.number == chosen.number]
    room = chosen.height * (
        generator.uniform(0, 0.15) if generator.random() < 0.5 else generator.uniform(0.1, 0.8)
    )
    edges, side = np.array([s.box for s in group]), page.grey.shape[0]
    left, top = (max(0, int(edges[:, axis].min() - room)) for axis in (0, 1))
    right, bottom = (min(side, int(np.ceil(edges[:, axis].max() + room))) for axis in (2, 3))
    return left, top, right, bottom


def _shrunk(generator: Generator, grey: Grey) -> Grey:
    """Bring a picture to 8 to 40 px, if it is larger."""
    small = generator.uniform(8, 40) / max(grey.shape)
    if small >= 1:
        return grey
    size = max(4, round(grey.shape[1] * small)), max(4, round(grey.shape[0] * small))
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)


def _still_seen(page: Page, cut: _Cut) -> tuple[tuple[Symbol, ...], tuple[Area, ...]]:
    """Return the symbols that are in the cut, and where one could be in doubt."""
    inside = cut.inside
    kept: list[Symbol] = []
    doubtful = [_within(cut.area(area), inside) for area in page.unclear]
    for symbol in map(cut.symbol, page.symbols):
        part = _within(symbol.box, inside)
        if part is None:
            continue
        share = share_of(part, symbol.box)
        if share >= LEAST_SEEN:
            kept.append(replace(symbol, points=np.clip(symbol.points, inside[:2], inside[2:])))
        elif share >= HARDLY_SEEN:
            doubtful.append(part)
    return tuple(kept), tuple(area for area in doubtful if area)


def _within(area: Area, inside: Area) -> Area | None:
    """Return the part of an area within another; None if they have nothing in common."""
    left, top = max(area[0], inside[0]), max(area[1], inside[1])
    right, bottom = min(area[2], inside[2]), min(area[3], inside[3])
    return (left, top, right, bottom) if left < right and top < bottom else None
