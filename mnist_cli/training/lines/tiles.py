"""Tiles of lines for training: cut out of synthetic pages, each with what it should say."""

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mnist_cli.core.finder_maps import MARKS
from mnist_cli.core.strips import DIGIT, EDGE, HIGH, STRIDE, WIDE, Halved, Strip, strips_of
from mnist_cli.synthesis.canvas import Area, Symbol
from mnist_cli.synthesis.page import LEAST, any_kind, make_page
from mnist_cli.synthesis.sources import Source, digits, writing_processes
from mnist_cli.synthesis.strokes import Generator
from mnist_cli.synthesis.truth import Page

# how often each kind of page is drawn
SHARES = {
    "figures": 0.28, "squares": 0.14, "lines": 0.10, "columns": 0.06, "scatter": 0.06,
    "table": 0.10, "sudoku": 0.03, "form": 0.09, "comb": 0.06, "arithmetic": 0.06, "print": 0.02,
}  # fmt: skip
OPERATORS, OPERATOR_GAP = "+×÷=", 1.2  # heights: farther apart they are no sum
# two numbers that are not so many times as far from each other as digits in them, or, where a
# number has one digit, as so many heights, may be one
APART, LONELY = 1.3, 0.4
MISSED, FALSE, DOUBTED = 0.08, 0.06, 0.15  # shares of digits, of marks as digits, of lines
ONES_MISSED = 0.2  # share of 1s: of all that a finder misses in ledgers by hand, half are 1s
MERGED, NARROW = 0.15, 0.35  # share of 1s that have one box with the digit before or after, which
# is so many heights away at most
JITTER, SIZES = 0.05, 0.09  # heights: how far a finder's boxes are off, and how much larger
CHUNK = 8  # pages that a process makes at a time
MOST = 8  # tiles of a page: of all, half were of digits under 13 px, on which a mark is hardly seen

SMALL, LARGER, LEGIBLE = 0.25, 448, 16.0  # share of pages whose digits are low; px of the others

COLUMNS = WIDE // STRIDE
LEAD = EDGE // STRIDE  # columns before a strip's own
# of each column: the mark, from 1, or 0; the digit, the same; whether two are joined over it; what
# of these three counts; the boxes of the mark and the digit
MARK, WHICH, JOINED, COUNTS, COUNTS_JOINED = range(5)
MARK_BOX, DIGIT_BOX, TARGETS = slice(5, 9), slice(9, 13), 13


class Tiles(NamedTuple):
    """Tiles, (N, HIGH, WIDE, 2) uint8, and targets, (N, COLUMNS, TARGETS) float32."""

    images: NDArray[np.uint8]
    targets: NDArray[np.float32]


def make_tiles(source: Source, pages: int, seed: int, processes: int) -> Iterator[Tiles]:
    """Make up pages and cut their lines out; yields the tiles of each page.

    Args:
        source: Whose digits stand on them.
        pages: How many.
        seed: Decides what is on them.
        processes: How many make them.
    """
    with writing_processes(source, processes) as pool:
        yield from pool.map(partial(_tiles_of, seed), range(pages), chunksize=CHUNK)


def _tiles_of(seed: int, number: int) -> Tiles:
    generator = np.random.default_rng([7, seed, number])
    small = generator.random() < SMALL
    side, least = (384, LEAST) if small else (LARGER, LEGIBLE)
    kind = any_kind(generator, SHARES)
    page = make_page([seed, number], digits(), kind, side, least=least, upright=True)
    return tiles_of(page, generator)


def tiles_of(page: Page, generator: Generator) -> Tiles:
    """Cut lines of an upright page into at most `MOST` tiles, by boxes as a finder gives them."""
    picture = Halved(page.grey)
    images, targets = [], []
    for line in sorted({symbol.line for symbol in page.symbols}):
        own = sorted((one for one in page.symbols if one.line == line), key=_middle)
        edges = found_edges(own, generator)
        if not len(edges):
            continue
        for strip, _ in strips_of(edges, [range(len(edges))]):
            told = targets_of(strip, own, page.unclear)
            for start, image in zip(strip.starts, strip.tiles(picture), strict=True):
                at = (start + EDGE) // STRIDE
                images.append(image)
                targets.append(told[at : at + COLUMNS])
    some = generator.permutation(len(images))[:MOST]
    return Tiles(
        np.array(images, np.uint8).reshape(-1, HIGH, WIDE, 2)[some],
        np.array(targets, np.float32).reshape(-1, COLUMNS, TARGETS)[some],
    )


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
    edges = np.array(boxes, np.float64).reshape(-1, 4)
    return np.asarray(edges[np.argsort(edges[:, 0] + edges[:, 2], kind="stable")])


