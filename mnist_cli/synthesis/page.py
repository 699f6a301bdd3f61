"""A synthetic picture with its truth, out of a seed."""

from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_cli.core.shapes import edge_tone
from mnist_cli.synthesis.camera import (
    composed,
    covered,
    exposed,
    light,
    moved,
    seen_area,
    surroundings,
    viewpoint,
)
from mnist_cli.synthesis.canvas import Area, Canvas, Symbol
from mnist_cli.synthesis.clutter import photograph, texture
from mnist_cli.synthesis.digits import Digits, Hand
from mnist_cli.synthesis.layouts import KINDS, Scribe, any_number, print_page, things
from mnist_cli.synthesis.strokes import Generator

Grey = NDArray[np.uint8]

# how often each kind is drawn for training; the last four make a picture of their own
SHARES = {
    "lines": 0.16, "columns": 0.05, "scatter": 0.07, "table": 0.15, "sudoku": 0.07, "form": 0.07,
    "comb": 0.03, "arithmetic": 0.05, "things": 0.05, "print": 0.05, "picture": 0.03,
    "single": 0.07, "cut": 0.1, "tiny": 0.03, "blank": 0.02,
}  # fmt: skip
ALONE = ("single", "cut", "tiny", "blank")
LEAST_SEEN, HARDLY_SEEN = 0.8, 0.3  # of a symbol's box: with more it counts, with less it doesn't
LOWEST, FAINTEST = 7.0, 6.0  # px of height, grey levels from its paper: less is nobody's to read


@dataclass(frozen=True)
class Page:
    """A picture and what is on it.

    Attributes:
        grey: (H, W) uint8 luminance.
        ink: (H, W) uint8, 255 where digits have their ink.
        symbols: The digits and marks, in the order in which they were written.
        unclear: Areas in which nobody could say what counts.
        turned: By how many degrees the page is turned counterclockwise: 0, 90, 180, 270.
        kind: What sort of page it is, of `SHARES`.
    """

    grey: Grey
    ink: Grey
    symbols: tuple[Symbol, ...]
    unclear: tuple[Area, ...]
    turned: int
    kind: str


def make_page(
    seed: Any, digits: Digits, kind: str | None = None, side: int = 384, *, upright: bool = False
) -> Page:
    """Make up a page.

    Args:
        seed: Anything that seeds NumPy's generators; the same one gives the same page.
        digits: What is written on it.
        kind: One of `SHARES`; drawn, if left out.
        side: Pixels of each side of the picture.
        upright: Whether it is never turned.
    """
    generator = np.random.default_rng(seed)
    kind = kind or str(
        generator.choice(list(SHARES), p=np.array(list(SHARES.values())) / sum(SHARES.values()))
    )
    canvas, height = _filled(generator, digits, kind, side)
    page = _photographed(generator, canvas, kind, side, height)
    if kind in {"cut", "tiny"}:
        page = _cut_close(generator, page, tiny=kind == "tiny")
    turns = 0 if upright or generator.random() > 0.2 else int(generator.integers(1, 4))
    return _turned(page, turns)


def _filled(generator: Generator, digits: Digits, kind: str, side: int) -> tuple[Canvas, float]:
    """Return a canvas, larger than the picture by what a turn shows, and how high its digits are."""
    flat = round(1.3 * side)
    canvas = Canvas(flat, flat)
    low, high = (
        (60, 0.8 * side)
        if kind == "single"
        else (20, 0.35 * side)
        if kind in {"cut", "tiny"}
        else (9.5, 0.22 * side)
    )
    scribe = Scribe(
        canvas,
        generator,
        digits,
        Hand.any(generator, digits),
        float(np.exp(generator.uniform(np.log(low), np.log(high)))),
    )
    margin = generator.uniform(0, 0.2) * side
    whole = (margin, margin, flat - margin, flat - margin)
    if scribe.chance(0.12):
        _background(scribe)
    if kind == "single":
        _single(scribe, flat)
    elif kind in {"cut", "tiny"}:
        KINDS[str(generator.choice(["lines", "table", "sudoku", "comb", "scatter", "arithmetic"]))](
            scribe, whole
        )
    elif kind != "blank":
        _areas(scribe, kind, whole)
    return canvas, scribe.height


