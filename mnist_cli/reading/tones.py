"""Pixels of any mode and depth to 8 bits of grey or colour, and large pictures to smaller ones."""

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mnist_cli.core.errors import PictureError

WORKING_SIDE = 1_600  # px; a picture twice as large or more is halved, or more, to no less
BAND_PIXELS = 4_000_000  # of a picture that are converted at a time


def reduced(image: Image.Image) -> Image.Image:
    """Shrink a large picture before it is converted, which takes several copies."""
    factor = _factor(image)
    shrinks = image.mode in {"L", "RGB", "CMYK", "YCbCr"}  # without another copy
    if factor < 2 or not shrinks:
        return image
    return image.reduce(factor)


def _factor(image: Image.Image) -> int:
    """Return how many times a picture is larger than it has to be."""
    return max(1, max(image.size) // WORKING_SIDE)


def by_bands(image: Image.Image, convert: Callable[[Image.Image], Image.Image]) -> Image.Image:
    """Convert a picture, and shrink it if it is large, a band at a time.

    A whole picture of 64 MP would take several copies of 256 MB.
    """
    factor = _factor(image)
    rows = factor * max(1, BAND_PIXELS // image.width // factor)
    bands = []
    for top in range(0, image.height, rows):
        band = image.crop((0, top, image.width, min(top + rows, image.height)))
        bands.append(np.asarray(convert(band).reduce(factor)))
    return Image.fromarray(np.concatenate(bands))


def is_deep(image: Image.Image) -> bool:
    """Tell whether a picture has more than 8 bits for each pixel of its one channel."""
    return image.mode.startswith("I") or image.mode == "F"


def luminance(image: Image.Image) -> NDArray[np.uint8]:
    """Bring any mode to (H, W) uint8, under twice `WORKING_SIDE` px on the longer side."""
    if is_deep(image):
        return deep_luminance(image)
    if image.has_transparency_data:
        white, black = (
            np.asarray(by_bands(image, partial(_flattened, paper=paper))) for paper in (255, 0)
        )
        # a white drawing on nothing vanishes on white; it shows on black
        return white if 2 * int(np.ptp(white)) >= int(np.ptp(black)) else black
    return np.asarray(by_bands(image, _grey))


def deep_luminance(image: Image.Image) -> NDArray[np.uint8]:
    """Bring a picture that `is_deep` to (H, W) uint8, as `luminance` does."""
    top = _white_of(image)
    return np.asarray(by_bands(image, lambda band: in_8_bits(band, top)))


def in_8_bits(image: Image.Image, white: float | None = None) -> Image.Image:
    """Scale 16-bit integers, or fractions, to 0..255; `convert("L")` would clip them.

    Args:
        image: One that `is_deep`.
        white: What becomes 255; found out, if left out.

    Raises:
        PictureError: It holds numbers that are not finite.
    """
    pixels = np.asarray(image, dtype=np.float32)
    if not np.isfinite(pixels).all():
        raise PictureError("the picture holds numbers that are not finite.")
    share = np.clip(pixels / (white or _white_of(image)), 0, 1)
    return Image.fromarray(np.rint(share * 255).astype(np.uint8))


def _white_of(image: Image.Image) -> float:
    """Return what means white: 32-bit integers and floats come in several ranges."""
    if image.mode.startswith("I;16"):
        return 65_535.0
    brightest = float(image.getextrema()[1])  # type: ignore[arg-type]  # of one channel
    return next((top for top in (1.0, 255.0, 65_535.0) if brightest <= top), brightest)


def _grey(image: Image.Image) -> Image.Image:
    if image.mode not in {"L", "1"}:
        image = image.convert("RGB")
    return image.convert("L")


def coloured(image: Image.Image) -> Image.Image:
    """Bring a picture to RGB, transparency on white."""
    if not image.has_transparency_data:
        return image.convert("RGB")
    page = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(page, image.convert("RGBA")).convert("RGB")


def _flattened(image: Image.Image, paper: int) -> Image.Image:
    page = Image.new("RGBA", image.size, (paper, paper, paper, 255))
    return Image.alpha_composite(page, image.convert("RGBA")).convert("L")
