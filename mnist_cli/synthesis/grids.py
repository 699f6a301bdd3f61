"""Digits in the cells of tables and sudokus.

Each function fills an area of a canvas with digits of about some height.
"""

import itertools
from collections.abc import Sequence

import numpy as np

from mnist_cli.synthesis import clutter
from mnist_cli.synthesis.canvas import Area, Canvas, Cell, overlap
from mnist_cli.synthesis.labels import labelled
from mnist_cli.synthesis.letters import Letters, write_letter
from mnist_cli.synthesis.print import any_font, figure, set_text, word
from mnist_cli.synthesis.scribe import Scribe, any_number

LABELLED = 0.3  # share of tables whose cells have units or codes
BY_HAND = 0.35  # share of tables whose headings, and the names of their rows, are written by hand


def table(scribe: Scribe, area: Area) -> None:
    """Draw a table, ruled in one of many ways; in its cells numbers, words, ticks, blots."""
    left, top, right, bottom = area
    longest = int(scribe.generator.integers(1, 5))
    wide = scribe.height * (scribe.between(0.8, 1.0) * longest + scribe.between(0.3, 2.5))
    tall = scribe.height * scribe.between(1.05, 2.4)
    rows = [top + row * tall for row in range(max(1, int((bottom - top) / tall)) + 1)]
    columns = _sides(scribe, left, right, wide)
    _rules(scribe, rows, columns)
    filled, header = scribe.between(0.3, 1), scribe.chance(0.5)
    font, size = any_font(scribe.generator), max(8, round(scribe.height * scribe.between(0.45, 1)))
    second = scribe.other(0.15)
    labels = scribe.between(0.1, 0.9) if scribe.chance(LABELLED) else 0.0
    letters = Letters.any(scribe.generator) if scribe.chance(BY_HAND) else None
    for row in range(len(rows) - 1):
        y = rows[row] + tall / 2
        writer = second if scribe.chance(0.4) else scribe
        line = scribe.canvas.new_line()
        for column, (x, end) in enumerate(itertools.pairwise(columns)):
            wide = end - x
            if (header and row == 0) or (header and column == 0 and scribe.chance(0.8)):
                if letters and scribe.chance(0.9):
                    _write_name(scribe, letters, x, y, end)
                    continue
                is_figure = scribe.chance(0.25)
                text = figure(scribe.generator) if is_figure else word(scribe.generator, font)
                kept = text[: max(1, int(wide / size / 0.6))]
                at = x + 0.15 * size, y - 0.6 * size
                set_text(scribe.canvas, kept, *at, font, size, line=line)
            elif scribe.chance(filled):
                box = x, y - tall / 2, end, y + tall / 2
                _fill_cell(writer, box, (longest, labels), line, (row + 1, column + 1))


def _write_name(scribe: Scribe, letters: Letters, x: float, y: float, right: float) -> None:
    """Write a word that begins at x, y in its middle, as much of it as there is room for."""
    ink, rise = letters.word(scribe.generator, scribe.hand, scribe.height)
    begin = x + 0.15 * scribe.height
    kept = ink[:, : max(1, round(right - begin))]
    scribe.canvas.put(kept, begin, y + 0.5 * scribe.height - rise, scribe.canvas.written)


def _sides(scribe: Scribe, left: float, right: float, wide: float) -> list[float]:
    """Divide a table into columns, each as wide as another, or each as its words need it."""
    uneven, sides = scribe.chance(0.5), [left]
    while True:
        own = wide * (float(np.exp(scribe.between(0, 1.4))) if uneven and scribe.chance(0.4) else 1)
        if sides[-1] + own > right and len(sides) > 1:
            return sides
        sides.append(sides[-1] + own)


def _rules(scribe: Scribe, rows: Sequence[float], columns: Sequence[float]) -> None:
    """Rule a table between its rows and columns: all lines, or some, by ruler or by hand."""
    width = max(1.0, scribe.height * scribe.between(0.02, 0.12))
    style = str(scribe.generator.choice(["line", "line", "line", "line", "double", "dotted"]))
    upright, flat = scribe.chance(0.85), scribe.chance(0.92)
    every = int(scribe.generator.choice([1, 1, 1, 1, 2, 3]))  # rows between flat rules
    wobble = scribe.height * 0.05 * scribe.chance(0.25)  # ruled by hand
    for y in rows[::every] if flat else (rows[0], rows[-1]):
        begin, end = (y + scribe.between(-1, 1) * wobble for _ in range(2))
        scribe.rule(columns[0], begin, columns[-1], end, width, style)
    if upright:
        for x in columns:
            begin, end = (x + scribe.between(-1, 1) * wobble for _ in range(2))
            scribe.rule(begin, rows[0], end, rows[-1], width, style)


