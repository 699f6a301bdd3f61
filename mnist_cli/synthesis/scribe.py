"""Who fills a page with digits: what he writes, draws and rules."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from mnist_cli.core.finder_maps import MARKS
from mnist_cli.synthesis.canvas import Area, Canvas, Cell, Symbol
from mnist_cli.synthesis.clutter import stroke
from mnist_cli.synthesis.digits import Digits, Hand
from mnist_cli.synthesis.labels import characters
from mnist_cli.synthesis.letters import any_hand, written_letter
from mnist_cli.synthesis.marks import SIZES, write_mark
from mnist_cli.synthesis.print import Font
from mnist_cli.synthesis.strokes import Generator, Path

_NOWHERE = np.zeros((1, 2))


@dataclass(frozen=True)
class Scribe:
    """Who fills a page: his canvas, his chance, his digits, his hand, and how high he writes.

    Attributes:
        canvas: Gets what he writes.
        generator: Decides it.
        digits: What he writes with.
        hand: How he writes.
        height: Of a digit, in pixels.
    """

    canvas: Canvas
    generator: Generator
    digits: Digits
    hand: Hand
    height: float

    def chance(self, share: float) -> bool:
        """Throw a coin that shows heads in a share of all throws."""
        return bool(self.generator.random() < share)

    def between(self, low: float, high: float) -> float:
        """Draw a number, each alike."""
        return float(self.generator.uniform(low, high))

    def sized(self, factor: float) -> "Scribe":
        """Return him writing larger or smaller."""
        return replace(self, height=max(7.0, self.height * factor))

    def other(self, share: float) -> "Scribe":
        """Return somebody else in a share of all times, with a pen of his own, else himself."""
        if not self.chance(share):
            return self
        hand = Hand.any(self.generator, self.digits)
        return replace(self, hand=replace(hand, ink=self.between(0.35, 1)))

    def write(
        self,
        text: str,
        x: float,
        y: float,
        line: int,
        *,
        cell: Cell | None = None,
        number: int | None = None,
    ) -> float:
        """Write a text, its left edge at x, its middle at y; return its right edge.

        It is a number, or several among letters. With `number` it goes on with one that was begun.
        """
        generator, hand = self.generator, self.hand
        number, at = self.canvas.new_number() if number is None else number, x
        drift, signs = generator.normal(0, 0.03) * hand.unsteady, list(characters(text))
        has_letters = not all(counts for _, counts, _ in signs)
        font = any_hand(generator) if has_letters else None
        for character, counts, begins in signs:
            number = self.canvas.new_number() if begins else number
            if font and not counts:
                at = self._go_on(character, font, at, y + drift * (at - x))
                continue
            height = self.height * float(np.exp(generator.normal(0, 0.08) * hand.unsteady))
            symbol = Symbol(character, _NOWHERE, line=line, number=number, cell=cell)
            if character in MARKS:
                ink = write_mark(generator, hand, character, height)
                middle = y + SIZES[character][1] * height
            else:
                ink = self.digits.write(generator, hand, int(character), height)
                middle = y + generator.normal(0, 0.05) * hand.unsteady * height
            middle += drift * (at - x)
            ink = ink * np.float32(hand.ink * (1 - 0.3 * hand.unsteady * generator.random()))
            gap = self.height * (hand.gap + generator.normal(0, 0.05) * hand.unsteady)
            beside = max(0.0, self.height * hand.pitch - ink.shape[1] - gap) / 2
            at += beside
            self.canvas.put(ink, at, middle - ink.shape[0] / 2, self.canvas.written, symbol)
            at += ink.shape[1] + beside + gap
        return at - self.height * hand.gap

    def _go_on(self, character: str, font: Font, x: float, y: float) -> float:
        """Write a letter, or leave room; return where the next character begins."""
        if character.isspace():
            return x + self.height * self.between(0.2, 0.8)
        ink, rise = written_letter(self.generator, self.hand, character, font, self.height)
        self.canvas.put(ink * self.hand.ink, x, y + 0.5 * self.height - rise, self.canvas.written)
        return x + float(ink.shape[1]) + self.height * self.between(0.03, 0.15)

    def width_of(self, text: str) -> float:
        """Estimate how wide a number comes out, in pixels."""
        usual = 0.62 * self.hand.squeeze + self.hand.gap
        return len(text) * self.height * max(usual, self.hand.pitch)

    def draw(
        self,
        thing: Callable[[Generator, float, float, float], list[Path]],
        x: float,
        y: float,
        size: float,
    ) -> None:
        """Draw something that is no digit around a point."""
        pen = max(1.0, self.hand.pen * self.height)
        for path in thing(self.generator, x, y, size):
            stroke(self.canvas.written, path, pen, self.between(0.7, 1))

    def box(self, area: Area, width: float) -> None:
        """Draw the four sides of a box."""
        left, top, right, bottom = area
        for x0, y0, x1, y1 in (
            (left, top, right, top),
            (left, bottom, right, bottom),
            (left, top, left, bottom),
            (right, top, right, bottom),
        ):
            self.rule(x0, y0, x1, y1, width)

    def rule(
        self, x0: float, y0: float, x1: float, y1: float, width: float, style: str = "line"
    ) -> None:
        """Draw a straight line of the form: whole, double, or dotted."""
        layer, start, end = self.canvas.ruled, np.array([x0, y0]), np.array([x1, y1])
        runs = self.canvas.across if abs(x1 - x0) > abs(y1 - y0) else self.canvas.down
        self.canvas.line(start, end, width, runs)
        if style == "dotted":
            step = max(3.0, 0.25 * self.height)
            count = int(np.linalg.norm(end - start) / step)
            for share in np.linspace(0, 1, max(2, count)):
                at = start + share * (end - start)
                self.canvas.line(at, at + (end - start) / max(count, 1) * 0.35, width, layer)
            return
        self.canvas.line(start, end, width, layer)
        if style == "double":
            length = max(1e-6, float(np.linalg.norm(end - start)))
            aside = np.array([start[1] - end[1], end[0] - start[0]]) / length
            self.canvas.line(start + 3 * width * aside, end + 3 * width * aside, width, layer)


def any_number(generator: Generator, longest: int = 9) -> str:
    """Make up a number as people write them, mostly digits alone."""
    length = int(generator.integers(1, longest + 1))
    whole = "".join(map(str, generator.integers(0, 10, length)))
    kind = generator.random()
    if kind < 0.6 or longest < 4:
        return whole
    two = [f"{generator.integers(0, 100):02}" for _ in range(3)]
    forms = (
        f"{whole[:3]}.{two[0][:1]}", f"{whole[:3]},{two[0]}", f"-{whole[:4]}", f"{whole[:2]}%",
        f"{two[0]}/{two[1]}/{two[2]}", f"{two[0]}.{two[1]}.", f"{two[0]}:{two[1]}",
        f"{whole[:1]},{two[0]}0", f"({whole[:3]})", f"{whole[:3]}-{two[0]}",
        f"{whole[:2]}/{two[0]}", f"{generator.integers(1, 10)}/{generator.integers(1, 21)}",
        f"+{whole[:3]}", f"{whole[:1]}.{whole[1:]}",
        f"{two[0]}.{two[1]}.20{two[2]}", f"20{two[0]}-{two[1]}-{two[2]}",
        f"{whole[:3]}-{whole[3:]}",
    )  # fmt: skip
    return forms[generator.integers(len(forms))]
