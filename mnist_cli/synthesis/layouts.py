"""What people write digits on: lines, columns, tables, forms, combs, sudokus, sums, loose digits.

Each function fills an area of a canvas with digits of about some height.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from mnist_cli.core.finder_maps import MARKS
from mnist_cli.synthesis import clutter
from mnist_cli.synthesis.canvas import Area, Canvas, Cell, Symbol, overlap
from mnist_cli.synthesis.digits import Digits, Hand
from mnist_cli.synthesis.marks import SIZES, write_mark
from mnist_cli.synthesis.print import any_font, figure, set_page, set_text, word
from mnist_cli.synthesis.strokes import Generator, Ink

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

    def write(self, text: str, x: float, y: float, line: int, *, cell: Cell | None = None) -> float:
        """Write a number, its left edge at x, its middle at y; return its right edge."""
        generator, hand = self.generator, self.hand
        number, at = self.canvas.new_number(), x
        drift = generator.normal(0, 0.03) * hand.unsteady
        for character in text:
            height = self.height * float(np.exp(generator.normal(0, 0.08) * hand.unsteady))
            symbol = Symbol(character, _NOWHERE, line=line, number=number, cell=cell)
            if character in MARKS:
                ink = write_mark(generator, hand, character, height)
                middle = y + SIZES[character][1] * height
            else:
                ink = self.digits.write(generator, hand, int(character), height)
                middle = y + generator.normal(0, 0.05) * hand.unsteady * height
            middle += drift * (at - x)
            strength = 1 - 0.3 * hand.unsteady * generator.random()
            self.canvas.put(
                ink * np.float32(strength),
                at,
                middle - ink.shape[0] / 2,
                self.canvas.written,
                symbol,
            )
            at += ink.shape[1] + self.height * (
                hand.gap + generator.normal(0, 0.05) * hand.unsteady
            )
        return at - self.height * hand.gap

    def width_of(self, text: str) -> float:
        """Estimate how wide a number comes out, in pixels."""
        return len(text) * self.height * (0.62 * self.hand.squeeze + self.hand.gap)

    def draw(self, thing: Callable[..., list[np.ndarray]], x: float, y: float, size: float) -> None:
        """Draw something that is no digit around a point."""
        for path in thing(self.generator, x, y, size):
            clutter.stroke(
                self.canvas.written,
                path,
                max(1.0, self.hand.pen * self.height),
                self.between(0.7, 1),
            )

    def rule(
        self, x0: float, y0: float, x1: float, y1: float, width: float, style: str = "line"
    ) -> None:
        """Draw a straight line of the form: whole, double, or dotted."""
        layer, start, end = self.canvas.ruled, np.array([x0, y0]), np.array([x1, y1])
        if style == "dotted":
            step = max(3.0, 0.25 * self.height)
            count = int(np.linalg.norm(end - start) / step)
            for share in np.linspace(0, 1, max(2, count)):
                at = start + share * (end - start)
                self.canvas.line(at, at + (end - start) / max(count, 1) * 0.35, width, layer)
            return
        self.canvas.line(start, end, width, layer)
        if style == "double":
            aside = np.array([start[1] - end[1], end[0] - start[0]]) / max(
                1e-6, float(np.linalg.norm(end - start))
            )
            self.canvas.line(start + 3 * width * aside, end + 3 * width * aside, width, layer)


def any_number(generator: Generator, longest: int = 9) -> str:
    """Make up a number as people write them, mostly digits alone."""
    length = int(generator.integers(1, longest + 1))
    whole = "".join(map(str, generator.integers(0, 10, length)))
    kind = generator.random()
    if kind < 0.72 or longest < 4:
        return whole
    two = [f"{generator.integers(0, 100):02}" for _ in range(3)]
    forms = (
        f"{whole[:3]}.{two[0][:1]}", f"{whole[:3]},{two[0]}", f"-{whole[:4]}", f"{whole[:2]}%",
        f"{two[0]}/{two[1]}/{two[2]}", f"{two[0]}.{two[1]}.", f"{two[0]}:{two[1]}", f"{whole[:1]},{two[0]}0",
        f"({whole[:3]})", f"{whole[:3]}-{two[0]}", f"{whole[:2]}/{two[0]}", f"+{whole[:3]}",
    )  # fmt: skip
    return forms[generator.integers(len(forms))]


def lines(scribe: Scribe, area: Area) -> None:
    """Lines of numbers, with or without room between them, on ruled paper or plain."""
    left, top, right, bottom = area
    leading = scribe.height * scribe.between(1.2, 2.6)
    ruled, width = scribe.chance(0.3), scribe.height * scribe.between(0.02, 0.07)
    style = "dotted" if scribe.chance(0.15) else "line"
    longest = int(scribe.generator.choice([1, 3, 6, 9, 14]))
    apart = scribe.height * (scribe.between(0.5, 3) if longest > 1 else scribe.between(0.1, 1.5))
    slope = scribe.generator.normal(0, 0.015)
    y = top + 0.7 * scribe.height
    while y + 0.6 * scribe.height < bottom:
        if ruled:
            scribe.rule(
                left, y + 0.62 * scribe.height, right, y + 0.62 * scribe.height, width, style
            )
        x = left + (scribe.between(0, 0.4) * (right - left) if scribe.chance(0.3) else 0)
        line = scribe.canvas.new_line()
        while scribe.chance(0.93):
            text = any_number(scribe.generator, longest)
            if x + scribe.width_of(text) > right:
                break
            x = scribe.write(text, x, y + slope * (x - left), line) + apart * scribe.between(
                0.7, 1.4
            )
        y += leading * scribe.between(0.95, 1.1)


def columns(scribe: Scribe, area: Area) -> None:
    """Columns of numbers without rules, each aligned left or right; a sum below a line at times."""
    left, top, right, bottom = area
    longest = int(scribe.generator.integers(1, 6))
    wide = scribe.height * (0.9 * longest + scribe.between(0.6, 3))
    leading, aligned_right = scribe.height * scribe.between(1.15, 2.2), scribe.chance(0.7)
    rows = [scribe.canvas.new_line() for _ in range(int((bottom - top) / leading))]
    x = left
    while x + wide <= right:
        for row, line in enumerate(rows):
            if scribe.chance(0.1):
                continue
            text, y = any_number(scribe.generator, longest), top + (row + 0.5) * leading
            at = x + wide - scribe.height * 0.4 - scribe.width_of(text) if aligned_right else x
            scribe.write(text, at, y, line)
            if row and scribe.chance(0.06):
                scribe.rule(x, y - 0.6 * leading, x + wide, y - 0.6 * leading, 0.05 * scribe.height)
        x += wide


def scatter(scribe: Scribe, area: Area) -> None:
    """Loose numbers of several sizes, anywhere."""
    taken: list[Area] = []
    for _ in range(int(scribe.generator.integers(1, 16))):
        own = scribe.sized(scribe.between(0.5, 1.8))
        text = any_number(scribe.generator, int(scribe.generator.choice([1, 1, 2, 4])))
        wide = own.width_of(text)
        if wide > area[2] - area[0]:
            continue
        x, y = scribe.between(area[0], area[2] - wide), scribe.between(area[1], area[3])
        box = x - 0.2 * own.height, y - 0.8 * own.height, x + 1.2 * wide, y + 0.8 * own.height
        if not any(overlap(box, other) for other in taken):
            taken.append(box)
            own.write(text, x, y, own.canvas.new_line())
            if own.chance(0.12):
                own.draw(clutter.ring, x + wide / 2, y, max(wide, own.height))


def table(scribe: Scribe, area: Area) -> None:
    """A table, ruled in one of many ways; its cells hold numbers, words, ticks, blots, nothing."""
    left, top, right, bottom = area
    longest = int(scribe.generator.integers(1, 5))
    wide = scribe.height * (scribe.between(0.8, 1.0) * longest + scribe.between(0.3, 2.5))
    tall = scribe.height * scribe.between(1.05, 2.4)
    count = max(1, int((bottom - top) / tall)), max(1, int((right - left) / wide))
    _rules(scribe, (left, top, left + count[1] * wide, top + count[0] * tall), count)
    filled, header = scribe.between(0.3, 1), scribe.chance(0.5)
    font, size = any_font(scribe.generator), max(8, round(scribe.height * scribe.between(0.45, 1)))
    for row in range(count[0]):
        line = scribe.canvas.new_line()
        for column in range(count[1]):
            x, y = left + column * wide, top + (row + 0.5) * tall
            if (header and row == 0) or (header and column == 0 and scribe.chance(0.8)):
                text = (
                    figure(scribe.generator)
                    if scribe.chance(0.25)
                    else word(scribe.generator, font)
                )
                kept = text[: max(1, int(wide / size / 0.6))]
                set_text(
                    scribe.canvas,
                    scribe.generator,
                    kept,
                    x + 0.15 * size,
                    y - 0.6 * size,
                    font,
                    size,
                    line=line,
                )
            elif scribe.chance(filled):
                _fill_cell(
                    scribe,
                    (x, y - tall / 2, x + wide, y + tall / 2),
                    longest,
                    line,
                    (row + 1, column + 1),
                )


def _rules(scribe: Scribe, area: Area, count: tuple[int, int]) -> None:
    left, top, right, bottom = area
    width = max(1.0, scribe.height * scribe.between(0.02, 0.12))
    style = str(scribe.generator.choice(["line", "line", "line", "line", "double", "dotted"]))
    upright, flat = scribe.chance(0.85), scribe.chance(0.92)
    every = int(scribe.generator.choice([1, 1, 1, 1, 2, 3]))  # rows between flat rules
    wobble = scribe.height * 0.05 * scribe.chance(0.25)  # ruled by hand
    for row in range(0, count[0] + 1, every) if flat else (0, count[0]):
        y = top + row * (bottom - top) / count[0]
        scribe.rule(
            left,
            y + scribe.between(-1, 1) * wobble,
            right,
            y + scribe.between(-1, 1) * wobble,
            width,
            style,
        )
    if upright:
        for column in range(count[1] + 1):
            x = left + column * (right - left) / count[1]
            scribe.rule(
                x + scribe.between(-1, 1) * wobble,
                top,
                x + scribe.between(-1, 1) * wobble,
                bottom,
                width,
                style,
            )


def _fill_cell(scribe: Scribe, box: Area, longest: int, line: int, cell: Cell) -> None:
    """Fill one cell, mostly with a number in its middle."""
    left, top, right, bottom = box
    middle_x, middle_y, kind = (left + right) / 2, (top + bottom) / 2, scribe.generator.random()
    if kind < 0.06:
        thing = clutter.THINGS[scribe.generator.integers(len(clutter.THINGS))]
        return scribe.draw(thing, middle_x, middle_y, 0.9 * scribe.height)
    if kind < 0.09:
        return clutter.write_letter(
            scribe.canvas, scribe.generator, middle_x, middle_y, scribe.height
        )
    text = "-" if kind < 0.11 else any_number(scribe.generator, longest)
    free = right - left - scribe.width_of(text)
    x = left + max(
        0.1 * scribe.height, free * float(np.clip(scribe.generator.normal(0.5, 0.2), 0.05, 0.95))
    )
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
    """A sudoku, or a part of one: printed digits and written ones, heavy lines each third."""
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
    notes = scribe.sized(0.4) if scribe.height > 30 and scribe.chance(0.15) else None
    for row in range(rows):
        line = scribe.canvas.new_line()
        for column in range(columns_):
            x, y, digit = (
                left + column * side,
                top + (row + 0.5) * side,
                str(scribe.generator.integers(1, 10)),
            )
            cell = row + 1, column + 1
            if scribe.chance(given):
                at = x + (side - 0.58 * size) / 2, y - 0.62 * size
                set_text(scribe.canvas, scribe.generator, digit, *at, font, size, line=line)
            elif scribe.chance(filled):
                off = scribe.generator.normal(0, 0.07, 2) * side
                scribe.write(
                    digit,
                    x + (side - 0.55 * scribe.height) / 2 + off[0],
                    y + off[1],
                    line,
                    cell=cell,
                )
            elif notes and scribe.chance(0.5):
                notes.write(digit, x + 0.1 * side, y - 0.3 * side, line, cell=cell)


def form(scribe: Scribe, area: Area) -> None:
    """A form: printed words, each with a line, a box, a comb or dots to be filled by hand."""
    left, top, right, bottom = area
    font, size = any_font(scribe.generator), max(8, round(scribe.height * scribe.between(0.4, 0.9)))
    y, leading = top + scribe.height, scribe.height * scribe.between(1.5, 2.6)
    width = max(1.0, 0.04 * scribe.height)
    while y + scribe.height < bottom:
        line = scribe.canvas.new_line()
        label = " ".join(
            word(scribe.generator, font) for _ in range(scribe.generator.integers(1, 3))
        )
        label = label[: max(2, int((right - left) / size))]
        if scribe.chance(0.2):
            label = f"{scribe.generator.integers(1, 20)}. {label}"
        x = (
            left
            + set_text(
                scribe.canvas, scribe.generator, label, left, y - 0.6 * size, font, size, line=line
            )
            + 0.6 * size
        )
        text = any_number(scribe.generator, 8)
        kind = scribe.generator.integers(5)
        end = min(right, x + scribe.width_of(text) + scribe.height * scribe.between(0.3, 3))
        if end - x > scribe.width_of(text):
            if kind == 0:
                comb(scribe, (x, y - 0.8 * scribe.height, right, y + 0.8 * scribe.height))
            else:
                if kind < 4:
                    scribe.rule(
                        x,
                        y + 0.6 * scribe.height,
                        end,
                        y + 0.6 * scribe.height,
                        width,
                        "dotted" if kind == 1 else "line",
                    )
                if kind == 3:
                    for start, stop in (
                        ((x, -0.8), (end, -0.8)),
                        ((x, -0.8), (x, 0.6)),
                        ((end, -0.8), (end, 0.6)),
                    ):
                        scribe.rule(
                            start[0],
                            y + start[1] * scribe.height,
                            stop[0],
                            y + stop[1] * scribe.height,
                            width,
                        )
                if scribe.chance(0.8):
                    scribe.write(text, x + 0.2 * scribe.height, y, line)
                else:
                    clutter.write_words(
                        scribe.canvas,
                        scribe.generator,
                        (x, y - scribe.height, end, y + 0.3),
                        scribe.hand,
                        scribe.height,
                    )
        y += leading


def comb(scribe: Scribe, area: Area) -> None:
    """A row of boxes or of teeth, a digit in each."""
    left, top, right, bottom = area
    side = scribe.height * scribe.between(0.95, 1.7)
    tall = min(scribe.height * scribe.between(1.1, 1.9), bottom - top)
    apart = side * (scribe.between(0.05, 0.4) if scribe.chance(0.3) else 0)
    count = min(int((right - left) / (side + apart)), int(scribe.generator.integers(2, 14)))
    width, middle = max(1.0, scribe.height * scribe.between(0.02, 0.08)), (top + bottom) / 2
    teeth, filled = scribe.chance(0.25), scribe.between(0.5, 1)
    line = scribe.canvas.new_line()
    for number in range(count):
        x = left + number * (side + apart)
        low, high = middle + tall / 2, middle - tall / 2
        scribe.rule(x, low, x + side, low, width)
        scribe.rule(x, low, x, low - 0.3 * tall if teeth else high, width)
        scribe.rule(x + side, low, x + side, low - 0.3 * tall if teeth else high, width)
        if not teeth:
            scribe.rule(x, high, x + side, high, width)
        if scribe.chance(filled):
            at = x + side / 2 - 0.28 * scribe.height + scribe.generator.normal(0, 0.06) * side
            scribe.write(str(scribe.generator.integers(10)), at, middle, line)


def combs(scribe: Scribe, area: Area) -> None:
    """Rows of boxes or of teeth below each other."""
    left, top, right, bottom = area
    y, leading = top, scribe.height * scribe.between(1.6, 3.5)
    while y + 1.6 * scribe.height < bottom:
        comb(
            scribe,
            (left + scribe.between(0, 0.2) * (right - left), y, right, y + 1.6 * scribe.height),
        )
        y += leading


def arithmetic(scribe: Scribe, area: Area) -> None:
    """Sums in a line, and written below each other over a rule."""
    left, top, right, bottom = area
    y, number = top + scribe.height, scribe.generator.integers
    while y + scribe.height < bottom:
        if scribe.chance(0.25) and y + 5 * scribe.height < bottom:
            end = left + scribe.height * 5
            for row in range(3):
                text = str(number(1, 10_000))
                line = scribe.canvas.new_line()
                scribe.write(text, end - scribe.width_of(text), y, line)
                if row == 1:
                    scribe.write(str(scribe.generator.choice(list("+-×"))), left, y, line)
                    scribe.rule(
                        left,
                        y + 0.75 * scribe.height,
                        end,
                        y + 0.75 * scribe.height,
                        scribe.hand.pen * scribe.height,
                    )
                y += 1.5 * scribe.height
            y += scribe.height
            continue
        x, line = left, scribe.canvas.new_line()
        parts = [str(number(0, 10 ** int(number(1, 4))))]
        for _ in range(int(number(1, 4))):
            parts += [str(scribe.generator.choice(list("+-×÷/+-=:"))), str(number(0, 100))]
        parts += ["=", str(number(0, 1000))] if scribe.chance(0.6) else ["="]
        for part in parts:
            if x + scribe.width_of(part) > right:
                break
            x = scribe.write(part, x, y, line) + scribe.height * scribe.between(0.1, 0.6)
        y += scribe.height * scribe.between(1.5, 2.5)


def things(scribe: Scribe, area: Area) -> None:
    """Letters, words, ticks, drawings: nothing that is a digit."""
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
    """Print alone, with numbers in it."""
    size = round(float(np.clip(scribe.height * scribe.between(0.5, 1.2), 9, 90)))
    set_page(
        scribe.canvas,
        scribe.generator,
        area,
        size,
        float(scribe.generator.choice([0, 0.1, 0.3, 0.9])),
    )


def picture(scribe: Scribe, area: Area) -> None:
    """A photograph or a surface pasted in."""
    left, top, right, bottom = map(round, area)
    if right - left < 8 or bottom - top < 8:
        return
    make = clutter.photograph if scribe.chance(0.6) else clutter.texture
    image: Ink = make(scribe.generator, bottom - top, right - left)
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
