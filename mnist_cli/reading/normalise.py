"""One digit to 28×28 as MNIST made it: the one way, for every command.

MNIST's images are 20 px on the longer side, drawn by area, and lie with their centre of mass on
index (14, 14) of 28×28. A network that learned from them reads nothing else well.

Source: LeCun et al. 1998, "Gradient-based learning applied to document recognition", section
III-A; the conventions of the pixels were measured on the 70,000 images.
"""

from dataclasses import dataclass, field
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_cli.core.errors import PictureError
from mnist_cli.reading.components import Box, choose_digit

Invert = Literal["auto", "yes", "no"]
Grey = NDArray[np.uint8]
Ink = NDArray[np.float32]

VERSION = 1  # raised whenever the same picture may come out otherwise

SIDE, DIGIT_SIDE, CENTRE = 28, 20, 14
MIN_CONTRAST = 12  # of 255: less than that between paper and ink is paper
LOW_CONTRAST = 60
THIN_STROKE, GOOD_STROKE = 0.07, 0.12  # of the digit's longer side; MNIST has 0.12 to 0.15
BACKGROUND_SIDE = 96  # px; the background is estimated on a picture of this size


class BlankPictureError(PictureError):
    """Nothing is written on the picture."""

    code = "blank"

    def __init__(self) -> None:
        super().__init__("the picture is blank.", hint="Is the pen dark enough, the digit in it?")


@dataclass(frozen=True)
class Normalised:
    """A digit as the network sees it, and how it came about.

    Attributes:
        image: (28, 28) uint8, 0 paper to 255 ink.
        box: Where the digit was: left, top, right, bottom in pixels of the grey picture.
        inverted: Whether the ink was darker than the paper.
        flags: What looks wrong: `low_contrast`, `touches_border`, `several_digits`, `thin_stroke`.
        stages: Name and picture of each step, in order, for a person to look at.
    """

    image: Grey
    box: Box
    inverted: bool
    flags: tuple[str, ...] = ()
    stages: dict[str, Grey] = field(default_factory=dict)


def normalise(grey: Grey, invert: Invert = "auto") -> Normalised:
    """Find the digit in a picture and bring it to MNIST's form.

    Args:
        grey: (H, W) uint8 luminance, at least 4×4.
        invert: Whether dark ink on light paper is to be turned: `auto` looks.

    Returns:
        The digit; a picture that already is an MNIST image comes back unchanged.

    Raises:
        BlankPictureError: There is no ink.
    """
    ink, inverted = _ink(grey, invert)
    as_is = 255 - grey if inverted else grey
    if is_mnist(as_is):
        return Normalised(as_is, (0, 0, SIDE, SIDE), inverted, (), {"grey": grey, "digit": as_is})

    contrast = float(np.percentile(ink, 99.9))
    if contrast < MIN_CONTRAST:
        raise BlankPictureError
    chosen = choose_digit(_mask(ink))
    if chosen is None:
        raise BlankPictureError
    left, top, right, bottom = chosen.box
    kept = np.where(chosen.mask, ink, 0)[top:bottom, left:right]
    # strokes as dark as most of this digit's are full ink; only their edges stay soft
    full = float(np.percentile(kept[chosen.mask[top:bottom, left:right]], 75))
    soft = np.minimum(kept / max(full, 1.0), 1.0).astype(np.float32)

    stroke = stroke_share(soft > 0.5)
    thickened = _thickened(soft, stroke)
    image = _placed(thickened)
    flags = {
        "low_contrast": contrast < LOW_CONTRAST,
        "touches_border": chosen.touches_border,
        "several_digits": chosen.several,
        "thin_stroke": stroke < THIN_STROKE,
    }
    stages = {
        "grey": grey,
        "ink": np.clip(ink * (255 / max(contrast, 1)), 0, 255).astype(np.uint8),
        "mask": chosen.mask.astype(np.uint8) * 255,
        "strokes": (thickened * 255).astype(np.uint8),
        "digit": image,
    }
    return Normalised(
        image, chosen.box, inverted, tuple(name for name, on in flags.items() if on), stages
    )


def is_mnist(image: Grey) -> bool:
    """Tell whether a picture already has MNIST's form; true of all 70,000 images."""
    if image.shape != (SIDE, SIDE) or np.median(image) > 0 or image.max() < 254:
        return False
    rows, columns = np.nonzero(image)
    longer = 1 + max(np.ptp(rows), np.ptp(columns))
    centre = _centre_of_mass(image.astype(np.float32))
    return bool(19 <= longer <= DIGIT_SIDE) and all(abs(at - CENTRE) < 0.55 for at in centre)


