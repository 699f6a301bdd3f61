"""The marks that numbers are written with, drawn by hand."""

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
    paths = [
        path + generator.normal(0, 0.01 * TALL, path.shape[1:]) for path in _paths(generator, mark)
    ]
    slant = hand.slant + generator.normal(0, 0.05)
    matrix = np.array([[1, -slant], [0, 1]])
    return penned(drawn(paths), height * generator.uniform(0.85, 1.15), pen, matrix)


def _at(x: float, y: float) -> Path:
    """Return a point of the field, in heights of a digit from its middle."""
    return np.array([FIELD / 2 + x * TALL, FIELD / 2 + y * TALL])


def _paths(generator: Generator, mark: str) -> list[Path]:
    bow = generator.normal(0, 0.05)
    half = generator.uniform(0.14, 0.28)  # of a line's length
    tilt = generator.normal(0, 0.03)
    flat = bowed(_at(-half, tilt), _at(half, -tilt), bow)
    dot = bowed(_at(0, 0), _at(0.01, 0.01), 0)
    match mark:
        case ".":
            return [dot]
        case ":":
            apart = generator.uniform(0.15, 0.25)
            return [dot + [0, apart * TALL], dot - [0, apart * TALL]]
        case ",":
            return [bowed(_at(0.03, -0.08), _at(-0.06, 0.12), generator.uniform(-0.2, 0))]
        case "-":
            return [flat]
        case "+":
            return [flat, bowed(_at(tilt, -half), _at(-tilt, half), bow)]
        case "×":
            return [
                bowed(_at(-half, -half), _at(half, half), bow),
                bowed(_at(half, -half), _at(-half, half), bow),
            ]
        case "÷":
            apart = [0, generator.uniform(0.15, 0.22) * TALL]
            return [flat, dot + apart, dot - apart]
        case "=":
            apart = [0, generator.uniform(0.06, 0.13) * TALL]
            return [flat + apart, flat - apart]
        case "/":
            lean = generator.uniform(0.15, 0.4)
            return [bowed(_at(lean, -0.55), _at(-lean, 0.55), bow / 3)]
        case "%":
            radii = TALL * np.array([generator.uniform(0.08, 0.13), generator.uniform(0.09, 0.15)])
            rings = [arc(_at(side * 0.25, side * 0.25), radii, 0, 360) for side in (-1, 1)]
            return [bowed(_at(0.28, -0.45), _at(-0.28, 0.45), 0), *rings]
        case "(" | ")":
            side = 1 if mark == "(" else -1
            return [
                bowed(
                    _at(side * 0.08, -0.6),
                    _at(side * 0.08, 0.6),
                    side * generator.uniform(0.08, 0.2),
                )
            ]
    raise ValueError(mark)
