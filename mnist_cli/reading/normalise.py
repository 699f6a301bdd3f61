"""One digit to 28×28 as MNIST made it: the one way, for every command.

MNIST's images are 20 px on the longer side, drawn by area, and lie with their centre of mass on
index (14, 14) of 28×28. A network that learned from them reads nothing else well.

Source: LeCun et al. 1998, "Gradient-based learning applied to document recognition", section
III-A; the conventions of the pixels were measured on the 70,000 images.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_cli.core.data.shapes import centre_of_mass, quantile, stroke_width

Grey = NDArray[np.uint8]
Ink = NDArray[np.float32]  # (H, W), 0 paper to 1 ink
Box = tuple[int, int, int, int]  # left, top, right, bottom; right and bottom are outside

SIDE, DIGIT_SIDE, CENTRE = 28, 20, 14
FAINTEST = 0.25  # of full ink: what is fainter is no part of the digit
THIN_STROKE, GOOD_STROKE = 0.10, 0.12  # of the longer side, where MNIST has 0.12 to 0.15
THINNEST = 0.05  # of the same: what is thinner is told to the user


@dataclass(frozen=True, eq=False)
class Normalised:
    """A digit as the network sees it, and how it came about.

    Attributes:
        image: (28, 28) uint8, 0 paper to 255 ink.
        box: Where the digit was: left, top, right, bottom in pixels of the grey picture.
        flags: What looks wrong: `touches_border`, `thin_stroke`.
        strokes: (h, w) uint8, its ink at full resolution, 255 for full ink.
    """

    image: Grey
    box: Box
    flags: tuple[str, ...]
    strokes: Grey


def normalise(ink: Ink, mask: NDArray[np.bool_]) -> Normalised:
    """Bring one digit to MNIST's form.

    Args:
        ink: (H, W), how much ink each pixel of the picture has, in [0, 1].
        mask: (H, W), which of it is the digit; at least one pixel.
    """
    soft, box = _cropped(ink, mask)
    stroke = stroke_share(soft > 0.5)
    thickened = _thickened(soft, stroke)
    thin = ("thin_stroke",) if stroke < THINNEST else ()
    strokes = np.rint(thickened * 255).astype(np.uint8)
    return Normalised(_placed(thickened), box, thin, strokes)


def is_mnist(image: Grey) -> bool:
    """Tell whether a picture already has MNIST's form; true of all 70,000 images."""
    if image.shape != (SIDE, SIDE) or cv2.minMaxLoc(image)[1] < 254:
        return False
    if 2 * cv2.countNonZero(image) > image.size:  # ink is the minority
        return False
    moments = cv2.moments(image)  # of the pixels' places, each weighed with its ink
    for moment in ("m10", "m01"):
        if abs(moments[moment] / moments["m00"] - CENTRE) >= 0.55:
            return False
    *_, width, height = cv2.boundingRect(image)
    return bool(19 <= max(width, height) <= DIGIT_SIDE)


def _cropped(ink: Ink, mask: NDArray[np.bool_]) -> tuple[Ink, Box]:
    """Cut the digit out, with the soft edges of its strokes.

    Returns:
        The crop, in [0, 1], and its box.
    """
    reach = max(1, round(stroke_width(mask) / 2))
    # as dark as most of this digit's strokes is full ink; only their edges stay soft
    full = max(quantile(ink[mask], 0.6), 1e-6)
    around = (
        cv2.dilate(mask.astype(np.uint8), np.ones((1 + 2 * reach, 1 + 2 * reach), np.uint8)) > 0
    )
    soft = np.where(around, np.minimum(ink / full, 1), 0).astype(np.float32)
    soft[soft < FAINTEST] = 0
    rows, columns = np.flatnonzero(soft.any(axis=1)), np.flatnonzero(soft.any(axis=0))
    left, top = int(columns[0]), int(rows[0])
    right, bottom = int(columns[-1]) + 1, int(rows[-1]) + 1
    return soft[top:bottom, left:right], (left, top, right, bottom)


def stroke_share(mask: NDArray[np.bool_]) -> float:
    """Return a digit's stroke width as a share of its longer side."""
    return float(stroke_width(mask) / max(mask.shape))


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
    row, column = centre_of_mass(small)
    canvas = np.zeros((SIDE, SIDE), np.uint8)
    top = _inside(CENTRE - row, small.shape[0])
    left = _inside(CENTRE - column, small.shape[1])
    canvas[top : top + small.shape[0], left : left + small.shape[1]] = np.rint(small)
    return canvas


def _inside(wanted: float, extent: int) -> int:
    """Round a position to whole pixels, so that the digit stays on the canvas."""
    return min(max(round(wanted), 0), SIDE - extent)
