"""Print: words and numbers in whatever fonts a machine has.

The fonts decide what is drawn, so a training states which it had. Those that come with matplotlib
are always there.
"""

import logging
import os
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import matplotlib as mpl
import numpy as np
from fontTools.ttLib import TTFont
from PIL import Image, ImageDraw, ImageFont

from mnist_cli.synthesis.canvas import Area, Canvas, Symbol
from mnist_cli.synthesis.labels import BEFORE, UNITS, USUAL_WORDS, characters
from mnist_cli.synthesis.strokes import Generator, Ink

FOLDERS = (Path(mpl.get_data_path()) / "fonts" / "ttf", Path("/usr/share/fonts"))
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
COMMON = "aeioustnrldcupmfbghvywkjxqz"
# first and last of what other scripts draw words from
SCRIPTS = (
    (0x391, 0x3C9), (0x410, 0x44F), (0x5D0, 0x5EA), (0x627, 0x64A), (0x905, 0x939),
    (0xE01, 0xE2E), (0x3041, 0x30F6), (0x4E01, 0x6FFF), (0xAC00, 0xB000), (0xD05, 0xD39),
)  # fmt: skip
# parts of files' names: of fonts without words, of those that look like handwriting, of plain ones
NO_WORDS = (
    "Symbol", "Emoji", "Math", "STIX", "cmsy", "cmex", "cmmi", "cmr", "Last", "Braille", "dingbat",
)  # fmt: skip
HANDWRITTEN = (
    "hand", "breip", "femke", "kristi", "dancing", "kaushan", "humor", "isabella", "ecolier",
    "tomson", "summersby", "joscelyn", "seto", "klee", "rufscript", "purisa", "chilanka", "yusei",
    "staypuft", "leckerli", "jsmath", "kiloji", "dustismo",
)  # fmt: skip
SIGNS = frozenset("".join((*USUAL_WORDS, *UNITS, *BEFORE, ".,:;?!'()/%+-=")))  # what is written
LOADED = 300  # fonts of some size that are kept: of all sizes they would take gigabytes
USUAL = ("DejaVu", "Liberation", "Carlito", "Lato", "Roboto", "OpenSans", "Nimbus", "Termes")


@dataclass(frozen=True)
class Font:
    """A font's file, and what it can write.

    Attributes:
        path: Its file.
        scripts: Of `SCRIPTS`, the numbers of those that it has.
        handwritten: Whether it looks like handwriting.
        lacks: Of `SIGNS`, those that it has not: its box for a missing one is on no real page.
    """

    path: str
    scripts: tuple[int, ...]
    handwritten: bool
    lacks: frozenset[str] = frozenset()


@cache
def fonts() -> tuple[Font, ...]:
    """Find the fonts of this machine that have Latin letters and digits, sorted by their files."""
    logging.getLogger("fontTools").setLevel(logging.ERROR)  # it warns of bytes that nobody needs
    files = [
        Path(folder) / name
        for root in FOLDERS
        for folder, _, names in os.walk(root)
        for name in names
        if name.lower().endswith((".ttf", ".otf")) and not any(no in name for no in NO_WORDS)
    ]
    found = (_opened(path) for path in sorted(files))
    return tuple(font for font in found if font)


def _opened(path: Path) -> Font | None:
    """Return a font; None if it is broken, or lacks Latin letters or digits, or their ink."""
    try:
        with TTFont(path, lazy=True) as file:
            characters = file.getBestCmap() or {}
        is_inked = ImageFont.truetype(str(path), 20).getmask("E08").getbbox()
    except Exception:  # whatever a font is made of
        return None
    if not is_inked or not all(ord(one) in characters for one in "0123456789aexAEX"):
        return None
    scripts = tuple(
        i for i, (first, last) in enumerate(SCRIPTS) if first in characters and last in characters
    )
    handwritten = any(name in str(path).lower() for name in HANDWRITTEN)
    lacks = frozenset(sign for sign in SIGNS if ord(sign) not in characters)
    return Font(str(path), scripts, handwritten, lacks)


