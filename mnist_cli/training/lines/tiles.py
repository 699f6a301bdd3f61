"""Tiles of lines for training: cut out of synthetic pages, each with what it should say."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mnist_cli.core.strips import (
    DIGIT,
    EDGE,
    HIGH,
    STRIDE,
    WIDE,
    Edges,
    Grey,
    Halved,
    Strip,
    strips_of,
)
from mnist_cli.synthesis.canvas import Symbol
from mnist_cli.synthesis.page import LEAST, any_kind, make_page
from mnist_cli.synthesis.sources import Source, digits, writing_processes
from mnist_cli.synthesis.strokes import Generator
from mnist_cli.synthesis.truth import Page, overlaps
from mnist_cli.training.lines.targets import COLUMNS, TARGETS, targets_of

# how often each kind of page is drawn
SHARES = {
    "figures": 0.25, "squares": 0.12, "lines": 0.09, "columns": 0.06, "scatter": 0.05,
    "table": 0.10, "sudoku": 0.10, "form": 0.08, "comb": 0.05, "arithmetic": 0.05, "print": 0.02,
    "things": 0.03,
}  # fmt: skip
MISSED, FALSE, DOUBTED = 0.08, 0.06, 0.15  # shares of digits, of marks as digits, of lines
ONES_MISSED = 0.2  # share of 1s: of all that a finder misses in ledgers by hand, half are 1s
MERGED, NARROW = 0.15, 0.35  # share of 1s that have one box with the digit before or after, which
# is so many heights away at most
JITTER, SIZES = 0.05, 0.09  # heights: how far a finder's boxes are off, and how much larger
CHUNK = 8  # pages that a process makes at a time
NOTHING = 0.1  # of two boxes' common area: what has less of it with each symbol is none
MOST_EMPTY = 2  # tiles of a page on which there is nothing but what a finder takes for digits
MOST = 8  # tiles of a page: of all, half were of digits under 13 px, on which a mark is hardly seen

SMALL, LARGER, LEGIBLE = 0.25, 448, 16.0  # share of pages whose digits are low; px of the others

Tile = tuple[NDArray[np.uint8], NDArray[np.float32]]  # one image, and its targets
Find = Callable[[Grey], Edges]  # boxes of digits on a page; a process can be sent it
NO_EDGES = np.empty((0, 4))


class Tiles(NamedTuple):
    """Tiles, (N, HIGH, WIDE, 2) uint8, and targets, (N, COLUMNS, TARGETS) float32."""

    images: NDArray[np.uint8]
    targets: NDArray[np.float32]


def make_tiles(
    source: Source, find: Find, pages: int, seed: int, processes: int
) -> Iterator[Tiles]:
    """Make up pages and cut their lines out; yields the tiles of each page.

    Args:
        source: Whose digits stand on them.
        find: Finds digits on them, as reading will. What else it takes for digits is shown, too.
        pages: How many.
        seed: Decides what is on them.
        processes: How many make them.
    """
    with writing_processes(source, processes) as pool:
        yield from pool.map(partial(_tiles_of, seed, find), range(pages), chunksize=CHUNK)


def _tiles_of(seed: int, find: Find, number: int) -> Tiles:
    generator = np.random.default_rng([7, seed, number])
    small = generator.random() < SMALL
    side, least = (384, LEAST) if small else (LARGER, LEGIBLE)
    kind = any_kind(generator, SHARES)
    page = make_page([seed, number], digits(), kind, side, least=least, upright=True)
    return tiles_of(page, generator, _false(page, find(page.grey)))


def _false(page: Page, found: Edges) -> Edges:
    """Return what was found and is neither digit nor mark."""
    there = np.array([*(one.box for one in page.symbols), *page.unclear]).reshape(-1, 4)
    return np.asarray(found[overlaps(found, there).max(axis=1, initial=0.0) < NOTHING])


def tiles_of(page: Page, generator: Generator, false: Edges = NO_EDGES) -> Tiles:
    """Cut lines of an upright page into at most `MOST` tiles, by boxes as a finder gives them.

    Args:
        page: The page.
        generator: Decides where a finder errs, and which tiles are taken.
        false: Boxes of what it takes for digits, and is none: (N, 4).
    """
    picture = Halved(page.grey)
    made = list[Tile]()
    for line in sorted({symbol.line for symbol in page.symbols}):
        own = sorted((one for one in page.symbols if one.line == line), key=_middle)
        edges = found_edges(own, generator)
        if not len(edges):
            continue
        beside = _lie_beside(edges, false)
        edges, false = _from_left(np.concatenate([edges, false[beside]])), false[~beside]
        made += _cut_out(page, picture, edges, own)
    there = np.array([symbol.box for symbol in page.symbols]).reshape(-1, 4)
    empty = list[Tile]()
    while len(false):
        beside = _lie_beside(false[:1], false)
        edges, false = _from_left(false[beside]), false[~beside]
        if not _lie_beside(edges, there).any():
            empty += _cut_out(page, picture, edges, ())
    made += [empty[at] for at in generator.permutation(len(empty))[:MOST_EMPTY]]
    some = [made[at] for at in generator.permutation(len(made))[:MOST]]
    return Tiles(
        np.array([image for image, _ in some], np.uint8).reshape(-1, HIGH, WIDE, 2),
        np.array([told for _, told in some], np.float32).reshape(-1, COLUMNS, TARGETS),
    )


def _cut_out(page: Page, picture: Halved, edges: Edges, own: Sequence[Symbol]) -> Iterator[Tile]:
    """Yield the tiles of a line, whose symbols are given from left to right."""
    for strip, _ in strips_of(edges, [range(len(edges))]):
        told = targets_of(strip, own, page.unclear)
        for start, image in zip(strip.starts, strip.tiles(picture), strict=True):
            at = (start + EDGE) // STRIDE
            yield image, told[at : at + COLUMNS]


def _lie_beside(edges: Edges, others: Edges) -> NDArray[np.bool_]:
    """Tell which other boxes lie on the line of some: (N,) of (N, 4)."""
    strip = Strip.of(edges)
    x, y = (others[:, :2] + others[:, 2:]).T / 2
    return np.asarray(np.abs(y - strip.level(x)) < DIGIT / 2 * strip.step)


def _from_left(edges: Edges) -> Edges:
    return np.asarray(edges[np.argsort(edges[:, 0] + edges[:, 2], kind="stable")])


def _middle(symbol: Symbol) -> float:
    left, _, right, _ = symbol.box
    return (left + right) / 2


def found_edges(symbols: Sequence[Symbol], generator: Generator) -> NDArray[np.float64]:
    """Return boxes of a line's digits as a finder gives them: off, a few missing, a few false.

    Returns:
        (N, 4) left, top, right, bottom, from left to right.
    """
    boxes = list[NDArray[np.float64]]()
    doubted, before = generator.random() < DOUBTED, None
    for symbol in symbols:
        share = MISSED if symbol.text.isdigit() else FALSE * (1 + 2 * doubted)
        wrong = generator.random() < (ONES_MISSED if symbol.text == "1" else share)
        if symbol.text.isdigit() == wrong:
            continue
        box = np.array(symbol.box)
        size = box[2:] - box[:2]
        if wrong and size.max() < 4:
            continue
        middle = (box[:2] + box[2:]) / 2 + generator.normal(0, JITTER, 2) * size.max()
        half = size / 2 * np.exp(generator.normal(0, SIZES, 2))
        found = np.concatenate([middle - half, middle + half])
        if before and _may_merge(before, symbol) and generator.random() < MERGED:
            last = boxes.pop()
            found = np.r_[np.minimum(last[:2], found[:2]), np.maximum(last[2:], found[2:])]
        boxes.append(found)
        before = symbol
    return _from_left(np.array(boxes, np.float64).reshape(-1, 4))


def _may_merge(before: Symbol, symbol: Symbol) -> bool:
    """Tell whether two digits stand so that a finder gives them one box, as it does a 1's."""
    near = symbol.box[0] - before.box[2] < NARROW * max(before.height, symbol.height)
    return near and "1" in (before.text, symbol.text) and (before.text + symbol.text).isdigit()
