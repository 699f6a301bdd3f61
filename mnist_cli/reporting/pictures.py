"""Digits and weights as small pictures inside the page, on whatever ground it has."""

import base64
import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

POSITIVE, NEGATIVE = (36, 86, 196), (196, 98, 20)
ACROSS, APART = 8, 2  # units in a row, pixels between them


def digit_uri(image: NDArray[np.uint8]) -> str:
    """Return a digit in black ink on nothing as a `data:` address.

    Args:
        image: (28, 28) uint8, 255 for ink.
    """
    drawn = Image.fromarray(image).convert("P")
    drawn.putpalette(bytes(3 * 256))
    return _uri(drawn, transparency=bytes(range(256)))


def weights_uri(kernels: NDArray[np.float32], most: int) -> str:
    """Return the first layer's largest units in rows of eight, blue for and orange against.

    Args:
        kernels: (U, H, W) float32.
        most: How many are drawn.
    """
    order = np.argsort(-np.square(kernels).sum(axis=(1, 2)), kind="stable")[:most]
    chosen = kernels[order]
    strength = np.abs(chosen) / max(float(np.percentile(np.abs(chosen), 99.5)), 1e-9)
    colours = np.where(chosen[..., None] > 0, POSITIVE, NEGATIVE).astype(np.uint8)
    opaque = (255 * np.clip(strength, 0, 1)).astype(np.uint8)[..., None]
    units = np.concatenate([colours, opaque], axis=-1)  # (U, H, W, 4)
    height, width = kernels.shape[1] + APART, kernels.shape[2] + APART
    sheet = np.zeros((-(-len(units) // ACROSS) * height, ACROSS * width, 4), np.uint8)
    for at, unit in enumerate(units):
        top, left = at // ACROSS * height, at % ACROSS * width
        sheet[top : top + height - APART, left : left + width - APART] = unit
    return _uri(Image.fromarray(sheet))


def _uri(picture: Image.Image, **options: bytes) -> str:
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", optimize=True, **options)
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"