def _may_merge(before: Symbol, symbol: Symbol) -> bool:
    """Tell whether two digits stand so that a finder gives them one box, as it does a 1's."""
    near = symbol.box[0] - before.box[2] < NARROW * max(before.height, symbol.height)
    return near and "1" in (before.text, symbol.text) and (before.text + symbol.text).isdigit()


def targets_of(
    strip: Strip, symbols: Sequence[Symbol], unclear: Sequence[Area]
) -> NDArray[np.float32]:
    """Return what a strip should say, from `LEAD` columns before its own.

    Args:
        strip: Of the line.
        symbols: The line's, from left to right.
        unclear: Areas of the page in which nobody could say what counts.

    Returns:
        (columns, TARGETS) float32.
    """
    count = (strip.starts[-1] + EDGE + WIDE) // STRIDE
    told = np.zeros((count, TARGETS), np.float32)
    told[:, COUNTS] = 1
    for area in unclear:
        (left, top), (right, bottom) = strip.seen_at(np.array(area).reshape(2, 2))
        if top < HIGH - STRIDE and bottom > STRIDE:
            first, last = max(0, int(left // STRIDE) + LEAD), int(right // STRIDE) + 1 + LEAD
            told[first : max(0, last), COUNTS] = 0
    boxes = np.array([symbol.box for symbol in symbols])
    seen = np.concatenate([strip.seen_at(boxes[:, :2]), strip.seen_at(boxes[:, 2:])], 1)
    for symbol, (left, top, right, bottom) in zip(symbols, seen.tolist(), strict=True):
        at = (left + right) / 2 / STRIDE + LEAD
        if not 0 <= at < count or not 0 < (top + bottom) / 2 < HIGH:
            continue
        row = told[int(at)]
        sides = np.maximum([right - left, bottom - top], 1) / DIGIT
        box = [at - int(at) - 0.5, (top + bottom - HIGH) / 2 / DIGIT, *np.log(sides)]
        if symbol.text.isdigit():
            row[WHICH], row[DIGIT_BOX] = 1 + int(symbol.text), box
        else:
            row[MARK], row[MARK_BOX] = 1 + MARKS.index(symbol.text), box
    _tell_joined(told, symbols, seen)
    return told


def _tell_joined(
    told: NDArray[np.float32], symbols: Sequence[Symbol], seen: NDArray[np.float64]
) -> None:
    """Tell of the columns between each two neighbours whether they are of one number.

    Where two numbers stand nearer than digits of one of them do, nobody could say.
    """
    gaps = (seen[1:, 0] - seen[:-1, 2]) / DIGIT
    counts, widest = Counter(one.number for one in symbols), dict[int, float]()
    for gap, (one, other) in zip(gaps.tolist(), pairwise(symbols), strict=True):
        if one.number == other.number:
            widest[one.number] = max(gap, widest.get(one.number, LONELY))
    for before, after in pairwise(range(len(symbols))):
        pair, gap = (symbols[before], symbols[after]), gaps[before]
        alone = any(not one.text.isdigit() and counts[one.number] == 1 for one in pair)
        signs = alone or any(one.text in OPERATORS for one in pair)
        joined = pair[0].number == pair[1].number or (signs and gap < OPERATOR_GAP)
        if not joined and gap < APART * max(widest.get(one.number, LONELY) for one in pair):
            continue
        first, last = (seen[[before, after]][:, [0, 2]].mean(axis=1) // STRIDE).astype(int) + LEAD
        if first >= 0 and last < len(told):
            told[first : max(last, first + 1), JOINED] = joined
            told[first : max(last, first + 1), COUNTS_JOINED] = 1
