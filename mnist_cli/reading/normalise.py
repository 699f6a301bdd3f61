"""One digit to 28×28 as MNIST made it: the one way, for every command.

MNIST's images are 20 px on the longer side, drawn by area, and lie with their centre of mass on
index (14, 14) of 28×28. A network that learned from them reads nothing else well.

Source: LeCun et al. 1998, "Gradient-based learning applied to document recognition", section
III-A; the conventions of the pixels were measured on the 70,000 images.
"""

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_cli.core.errors import PictureError
from mnist_cli.reading.components import choose_digit
from mnist_cli.reading.ink import Grey, Ink, Invert, find_ink, ink_mask, quantile

Box = tuple[int, int, int, int]  # left, top, right, bottom; right and bottom are outside

SIDE, DIGIT_SIDE, CENTRE = 28, 20, 14
MIN_CONTRAST = 12  # of 255: less than that between paper and ink is paper
LOW_CONTRAST = 60
FAINTEST = 0.25  # of full ink: what is fainter is no part of the digit
THIN_STROKE, GOOD_STROKE = 0.05, 0.10  # of the digit's longer side; MNIST has 0.12 to 0.15


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
    for inverted, as_is in ((False, grey), (True, 255 - grey)):
        if invert != ("no" if inverted else "yes") and is_mnist(as_is):
            whole = (0, 0, SIDE, SIDE)
            return Normalised(as_is, whole, inverted, (), {"grey": grey, "digit": as_is})

    ink, inverted, contrast = find_ink(grey, invert)
    if contrast < MIN_CONTRAST:
        raise BlankPictureError
    chosen = choose_digit(ink_mask(ink))
    if chosen is None:
        raise BlankPictureError
    soft, box = _cropped(ink, chosen.mask)
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
        "ink": np.rint(ink * 255).astype(np.uint8),
        "mask": chosen.mask.astype(np.uint8) * 255,
        "strokes": (thickened * 255).astype(np.uint8),
        "digit": image,
    }
    return Normalised(image, box, inverted, tuple(name for name, on in flags.items() if on), stages)


def is_mnist(image: Grey) -> bool:
    """Tell whether a picture already has MNIST's form; true of all 70,000 images."""
    if image.shape != (SIDE, SIDE) or image.max() < 254:
        return False
    rows, columns = np.nonzero(image)
    if 2 * len(rows) > image.size:  # ink is the minority
        return False
    longer = 1 + max(np.ptp(rows), np.ptp(columns))
    centre = _centre_of_mass(image.astype(np.float32))
    return bool(19 <= longer <= DIGIT_SIDE) and all(abs(at - CENTRE) < 0.55 for at in centre)


def _cropped(ink: Ink, mask: NDArray[np.bool_]) -> tuple[Ink, Box]:
    """Cut the digit out, with the soft edges of its strokes.

    Returns:
        The crop, in [0, 1], and its box.
    """
    # as dark as most of this digit's strokes is full ink; only their edges stay soft
    full = quantile(ink[mask], 0.6)
    reach = 1 + 2 * max(1, round(_stroke_width(mask) / 2))
    around = cv2.dilate(mask.astype(np.uint8), np.ones((reach, reach), np.uint8)) > 0
    soft = np.where(around, np.minimum(ink / full, 1), 0)
    soft[soft < FAINTEST] = 0
    rows, columns = np.flatnonzero(soft.any(axis=1)), np.flatnonzero(soft.any(axis=0))
    left, top = int(columns[0]), int(rows[0])
    right, bottom = int(columns[-1]) + 1, int(rows[-1]) + 1
    return soft[top:bottom, left:right].astype(np.float32), (left, top, right, bottom)


def stroke_share(mask: NDArray[np.bool_]) -> float:
    """Return a digit's stroke width as a share of its longer side."""
    return float(_stroke_width(mask) / max(mask.shape))


def _stroke_width(mask: NDArray[np.bool_]) -> float:
    """Return the mean stroke width in pixels.

    Across a stroke, the distance to its edge averages a quarter of the width.
    """
    if not mask.any():
        return 0.0
    padded = np.pad(mask.astype(np.uint8), 1)
    distance = cv2.distanceTransform(padded, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return 4 * (float(distance[padded > 0].mean()) - 0.25)


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