def _fill_cell(scribe: Scribe, box: Area, what: tuple[int, float], line: int, cell: Cell) -> None:
    """Fill one cell, mostly with a number in its middle: of so many digits, a share with units."""
    (left, top, right, bottom), (longest, labels) = box, what
    middle_x, middle_y, kind = (left + right) / 2, (top + bottom) / 2, scribe.generator.random()
    if kind < 0.06:
        thing = clutter.THINGS[scribe.generator.integers(len(clutter.THINGS))]
        return scribe.draw(thing, middle_x, middle_y, 0.9 * scribe.height)
    if kind < 0.09:
        return write_letter(
            scribe.canvas, scribe.generator, scribe.hand, middle_x, middle_y, scribe.height
        )
    text = "-" if kind < 0.11 else any_number(scribe.generator, longest)
    if scribe.chance(labels):
        text = labelled(scribe.generator, text)
    free = right - left - scribe.width_of(text)
    share = float(np.clip(scribe.generator.normal(0.5, 0.2), 0.05, 0.95))
    x = left + max(0.1 * scribe.height, free * share)
    y = middle_y + scribe.generator.normal(0, 0.06) * (bottom - top)
    end = scribe.write(text, x, y, line, cell=cell)
    if kind < 0.14:  # taken back: what stands there is no digit any more
        scribe.draw(clutter.blot, (x + end) / 2, y, max(end - x, scribe.height))
        _taken_back(scribe.canvas, (x, y - scribe.height, end, y + scribe.height))
    elif kind < 0.17:
        scribe.draw(clutter.ring, (x + end) / 2, y, 0.8 * max(end - x, scribe.height))
    return None


def _taken_back(canvas: Canvas, area: Area) -> None:
    """Forget the symbols of an area; where they can still be read nobody could say what counts."""
    gone = [s for s in canvas.symbols if overlap(s.box, area) and not s.printed]
    canvas.symbols = [s for s in canvas.symbols if not any(s is other for other in gone)]
    canvas.unclear += [symbol.box for symbol in gone]


def sudoku(scribe: Scribe, area: Area) -> None:
    """Draw a sudoku, or a part of one: printed digits and written ones, heavy lines each third."""
    left, top, right, bottom = area
    side = scribe.height * scribe.between(1.15, 2.2)
    rows, columns_ = (min(9, max(1, int(extent / side))) for extent in (bottom - top, right - left))
    thin = max(1.0, scribe.height * scribe.between(0.01, 0.06))
    heavy = thin * scribe.between(1, 4)
    for row in range(rows + 1):
        width = heavy if row % 3 == 0 else thin
        scribe.rule(left, top + row * side, left + columns_ * side, top + row * side, width)
    for column in range(columns_ + 1):
        width = heavy if column % 3 == 0 else thin
        scribe.rule(left + column * side, top, left + column * side, top + rows * side, width)
    font, size = any_font(scribe.generator), round(scribe.height * scribe.between(1.0, 1.5))
    given, filled = scribe.between(0, 0.6), scribe.between(0, 1)
    second = scribe.other(0.25)  # who went on with it
    notes = scribe.sized(0.4) if scribe.height > 30 and scribe.chance(0.15) else None
    for row in range(rows):
        line = scribe.canvas.new_line()
        for column in range(columns_):
            x, y, cell = left + column * side, top + (row + 0.5) * side, (row + 1, column + 1)
            digit = str(scribe.generator.integers(1, 10))
            if scribe.chance(given):
                at = x + (side - 0.58 * size) / 2, y - 0.62 * size
                set_text(scribe.canvas, digit, *at, font, size, line=line)
            elif scribe.chance(filled):
                off = scribe.generator.normal(0, 0.07, 2) * side
                at_x = x + (side - 0.55 * scribe.height) / 2 + off[0]
                writer = second if scribe.chance(0.5) else scribe
                writer.write(digit, at_x, y + off[1], line, cell=cell)
            elif notes and scribe.chance(0.5):
                notes.write(digit, x + 0.1 * side, y - 0.3 * side, line, cell=cell)
