"""How many digits of synthetic pages the finder finds and reads."""

from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mnist_cli.core.finder_maps import STRIDE, channel, sigmoid
from mnist_cli.synthesis.digits import Digits
from mnist_cli.synthesis.page import make_page
from mnist_cli.synthesis.truth import Page, overlaps

LEAST = 0.35  # score of a digit, from which reading takes it
SAME = 0.5  # intersection over union of two boxes, from which they mean the same digit

Maps = NDArray[np.float32]


class Found(NamedTuple):
    """Digits that the maps tell of, the surest first.

    Attributes:
        boxes: (N, 4) float, left, top, right, bottom in pixels.
        digits: (N,) int, 0-9, what each is read as.
    """

    boxes: NDArray[np.floating]
    digits: NDArray[np.int64]


def measure(
    run: Callable[[Maps], Maps], digits: Digits, pages: int, seed: int, side: int
) -> dict[str, float]:
    """Count what is found on pages, each peak of the maps as one digit.

    Reading looks at several scales and drops what overlaps; none of that is done here.

    Args:
        run: The finder's network, (1, H, W, 1) float32 in [0, 1] to its maps.
        digits: What the pages are written with.
        pages: How many of them.
        seed: Decides them.
        side: Pixels of each side.

    Returns:
        `precision` and `recall` of boxes, and `symbols`, the share of right digits among those
        found on pages that stand upright, all in [0, 1].
    """
    counts: Counter[str] = Counter()
    for number in range(pages):
        page = make_page([seed, number], digits, side=side)
        pixels = page.grey[None, ..., None].astype(np.float32) / np.float32(255)
        counts.update(_counted(decoded(run(pixels)[0]), page))
    return {
        "pages": pages,
        "digits": counts["there"],
        "precision": _share(counts["matched"], counts["matched"] + counts["false"]),
        "recall": _share(counts["matched"], counts["there"]),
        "symbols": _share(counts["right"], counts["upright"]),
    }


def decoded(maps: Maps) -> Found:
    """Return the digits that maps, (H, W, COUNT), tell of: local maxima of their score in 3×3."""
    score = sigmoid(maps[..., channel("digit").start])
    around = np.lib.stride_tricks.sliding_window_view(np.pad(score, 1), (3, 3))
    rows, columns = np.nonzero((score >= LEAST) & (score >= around.max(axis=(2, 3))))
    order = np.argsort(-score[rows, columns], kind="stable")
    rows, columns = rows[order], columns[order]
    answers = maps[rows, columns]
    box = answers[:, channel("box")]
    middles = np.stack([columns, rows], 1) + 0.5 + box[:, :2]
    halves = np.exp(np.clip(box[:, 2:], -3, 6)) / 2
    boxes = STRIDE * np.concatenate([middles - halves, middles + halves], 1)
    return Found(boxes, answers[:, channel("symbol")][:, :10].argmax(axis=1))


def _counted(found: Found, page: Page) -> Counter[str]:
    """Match what was found with what is there, the surest first, each once."""
    there = [one for one in page.symbols if one.text.isdigit()]
    shared = overlaps(found.boxes, np.array([one.box for one in there]).reshape(-1, 4))
    counts: Counter[str] = Counter(there=len(there))
    for at, digit in enumerate(found.digits):
        best = int(shared[at].argmax()) if there else 0
        if there and shared[at, best] >= SAME:
            shared[:, best] = 0
            counts["matched"] += 1
            if page.turned == 0:
                counts["upright"] += 1
                counts["right"] += there[best].text == str(digit)
        elif not _is_unclear(found.boxes[at], page):
            counts["false"] += 1
    return counts


def _is_unclear(box: NDArray[np.floating], page: Page) -> bool:
    """Whether a box's middle lies where nobody could say what counts."""
    x, y = (box[:2] + box[2:]) / 2
    return any(
        left <= x <= right and top <= y <= bottom for left, top, right, bottom in page.unclear
    )


def _share(part: int, whole: int) -> float:
    return round(part / max(1, whole), 4)
