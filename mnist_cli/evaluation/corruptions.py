"""The fifteen corruptions of MNIST-C, at its strengths, of 28×28 images.

Written from the description of Mu and Gilmer 2019, arXiv:1906.02337, and the strengths they chose.
"""

from collections.abc import Callable
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.float32]  # (28, 28) in [0, 1], 1 for ink
Corruption = Callable[[Image, np.random.Generator], NDArray[np.floating]]

SIDE = 28
CENTRE = (SIDE - 1) / 2


def corrupted(images: NDArray[np.uint8], name: str, seed: int) -> NDArray[np.uint8]:
    """Corrupt each image.

    Args:
        images: (N, 28, 28) uint8, 255 for ink.
        name: One of `CORRUPTIONS`.
        seed: The same seed draws the same corruption.

    Returns:
        (N, 28, 28) uint8.
    """
    return changed(images, CORRUPTIONS[name], seed)


def changed(images: NDArray[np.uint8], corruption: Corruption, seed: int) -> NDArray[np.uint8]:
    """Change each image, (N, 28, 28) uint8, one after the other from the same seed."""
    generator = np.random.default_rng(seed)
    worn = [corruption(image.astype(np.float32) / 255, generator) for image in images]
    return (np.clip(worn, 0, 1) * 255).round().astype(np.uint8)


def _shot_noise(image: Image, generator: np.random.Generator) -> NDArray[np.floating]:
    """Count few photons: three where ink is full."""
    return generator.poisson(image * 3.0) / 3.0


def _impulse_noise(image: Image, generator: np.random.Generator) -> NDArray[np.floating]:
    """Set 17 % of the pixels to black or white."""
    draw = generator.random(image.shape)
    return np.where(draw < 0.085, 0.0, np.where(draw < 0.17, 1.0, image))


def _glass_blur(image: Image, generator: np.random.Generator) -> NDArray[np.floating]:
    """Swap pixels with near ones, twice, between two blurs."""
    image = cv2.GaussianBlur(image, None, 0.7)
    pixels = image.ravel().tolist()  # ten times as fast as an array, one by one
    for _ in range(2):
        swaps = generator.random((SIDE, SIDE)) < 0.5
        steps = generator.integers(-1, 1, (SIDE, SIDE, 2)) @ (SIDE, 1)
        swaps[0], swaps[:, 0] = False, False
        here = np.flatnonzero(swaps)[::-1]
        for at, other in zip(here.tolist(), (here + steps.ravel()[here]).tolist(), strict=True):
            pixels[at], pixels[other] = pixels[other], pixels[at]
    swapped = np.array(pixels, np.float32).reshape(SIDE, SIDE)
    return np.asarray(cv2.GaussianBlur(swapped, None, 0.7))


def _motion_blur(image: Image, generator: np.random.Generator) -> NDArray[np.floating]:
    """Smear in one direction, up to 45° from the horizontal, by half a Gaussian of sigma 3 px."""
    angle = np.deg2rad(generator.uniform(-45, 45))
    weights = np.exp(-0.5 * (np.arange(21) / 3.0) ** 2)
    smeared = np.zeros_like(image)
    for distance, weight in enumerate(weights / weights.sum()):
        shift = np.array([[1, 0, distance * np.cos(angle)], [0, 1, distance * np.sin(angle)]])
        smeared += weight * cv2.warpAffine(image, shift, (SIDE, SIDE)).astype(np.float32)
    return smeared


def affine(image: Image, matrix: list[list[float]]) -> NDArray[np.floating]:
    """Sample at `matrix` times the place, (column, row), from the centre."""
    linear = np.array(matrix)
    shift = CENTRE - linear @ np.array([CENTRE, CENTRE])
    way = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(
        cv2.warpAffine(image, np.column_stack([linear, shift]), (SIDE, SIDE), flags=way)
    )


def scaled(image: Image, factor: float) -> NDArray[np.floating]:
    """Make it `factor` times as large; what is then outside is lost."""
    return affine(image, [[1 / factor, 0], [0, 1 / factor]])


def shifted(image: Image, right: float, down: float) -> NDArray[np.floating]:
    """Move it by so many pixels."""
    matrix = np.array([[1.0, 0, right], [0, 1.0, down]])
    return np.asarray(cv2.warpAffine(image, matrix, (SIDE, SIDE)))


def _shear(image: Image, generator: np.random.Generator) -> NDArray[np.floating]:
    angle = generator.choice([-0.4, 0.4])
    return affine(image, [[1, -np.sin(angle)], [0, np.cos(angle)]])


def _rotate(image: Image, generator: np.random.Generator) -> NDArray[np.floating]:
    angle = generator.choice([-0.4, 0.4])
    return affine(image, [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])


def _translate(image: Image, generator: np.random.Generator) -> NDArray[np.floating]:
    down, right = generator.choice([-3, 3], 2)
    return shifted(image, right, down)