def _ink(grey: Grey, invert: Invert) -> tuple[Ink, bool]:
    """Subtract the paper; return how much ink each pixel has, and whether ink is the darker."""
    paper = _background(grey)
    difference = grey.astype(np.float32) - paper
    if invert == "auto":
        # ink is what stands out from the paper, on the side that stands out further
        dark, light = -np.percentile(difference, 1), np.percentile(difference, 99)
        dark_sum = -difference[difference < -0.3 * dark].sum() if dark > 0 else 0.0
        light_sum = difference[difference > 0.3 * light].sum() if light > 0 else 0.0
        inverted = bool(dark * dark_sum >= light * light_sum)
    else:
        inverted = invert == "yes"
    ink = np.maximum(-difference if inverted else difference, 0)
    return ink, inverted


def _background(grey: Grey) -> Ink:
    """Estimate the paper under the ink: the median of a wide neighbourhood, at low resolution."""
    height, width = grey.shape
    factor = min(1.0, BACKGROUND_SIDE / max(height, width))
    small: NDArray[Any] = grey
    if factor < 1:
        size = max(1, round(width * factor)), max(1, round(height * factor))
        small = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    # wider than any stroke, so that ink is the minority of what it sees
    window = 2 * (max(small.shape) // 3) + 1
    margin = window // 2
    padded = cv2.copyMakeBorder(small, margin, margin, margin, margin, cv2.BORDER_REFLECT_101)
    median = cv2.medianBlur(padded, window)[margin:-margin, margin:-margin]
    smooth = cv2.GaussianBlur(median, (0, 0), window / 6)
    paper = cv2.resize(smooth, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(paper, dtype=np.float32)


def _mask(ink: Ink) -> NDArray[np.bool_]:
    """Mark the ink by Otsu's threshold on the picture with its paper taken away."""
    top = max(float(np.percentile(ink, 99.9)), 1.0)
    levels = np.clip(ink * (255 / top), 0, 255).astype(np.uint8)
    threshold, _ = cv2.threshold(levels, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    return np.asarray(levels > threshold)


def stroke_share(mask: NDArray[np.bool_]) -> float:
    """Return a digit's stroke width as a share of its longer side.

    In a stroke of width w, the distance to the nearest paper averages w / 4.
    """
    if not mask.any():
        return 0.0
    padded = np.pad(mask.astype(np.uint8), 1)
    distance = cv2.distanceTransform(padded, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    width = 4 * (float(distance[padded > 0].mean()) - 0.25)
    return float(width / max(mask.shape))


def _thickened(soft: Ink, stroke: float) -> Ink:
    """Widen a stroke far thinner than MNIST's, at full resolution."""
    missing = (GOOD_STROKE - stroke) * max(soft.shape)
    if stroke >= THIN_STROKE or missing < 1:
        return soft
    diameter = 1 + round(missing)
    padded = np.pad(soft, diameter // 2 + 1)
    brush = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (diameter, diameter))
    return np.asarray(cv2.dilate(padded, brush), dtype=np.float32)


def _placed(soft: Ink) -> Grey:
    """Shrink to 20 px on the longer side, scale the peak to 255, centre by mass."""
    height, width = soft.shape
    factor = DIGIT_SIDE / max(height, width)
    size = max(1, round(width * factor)), max(1, round(height * factor))
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    small = np.asarray(cv2.resize(soft, size, interpolation=how), dtype=np.float32)
    small = small * (np.float32(255) / max(float(small.max()), 1e-6))
    row, column = _centre_of_mass(small)
    canvas = np.zeros((SIDE, SIDE), np.uint8)
    top = _inside(CENTRE - row, small.shape[0])
    left = _inside(CENTRE - column, small.shape[1])
    canvas[top : top + small.shape[0], left : left + small.shape[1]] = np.rint(small)
    return canvas


def _inside(wanted: float, extent: int) -> int:
    """Round a position to whole pixels, so that the digit stays on the canvas."""
    return min(max(round(wanted), 0), SIDE - extent)


def _centre_of_mass(image: NDArray[np.float32]) -> tuple[float, float]:
    """Return row and column of the centre of mass, in pixel indices."""
    total = max(float(image.sum()), 1e-6)
    row = float(image.sum(axis=1) @ np.arange(image.shape[0])) / total
    column = float(image.sum(axis=0) @ np.arange(image.shape[1])) / total
    return row, column
