"""Digits in forms: on lines beside printed words, in boxes, in combs.

Each function fills an area of a canvas with digits of about some height.
"""

from mnist_cli.synthesis import clutter
from mnist_cli.synthesis.canvas import Area
from mnist_cli.synthesis.letters import write_words
from mnist_cli.synthesis.print import Font, any_font, set_text, word
from mnist_cli.synthesis.scribe import Scribe, any_number


def form(scribe: Scribe, area: Area) -> None:
    """Write a form: printed words, each with a line, a box, a comb or dots to fill by hand."""
    left, top, right, bottom = area
    font, size = any_font(scribe.generator), max(8, round(scribe.height * scribe.between(0.4, 0.9)))
    y, leading = top + scribe.height, scribe.height * scribe.between(1.5, 2.6)
    filled = 0.0 if scribe.chance(0.15) else 0.8  # of the fields
    while y + scribe.height < bottom:
        line = scribe.canvas.new_line()
        if scribe.chance(0.12):
            _choices(scribe, (left, y - 0.5 * scribe.height, right, y + 0.5 * scribe.height), font)
            y += leading
            continue
        count = scribe.generator.integers(1, 3)
        label = " ".join(word(scribe.generator, font) for _ in range(count))
        label = label[: max(2, int((right - left) / size))]
        if scribe.chance(0.2):
            label = f"{scribe.generator.integers(1, 20)}. {label}"
        wide = set_text(scribe.canvas, label, left, y - 0.6 * size, font, size, line=line)
        _fill_field(scribe, left + wide + 0.6 * size, y, right, line, filled)
        y += leading


def _choices(scribe: Scribe, area: Area, font: Font) -> None:
    """Print boxes to tick, each with a word after it, some of them ticked."""
    left, top, right, bottom = area
    size = (bottom - top) * scribe.between(0.5, 1)
    width, x = max(1.0, scribe.between(0.03, 0.1) * size), left
    while x + 4 * size < right:
        scribe.box((x, top, x + size, top + size), width)
        if scribe.chance(0.35):
            mark = clutter.tick if scribe.chance(0.5) else clutter.cross
            scribe.draw(mark, x + size / 2, top + size / 2, size * scribe.between(0.8, 1.4))
        text, letters = word(scribe.generator, font), max(8, round(0.8 * size))
        line = scribe.canvas.new_line()
        at = x + 1.4 * size
        x = at + set_text(scribe.canvas, text[:8], at, top, font, letters, line=line) + size


def _fill_field(scribe: Scribe, x: float, y: float, right: float, line: int, filled: float) -> None:
    """Draw what is to be filled in, from x to `right` at most, y in its middle; fill a share."""
    height = scribe.height
    text = any_number(scribe.generator, 8)
    kind = scribe.generator.integers(5)
    end = min(right, x + scribe.width_of(text) + height * scribe.between(0.3, 3))
    if end - x <= scribe.width_of(text):
        return
    if kind == 0:
        comb(scribe, (x, y - 0.8 * height, right, y + 0.8 * height), 1.0 if filled else 0.0)
        return
    high, low, width = y - 0.8 * height, y + 0.6 * height, max(1.0, 0.04 * height)
    if kind < 3:
        scribe.rule(x, low, end, low, width, "dotted" if kind == 1 else "line")
    if kind == 3:
        scribe.box((x, high, end, low), width)
    if scribe.chance(filled):
        scribe.write(text, x + 0.2 * height, y, line)
    elif filled:
        area = x, y - height, end, y + 0.3
        write_words(scribe.canvas, scribe.generator, area, scribe.hand, height)


def comb(scribe: Scribe, area: Area, most: float = 1.0) -> None:
    """Draw a row of boxes or of teeth, a digit in each of a share of them, `most` at most."""
    left, top, right, bottom = area
    side = scribe.height * scribe.between(0.95, 1.7)
    tall = min(scribe.height * scribe.between(1.1, 1.9), bottom - top)
    apart = side * (scribe.between(0.05, 0.4) if scribe.chance(0.3) else 0)
    count = min(int((right - left) / (side + apart)), int(scribe.generator.integers(2, 14)))
    width, middle = max(1.0, scribe.height * scribe.between(0.02, 0.08)), (top + bottom) / 2
    teeth, filled = scribe.chance(0.25), most * scribe.between(0.5, 1) * (not scribe.chance(0.12))
    line, number = scribe.canvas.new_line(), scribe.canvas.new_number()
    for box in range(count):
        x = left + box * (side + apart)
        low, high = middle + tall / 2, middle - tall / 2
        scribe.rule(x, low, x + side, low, width)
        scribe.rule(x, low, x, low - 0.3 * tall if teeth else high, width)
        scribe.rule(x + side, low, x + side, low - 0.3 * tall if teeth else high, width)
        if not teeth:
            scribe.rule(x, high, x + side, high, width)
        if scribe.chance(filled):
            at = x + side / 2 - 0.28 * scribe.height + scribe.generator.normal(0, 0.06) * side
            scribe.write(str(scribe.generator.integers(10)), at, middle, line, number=number)
        else:
            number = scribe.canvas.new_number()


def combs(scribe: Scribe, area: Area) -> None:
    """Draw rows of boxes or of teeth below each other."""
    left, top, right, bottom = area
    y, leading = top, scribe.height * scribe.between(1.6, 3.5)
    most = 0.0 if scribe.chance(0.1) else 1.0
    while y + 1.6 * scribe.height < bottom:
        begin = left + scribe.between(0, 0.2) * (right - left)
        comb(scribe, (begin, y, right, y + 1.6 * scribe.height), most)
        y += leading
