"""Numbers on paper that is ruled all over: in lines, in squares, or with a dot at each corner.

Each function fills an area of a canvas.
"""

from dataclasses import replace

import numpy as np

from mnist_cli.synthesis.canvas import Area
from mnist_cli.synthesis.figures import any_figure
from mnist_cli.synthesis.rows import arithmetic, columns, lines
from mnist_cli.synthesis.scribe import Scribe

DOT = 0.05, 0.13  # widths of a dot, in sides of a square
BETWEEN = ".,:"  # marks that may stand on the line between two squares


def squares(scribe: Scribe, area: Area) -> None:
    """Write on squared or dotted paper: as on plain paper, or a digit to each square."""
    paper = dotted if scribe.chance(0.5) else squared
    if scribe.chance(0.5):
        paper(scribe, area, scribe.height * scribe.between(0.35, 1.6))
        kinds = lines, columns, arithmetic, _figures
        kinds[scribe.generator.integers(len(kinds))](scribe, area)
    else:
        side = scribe.height * scribe.between(1.05, 1.7)
        paper(scribe, area, side)
        _digit_a_square(scribe, area, side)


def _digit_a_square(scribe: Scribe, area: Area, side: float) -> None:
    """Write numbers with a digit in each square; some marks stand on the lines between."""
    left, top, right, bottom = area
    rows = np.arange(top + side / 2, bottom - side / 2, side * scribe.generator.integers(1, 4))
    own = replace(scribe, hand=replace(scribe.hand, gap=0.0, pitch=side / scribe.height))
    between = scribe.chance(0.5)
    for y in rows.tolist():
        line, x = scribe.canvas.new_line(), left + side * int(scribe.generator.integers(4))
        while scribe.chance(0.9):
            text = any_figure(scribe.generator)
            if x + side * len(text) > right:
                break
            end = _in_squares(own, text, (x, y, side), line, between=between)
            x = end + side * int(scribe.generator.integers(1, 4))


def _in_squares(
    scribe: Scribe, text: str, place: tuple[float, float, float], line: int, *, between: bool
) -> float:
    """Write a number from a square on, whose left, middle and side are given; return its end."""
    x, y, side = place
    number = scribe.canvas.new_number()
    narrow = replace(scribe, hand=replace(scribe.hand, pitch=0.0))
    for character in text:
        if between and character in BETWEEN:
            narrow.write(character, x - 0.07 * scribe.height, y, line, number=number)
        else:
            scribe.write(character, x, y, line, number=number)
            x += side
    return x


def _figures(scribe: Scribe, area: Area) -> None:
    """Write numbers with marks in lines across the squares."""
    left, top, right, bottom = area
    apart = max(0.3, 1.3 * scribe.hand.gap + 0.25)  # heights
    for y in np.arange(top + 0.8 * scribe.height, bottom, scribe.height * scribe.between(1.4, 2.5)):
        line, x = scribe.canvas.new_line(), left
        while scribe.chance(0.9):
            text = any_figure(scribe.generator)
            if x + scribe.width_of(text) > right:
                break
            x = scribe.write(text, x, y, line) + scribe.height * scribe.between(apart, apart + 2)


def ruled(scribe: Scribe, area: Area, step: float) -> None:
    """Rule an area in lines, `step` px apart."""
    left, top, right, bottom = area
    width = scribe.between(1, 2)
    for y in np.arange(top, bottom, step):
        scribe.rule(left, y, right, y, width)


def squared(scribe: Scribe, area: Area, side: float) -> None:
    """Rule an area in squares of `side` px."""
    left, top, right, bottom = area
    width = scribe.between(1, 2)
    for y in np.arange(top, bottom, side):
        scribe.rule(left, y, right, y, width)
    for x in np.arange(left, right, side):
        scribe.rule(x, top, x, bottom, width)


def dotted(scribe: Scribe, area: Area, side: float) -> None:
    """Put a dot at the corners of squares of `side` px."""
    left, top, right, bottom = area
    width, strength = max(1.0, side * scribe.between(*DOT)), scribe.between(0.4, 1)
    for y in np.arange(top, bottom, side):
        for x in np.arange(left, right, side):
            at = np.array([x, y])
            scribe.canvas.line(at, at, width, scribe.canvas.ruled, strength)
