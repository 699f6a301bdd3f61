"""Digits on paper without boxes: lines, columns, loose numbers, sums.

Each function fills an area of a canvas with digits of about some height.
"""

from mnist_cli.synthesis import clutter
from mnist_cli.synthesis.canvas import Area, overlap
from mnist_cli.synthesis.labels import labelled
from mnist_cli.synthesis.scribe import Scribe, any_number


def lines(scribe: Scribe, area: Area) -> None:
    """Write lines of numbers, with or without room between them, on ruled paper or plain."""
    left, top, right, bottom = area
    leading = scribe.height * scribe.between(1.2, 2.6)
    ruled, width = scribe.chance(0.3), scribe.height * scribe.between(0.02, 0.07)
    style = "dotted" if scribe.chance(0.15) else "line"
    longest = int(scribe.generator.choice([1, 3, 6, 9, 14]))
    apart = scribe.height * (scribe.between(0.5, 3) if longest > 1 else scribe.between(0.1, 1.5))
    slope = scribe.generator.normal(0, 0.015)
    labels = 0.4 if scribe.chance(0.3) else 0.0  # of the numbers have one
    y = top + 0.7 * scribe.height
    while y + 0.6 * scribe.height < bottom:
        if ruled:
            low = y + 0.62 * scribe.height
            scribe.rule(left, low, right, low, width, style)
        x = left + (scribe.between(0, 0.4) * (right - left) if scribe.chance(0.3) else 0)
        line = scribe.canvas.new_line()
        while scribe.chance(0.93):
            text = any_number(scribe.generator, longest)
            if scribe.chance(labels):
                text = labelled(scribe.generator, text)
            if x + scribe.width_of(text) > right:
                break
            end = scribe.write(text, x, y + slope * (x - left), line)
            x = end + apart * scribe.between(0.7, 1.4)
        y += leading * scribe.between(0.95, 1.1)


def columns(scribe: Scribe, area: Area) -> None:
    """Write columns of numbers without rules, aligned left or right; lines above sums."""
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
                high = y - 0.6 * leading
                scribe.rule(x, high, x + wide, high, 0.05 * scribe.height)
        x += wide


def scatter(scribe: Scribe, area: Area) -> None:
    """Write loose numbers of several sizes, anywhere."""
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


def arithmetic(scribe: Scribe, area: Area) -> None:
    """Write sums in a line, and below each other over a rule."""
    left, top, right, bottom = area
    y, number = top + scribe.height, scribe.generator.integers
    while y + scribe.height < bottom:
        if scribe.chance(0.25) and y + 5 * scribe.height < bottom:
            y = _sum(scribe, left, y)
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


def _sum(scribe: Scribe, left: float, y: float) -> float:
    """Write two numbers and what they come to below each other; return where the next begins."""
    end = left + scribe.height * 5
    for row in range(3):
        text = str(scribe.generator.integers(1, 10_000))
        line = scribe.canvas.new_line()
        scribe.write(text, end - scribe.width_of(text), y, line)
        if row == 1:
            scribe.write(str(scribe.generator.choice(list("+-×"))), left, y, line)
            low = y + 0.75 * scribe.height
            scribe.rule(left, low, end, low, scribe.hand.pen * scribe.height)
        y += 1.5 * scribe.height
    return y + scribe.height
