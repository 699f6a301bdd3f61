"""Forms of digits that people write and MNIST hardly has, drawn anew each time."""

import numpy as np

from mnist_cli.synthesis.strokes import FIELD, TALL, Generator, Path, arc, bowed


def _at(x: float, y: float) -> Path:
    """Return a point of the field, from shares of the digit's box: 0, 0 is its upper left."""
    return np.array([FIELD / 2 + (x - 0.5) * TALL, FIELD / 2 + (y - 0.5) * TALL])


def _flagged_1(generator: Generator) -> list[Path]:
    """Draw a 1 with an upstroke of up to the stem's length, 25 to 70° below the horizontal."""
    top, bottom = _at(0.5, 0), _at(0.5 + generator.normal(0, 0.08), 1)
    angle, length = np.deg2rad(generator.uniform(25, 72)), generator.uniform(0.15, 0.95) * TALL
    length = min(length, 0.98 * TALL / np.sin(angle))
    tip = top + length * np.array([-np.cos(angle), np.sin(angle)])
    lines = [
        bowed(tip, top, generator.normal(0, 0.05)),
        bowed(top, bottom, generator.normal(0, 0.02)),
    ]
    if generator.random() < 0.2:
        reach = generator.uniform(0.1, 0.3) * TALL
        lines.append(
            bowed(
                bottom - np.array([reach, generator.normal(0, 2)]), bottom + np.array([reach, 0]), 0
            )
        )
    return lines


def _barred_7(generator: Generator) -> list[Path]:
    """Draw a 7 with a bar across its stem, sometimes with a hook at its beginning."""
    left, right = _at(0.5 - generator.uniform(0.22, 0.4), generator.uniform(0, 0.06)), _at(0.78, 0)
    foot = _at(generator.uniform(0.25, 0.6), 1)
    lines = [
        bowed(left, right, generator.normal(0.02, 0.05)),
        bowed(right, foot, generator.normal(0.03, 0.05)),
    ]
    if generator.random() < 0.8:
        middle = right + generator.uniform(0.4, 0.6) * (foot - right)
        reach, tilt = generator.uniform(0.14, 0.32) * TALL, generator.uniform(-0.3, 0.2)
        half = np.array([reach, -tilt * reach])
        lines.append(bowed(middle - half, middle + half, 0))
    if generator.random() < 0.4:
        lines.append(bowed(left, left + np.array([0, generator.uniform(0.06, 0.18) * TALL]), 0))
    return lines


def _open_4(generator: Generator) -> list[Path]:
    """Draw a 4 that is open at the top, or closed, its stem apart."""
    is_open = generator.random() < 0.6
    waist = generator.uniform(0.5, 0.68)
    stem = _at(generator.uniform(0.58, 0.72), generator.uniform(0, 0.3))
    foot = _at(generator.uniform(0.5, 0.72), 1)
    left, right = _at(0.2, waist), _at(0.85, waist + generator.normal(0, 0.04))
    head = _at(generator.uniform(0.2, 0.4), 0) if is_open else stem
    return [
        bowed(head, left, generator.normal(0, 0.05)),
        bowed(left, right, 0),
        bowed(stem, foot, 0),
    ]


def _tailed_9(generator: Generator) -> list[Path]:
    """Draw a 9 whose tail is straight or curls."""
    wide, round_ = generator.uniform(0.2, 0.3), generator.uniform(0.2, 0.3)
    middle = _at(0.5, round_)
    bowl = arc(middle, TALL * np.array([wide, round_]), 0, -360)
    side = middle + np.array([TALL * wide, 0])
    if generator.random() < 0.5:
        foot = _at(0.5 + generator.uniform(-0.15, 0.2), 1)
        return [bowl, bowed(side, foot, generator.normal(0, 0.04))]
    low = _at(0.5, generator.uniform(0.62, 0.78))
    radii = TALL * np.array([wide, 1 - (low[1] - _at(0, 0)[1]) / TALL])
    tail = arc(low, radii, 0, generator.uniform(80, 175))
    return [bowl, bowed(side, low + np.array([TALL * wide, 0]), 0), tail]


def _slashed_0(generator: Generator) -> list[Path]:
    """Draw a 0 with a slash through it."""
    wide, reach = generator.uniform(0.25, 0.42), generator.uniform(0.25, 0.5)
    ring = arc(_at(0.5, 0.5), TALL * np.array([wide, 0.5]), -90, 275)
    return [ring, bowed(_at(0.5 - reach, 0.5 + reach), _at(0.5 + reach, 0.5 - reach), 0)]


def _looped_2(generator: Generator) -> list[Path]:
    """Draw a 2 with a loop at its foot."""
    head = arc(_at(0.5, 0.24), TALL * np.array([0.26, 0.24]), -170, 40)
    low = _at(0.3, 0.88)
    loop = arc(low, TALL * np.array([0.1, generator.uniform(0.05, 0.1)]), 20, 380)
    return [head, bowed(head[-1], loop[0], -0.05), loop, bowed(loop[-1], _at(0.85, 0.95), -0.1)]


# each with its digit; those that are most often read wrong stand there more often
FORMS = (
    (1, _flagged_1), (1, _flagged_1), (1, _flagged_1), (7, _barred_7), (7, _barred_7),
    (4, _open_4), (9, _tailed_9), (0, _slashed_0), (2, _looped_2),
)  # fmt: skip
