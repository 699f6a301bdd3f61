"""Sweeps: one way to change 28×28 images each, at strengths from weak to too strong to read."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_cli.evaluation.corruptions import SIDE, Image, affine, changed, scaled, shifted

FINER = 4  # strokes are widened on as many times the pixels


@dataclass(frozen=True)
class Sweep:
    """One way to change an image.

    Attributes:
        unit: What a strength counts.
        neutral: The strength that changes nothing; it is not among `strengths`.
        strengths: Ascending.
        change: An image, a strength and a source of chance to an image.
    """

    unit: str
    neutral: float
    strengths: tuple[float, ...]
    change: Callable[[Image, float, np.random.Generator], NDArray[np.floating]]


def swept(images: NDArray[np.uint8], name: str, strength: float, seed: int) -> NDArray[np.uint8]:
    """Change each image by one strength.

    Args:
        images: (N, 28, 28) uint8, 255 for ink.
        name: One of `SWEEPS`.
        strength: In the sweep's unit.
        seed: The same seed draws the same changes.

    Returns:
        (N, 28, 28) uint8.
    """
    change = SWEEPS[name].change
    return changed(images, lambda image, generator: change(image, strength, generator), seed)


def _rotated(image: Image, degrees: float, _: np.random.Generator) -> NDArray[np.floating]:
    """Turn it clockwise about the centre."""
    cosine, sine = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    return affine(image, [[cosine, sine], [-sine, cosine]])


def _shifted(image: Image, pixels: float, generator: np.random.Generator) -> NDArray[np.floating]:
    """Move it up, down, left or right; MNIST's digits leave 4 px to the border."""
    right, down = pixels * np.array([(1, 0), (-1, 0), (0, 1), (0, -1)])[generator.integers(4)]
    return shifted(image, right, down)


def _stroked(image: Image, pixels: float, _: np.random.Generator) -> NDArray[np.floating]:
    """Make strokes that many pixels wider, or thinner."""
    radius = round(abs(pixels) * FINER / 2)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    finer = cv2.resize(image, None, fx=FINER, fy=FINER, interpolation=cv2.INTER_LINEAR)
    stroked = cv2.dilate(finer, disc) if pixels > 0 else cv2.erode(finer, disc)
    return np.asarray(cv2.resize(stroked, (SIDE, SIDE), interpolation=cv2.INTER_AREA))


SWEEPS: dict[str, Sweep] = {
    "rotation": Sweep("degrees", 0, (-60, -45, -30, -15, 15, 30, 45, 60), _rotated),
    "scale": Sweep(
        *("times", 1, (0.5, 0.6, 0.7, 0.8, 0.9, 1.1, 1.2, 1.3)),
        lambda image, factor, _: scaled(image, factor),
    ),
    "shift": Sweep("px", 0, (1, 2, 3, 4, 6, 8), _shifted),
    "stroke_width": Sweep("px", 0, (-1.5, -1, -0.5, 0.5, 1, 2, 3), _stroked),
    "noise": Sweep(
        *("of full ink", 0, (0.1, 0.2, 0.3, 0.4, 0.5, 0.6)),
        lambda image, sigma, generator: image + generator.normal(0, sigma, image.shape),
    ),
}
