"""What tests of reading share: the package's finder, and what one that knows the truth says."""

from collections.abc import Collection
from functools import cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_cli.core.finder_maps import COUNT, MASK, STRIDE, SYMBOLS, channel
from mnist_cli.reading.candidates import Candidate, Found, Look
from mnist_cli.reading.find_page import find_page
from mnist_cli.reading.finder import Finder
from mnist_cli.reading.line_network import Along, LineNetwork
from mnist_cli.reading.normalise import Box, Grey, Normalised
from mnist_cli.reading.page import Page
from mnist_cli.reading.tables.grid import Grid
from mnist_cli.reading.tables.ruled_page import find_ruled
from mnist_cli.reading.tables.wanted import Wanted

Mask = NDArray[np.bool_]


@cache
def finder() -> Finder:
    """Return the package's, opened once."""
    return Finder()


def find(picture: Grey, **how: Any) -> Page:
    """Find the digits of a picture."""
    return find_page(picture, finder(), Wanted(**how))


def find_grids(grey: Grey, look: Look, written: Collection[Candidate], *, dark: bool) -> list[Grid]:
    """Find the tables of a page whose cells are closed."""
    return find_ruled(grey, look, written, dark=dark).tables()


def only(picture: Grey, **how: Any) -> Normalised:
    """Return the one digit that is on a picture."""
    (take,) = find(picture, **how).takes
    return take.normalised


def text(page: Page) -> str:
    """Return the digits as the finder takes them, a line a line."""
    lines: dict[int, str] = {}
    for take in page.takes:
        assert take.candidate
        lines[take.line] = lines.get(take.line, "") + take.candidate.symbol
    return "\n".join(lines.values())


def look_at(ink: Mask, scale: float = 1.0, frame: int = 0) -> Look:
    """Return what a finder sees that is certain of the ink.

    Args:
        ink: (H, W) as the finder has it, of sides that are multiples of `STRIDE`.
        scale, frame: As `Look` has them.
    """
    fine = STRIDE // MASK
    rows, columns = (extent // STRIDE for extent in ink.shape)
    inked = ink.reshape(rows, fine, MASK, columns, fine, MASK).mean(axis=(2, 5)).swapaxes(1, 2)
    maps = np.zeros((rows, columns, COUNT), np.float32)
    maps[..., channel("ink")] = 20 * inked.reshape(rows, columns, fine**2) - 10
    return Look(maps, scale, frame)


BLANK = look_at(np.zeros((32, 32), np.bool_))


def candidate(
    box: tuple[float, float, float, float],
    symbol: str = "3",
    score: float = 0.9,
    turned: int = 0,
    look: Look = BLANK,
) -> Candidate:
    """Return what a finder says of a digit or a mark that is written by hand."""
    edges, symbols = np.array(box, np.float64), np.full(len(SYMBOLS), 1e-3, np.float32)
    symbols[SYMBOLS.index(symbol)] = 1
    turns = np.full(4, -5, np.float32)
    turns[turned] = 0
    return Candidate(score, edges, symbols, symbol.isdigit(), 0.1, turns, look)


def around(ink: Mask) -> Box:
    """Return the box around ink."""
    rows, columns = np.nonzero(ink)
    return int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1


def likeness(one: Grey, other: Grey) -> float:
    """Return the correlation of two images, a little blurred; 1 is the same."""
    blurred = [cv2.GaussianBlur(image, None, 1.5).ravel() for image in (one, other)]
    return float(np.corrcoef(*blurred)[0, 1])


class Trusting(LineNetwork):
    """Looks along no line: what was found is right."""

    def look(self, grey: Grey, found: Found) -> Along:  # noqa: ARG002  it does not look
        """Take it as it is."""
        return Along(found)


class Knowing(Finder):
    """A finder that was told what there is: an answer for each picture, the last for all more."""

    def __init__(self, *answers: Found) -> None:
        self.answers = list(answers)

    lines = Trusting()

    def find(self, grey: Grey) -> Found:  # noqa: ARG002  it does not look
        """Give the next answer."""
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
