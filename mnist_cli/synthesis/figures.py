"""Lines of figures with their marks: dates, times, prices, phone numbers, shares, sums.

What the line network learns most from: beside the marks it needs digits that stand close and far
apart, in print and by hand.
"""

from dataclasses import replace

import numpy as np

from mnist_cli.synthesis.canvas import Area
from mnist_cli.synthesis.labels import labelled
from mnist_cli.synthesis.print import any_font, set_text
from mnist_cli.synthesis.scribe import Scribe
from mnist_cli.synthesis.strokes import Generator

LABELLED = 0.5  # share of areas in which numbers have units or stand in codes
APART = 0.3, 2.5  # heights between two numbers, beside the room between their digits


def any_figure(generator: Generator) -> str:
    """Make up a number with marks, each kind alike, or one of digits alone."""
    number, choice = generator.integers, generator.choice
    whole = str(number(0, 10 ** int(number(1, 8))))
    two = [f"{number(0, 100):02}" for _ in range(3)]
    sign, point = str(choice(["", "", "-", "+"])), str(choice([".", ","]))
    between, colon = str(choice(["/", ".", "-"])), str(choice([":", ":", "."]))
    operator = str(choice(list("+-×÷/:")))
    thousands = f"{number(1, 1000):,}" if number(2) else f"{number(1000, 10_000_000):,}"
    forms = (
        whole, whole, f"{sign}{whole}", f"-{whole}", f"{sign}{whole[:5]}{point}{two[0]}",
        f"{whole[:4]}{point}{number(10)}", f"{whole[0]}{point}{whole}",
        f"{two[0]}{between}{two[1]}{between}{choice(['', '19', '20'])}{two[2]}",
        f"20{two[0]}{between}{two[1]}{between}{two[2]}", f"{number(1, 32)}{between}{number(1, 13)}",
        f"{number(1, 32)}.{number(1, 13)}.",
        f"{two[0]}{colon}{two[1]}", f"{number(24)}:{two[1]}:{two[2]}", f"{whole[:3]}%",
        f"{two[0]}{point}{number(10)}%", f"({whole[:4]})", f"({two[0]}{number(10)}){whole}",
        f"{number(100, 1000)}-{number(100, 1000)}-{number(1000, 10_000)}",
        f"+{number(1, 100)}-{whole}", thousands, f"{thousands}{'.' if ',' in thousands else ','}00",
        f"{whole[:2]}/{two[0]}", f"{number(1, 21)}/{number(1, 21)}", f"{two[0]}.{two[1]}.",
        f"{whole[:3]}{operator}{two[0]}",
        f"{whole[:3]}{operator}{two[0]}={whole[-3:]}", f"{whole[:4]}=", f"={whole[:4]}",
    )  # fmt: skip
    return str(forms[number(len(forms))])


def _any_text(generator: Generator, labels: float) -> str:
    """Make up such a number, a share of them with letters."""
    text = any_figure(generator)
    return labelled(generator, text) if generator.random() < labels else text


def figures(scribe: Scribe, area: Area) -> None:
    """Fill an area with lines of such numbers; each line in print or by hand, close or spread."""
    left, top, right, bottom = area
    y, leading = top + 0.8 * scribe.height, scribe.height * scribe.between(1.5, 2.8)
    printed = scribe.between(0, 1)
    labels = scribe.between(0.1, 0.9) if scribe.chance(LABELLED) else 0.0
    while y + 0.7 * scribe.height < bottom:
        own = scribe
        if scribe.chance(0.4):
            gap, pitch = scribe.between(-0.08, 1.1), 0.0
            if scribe.chance(0.4):  # as in boxes, without the boxes
                gap, pitch = scribe.between(-0.05, 0.2), scribe.between(0.8, 1.7)
            own = replace(scribe, hand=replace(scribe.hand, gap=gap, pitch=pitch))
        x = left + (scribe.between(0, 0.3) * (right - left) if scribe.chance(0.4) else 0)
        if scribe.chance(printed):
            _printed(scribe, (x, y, right), labels)
        else:
            _by_hand(own, (x, y, right), labels)
        y += leading * scribe.between(0.95, 1.1)


def _by_hand(scribe: Scribe, place: tuple[float, float, float], labels: float) -> None:
    x, y, right = place
    hand = scribe.hand
    low = max(APART[0], 1.3 * max(hand.gap, hand.pitch - 0.3) + 0.25)
    line = scribe.canvas.new_line()
    while x < right and scribe.chance(0.9):
        text = _any_text(scribe.generator, labels)
        if x + scribe.width_of(text) > right:
            break
        apart = scribe.height * scribe.between(low, max(APART[1], low + 1))
        x = scribe.write(text, x, y, line) + apart


def _printed(scribe: Scribe, place: tuple[float, float, float], labels: float) -> None:
    """Set a line of print; some of it spaced out, as on tickets and signs."""
    x, y, right = place
    line, font = scribe.canvas.new_line(), any_font(scribe.generator)
    size = max(9, round(1.4 * scribe.height))
    spread = size * scribe.between(0, 0.6) if scribe.chance(0.3) else 0.0
    while x < right and scribe.chance(0.9):
        text = _any_text(scribe.generator, labels)
        wide = (0.62 * size + spread) * len(text)
        if x + wide > right:
            break
        at = x, y - 0.6 * size
        x += set_text(scribe.canvas, text, *at, font, size, line=line, spread=spread)
        x += size * float(np.exp(scribe.generator.uniform(np.log(0.25), np.log(2)))) + 1.5 * spread