def _areas(scribe: Scribe, kind: str, whole: Area) -> None:
    """Fill the page, or parts of it with other kinds."""
    left, top, right, bottom = whole
    if not scribe.chance(0.4):
        return KINDS[kind](scribe, whole)
    share = scribe.between(0.25, 0.75)
    gap = scribe.between(0.2, 1) * scribe.height
    if scribe.chance(0.6):
        middle = top + share * (bottom - top)
        parts = (left, top, right, middle - gap), (left, middle + gap, right, bottom)
    else:
        middle = left + share * (right - left)
        parts = (left, top, middle - gap, bottom), (middle + gap, top, right, bottom)
    other = str(
        scribe.generator.choice(["print", "print", "things", "picture", "lines", "table", "form"])
    )
    order = (kind, other) if scribe.chance(0.5) else (other, kind)
    for name, part in zip(order, parts, strict=True):
        KINDS[name](scribe.sized(1 if name == kind else scribe.between(0.5, 2)), part)
    return None


def _background(scribe: Scribe) -> None:
    """Rule the whole page, in lines or squares."""
    step, width = scribe.height * scribe.between(0.35, 1.6), scribe.between(1, 2)
    flat, squared = scribe.canvas.width, scribe.chance(0.6)
    if step < 5:
        return
    for at in np.arange(scribe.between(0, step), flat, step):
        scribe.rule(0, at, flat, at, width)
        if squared:
            scribe.rule(at, 0, at, flat, width)


def _single(scribe: Scribe, flat: int) -> None:
    """Write one digit or a short number in about the middle; something may stand beside it."""
    text = (
        any_number(scribe.generator, 1) if scribe.chance(0.75) else any_number(scribe.generator, 4)
    )
    own = scribe.sized(min(1.0, 0.8 * flat / 1.3 / scribe.width_of(text)))
    x = (flat - own.width_of(text)) / 2 + own.generator.normal(0, 0.06) * flat
    own.write(text, x, flat / 2 + own.generator.normal(0, 0.06) * flat, own.canvas.new_line())
    if scribe.chance(0.15):
        other = print_page if scribe.chance(0.5) else things
        edge = flat / 2 + 0.6 * own.height
        if flat - edge > 30:
            other(scribe.sized(scribe.between(0.1, 0.5)), (0.12 * flat, edge, 0.9 * flat, flat))


