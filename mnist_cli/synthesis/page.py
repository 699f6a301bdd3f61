"""A synthetic picture with its truth, out of a seed."""

from collections.abc import Mapping, Sequence
from typing import Any

import cv2
import numpy as np

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
from mnist_cli.synthesis.canvas import Area, Canvas
from mnist_cli.synthesis.clutter import photograph, texture
from mnist_cli.synthesis.cropping import cut_close
from mnist_cli.synthesis.digits import Digits, Hand
from mnist_cli.synthesis.layouts import KINDS, close_print, print_page, things
from mnist_cli.synthesis.scribe import Scribe, any_number
from mnist_cli.synthesis.squares import dotted, ruled, squared
from mnist_cli.synthesis.strokes import Generator
from mnist_cli.synthesis.truth import Page, in_square, seen, turned

# how often each kind is drawn for training, beside the others; the last four are no layouts
SHARES = {
    "lines": 0.09, "figures": 0.07, "columns": 0.03, "scatter": 0.05, "table": 0.14,
    "sudoku": 0.08, "form": 0.08, "comb": 0.04, "arithmetic": 0.05, "notes": 0.11, "things": 0.05,
    "print": 0.10, "picture": 0.02, "single": 0.04, "cut": 0.05, "tiny": 0.02, "blank": 0.01,
}  # fmt: skip
LEAST = 9.5  # px
FINEST = 5  # px between two lines of ruled paper: nearer ones are a tint
SMALL = ("single", "cut", "tiny")  # pictures of about one digit: four fit where a page does
SEEN_RULE = 0.3  # of a pixel that a ruled line covers, from which it counts
# what is cut close
CUT_FROM = ("lines", "table", "sudoku", "comb", "scatter", "arithmetic", "notes")


def make_page(
    seed: Any,
    digits: Digits,
    kind: str | None = None,
    side: int = 384,
    *,
    least: float = LEAST,
    upright: bool = False,
) -> Page:
    """Make up a page.

    Args:
        seed: Anything that seeds NumPy's generators; the same one gives the same page.
        digits: What is written on it.
        kind: One of `SHARES`; drawn, if left out.
        side: Pixels of each side of the picture.
        least: Height of the lowest digits of a page of several, in pixels.
        upright: Whether it is never turned.
    """
    generator = np.random.default_rng(seed)
    kind = kind or any_kind(generator, SHARES)
    canvas, height = _filled(generator, digits, kind, side, least)
    page = _photographed(generator, canvas, kind, side, height)
    if kind in {"cut", "tiny"}:
        page = cut_close(generator, page, tiny=kind == "tiny")
    return page if upright else turned(page, _any_turns(generator))


