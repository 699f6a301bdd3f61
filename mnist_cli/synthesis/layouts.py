"""What pages are filled with: digits on all that people write them on, and what is no digit.

Each function fills an area of a canvas, with digits of about some height if it has any.
"""

from collections.abc import Callable

import numpy as np

from mnist_cli.synthesis import clutter
from mnist_cli.synthesis.canvas import Area
from mnist_cli.synthesis.figures import figures
from mnist_cli.synthesis.forms import combs, form
from mnist_cli.synthesis.grids import sudoku, table
from mnist_cli.synthesis.letters import write_letter, write_words
from mnist_cli.synthesis.notes import notes
from mnist_cli.synthesis.print import any_font, rendered, set_page, word
from mnist_cli.synthesis.rows import arithmetic, columns, lines, scatter
from mnist_cli.synthesis.scribe import Scribe
from mnist_cli.synthesis.squares import squares


def things(scribe: Scribe, area: Area) -> None:
    """Draw letters, words, ticks, things: nothing that is a digit."""
    left, top, right, bottom = area
    if scribe.chance(0.35):
        return write_words(scribe.canvas, scribe.generator, area, scribe.hand, scribe.height)
    for _ in range(int(scribe.generator.integers(1, 14))):
        x, y = scribe.between(left, right), scribe.between(top, bottom)
        if scribe.chance(0.5):
            write_letter(scribe.canvas, scribe.generator, scribe.hand, x, y, scribe.height)
        else:
            thing = clutter.THINGS[scribe.generator.integers(len(clutter.THINGS))]
            scribe.draw(thing, x, y, scribe.height * scribe.between(0.6, 2))
    return None


def print_page(scribe: Scribe, area: Area) -> None:
    """Set print alone: a page with numbers in it, or words in small boxes, or beside each other."""
    kind = scribe.generator.random()
    size = round(float(np.clip(scribe.height * scribe.between(0.5, 1.2), 9, 90)))
    if kind < 0.2:
        return _boxed_words(scribe, area, min(size, 20))
    if kind < 0.35:
        return _words_around(scribe, area, size)
    figures = float(scribe.generator.choice([0, 0.1, 0.3, 0.9]))
    set_page(scribe.canvas, scribe.generator, area, size, figures)
    return None


def _boxed_words(scribe: Scribe, area: Area, size: int) -> None:
    """Fill boxes with lines of words, as riddles and forms have them."""
    left, top, right, bottom = area
    side = size * scribe.between(4, 9)
    width, room = 1 + 0.05 * size, 0.1 * side
    for y in np.arange(top, bottom - side, side):
        for x in np.arange(left, right - side, side):
            scribe.rule(x, y, x + side, y, width)
            scribe.rule(x, y, x, y + side, width)
            if scribe.chance(0.6):
                inside = x + room, y + room, x + side - room, y + side - room
                set_page(scribe.canvas, scribe.generator, inside, size, 0)


def _words_around(scribe: Scribe, area: Area, size: int) -> None:
    """Set words and headlines anywhere, some of them upwards or downwards."""
    left, top, right, bottom = area
    for _ in range(int(scribe.generator.integers(2, 12))):
        font = any_font(scribe.generator)
        text = " ".join(
            word(scribe.generator, font) for _ in range(scribe.generator.integers(1, 4))
        )
        ink = rendered(text, font, max(9, round(size * scribe.between(0.7, 2))))
        ink = np.rot90(ink, int(scribe.generator.choice([0, 1, 1, 3])))
        x, y = scribe.between(left, right), scribe.between(top, bottom)
        scribe.canvas.put(ink, x, y, scribe.canvas.printed)


def close_print(scribe: Scribe, area: Area) -> None:
    """Set columns of print as newspapers do: small and close, some under a headline on black."""
    left, top, right, bottom = area
    size = max(5, round(scribe.height * scribe.between(0.12, 0.7)))
    column = size * scribe.between(8, 25)
    figures = float(scribe.generator.choice([0, 0, 0.1, 0.4])) if size > 7 else 0.0
    for x in np.arange(left, right - 3 * size, column):
        end, y = min(right, x + column - size), top
        if scribe.chance(0.3):
            y += _headline(scribe, (x, top, end, bottom), size * scribe.between(1.2, 3))
        set_page(scribe.canvas, scribe.generator, (x, y, end, bottom), size, figures)


def _headline(scribe: Scribe, area: Area, size: float) -> float:
    """Set a line of words over an area, half the time white on black; return how high it is."""
    left, top, right, bottom = area
    font = any_font(scribe.generator)
    ink = rendered(word(scribe.generator, font), font, round(size))[:, : round(right - left)]
    high = ink.shape[0] + round(0.6 * size)
    if top + high > bottom or right - left < size:
        return 0
    if scribe.chance(0.5):
        bar = np.ones((high, round(right - left)), np.float32)
        x, y = round(0.2 * size), round(0.3 * size)
        shown = ink[:, : max(0, bar.shape[1] - x)]
        bar[y : y + shown.shape[0], x : x + shown.shape[1]] -= shown
        ink = bar
    scribe.canvas.put(ink, left, top, scribe.canvas.printed)
    return float(high + 0.3 * size)


def picture(scribe: Scribe, area: Area) -> None:
    """Paste a photograph or a surface in."""
    left, top, right, bottom = map(round, area)
    if right - left < 8 or bottom - top < 8:
        return
    make = clutter.photograph if scribe.chance(0.6) else clutter.texture
    image = make(scribe.generator, bottom - top, right - left)
    scribe.canvas.put(image * np.float32(scribe.between(0.3, 1)), left, top, scribe.canvas.printed)


KINDS: dict[str, Callable[[Scribe, Area], None]] = {
    "lines": lines,
    "columns": columns,
    "scatter": scatter,
    "table": table,
    "sudoku": sudoku,
    "form": form,
    "comb": combs,
    "arithmetic": arithmetic,
    "figures": figures,
    "squares": squares,
    "notes": notes,
    "things": things,
    "print": print_page,
    "picture": picture,
}