@lru_cache(maxsize=LOADED)
def _loaded(path: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(path, size)


def any_font(generator: Generator, *, handwritten: bool = False) -> Font:
    """Draw a font, half the time one of few whose digits and letters everybody knows."""
    if handwritten and (hands := [font for font in fonts() if font.handwritten]):
        return hands[generator.integers(len(hands))]
    plain = [font for font in fonts() if not font.handwritten]
    if generator.random() < 0.4:
        plain = [font for font in plain if any(name in font.path for name in USUAL)] or plain
    return plain[generator.integers(len(plain))]


def word(generator: Generator, font: Font) -> str:
    """Make up a word, mostly of Latin letters; some are usual ones."""
    if generator.random() < 0.2:
        usual = str(generator.choice(USUAL_WORDS))
        return usual.upper() if generator.random() < 0.3 else usual
    length = int(generator.integers(1, 12))
    if font.scripts and generator.random() < 0.4:
        first, last = SCRIPTS[font.scripts[generator.integers(len(font.scripts))]]
        return "".join(chr(code) for code in generator.integers(first, last + 1, length))
    kind = generator.random()
    if kind < 0.2:
        return "".join(generator.choice(list(LETTERS[:26]), length))
    letters = "".join(generator.choice(list(COMMON), length))
    letters = letters.capitalize() if kind < 0.4 else letters
    return letters + str(generator.choice(["", "", "", ".", ",", ":", "?", "!", ")", "'s"]))


def figure(generator: Generator) -> str:
    """Make up a number as print has them: a count, a year, a price, a date, a share."""
    kind = generator.integers(8)
    number = str(generator.integers(0, 10 ** int(generator.integers(1, 6))))
    if kind == 0:
        return f"{generator.integers(1900, 2100)}"
    if kind == 1:
        return f"{generator.integers(0, 1000)}.{generator.integers(0, 100):02}"
    if kind == 2:
        day, month = generator.integers(1, 32), generator.integers(1, 13)
        return f"{day}/{month}/{generator.integers(0, 100):02}"
    if kind == 3:
        return f"({number})"
    if kind == 4:
        return f"{generator.integers(0, 101)}%"
    return number


def rendered(text: str, font: Font, size: int) -> Ink:
    """Return a text in print: (h, w) float32, cut to its ink; 1×1 where the font has none.

    What the font lacks is left out.
    """
    face, text = _loaded(font.path, size), "".join(c for c in text if c not in font.lacks)
    left, top, right, bottom = face.getbbox(text)
    image = Image.new("L", (max(1, int(right - left)), max(1, int(bottom - top))))
    ImageDraw.Draw(image).text((-left, -top), text, 255, face)
    return np.asarray(image, np.float32) / np.float32(255)


def letter(character: str, font: Font, size: int) -> tuple[Ink, float]:
    """Return the ink of a character as `rendered`, and how far it rises over its line, in px."""
    _, top, _, _ = _loaded(font.path, size).getbbox(character, anchor="ls")
    return rendered(character, font, size), -top


def set_text(
    canvas: Canvas,
    text: str,
    x: float,
    y: float,
    font: Font,
    size: int,
    *,
    line: int,
    spread: float = 0.0,
) -> float:
    """Set a text with its upper left corner at x, y, each digit a symbol; return its width in px.

    Args:
        canvas: Gets it.
        text: One line.
        x: Where it begins, in pixels.
        y: Upper edge of the line, in pixels.
        font: What it is set in.
        size: Of the font, in pixels.
        line: The line that they stand on.
        spread: Pixels that its characters stand farther apart than the font has it.
    """
    face = _loaded(font.path, size)
    if not any(character.isdigit() for character in text):
        left, top, right, _ = face.getbbox(text)
        canvas.put(rendered(text, font, size), x + left, y + top, canvas.printed)
        return float(right)
    number, at = canvas.new_number(), x
    for character, counts, begins in characters(text):
        left, top, _, _ = face.getbbox(character)
        number, symbol = canvas.new_number() if begins else number, None
        if counts:
            symbol = Symbol(character, np.zeros((1, 2)), printed=True, line=line, number=number)
        if (ink := rendered(character, font, size)).max() > 0:
            canvas.put(ink, at + left, y + top, canvas.printed, symbol)
        at += face.getlength(character) + spread
    return at - x


def set_page(
    canvas: Canvas, generator: Generator, area: Area, size: int, figures: float = 0.1
) -> None:
    """Fill an area with lines of print, a share of whose words are numbers."""
    font = any_font(generator)
    left, top, right, bottom = area
    y, ragged = top, generator.random() < 0.5
    leading = size * generator.uniform(1.15, 2.0)
    while y + size < bottom:
        x, line = left, canvas.new_line()
        end = right - (generator.random() * 0.5 * (right - left) if ragged else 0)
        while x < end:
            is_figure = generator.random() < figures
            text = figure(generator) if is_figure else word(generator, font)
            if x + 0.6 * size * len(text) > right:
                break
            x += set_text(canvas, text, x, y, font, size, line=line) + 0.3 * size
        y += leading