def make_sheet(seed: Sequence[int], digits: Digits, side: int = 384) -> Page:
    """Make up a page; one of the `SMALL` kinds is four pictures of half the side, in a square.

    So a digit that fills its picture is as high as a look at a picture shows it, and a batch holds
    more of them. Arguments as those of `make_page`.
    """
    generator = np.random.default_rng(seed)
    kind = any_kind(generator, SHARES)  # as `make_page` will draw it
    if kind not in SMALL:
        return make_page(seed, digits, side=side)
    parts = [make_page([*seed, part], digits, kind, side // 2, upright=True) for part in range(4)]
    return turned(in_square(parts), _any_turns(generator))


def any_kind(generator: Generator, shares: Mapping[str, float]) -> str:
    """Draw a kind of page, each as often as its share of all says."""
    chances = np.array(list(shares.values()))
    return str(generator.choice(list(shares), p=chances / sum(shares.values())))


def _any_turns(generator: Generator) -> int:
    """Draw by how many quarters a page is turned, mostly none."""
    return 0 if generator.random() > 0.2 else int(generator.integers(1, 4))


def _filled(
    generator: Generator, digits: Digits, kind: str, side: int, least: float
) -> tuple[Canvas, float]:
    """Return a canvas, larger than the picture as turns show more, and its digits' height."""
    flat = round(1.3 * side)
    canvas = Canvas(flat, flat)
    hand = Hand.any(generator, digits)
    low, high = map(np.log, _heights(kind, side, least))
    scribe = Scribe(canvas, generator, digits, hand, float(np.exp(generator.uniform(low, high))))
    margin = generator.uniform(0, 0.2) * side
    whole = (margin, margin, flat - margin, flat - margin)
    if scribe.chance(0.12):
        _background(scribe)
    if kind == "single":
        _single(scribe, flat)
    elif kind in {"cut", "tiny"}:
        KINDS[str(generator.choice(CUT_FROM))](scribe, whole)
    elif kind != "blank":
        _areas(scribe, kind, whole)
    return canvas, scribe.height


def _heights(kind: str, side: int, least: float) -> tuple[float, float]:
    """Return the least and the greatest height of a digit, in pixels."""
    if kind == "single":
        return min(60, side / 2), 0.8 * side
    if kind in {"cut", "tiny"}:
        return 20, 0.35 * side
    return least, 0.22 * side


def _areas(scribe: Scribe, kind: str, whole: Area) -> None:
    """Fill the page, or parts of it with other kinds."""
    left, top, right, bottom = whole
    way = scribe.generator.random()
    if way < 0.15:
        return _amid(scribe, kind, whole)
    if way < 0.65:
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
        scribe.generator.choice(
            ["print", "print", "notes", "things", "picture", "lines", "table", "form"]
        )
    )
    order = (kind, other) if scribe.chance(0.5) else (other, kind)
    for name, part in zip(order, parts, strict=True):
        KINDS[name](scribe.sized(1 if name == kind else scribe.between(0.5, 2)), part)
    return None


def _amid(scribe: Scribe, kind: str, whole: Area) -> None:
    """Put a kind amid close print and more of its kind, as newspapers and worksheets do."""
    left, top, right, bottom = whole
    x0, x1 = (left + share * (right - left) for share in scribe.generator.uniform(0, 0.3, 2))
    y0, y1 = (top + share * (bottom - top) for share in scribe.generator.uniform(0, 0.3, 2))
    x1, y1, gap = right + left - x1, bottom + top - y1, scribe.between(0.2, 1) * scribe.height
    around = (
        (left, top, right, y0 - gap),
        (left, y1 + gap, right, bottom),
        (left, y0, x0 - gap, y1),
        (x1 + gap, y0, right, y1),
    )
    KINDS[kind](scribe, (x0, y0, x1, y1))
    for part in around:
        if min(part[2] - part[0], part[3] - part[1]) > 0.5 * scribe.height:
            (KINDS[kind] if scribe.chance(0.25) else close_print)(scribe, part)


def _background(scribe: Scribe) -> None:
    """Rule the whole page in lines or squares, or put dots on it."""
    step, way = scribe.height * scribe.between(0.35, 1.6), scribe.generator.random()
    if step >= FINEST:
        rule = ruled if way < 0.4 else squared if way < 0.8 else dotted
        rule(scribe, (0, 0, scribe.canvas.width, scribe.canvas.height), step)


def _single(scribe: Scribe, flat: int) -> None:
    """Write one digit or a short number in about the middle; something may stand beside it."""
    text = any_number(scribe.generator, int(scribe.generator.choice([1, 1, 1, 1, 6])))
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
    """Take a picture of a canvas whose digits are about `height` px high."""
    matrix = viewpoint(generator, canvas.width, side)
    flat = composed(canvas, generator)
    if kind == "blank":
        make = texture if generator.random() < 0.5 else photograph
        flat = flat * (1 - generator.choice([0, 0.2, 0.9]) * make(generator, *flat.shape))
    picture = cv2.warpPerspective(
        flat, matrix, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    ink, across, down = (
        cv2.warpPerspective(layer, matrix, (side, side), flags=cv2.INTER_LINEAR)
        for layer in (canvas.digits, canvas.across, canvas.down)
    )
    hidden = np.zeros((side, side), bool)
    if beside := surroundings(generator, side):
        hidden |= beside[0]
        picture = np.where(*beside, picture)
    picture = picture * light(generator, side)
    hidden |= covered(picture, generator)
    grey = exposed(picture, generator, height)
    mask = np.where((ink > 0.5) & ~hidden, 255, 0).astype(np.uint8)
    runs = np.where((np.stack([across, down], -1) > SEEN_RULE) & ~hidden[..., None], 255, 0)
    symbols = [moved(symbol, matrix) for symbol in canvas.symbols]
    unclear = [seen_area(area, matrix) for area in canvas.unclear]
    kept, doubtful = seen(symbols, grey, mask, hidden)
    rules = runs.astype(np.uint8)
    return Page(grey, mask, rules, tuple(kept), (*unclear, *doubtful), 0, kind)
