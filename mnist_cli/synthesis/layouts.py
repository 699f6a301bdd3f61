"""What pages are filled with: digits on all that people write them on, and what is no digit.

Each function fills an area of a canvas, with digits of about some height if it has any.
"""

from collections.abc import Callable

import numpy as np

from mnist_cli.synthesis import clutter
from mnist_cli.synthesis.canvas import Area
from mnist_cli.synthesis.forms import combs, form
from mnist_cli.synthesis.grids import sudoku, table
from mnist_cli.synthesis.print import set_page
from mnist_cli.synthesis.rows import arithmetic, columns, lines, scatter
from mnist_cli.synthesis.scribe import Scribe


def things(scribe: Scribe, area: Area) -> None:
    """Draw letters, words, ticks, things: nothing that is a digit."""
    left, top, right, bottom = area
    if scribe.chance(0.35):
        return clutter.write_words(
            scribe.canvas, scribe.generator, area, scribe.hand, scribe.height
        )
    for _ in range(int(scribe.generator.integers(1, 14))):
        x, y = scribe.between(left, right), scribe.between(top, bottom)
        if scribe.chance(0.5):
            clutter.write_letter(scribe.canvas, scribe.generator, x, y, scribe.height)
        else:
            thing = clutter.THINGS[scribe.generator.integers(len(clutter.THINGS))]
            scribe.draw(thing, x, y, scribe.height * scribe.between(0.6, 2))
    return None


def print_page(scribe: Scribe, area: Area) -> None:
    """Set print alone, with numbers in it."""
    size = round(float(np.clip(scribe.height * scribe.between(0.5, 1.2), 9, 90)))
    figures = float(scribe.generator.choice([0, 0.1, 0.3, 0.9]))
    set_page(scribe.canvas, scribe.generator, area, size, figures)


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
    "things": things,
    "print": print_page,
    "picture": picture,
}
