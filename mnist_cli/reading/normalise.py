"""One digit of a picture to 28×28 as MNIST made it: its strokes widened, in MNIST's form.

A network that learned from MNIST reads nothing else well.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_cli.core.data.digit_form import CENTRE, DIGIT_SIDE, SIDE, ink_box, placed
from mnist_cli.core.data.shapes import quantile, stroke_width

Grey = NDArray[np.uint8]
Ink = NDArray[np.float32]  # (H, W), 0 paper to 1 ink
Box = tuple[int, int, int, int]  # left, top, right, bottom; right and bottom are outside

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
    return Normalised(placed(thickened), box, thin, strokes)


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
    rows, columns = box = ink_box(soft)
    return soft[box], (columns.start, rows.start, columns.stop, rows.stop)


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