def _stripe(image: Image, _: np.random.Generator) -> NDArray[np.floating]:
    """Invert the left and the right quarter."""
    return np.hstack([1 - image[:, :7], image[:, 7:21], 1 - image[:, 21:]])


def _fog(image: Image, generator: np.random.Generator) -> NDArray[np.floating]:
    """Lay a plasma three times as bright as the ink over it, and darken both to the old range."""
    return (image + 3 * _plasma(generator)) / 4


def _plasma(generator: np.random.Generator) -> NDArray[np.floating]:
    """Return a corner, (28, 28) in [0, 1], of 256×256 px of midpoint displacement."""
    size, decay, spread = 256, 1.4, 1.0
    field = np.zeros((1, 1))
    while len(field) < size:
        finer = np.zeros((2 * len(field), 2 * len(field)))
        finer[::2, ::2] = field
        corners = field + np.roll(field, -1, 0)
        corners += np.roll(corners, -1, 1)
        finer[1::2, 1::2] = corners / 4 + generator.uniform(-spread, spread, field.shape)
        middles = finer[1::2, 1::2]
        beside = field + np.roll(field, -1, 1) + middles + np.roll(middles, 1, 0)
        finer[::2, 1::2] = beside / 4 + generator.uniform(-spread, spread, field.shape)
        below = field + np.roll(field, -1, 0) + middles + np.roll(middles, 1, 1)
        finer[1::2, ::2] = below / 4 + generator.uniform(-spread, spread, field.shape)
        field, spread = finer, spread / decay
    return np.asarray(((field - field.min()) / np.ptp(field))[:SIDE, :SIDE])


def _spatter(image: Image, generator: np.random.Generator) -> NDArray[np.floating]:
    """Throw mud, a quarter as dark as ink, over about a tenth of it."""
    liquid = cv2.GaussianBlur(generator.normal(0.65, 0.3, image.shape), None, 1)
    mud = cv2.GaussianBlur((liquid > 0.65).astype(np.float32), None, 1.5)
    mud[mud < 0.8] = 0
    return np.asarray(image * (1 - mud) + mud * 63 / 255)


def _stroke(start: tuple[float, float], end: tuple[float, float]) -> NDArray[np.floating]:
    """Draw a soft line from the left to the right, (column, row) each."""
    columns = np.arange(SIDE)[None, :]
    rows = np.arange(SIDE)[:, None]
    slope = (end[1] - start[1]) / (end[0] - start[0])
    away = np.abs(rows - slope * (columns - start[0]) - start[1])
    drawn = np.clip(np.log(np.maximum(1 - away / 2.3, 1e-9)) + 1, 0, 1)
    return np.asarray(drawn * ((columns >= np.floor(start[0])) & (columns < np.ceil(end[0]))))


def _dotted_line(image: Image, generator: np.random.Generator) -> NDArray[np.floating]:
    left, right = generator.integers(0, 27, 2)
    dots = np.arange(SIDE) // 2 % 2 == 1
    return np.asarray(np.clip(image + _stroke((0, left), (27, right)) * dots, 0, 1))


def _zigzag(image: Image, generator: np.random.Generator) -> NDArray[np.floating]:
    """Draw a zigzag of 2 px either way across the image."""
    first, last = 2.0, 25.0
    height = float(generator.integers(0, 27))
    angle = np.arctan(generator.integers(-5, 5) / (last - first))
    length = (last - first) / np.cos(angle)
    along = np.array([0, *np.arange(2, length - 2, 4), length])
    aside = np.array([0, *(2.0 * (-1) ** np.arange(len(along) - 2)), 0])
    columns = np.cos(angle) * along - np.sin(angle) * aside + first
    rows = np.sin(angle) * along + np.cos(angle) * aside + height
    corners = list(zip(columns, rows, strict=True))
    drawn = image.astype(np.float64)
    for start, end in pairwise(corners):
        drawn = np.clip(drawn + _stroke(start, end), 0, 1)
    return drawn


def _canny_edges(image: Image, _: np.random.Generator) -> NDArray[np.floating]:
    """Keep the outlines alone, one pixel wide."""
    smooth = cv2.GaussianBlur(image, None, 1)
    across = (cv2.Sobel(smooth, cv2.CV_32F, 1, 0) * 1000).astype(np.int16)
    down = (cv2.Sobel(smooth, cv2.CV_32F, 0, 1) * 1000).astype(np.int16)
    return np.asarray(cv2.Canny(across, down, 100, 200, L2gradient=True) / 255)


CORRUPTIONS: dict[str, Corruption] = {
    "shot_noise": _shot_noise,
    "impulse_noise": _impulse_noise,
    "glass_blur": _glass_blur,
    "motion_blur": _motion_blur,
    "shear": _shear,
    "scale": lambda image, _: scaled(image, 0.7),
    "rotate": _rotate,
    "brightness": lambda image, _: image + 0.5,
    "translate": _translate,
    "stripe": _stripe,
    "fog": _fog,
    "spatter": _spatter,
    "dotted_line": _dotted_line,
    "zigzag": _zigzag,
    "canny_edges": _canny_edges,
}
