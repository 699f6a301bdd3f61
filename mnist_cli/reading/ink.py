"""Ink on paper that may be unevenly lit: the paper taken away, the ink marked."""

from dataclasses import dataclass
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

Invert = Literal["auto", "yes", "no"]
Grey = NDArray[np.uint8]
Ink = NDArray[np.float32]

GRAINY_SIDE, LARGE_SIDE = 64, 800  # px of the shorter side: where grain is finer than strokes
PAPER_SIDE = 400  # px; the paper is estimated on a picture of this size
WINDOW = 0.6  # of the shorter side: no stroke is wider
GRAINS = 5.0  # standard deviations of the paper's grain: what differs more is no grain
FULL = 0.4  # of what most ink has: what has less is the paper's, or a rule
FAINTEST_INK = 0.04  # of what the paper could lose
ENOUGH_VALUES = 20_000  # for a quantile
DIMMEST = 64  # of 255: in a deeper shadow than that, noise would pass for ink


@dataclass(frozen=True)
class Inked:
    """What of a picture is ink.

    Attributes:
        ink: (H, W) float32, how much ink each pixel has, in [0, 1].
        paper: (H, W) float32, how far the paper is from the ink's end of the greys, 0 to 255.
        mask: (H, W) bool, where it is taken for ink.
        dark: (H, W) bool, where it is so dark that faint rules are not in it.
        inverted: Whether the ink is darker than the paper.
        contrast: By how many grey levels ink and paper differ; 0 without ink.
    """

    ink: Ink
    paper: Ink
    mask: NDArray[np.bool_]
    dark: NDArray[np.bool_]
    inverted: bool
    contrast: float


def find_ink(grey: Grey, inverted: bool) -> Inked:
    """Take the paper away, and tell ink from paper and from its grain.

    Light multiplies: in a shadow, ink is fewer grey levels darker than the paper around it. So ink
    is measured as a share of what the paper could lose (or, of light ink on dark, could gain).
    """
    dark = _without_grain(grey if inverted else 255 - grey)
    paper = _paper(dark)
    share = (paper - dark) / np.maximum(paper, DIMMEST)
    bias = quantile(share, 0.5)
    grain = 1.5 * quantile(np.abs(share - bias), 0.5)  # its standard deviation, were it normal
    ink = np.clip(share - bias, 0, 1).astype(np.float32)
    faint = max(min(GRAINS * grain, quantile(ink, 0.995) / 2), FAINTEST_INK)
    candidates = ink[ink > faint]
    if not candidates.size:
        nothing = np.zeros(ink.shape, np.bool_)
        return Inked(ink, paper, nothing, nothing, inverted, 0.0)
    otsu = _otsu(candidates)
    strong = candidates[candidates >= otsu]  # not the rules of the paper
    mask = ink > max(faint, FULL * quantile(strong, 0.5))
    contrast = quantile((paper - dark)[mask], 0.5) if mask.any() else 0.0
    return Inked(ink, paper, mask, ink > max(faint, otsu), inverted, contrast)


def _without_grain(grey: Grey) -> Grey:
    """Smooth a photograph; a drawing, whose thin lines would go, stays."""
    if min(grey.shape) < GRAINY_SIDE:
        return grey
    smooth = np.asarray(cv2.medianBlur(grey, 5 if min(grey.shape) >= LARGE_SIDE else 3))
    is_grainy = quantile(cv2.absdiff(grey, smooth), 0.7) > 0
    return smooth if is_grainy else grey


def _paper(dark: Grey) -> Ink:
    """Estimate the paper under dark ink: (H, W) float32, 0 to 255.

    A closing fills what is narrower than its window, so strokes vanish, and shadows and tables,
    which are wider or go on beyond the border, keep their edges.
    """
    height, width = dark.shape
    factor = min(1.0, PAPER_SIDE / max(height, width))
    size = max(1, round(width * factor)), max(1, round(height * factor))
    small = cv2.resize(dark, size, interpolation=cv2.INTER_AREA)
    window = max(3, round(WINDOW * min(small.shape)))
    padded = cv2.copyMakeBorder(small, *(4 * (window,)), cv2.BORDER_REPLICATE)
    closed = cv2.morphologyEx(padded, cv2.MORPH_CLOSE, np.ones((window, window), np.uint8))
    # at the edge of a shadow the darker side counts, or the edge would be taken for a stroke
    darker = (
        cv2.erode(closed, np.ones((3, 3), np.uint8)) if min(small.shape) >= GRAINY_SIDE else closed
    )
    inside = darker[window:-window, window:-window].astype(np.float32)
    return np.asarray(cv2.resize(inside, (width, height), interpolation=cv2.INTER_LINEAR))


def _otsu(values: Ink) -> float:
    """Return the threshold that parts values best in two."""
    top = quantile(values, 0.995)
    levels = np.clip(values * (255 / top), 0, 255).astype(np.uint8)
    level, _ = cv2.threshold(levels, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    return float(level) * top / 255


def quantile(values: NDArray[Any], share: float) -> float:
    """Return the value that a share of all values lies under, by nearest rank.

    Of very many values a part is looked at. `np.percentile` and `np.median` would import numpy.ma
    for it, a thirtieth of `predict`.
    """
    flat = values.ravel()
    flat = flat[:: flat.size // ENOUGH_VALUES | 1]
    rank = min(int(share * flat.size), flat.size - 1)
    return float(np.sort(flat)[rank])  # np.partition takes 16 times as long where most are equal
