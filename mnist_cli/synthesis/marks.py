"""The marks that numbers are written with, drawn by hand."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from mnist_cli.synthesis.digits import Hand
from mnist_cli.synthesis.strokes import FIELD, TALL, Generator, Ink, Path, arc, bowed, drawn, penned

# how high each is in heights of a digit, and where its middle lies below the digit's
SIZES = {
    ".": (0.0, 0.46), ",": (0.22, 0.54), "-": (0.0, 0.02), "+": (0.5, 0.03), "×": (0.45, 0.05),
    "÷": (0.5, 0.03), "=": (0.28, 0.03), "/": (1.1, 0.05), "%": (0.9, 0.0), "(": (1.2, 0.05),
    ")": (1.2, 0.05), ":": (0.45, 0.15),
}  # fmt: skip


def write_mark(generator: Generator, hand: Hand, mark: str, height: float) -> Ink:
    """Write a mark beside digits of some height: (h, w) float32 ink, cut to it."""
    pen = max(1.0, hand.pen * height)
    if mark in ".:":
        pen = max(pen * generator.uniform(1, 1.4), 0.07 * height)
    strokes = _paths(generator, mark)
    paths = [path + generator.normal(0, 0.01 * TALL, path.shape[1:]) for path in strokes]
    slant = hand.slant + generator.normal(0, 0.05)
    matrix = np.array([[1, -slant], [0, 1]])
    return penned(drawn(paths), height * generator.uniform(0.85, 1.15), pen, matrix)


def _at(x: float, y: float) -> Path:
    """Return a point of the field, in heights of a digit from its middle."""
    return np.array([FIELD / 2 + x * TALL, FIELD / 2 + y * TALL])


class _Basis(NamedTuple):
    """What several marks are made of: a flat line, a dot, and how the hand draws lines."""

    flat: Path
    dot: Path
    bow: float
    half: float
    tilt: float


def _paths(generator: Generator, mark: str) -> list[Path]:
    """Return the strokes of a mark, in pixels of the field."""
    bow = generator.normal(0, 0.05)
    half = generator.uniform(0.14, 0.28)  # of a line's length
    tilt = generator.normal(0, 0.03)
    flat = bowed(_at(-half, tilt), _at(half, -tilt), bow)
    dot = bowed(_at(0, 0), _at(0.01, 0.01), 0)
    return STROKES[mark](generator, _Basis(flat, dot, bow, half, tilt))


def _twice(path: Path, apart: float) -> list[Path]:
    """Return it below and above its place, each `apart` heights of a digit away."""
    down = np.array([0, apart * TALL])
    return [path + down, path - down]


def _plus(_: Generator, basis: _Basis) -> list[Path]:
    half, tilt = basis.half, basis.tilt
    return [basis.flat, bowed(_at(tilt, -half), _at(-tilt, half), basis.bow)]


def _times(_: Generator, basis: _Basis) -> list[Path]:
    half, bow = basis.half, basis.bow
    falling, rising = (_at(-half, -half), _at(half, half)), (_at(half, -half), _at(-half, half))
    return [bowed(*falling, bow), bowed(*rising, bow)]


def _slash(generator: Generator, basis: _Basis) -> list[Path]:
    reach, lean = generator.uniform(0.48, 0.72), generator.uniform(0.07, 0.4)
    return [bowed(_at(lean, -reach), _at(-lean, reach), basis.bow / 3)]


def _percent(generator: Generator, _: _Basis) -> list[Path]:
    radii = TALL * np.array([generator.uniform(0.08, 0.13), generator.uniform(0.09, 0.15)])
    rings = [arc(_at(side * 0.25, side * 0.25), radii, 0, 360) for side in (-1, 1)]
    return [bowed(_at(0.28, -0.45), _at(-0.28, 0.45), 0), *rings]


def _bracket(generator: Generator, side: int) -> list[Path]:
    """Return a bracket that is open to the right with 1, to the left with -1."""
    ends = _at(side * 0.08, -0.6), _at(side * 0.08, 0.6)
    return [bowed(*ends, side * generator.uniform(0.08, 0.2))]


def _comma(generator: Generator, _: _Basis) -> list[Path]:
    return [bowed(_at(0.03, -0.08), _at(-0.06, 0.12), generator.uniform(-0.2, 0))]


STROKES: dict[str, Callable[[Generator, _Basis], list[Path]]] = {
    ".": lambda _, basis: [basis.dot],
    ":": lambda generator, basis: _twice(basis.dot, generator.uniform(0.15, 0.25)),
    ",": _comma,
    "-": lambda _, basis: [basis.flat],
    "+": _plus,
    "×": _times,
    "÷": lambda generator, basis: [basis.flat, *_twice(basis.dot, generator.uniform(0.15, 0.22))],
    "=": lambda generator, basis: _twice(basis.flat, generator.uniform(0.06, 0.13)),
    "/": _slash,
    "%": _percent,
    "(": lambda generator, _: _bracket(generator, 1),
    ")": lambda generator, _: _bracket(generator, -1),
}
