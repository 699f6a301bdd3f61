"""Digits out of a picture: the ink of each, told from paper, rules and neighbours."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_cli.core.data.shapes import quantile
from mnist_cli.reading.candidates import Candidate, Edges, Look, lie_in
from mnist_cli.reading.choosing import distinct
from mnist_cli.reading.config import CONFIG
from mnist_cli.reading.normalise import Box, Grey, Ink, Normalised, normalise
from mnist_cli.reading.outline import Points, corners_of, outline_of, room_in

AROUND = 0.2  # of the longer side, that is looked at around a box
LARGEST = 112  # px: a digit needs no more of them
SPECK = 0.03  # of a digit's ink: a piece with less is none of its strokes
NO_OTHERS: Edges = np.empty((0, 4))


def cut(
    grey: Grey,
    candidate: Candidate,
    looks: Sequence[Look],
    invert: str,
    others: Edges = NO_OTHERS,
    outline: Points | None = None,
) -> tuple[Normalised, float] | None:
    """Cut a digit out of a picture and bring it to MNIST's form.

    Args:
        grey: (H, W) uint8 luminance.
        candidate: What the finder found.
        looks: All of the finder's looks at the picture, the finest first.
        invert: `yes` for ink that is darker than paper, `no` for lighter ink, `auto` for either.
        others: (N, 4) edges of the picture's other digits: a stroke in their boxes is none of it.
        outline: (4, 2) corners of what was photographed, clockwise; of `grey`, if left out.

    Returns:
        The digit, and by how many grey levels its ink is darker than the paper; None where there
        is no such ink.
    """
    window = _around(candidate.box, grey.shape)
    view, shrunk = _view(grey, window)
    own = _own(candidate.box, window, shrunk, view.shape)
    likely = np.where(own, _sharpest(candidate, looks).told("ink", window, view.shape), 0)
    mask = likely >= min(CONFIG.masked, float(likely.max()))
    ink, contrast = _inked(view, mask, invert)
    if abs(contrast) < CONFIG.least_contrast:
        return None
    inked = ink >= CONFIG.inked
    strokes = _islands(inked, window, grey.shape) | (own & inked & (likely >= CONFIG.hardly))
    in_view = (others - [*window[:2], *window[:2]]) * shrunk
    mask = _joined(strokes, mask & inked, in_view)
    foreign = (inked & ~mask) | ~(own | mask)  # rules, neighbours, dust
    found = normalise(np.where(foreign, np.float32(0), ink), mask)
    inside = _in_picture(found.box, window, view.shape)
    outline = outline_of(grey.shape) if outline is None else outline
    flags = (("touches_border",) if _touches(inside, outline) else ()) + found.flags
    return replace(found, box=inside, flags=flags), contrast


@dataclass(frozen=True, eq=False)
class Cutting:
    """How the digits of one picture are cut out; its attributes are those of `cut`."""

    grey: Grey
    looks: Sequence[Look]
    invert: str
    outline: Points | None = None

    def of(
        self, digits: Sequence[Candidate], others: Iterable[Candidate] = ()
    ) -> tuple[dict[Candidate, Normalised], list[float]]:
        """Cut out digits that have ink of their own; and by how many grey levels each differs."""
        edges = np.array([one.edges for one in (*digits, *others)])
        cuts = (
            cut(
                *(self.grey, digit, self.looks, self.invert),
                *(np.delete(edges, at, axis=0), self.outline),
            )
            for at, digit in enumerate(digits)
        )
        made = list(zip(digits, cuts, strict=True))
        return _with_own_ink({digit: one[0] for digit, one in made if one}), [
            one[1] for _, one in made if one
        ]

    def with_more(
        self, cuts: dict[Candidate, Normalised], digits: Sequence[Candidate]
    ) -> dict[Candidate, Normalised]:
        """Cut out digits beside those that are, and return them all."""
        return _with_own_ink(cuts | self.of(digits, cuts)[0])


def _with_own_ink(cuts: Mapping[Candidate, Normalised]) -> dict[Candidate, Normalised]:
    """Return the digits of which no likelier one has the same ink."""
    own = distinct(list(cuts), np.array([one.box for one in cuts.values()]))
    return {digit: cuts[digit] for digit in own}


def _view(grey: Grey, window: Box) -> tuple[Grey, float]:
    """Return what a window shows, no larger than is needed, and how much it was shrunk."""
    left, top, right, bottom = window
    view = grey[top:bottom, left:right]
    shrunk = min(1.0, LARGEST / max(view.shape))
    if shrunk == 1:
        return view, shrunk
    size = [max(1, round(extent * shrunk)) for extent in view.shape[::-1]]
    return np.asarray(cv2.resize(view, size, interpolation=cv2.INTER_AREA), np.uint8), shrunk


def _inked(view: Grey, mask: NDArray[np.bool_], invert: str) -> tuple[Ink, float]:
    """Return how much ink each pixel has, and by how many grey levels it is darker than paper.

    Args:
        view: (h, w) uint8.
        mask: (h, w) pixels that are likely ink.
        invert: As of `cut`.
    """
    darker = _paper(view, mask) - view
    mean = float(darker[mask].mean())
    sign = {"auto": 1 if mean >= 0 else -1, "yes": 1, "no": -1}[invert]
    strength = _strength(sign * darker[mask])
    ink = np.clip(sign * darker / max(strength, 1e-6), 0, 1)
    return ink.astype(np.float32), sign * strength


def _in_picture(box: Box, window: Box, shape: tuple[int, ...]) -> Box:
    """Return a box of a window that was shrunk to a shape, in pixels of the picture."""
    left, top, right, bottom = window
    across, down = (right - left) / shape[1], (bottom - top) / shape[0]
    x0, y0, x1, y1 = box
    return (
        *(left + round(x0 * across), top + round(y0 * down)),
        *(min(right, left + round(x1 * across)), min(bottom, top + round(y1 * down))),
    )


def _sharpest(candidate: Candidate, looks: Sequence[Look]) -> Look:
    """Return the finest look at a digit that is not too large for it: it tells ink from rules."""
    able = (look for look in looks if candidate.height * look.scale <= CONFIG.high)
    return next(able, candidate.look)


def _around(box: Box, shape: tuple[int, ...]) -> Box:
    """Return a box with room around it, within the picture."""
    left, top, right, bottom = box
    room = 2 + round(AROUND * max(right - left, bottom - top))
    x, y = min(max(0, left - room), shape[1] - 1), min(max(0, top - room), shape[0] - 1)
    return x, y, max(x + 1, min(shape[1], right + room)), max(y + 1, min(shape[0], bottom + room))


def _paper(view: Grey, mask: NDArray[np.bool_]) -> Ink:
    """Estimate the paper under ink from what lies around: (h, w) float32, 0 to 255."""
    reach = max(1, round(0.03 * max(view.shape)))
    near = cv2.dilate(mask.astype(np.uint8), np.ones((1 + 2 * reach, 1 + 2 * reach), np.uint8))
    bare = (near == 0).astype(np.float32)
    level = quantile(view[near == 0], 0.5) if bare.any() else quantile(view, 0.9)
    # what differs much from the rest of the paper is a rule, a neighbour, an edge: it counts less
    bare /= 1 + (np.abs(view - np.float32(level)) / 24) ** 2
    sigma = max(2.0, 0.2 * max(view.shape))
    weight = cv2.GaussianBlur(bare, (0, 0), sigma) + 1e-3
    return np.asarray(
        (cv2.GaussianBlur(bare * view, (0, 0), sigma) + 1e-3 * level) / weight, np.float32
    )


def _strength(darker: Ink) -> float:
    """Return how much darker ink is than paper, of pixels some of which are ink.

    Where strokes are fine for the finder's look, most pixels that it takes for ink are paper.
    """
    darkest = quantile(darker, 0.95)
    return quantile(darker[darker >= darkest / 2], 0.7) if darkest > 0 else 0.0


def _own(box: Box, window: Box, shrunk: float, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Return which pixels of a window are the digit's own: beyond its box neighbours begin."""
    slack = 1 + CONFIG.slack * max(box[2] - box[0], box[3] - box[1])
    left, top = (max(0, round((box[i] - slack - window[i]) * shrunk)) for i in (0, 1))
    right, bottom = (round((box[i + 2] + slack - window[i]) * shrunk) for i in (0, 1))
    own = np.zeros(shape, np.bool_)
    own[top:bottom, left:right] = True
    return own


