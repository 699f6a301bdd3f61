"""Words by hand with numbers among them, as on lists, letters, labels and recipes."""

from mnist_cli.synthesis.canvas import Area
from mnist_cli.synthesis.labels import labelled
from mnist_cli.synthesis.letters import Letters
from mnist_cli.synthesis.scribe import Scribe, any_number

NUMBERS = 0, 0.1, 0.2, 0.4  # shares of the words that are numbers; a page has one of them
LABELLED = 0.4  # of the numbers have a unit, or are a code


def notes(scribe: Scribe, area: Area) -> None:
    """Write lines of words and numbers, ruled or plain, on some pages a number at their ends."""
    left, top, right, bottom = area
    letters, leading = Letters.any(scribe.generator), scribe.height * scribe.between(1.3, 2.4)
    numbers, ruled = float(scribe.generator.choice(NUMBERS)), scribe.chance(0.3)
    ends = scribe.chance(0.3) and numbers > 0
    y = top + 0.7 * scribe.height
    while y + 0.6 * scribe.height < bottom:
        if ruled:
            low = y + 0.62 * scribe.height
            scribe.rule(left, low, right, low, scribe.height * 0.04)
        line, end = scribe.canvas.new_line(), right
        if ends and scribe.chance(0.8):
            text = any_number(scribe.generator, 4)
            end = right - scribe.width_of(text)
            if end > left:
                scribe.write(text, end, y, line)
        _write_line(scribe, letters, (left, y, end - scribe.height, bottom), line, numbers)
        y += leading * scribe.between(0.95, 1.1)


def _write_line(scribe: Scribe, letters: Letters, area: Area, line: int, numbers: float) -> None:
    """Write words into an area as wide as a line, whose middle its top is; a share are numbers."""
    left, y, right, _ = area
    x, base = left, y + 0.5 * scribe.height
    while scribe.chance(0.93):
        if scribe.chance(numbers):
            text = any_number(scribe.generator, 5)
            if scribe.chance(LABELLED):
                text = labelled(scribe.generator, text)
            if x + scribe.width_of(text) > right:
                return
            x = scribe.write(text, x, y, line)
        else:
            ink, rise = letters.word(scribe.generator, scribe.hand, scribe.height)
            if x + ink.shape[1] > right:
                return
            scribe.canvas.put(ink, x, base - rise, scribe.canvas.written)
            x += ink.shape[1]
        x += scribe.height * scribe.between(0.3, 0.9)
