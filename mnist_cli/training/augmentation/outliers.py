"""Things that are no digits, for a network to learn to doubt: of MNIST, of strokes, of chance.

Trained towards all ten classes alike, they teach a network to spread its probability where it has
never seen a digit. Source: Hendrycks et al. 2019, "Deep Anomaly Detection with Outlier Exposure",
arXiv:1812.04606.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_cli.core.data.dataset import Images
from mnist_cli.core.data.digit_form import DIGIT_SIDE, SIDE
from mnist_cli.training.augmentation.letters import LETTERS, SIGNS
from mnist_cli.training.augmentation.strokes import FINE, fitted, written

Generator = np.random.Generator
BOX = DIGIT_SIDE, DIGIT_SIDE


def outliers(images: Images, labels: Images, count: int, seed: int) -> Images:
    """Make images that show no digit.

    Args:
        images: (N, 28, 28) uint8, digits to make them of.
        labels: (N,) uint8.
        count: How many to make, of each kind about as many.
        seed: Decides all of them.

    Returns:
        (count, 28, 28) uint8, in the box and with the centre of mass of MNIST's digits.
    """
    generator = np.random.default_rng([seed, DIGIT_SIDE])
    made: list[Images] = []
    while len(made) < count:
        kind = KINDS[len(made) % len(KINDS)]
        image = kind(images, labels, generator)
        if np.count_nonzero(image > 127) >= 12:  # px; less is a dot
            made.append(fitted(image))
    return np.array(made, np.uint8).reshape(-1, SIDE, SIDE)


def _one_of(images: Images, labels: Images, classes: str, generator: Generator) -> Images:
    """Draw a digit of one of some classes."""
    own = np.flatnonzero(np.isin(labels, [int(digit) for digit in classes]))
    return np.array(images[generator.choice(own)])


def _turned(images: Images, labels: Images, generator: Generator) -> Images:
    """Lay a digit on its side, or stand one on its head."""
    if generator.random() < 0.5:
        return np.rot90(_one_of(images, labels, "234567", generator), int(generator.choice([1, 3])))
    return np.rot90(_one_of(images, labels, "347", generator), 2)


def _mirrored(images: Images, labels: Images, generator: Generator) -> Images:
    if generator.random() < 0.7:
        return _one_of(images, labels, "34679", generator)[:, ::-1]
    return _one_of(images, labels, "47", generator)[::-1]


def _superposed(images: Images, labels: Images, generator: Generator) -> Images:
    """Lay two digits over each other, beside each other, one of them turned."""
    one = _one_of(images, labels, "234568", generator)
    other = np.rot90(_one_of(images, labels, "23456", generator), int(generator.integers(1, 4)))
    wide = np.zeros((2 * SIDE, 2 * SIDE), np.uint8)
    wide[14:42, 14:42] = one
    row, column = generator.integers(4, 25, 2)
    part = wide[row : row + SIDE, column : column + SIDE]
    np.maximum(part, other, out=part)
    return wide


def _shuffled(images: Images, labels: Images, generator: Generator) -> Images:
    """Cut a digit into four and put the pieces elsewhere, turned."""
    image = _one_of(images, labels, "234568", generator)
    half = SIDE // 2
    pieces = [image[row:, column:][:half, :half] for row in (0, half) for column in (0, half)]
    one, two, three, four = (
        np.rot90(pieces[at], int(generator.integers(4))) for at in generator.permutation(4)
    )
    return np.vstack([np.hstack([one, two]), np.hstack([three, four])])


def _canvas() -> Images:
    return np.zeros((SIDE * FINE, SIDE * FINE), np.uint8)


def _scribble(images: Images, labels: Images, generator: Generator) -> Images:
    """Draw one long smooth line to and fro."""
    del images, labels
    count = int(generator.integers(8, 18))
    corners = generator.uniform(8, SIDE * FINE - 8, (count, 2))
    steps = np.linspace(0, count - 1, 40 * count)
    path = np.stack([np.interp(steps, np.arange(count), corners[:, axis]) for axis in (0, 1)], 1)
    path = cv2.blur(path.astype(np.float32), (1, int(generator.integers(1, 40))))
    canvas = _canvas()
    cv2.polylines(canvas, [path.astype(np.int32)], False, 255, _pen(generator), cv2.LINE_AA)
    return canvas


def _pen(generator: Generator) -> int:
    """Draw a stroke width, of 1 to 4 px."""
    return int(generator.integers(FINE, 4 * FINE + 1))


def _loops(images: Images, labels: Images, generator: Generator) -> Images:
    """Draw a closed curve of some waves."""
    del images, labels
    turn = np.linspace(0, 2 * np.pi, 400)[:, None]
    path = np.zeros((400, 2))
    for wave in range(1, int(generator.integers(4, 12))):
        path += generator.normal(0, wave**-0.5, 2) * np.sin(
            wave * turn + generator.uniform(0, 7, 2)
        )
    path = 12 + 88 * (path - path.min(axis=0)) / np.ptp(path, axis=0)
    canvas = _canvas()
    cv2.polylines(canvas, [path.astype(np.int32)], True, 255, _pen(generator), cv2.LINE_AA)
    return canvas


def _strokes(images: Images, labels: Images, generator: Generator) -> Images:
    """Draw four to six straight or bent strokes between points of a lattice, as in letters."""
    del images, labels
    canvas, pen = _canvas(), _pen(generator)
    lattice = [(column, row) for row in (10, 56, 102) for column in (14, 56, 98)]
    for _ in range(generator.integers(4, 7)):
        first, last = generator.choice(9, 2, replace=False)
        start, end = np.array(lattice[first]), np.array(lattice[last])
        middle = (start + end) / 2 + (generator.random() < 0.3) * generator.normal(0, 20, 2)
        bent = np.array([start, middle, end]) + generator.normal(0, 3, (3, 2))
        path = cv2.resize(bent.astype(np.float32), (2, 24), interpolation=cv2.INTER_LINEAR)
        cv2.polylines(canvas, [path.astype(np.int32)], False, 255, pen, cv2.LINE_AA)
    return canvas


def _letter(images: Images, labels: Images, generator: Generator) -> Images:
    """Write a letter."""
    del images, labels
    return written(LETTERS[generator.choice(list(LETTERS))], generator)


def _sign(images: Images, labels: Images, generator: Generator) -> Images:
    """Draw an arrow, a star, a face."""
    del images, labels
    return written(SIGNS[generator.choice(list(SIGNS))], generator)


def _blob(images: Images, labels: Images, generator: Generator) -> Images:
    """Fill a polygon of any shape, or an ellipse."""
    del images, labels
    canvas = _canvas()
    count = int(generator.integers(3, 12))
    angles = np.sort(generator.uniform(0, 2 * np.pi, count))
    away = generator.uniform(20, 54, count)
    corners = np.stack([np.cos(angles) * away, np.sin(angles) * away], 1) + 56
    if generator.random() < 0.5:
        cv2.fillPoly(canvas, [corners.astype(np.int32)], 255, cv2.LINE_AA)
    else:
        axes = generator.integers(30, 54, 2)
        cv2.ellipse(canvas, ((56, 56), axes.tolist(), generator.uniform(0, 180)), 255, -1)
    return canvas


def _bar(images: Images, labels: Images, generator: Generator) -> Images:
    """Fill a rectangle too thick for a stroke, with soft edges or with sharp ones."""
    del images, labels
    canvas = _canvas()
    half = int(generator.integers(16, 46))
    if generator.random() < 0.5:
        canvas[10:102, 56 - half : 56 + half] = 255
    else:
        canvas[56 - half : 56 + half, 10:102] = 255
    across, down = generator.uniform(0.1, 12, 2)
    return np.asarray(cv2.GaussianBlur(canvas, None, sigmaX=across, sigmaY=down))


def _texture(images: Images, labels: Images, generator: Generator) -> Images:
    """Show smooth noise, in greys or in black and white, as a crop of a photograph may."""
    del images, labels
    rough = generator.normal(size=np.multiply(BOX, 2)).astype(np.float32)
    across, down = generator.uniform(0.6, 5, 2)
    field = cv2.GaussianBlur(rough, None, sigmaX=across, sigmaY=down)[10:30, 10:30]
    ranked = field.ravel().argsort().argsort().reshape(field.shape) / field.size
    if generator.random() < 0.5:
        ranked = ranked > generator.uniform(0.2, 0.8)
    else:
        ranked = ranked ** generator.uniform(0.5, 4)
    return _as_bytes(ranked)


def _noise(images: Images, labels: Images, generator: Generator) -> Images:
    """Strew dots."""
    del images, labels
    shown = generator.random(BOX) < generator.uniform(0.05, 0.9)
    return _as_bytes(shown * generator.uniform(generator.uniform(0, 0.9), 1, BOX))


def _hatching(images: Images, labels: Images, generator: Generator) -> Images:
    """Rule it with lines, one way or both."""
    del images, labels
    canvas = _canvas()
    pen = int(generator.integers(2, 10))
    angle = generator.choice([0, 90, generator.uniform(0, 180)])
    apart = generator.uniform(2.2 * pen, 40)
    for turn in (0, 90) if generator.random() < 0.5 else (0,):
        slope = np.deg2rad(angle + turn)
        along = 100 * np.array([np.cos(slope), np.sin(slope)])
        step = apart * np.array([-np.sin(slope), np.cos(slope)])
        for number in np.arange(-30, 31):
            middle = 56 + number * step
            ends = (middle - along).astype(int).tolist(), (middle + along).astype(int).tolist()
            cv2.line(canvas, *ends, 255, pen, cv2.LINE_AA)
    return canvas


def _patch(images: Images, labels: Images, generator: Generator) -> Images:
    """Show a texture, dots or hatching within an ellipse, often a slim one."""
    kind = (_texture, _noise, _hatching)[generator.integers(3)]
    inside = cv2.resize(kind(images, labels, generator), (SIDE * FINE, SIDE * FINE))
    canvas = _canvas()
    axes = generator.uniform(15, 100), generator.uniform(60, 110)
    cv2.ellipse(canvas, ((56, 56), axes, generator.uniform(-45, 45)), 255, -1)
    return np.asarray(np.where(canvas > 0, inside, 0), dtype=np.uint8)


def _as_bytes(field: NDArray[np.floating]) -> Images:
    return np.asarray(np.clip(field, 0, 1) * 255, dtype=np.uint8)


KINDS = (
    _turned,
    _mirrored,
    _superposed,
    _shuffled,
    _scribble,
    _loops,
    _strokes,
    *4 * (_letter,),
    *2 * (_sign,),
    _blob,
    _bar,
    _texture,
    _noise,
    _hatching,
    *2 * (_patch,),
)