def _islands(inked: NDArray[np.bool_], window: Box, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Return the ink that does not go on beyond the window: no rule's, no neighbour's.

    Where the window ends with the picture, nothing does.
    """
    _, labels, stats, _ = cv2.connectedComponentsWithStats(inked.astype(np.uint8))
    height, width = inked.shape
    left, top = ((window[i] == 0) | (stats[:, i] > 0) for i in (0, 1))
    right = (window[2] == shape[1]) | (stats[:, 0] + stats[:, 2] < width)
    bottom = (window[3] == shape[0]) | (stats[:, 1] + stats[:, 3] < height)
    inside = left & top & right & bottom
    inside[0] = False
    return np.asarray(inside[labels])


def _joined(
    strokes: NDArray[np.bool_], sure: NDArray[np.bool_], others: Edges
) -> NDArray[np.bool_]:
    """Return the strokes that are joined to ink that is surely the digit's, without specks.

    But for the largest, none has its middle in the box of another digit: others are (N, 4).
    """
    _, labels, _, middles = cv2.connectedComponentsWithStats((strokes | sure).astype(np.uint8))
    areas = np.bincount(labels.ravel(), weights=sure.ravel())
    areas[0] = 0
    foreign = np.asarray(lie_in(middles, others).any(axis=1))
    foreign[areas.argmax()] = False
    areas[foreign] = 0
    least = min(max(1.0, SPECK * areas.sum()), areas.max())
    return np.asarray((areas >= least)[labels] & (labels > 0))


def _touches(box: Box, outline: Points) -> bool:
    return bool(room_in(outline, corners_of(box)).min() <= 0)
