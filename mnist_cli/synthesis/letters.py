"""Letters and words by hand: mostly the skeletons of fonts' letters, drawn by the writer's pen."""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from mnist_cli.synthesis.canvas import Area, Canvas
from mnist_cli.synthesis.clutter import smooth, stroke
from mnist_cli.synthesis.digits import Hand
from mnist_cli.synthesis.labels import CLEAR_LETTERS
from mnist_cli.synthesis.print import Font, any_font, letter, word
from mnist_cli.synthesis.strokes import (
    FIELD,
    INKED,
    Distances,
    Generator,
    Ink,
    Path,
    penned,
    traced,
)

LOOPS = 0.3  # of those who write words join their letters beyond telling
AS_SET = 0.3  # of the letters are left as a font that looks like handwriting has them
SIZE = 72  # px of the font that skeletons are taken from
KEPT = 4000  # skeletons, of 9 kB each
WOBBLE = 2.5  # px of a skeleton, that its parts are moved at most on average


def any_hand(generator: Generator) -> Font:
    """Draw a font to take letters from: half the time one that looks like handwriting."""
    return any_font(generator, handwritten=generator.random() < 0.5)


def written_letter(
    generator: Generator, hand: Hand, character: str, font: Font, height: float
) -> tuple[Ink, float]:
    """Write a letter as somebody writes it whose digits are `height` pixels high.

    Returns:
        Its ink, cut to it, and how far it rises over its line, in pixels.
    """
    if font.handwritten and generator.random() < AS_SET:
        return _as_set(character, font, height)
    field, tall, rise = _skeleton(font, character)
    pen = max(1.0, hand.pen * height)
    ink = penned(_wobbly(generator, field), height * tall, pen, hand.bend(generator))
    return ink, height * rise


def _as_set(text: str, font: Font, height: float) -> tuple[Ink, float]:
    """Return a text as a font has it, of about the size of digits that are `height` px high."""
    return letter(text, font, max(8, round(1.35 * height)))


def write_letter(
    canvas: Canvas, generator: Generator, hand: Hand, x: float, y: float, height: float
) -> None:
    """Write one letter around a point, which nobody writes as a digit."""
    character = str(generator.choice(list(CLEAR_LETTERS)))
    high = height * generator.uniform(0.8, 1.1)
    ink, _ = written_letter(generator, hand, character, any_hand(generator), high)
    left, top = x - ink.shape[1] / 2, y - ink.shape[0] / 2
    canvas.put(ink * np.float32(hand.ink), left, top, canvas.written)


@dataclass(frozen=True)
class Letters:
    """How somebody writes words.

    Attributes:
        font: Whose letters he bends.
        loops: Whether he joins them to loops and arches, so that none can be told.
        apart: Room between two letters, in heights of a digit.
        size: Of a capital, in heights of a digit.
    """

    font: Font
    loops: bool
    apart: float
    size: float

    @classmethod
    def any(cls, generator: Generator) -> "Letters":
        """Draw somebody's letters."""
        font, loops = any_hand(generator), bool(generator.random() < LOOPS)
        apart, size = generator.uniform(0.03, 0.12), generator.uniform(0.85, 1.15)
        return cls(font, loops, float(apart), float(size))

    def word(self, generator: Generator, hand: Hand, height: float) -> tuple[Ink, float]:
        """Write a word beside digits that are `height` pixels high; returns as `written_letter`."""
        if self.loops:
            path = cursive(generator, int(generator.integers(2, 9)), 0.6 * height * self.size)
            return _drawn(path, max(1.0, hand.pen * height), hand.ink)
        text = word(generator, self.font)
        if (self.font.handwritten and generator.random() < AS_SET) or not text.isascii():
            ink, rise = _as_set(text, self.font, height * self.size)
        else:
            ink, rise = self._lettered(generator, hand, text, height)
        return ink * np.float32(hand.ink), rise

    def _lettered(
        self, generator: Generator, hand: Hand, text: str, height: float
    ) -> tuple[Ink, float]:
        """Write a word letter by letter."""
        own = height * self.size
        parts = [written_letter(generator, hand, one, self.font, own) for one in text]
        rise = max(above for _, above in parts)
        room = round(self.apart * height)
        wide = sum(ink.shape[1] + room for ink, _ in parts)
        tall = max(round(rise - above) + ink.shape[0] for ink, above in parts)
        whole, x = np.zeros((tall, wide), np.float32), 0
        for ink, above in parts:
            y = round(rise - above)
            whole[y : y + ink.shape[0], x : x + ink.shape[1]] = ink
            x += ink.shape[1] + room
        return whole, rise


def _drawn(path: Path, pen: float, strength: float) -> tuple[Ink, float]:
    """Draw a path over a line at y = 0; returns as `written_letter`."""
    room = np.ceil(pen)
    low, high = path.min(axis=0) - room, path.max(axis=0) + room
    wide, tall = (int(np.ceil(extent)) + 1 for extent in high - low)
    ink = np.zeros((tall, wide), np.float32)
    stroke(ink, path - low, pen, strength)
    return ink, float(-low[1])


def cursive(generator: Generator, length: int, height: float) -> Path:
    """Make up a joined word: loops and arches along a line, from 0, 0 to the right."""
    points = []
    for number in range(2 * length):
        up = number % 2 == 0
        reach = generator.choice([0.5, 0.5, 0.5, 1.0]) if up else generator.choice([0, 0, 0, -0.45])
        points.append(
            [0.28 * number + generator.normal(0, 0.1), -reach + generator.normal(0, 0.06)]
        )
        if generator.random() < 0.4:  # a loop
            points.append([points[-1][0] - generator.uniform(0.1, 0.35), points[-1][1] + 0.1])
    return height * smooth(np.array(points), 8)


def write_words(
    canvas: Canvas, generator: Generator, area: Area, hand: Hand, height: float
) -> None:
    """Write words by hand into an area."""
    left, top, right, bottom = area
    letters, y = Letters.any(generator), top + height
    while y < bottom:
        x = left
        while x < right - height:
            ink, rise = letters.word(generator, hand, height)
            if x + ink.shape[1] > right:
                break
            canvas.put(ink, x, y - rise, canvas.written)
            x += ink.shape[1] + 0.4 * height
        y += height * generator.uniform(1.3, 2.2)
        if generator.random() < 0.3:
            return


@lru_cache(maxsize=KEPT)
def _skeleton(font: Font, character: str) -> tuple[Distances, float, float]:
    """Return a letter's skeleton, its longer side, and its rise: both in heights of a capital."""
    ink, rise = letter(character, font, SIZE)
    _, capital = letter("E", font, SIZE)
    grey = np.asarray(255 * ink, np.uint8)
    if grey.max() <= INKED:  # the font lacks it
        return np.full((FIELD, FIELD), 255, np.uint8), 1.0, 0.0
    return traced(grey), max(grey.shape) / capital, rise / capital


def _wobbly(generator: Generator, field: Distances) -> Distances:
    """Move the parts of a skeleton a little, those that are near each other alike."""
    rough = generator.normal(0, WOBBLE * generator.random(), (2, 4, 4)).astype(np.float32)
    across, down = (cv2.resize(part, field.shape, interpolation=cv2.INTER_CUBIC) for part in rough)
    rows, columns = np.mgrid[:FIELD, :FIELD].astype(np.float32)
    moved = cv2.remap(field, columns + across, rows + down, cv2.INTER_LINEAR, borderValue=255)
    return np.asarray(moved, np.uint8)