def _photographed(
    generator: Generator, canvas: Canvas, kind: str, side: int, height: float
) -> Page:
    matrix = viewpoint(generator, canvas.width, side)
    flat = composed(canvas, generator)
    if kind == "blank":
        make = texture if generator.random() < 0.5 else photograph
        flat = flat * (1 - generator.choice([0, 0.2, 0.9]) * make(generator, *flat.shape))
    seen = cv2.warpPerspective(
        flat, matrix, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    ink = cv2.warpPerspective(canvas.digits, matrix, (side, side), flags=cv2.INTER_LINEAR)
    hidden = np.zeros((side, side), bool)
    if beside := surroundings(generator, side):
        hidden |= beside[0]
        seen = np.where(*beside, seen)
    seen = seen * light(generator, side)
    hidden |= covered(seen, generator)
    grey = exposed(seen, generator, height)
    mask = np.where((ink > 0.5) & ~hidden, 255, 0).astype(np.uint8)
    symbols = [moved(symbol, matrix) for symbol in canvas.symbols]
    unclear = [seen_area(area, matrix) for area in canvas.unclear]
    kept, doubtful = _seen(symbols, grey, mask, hidden)
    return Page(grey, mask, tuple(kept), (*unclear, *doubtful), 0, kind)


def _seen(
    symbols: list[Symbol], grey: Grey, ink: Grey, hidden: NDArray[np.bool_]
) -> tuple[list[Symbol], list[Area]]:
    """Sort symbols: those to be seen, clipped to the picture, and where one could be in doubt."""
    height, width = grey.shape
    kept: list[Symbol] = []
    doubtful: list[Area] = []
    for symbol in symbols:
        left, top, right, bottom = symbol.box
        points = np.clip(symbol.points, 0, [width, height])
        clipped = replace(symbol, points=points)
        x0, y0, x1, y1 = clipped.box
        share = (x1 - x0) * (y1 - y0) / max((right - left) * (bottom - top), 1e-6)
        window = slice(int(y0), int(np.ceil(y1))), slice(int(x0), int(np.ceil(x1)))
        if share < HARDLY_SEEN or not grey[window].size:
            continue
        away = hidden[window].mean()
        if away > 0.6:
            continue
        is_digit = symbol.text.isdigit()
        small = bottom - top < LOWEST and is_digit
        if (
            share < LEAST_SEEN
            or away > 0.1
            or small
            or (is_digit and _is_faint(grey[window], ink[window]))
        ):
            doubtful.append(clipped.box)
        else:
            kept.append(clipped)
    return kept, doubtful


def _is_faint(grey: Grey, ink: Grey) -> bool:
    """Tell whether ink hardly differs from the paper around it."""
    written = ink > 0
    if not written.any() or written.all():
        return not written.any()
    return bool(abs(float(grey[written].mean()) - float(grey[~written].mean())) < FAINTEST)


def _cut_close(generator: Generator, page: Page, *, tiny: bool) -> Page:
    """Cut a number or a digit out of a page, and enlarge it with paper around, as reading does."""
    wanted = [s for s in page.symbols if s.text.isdigit() and s.height > 14]
    if not wanted:
        return page
    chosen = wanted[generator.integers(len(wanted))]
    alone = tiny or generator.random() < 0.7
    group = [chosen] if alone else [s for s in page.symbols if s.number == chosen.number]
    room = chosen.height * (
        generator.uniform(0, 0.15) if generator.random() < 0.5 else generator.uniform(0.1, 0.8)
    )
    edges = np.array([s.box for s in group])
    side = page.grey.shape[0]
    left, top = (max(0, int(edges[:, axis].min() - room)) for axis in (0, 1))
    right, bottom = (min(side, int(np.ceil(edges[:, axis].max() + room))) for axis in (2, 3))
    grey, ink = page.grey[top:bottom, left:right], page.ink[top:bottom, left:right]
    if tiny:
        small = generator.uniform(8, 40) / max(grey.shape)
        if small < 1:
            size = max(4, round(grey.shape[1] * small)), max(4, round(grey.shape[0] * small))
            grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    longer = max(right - left, bottom - top)
    target = float(np.exp(generator.uniform(np.log(70), np.log(0.9 * side))))
    factor = min(target / longer, 6.0)
    size = max(4, round((right - left) * factor)), max(4, round((bottom - top) * factor))
    how = cv2.INTER_AREA if size[0] < grey.shape[1] else cv2.INTER_CUBIC
    grey = cv2.resize(grey, size, interpolation=how)
    ink = cv2.resize(ink, size, interpolation=cv2.INTER_LINEAR)
    x, y = (int(generator.integers(0, side - extent + 1)) for extent in size)
    picture = np.full((side, side), edge_tone(grey), np.uint8)
    picture[y : y + size[1], x : x + size[0]] = grey
    mask = np.zeros((side, side), np.uint8)
    mask[y : y + size[1], x : x + size[0]] = np.where(ink > 127, 255, 0)
    scale = np.array([size[0] / (right - left), size[1] / (bottom - top)])

    def cut(symbol: Symbol) -> Symbol:
        return replace(symbol, points=(symbol.points - [left, top]) * scale + [x, y])

    def cut_area(area: Area) -> Area:
        corners = (np.array(area).reshape(2, 2) - [left, top]) * scale + [x, y]
        return tuple(corners.ravel().tolist())  # type: ignore[return-value]

    inside = x, y, x + size[0], y + size[1]
    kept: list[Symbol] = []
    doubtful = [_within(cut_area(area), inside) for area in page.unclear]
    for symbol in map(cut, page.symbols):
        box, part = symbol.box, _within(symbol.box, inside)
        if part is None:
            continue
        share = (
            (part[2] - part[0])
            * (part[3] - part[1])
            / max((box[2] - box[0]) * (box[3] - box[1]), 1e-6)
        )
        if share >= LEAST_SEEN:
            kept.append(replace(symbol, points=np.clip(symbol.points, inside[:2], inside[2:])))
        elif share >= HARDLY_SEEN:
            doubtful.append(part)
    return Page(picture, mask, tuple(kept), tuple(area for area in doubtful if area), 0, page.kind)


def _within(area: Area, inside: Area) -> Area | None:
    """Return the part of an area within another; None if they have nothing in common."""
    left, top = max(area[0], inside[0]), max(area[1], inside[1])
    right, bottom = min(area[2], inside[2]), min(area[3], inside[3])
    return (left, top, right, bottom) if left < right and top < bottom else None


def _turned(page: Page, turns: int) -> Page:
    """Turn a page counterclockwise by quarters."""
    if not turns:
        return page
    height, width = page.grey.shape

    def turned(points: NDArray[np.floating]) -> NDArray[np.floating]:
        x, y = points[:, 0], points[:, 1]
        return {
            1: np.stack([y, width - x], 1),
            2: np.stack([width - x, height - y], 1),
            3: np.stack([height - y, x], 1),
        }[turns]

    def turned_area(area: Area) -> Area:
        points = turned(np.array(area).reshape(2, 2))
        return (*map(float, points.min(axis=0)), *map(float, points.max(axis=0)))  # type: ignore[return-value]

    return Page(
        np.ascontiguousarray(np.rot90(page.grey, turns)),
        np.ascontiguousarray(np.rot90(page.ink, turns)),
        tuple(replace(symbol, points=turned(symbol.points)) for symbol in page.symbols),
        tuple(map(turned_area, page.unclear)),
        90 * turns,
        page.kind,
    )
