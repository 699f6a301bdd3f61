"""Where on a picture digits and marks are: one small network, run at a few scales.

The network is in the package, with a manifest beside it; `mnist_cli/training/finder/` makes it.
"""

import math
from functools import cache, cached_property
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_cli.core.data.shapes import edge_tone
from mnist_cli.core.finder_maps import GREATEST, STRIDE, channel, sigmoid, softmax
from mnist_cli.core.models.litert import LiteRTModel
from mnist_cli.reading.candidates import Candidate, Found, Look, median_height
from mnist_cli.reading.choosing import chosen
from mnist_cli.reading.config import CONFIG
from mnist_cli.reading.line_network import LineNetwork
from mnist_cli.reading.packaged import Packaged

Grey = NDArray[np.uint8]

ASSET = Packaged(Path(__file__).parent.parent / "assets" / "finder", "finder")


class Finder:
    """Finds digits and marks on grey pictures; the network is opened when it is first needed.

    A copy, in this process or another, works with one thread.

    Args:
        content: The network's `.tflite`, whose digest was checked; the package's, if left out.
        threads: How many to work with; all cores, if left out.
        in_fields: Whether the digits stand in a form's fields, crowded: it looks more finely then.
    """

    def __init__(
        self, content: bytes | None = None, threads: int | None = None, in_fields: bool = False
    ) -> None:
        self._given = content
        self._threads = threads
        self._in_fields = in_fields

    def __reduce__(self) -> tuple[type["Finder"], tuple[bytes | None, int, bool]]:
        """Say how to copy it: an interpreter can't be."""
        return Finder, (self._given, 1, self._in_fields)

    @cached_property
    def lines(self) -> LineNetwork:
        """What looks along the lines that are found."""
        return LineNetwork(self._threads)

    @cached_property
    def _model(self) -> LiteRTModel:
        content = self._given or ASSET.content()
        return LiteRTModel(content, self._threads, (GREATEST, GREATEST, 1))

    def find(self, grey: Grey) -> Found:
        """Look at a picture, (H, W) uint8, at up to five scales.

        Raises:
            ModelError: The network in the package is missing or damaged.
        """
        looks = [self._look(grey, side) for side in sides(max(grey.shape))]
        candidates = [one for look in looks for one in seen(look, grey.shape)]
        if finer := _finer_side(looks[0], candidates, max(grey.shape), in_fields=self._in_fields):
            looks.insert(0, self._look(grey, finer))
            candidates += seen(looks[0], grey.shape)
        return chosen(candidates, tuple(looks))

    def _look(self, grey: Grey, side: int) -> Look:
        scale = side / max(grey.shape)
        height, width = (max(1, round(extent * scale)) for extent in grey.shape)
        how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        small = cv2.resize(grey, (width, height), interpolation=how) if scale != 1 else grey
        frame = CONFIG.frame
        rows, columns = (
            GREATEST * math.ceil((extent + 2 * frame) / GREATEST) for extent in (height, width)
        )
        pixels = np.full((1, rows, columns, 1), edge_tone(small) / 255, np.float32)
        np.multiply(
            small,
            np.float32(1 / 255),
            out=pixels[0, frame : frame + height, frame : frame + width, 0],
        )
        return Look(self._model.run(pixels)[0], scale, frame)


@cache
def finder_of_process() -> Finder:
    """Return a finder that works with one thread, as one of several processes needs it."""
    return Finder(threads=1)


def edges_of_digits(grey: Grey) -> NDArray[np.float64]:
    """Return the boxes of digits on a picture, (N, 4) left, top, right, bottom in pixels."""
    found = finder_of_process().find(grey).digits
    return np.array([one.edges for one in found], np.float64).reshape(-1, 4)


def sides(longer: int) -> list[int]:
    """Return how long the longer side of a picture is to be in each look, the finest first."""
    smallest = CONFIG.smallest_side
    finest = max(smallest, min(CONFIG.longest_side, longer))
    found = [finest]
    while found[-1] > CONFIG.steps_end * smallest:
        found.append(max(smallest, round(found[-1] / CONFIG.coarser)))
    return found


def _finer_side(
    finest: Look, candidates: list[Candidate], longer: int, *, in_fields: bool
) -> int | None:
    """Return how long the longer side is to be in a finer look; None where none is needed.

    Args:
        finest: The finest look so far.
        candidates: What was seen in all looks.
        longer: Pixels of the picture's longer side.
        in_fields: Whether the digits stand in a form's fields.
    """
    sure = [one for one in candidates if one.is_digit and one.score >= CONFIG.digit]
    height = median_height(sure) * finest.scale
    middling = CONFIG.middling_in_fields if in_fields else CONFIG.middling
    if height >= (middling if in_fields else CONFIG.low_digits):
        return None
    most = min(float(CONFIG.finest_side), CONFIG.enlarged * longer)
    wanted = middling / height * finest.scale * longer if sure else CONFIG.longest_side
    finer = round(min(most, wanted))
    return finer if finer > CONFIG.worthwhile * finest.scale * longer else None


def seen(look: Look, shape: tuple[int, ...]) -> list[Candidate]:
    """Return what a look shows, of the picture's shape: each peak of the maps' scores."""
    maps = look.maps
    scores = sigmoid(maps[..., channel("digit").start : channel("mark").stop])
    found = []
    for kind in (0, 1):
        score = np.ascontiguousarray(scores[..., kind])
        peaks = (score >= CONFIG.told) & (score >= cv2.dilate(score, np.ones((3, 3), np.uint8)))
        rows, columns = np.nonzero(peaks)
        answers = maps[rows, columns]
        box = answers[:, channel("box")]
        middles = np.stack([columns + 0.5, rows + 0.5], 1) + box[:, :2]
        halves = np.exp(np.clip(box[:, 2:], -3, 6)) / 2
        edges = (
            np.concatenate([middles - halves, middles + halves], 1) * STRIDE - look.frame
        ) / look.scale
        symbols = softmax(answers[:, channel("symbol")])
        turns = np.log(softmax(answers[:, channel("up")]) + 1e-4)
        printed = sigmoid(answers[:, channel("printed").start])
        middle = np.stack([edges[:, 0] + edges[:, 2], edges[:, 1] + edges[:, 3]], 1) / 2
        inside = ((middle > 0) & (middle < [shape[1], shape[0]])).all(axis=1)
        edges = np.clip(edges, 0, [shape[1], shape[0], shape[1], shape[0]])
        for at in np.flatnonzero(inside):
            candidate = Candidate(
                *(
                    float(score[rows[at], columns[at]]),
                    edges[at].astype(np.float64),
                    symbols[at],
                    kind == 0,
                ),
                *(float(printed[at]), turns[at], look),
            )
            found.append(candidate)
    return found
