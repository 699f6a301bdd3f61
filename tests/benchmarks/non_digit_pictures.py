"""Pictures of one thing that is no digit: letters, symbols, shapes, waves, tangles."""

from collections.abc import Callable
from pathlib import Path
from string import ascii_lowercase, ascii_uppercase

import cv2
import matplotlib as mpl
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Picture = NDArray[np.uint8]  # (height, width) grey, or (height, width, 3)
Points = NDArray[np.float64]  # (N, 2), x and y in [0, 1]
Generator = np.random.Generator
Maker = Callable[[Generator], Picture]

# left out, being digits in shape: l and I, which are a 1, O and o, which are a 0
CAPITALS = ascii_uppercase.translate({ord(letter): None for letter in "IO"})
LOWER_CASE = ascii_lowercase.translate({ord(letter): None for letter in "lo"})
UNLIKE_DIGITS = "AEFHKMNRWXkmnwx"
SYMBOLS = "&@#%?!*+=§¥€£"
FONTS = ("DejaVuSans", "DejaVuSerif", "DejaVuSansMono", "STIXGeneral", "STIXGeneralItalic")
PAPER, INK = 255, 20


def own_fonts() -> list[Path]:
    """Return fonts that come with matplotlib."""
    folder = Path(mpl.get_data_path(), "fonts", "ttf")
    return [folder / f"{name}.ttf" for name in FONTS]


def written(fonts: list[Path], characters: str, generator: Generator) -> Picture:
    image = Image.new("L", (260, 260), PAPER)
    font = ImageFont.truetype(fonts[generator.integers(len(fonts))], 120)
    character = characters[generator.integers(len(characters))]
    ImageDraw.Draw(image).text((130, 130), character, font=font, fill=INK, anchor="mm")
    return np.asarray(image)


def pen_letter(generator: Generator) -> Picture:
    """Draw a letter of OpenCV's script fonts with pens of several widths."""
    image = np.full((200, 200), PAPER, np.uint8)
    fonts = (cv2.FONT_HERSHEY_SCRIPT_SIMPLEX, cv2.FONT_HERSHEY_SCRIPT_COMPLEX)
    letter = UNLIKE_DIGITS[generator.integers(len(UNLIKE_DIGITS))]
    pen = int(generator.integers(4, 14))
    font = fonts[generator.integers(2)]
    cv2.putText(image, letter, (40, 150), font, 4, 0, pen, cv2.LINE_AA)
    return image


def waves(generator: Generator) -> Picture:
    """Add four plane waves."""
    rows, columns = np.mgrid[0:1:200j, 0:1:200j]
    field = np.zeros((200, 200))
    for _ in range(4):
        across, down = generator.normal(0, 5, 2)
        field += np.sin(2 * np.pi * (across * columns + down * rows + generator.random()))
    return np.asarray(255 * (field - field.min()) / np.ptp(field), dtype=np.uint8)


def tangle(generator: Generator) -> Picture:
    """Draw several arcs over each other."""
    image = np.full((200, 200), PAPER, np.uint8)
    pen = int(generator.integers(3, 14))
    for _ in range(generator.integers(5, 9)):
        centre = generator.integers(60, 140, 2).tolist()
        axes = generator.integers(15, 60, 2).tolist()
        first, turn = generator.uniform(0, 360, 2)
        reach = generator.uniform(60, 200)
        cv2.ellipse(image, centre, axes, turn, first, first + reach, INK, pen, cv2.LINE_AA)
    return image


def shape(generator: Generator) -> Picture:
    """Draw one of the shapes, somewhat turned and bent, with pens of several widths."""
    image = np.full((300, 300), PAPER, np.uint8)
    strokes = list(SHAPES.values())[generator.integers(len(SHAPES))]
    turn, size = generator.uniform(-0.25, 0.25), generator.uniform(120, 260)
    turned = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    matrix = size * (turned + generator.normal(0, 0.06, (2, 2)))
    pen = int(generator.integers(3, 13))
    for stroke in strokes:
        points = np.round(((stroke - 0.5) @ matrix.T + 150) * 16).astype(int)  # in 1/16 px
        cv2.polylines(image, [points], isClosed=False, color=INK, thickness=pen, shift=4)
    return np.asarray(cv2.GaussianBlur(image, None, 0.7))


def line(*points: tuple[float, float]) -> Points:
    return np.array(points, float)


def arc(x: float, y: float, radius: float, first: float = 0, last: float = 360) -> Points:
    """Return a circle, or the part from an angle to another: degrees, clockwise from the right."""
    angles = np.radians(np.linspace(first, last, 40))
    return np.stack([x + radius * np.cos(angles), y + radius * np.sin(angles)], axis=1)


def star() -> Points:
    angles = np.radians(np.arange(6) * 144 - 90)
    return 0.5 + 0.48 * np.stack([np.cos(angles), np.sin(angles)], axis=1)


def heart() -> Points:
    t = np.linspace(0, 2 * np.pi, 60)
    down = 5 * np.cos(2 * t) + 2 * np.cos(3 * t) + np.cos(4 * t) - 13 * np.cos(t)
    return np.stack([0.5 + 0.45 * np.sin(t) ** 3, 0.45 + 0.028 * down], axis=1)


def ray(angle_deg: float) -> Points:
    angle = np.radians(angle_deg)
    return 0.5 + np.outer([0.3, 0.48], [np.cos(angle), np.sin(angle)])


def spiral() -> Points:
    angles, radii = np.linspace(0, 6 * np.pi, 120), np.linspace(0, 0.45, 120)
    return 0.5 + np.stack([radii * np.cos(angles), radii * np.sin(angles)], axis=1)


# a circle is left out, being a 0
SHAPES: dict[str, tuple[Points, ...]] = {
    "triangle": (line((0.5, 0.05), (0.95, 0.9), (0.05, 0.9), (0.5, 0.05)),),
    "square": (line((0.1, 0.1), (0.9, 0.1), (0.9, 0.9), (0.1, 0.9), (0.1, 0.1)),),
    "cross": (line((0.1, 0.1), (0.9, 0.9)), line((0.1, 0.9), (0.9, 0.1))),
    "star": (star(),),
    "heart": (heart(),),
    "smiley": (
        arc(0.5, 0.5, 0.45),
        arc(0.33, 0.38, 0.04),
        arc(0.67, 0.38, 0.04),
        arc(0.5, 0.5, 0.27, 25, 155),
    ),
    "arrow": (line((0.05, 0.5), (0.95, 0.5)), line((0.65, 0.2), (0.95, 0.5), (0.65, 0.8))),
    "house": (
        line((0.15, 0.95), (0.15, 0.45), (0.5, 0.05), (0.85, 0.45), (0.85, 0.95), (0.15, 0.95)),
        line((0.4, 0.95), (0.4, 0.65), (0.6, 0.65), (0.6, 0.95)),
    ),
    "spiral": (spiral(),),
    "question mark": (
        arc(0.5, 0.28, 0.23, 180, 450),
        line((0.5, 0.51), (0.5, 0.72)),
        arc(0.5, 0.9, 0.03),
    ),
    "sun": (arc(0.5, 0.5, 0.22), *(ray(angle) for angle in range(0, 360, 45))),
    "tree": (
        line((0.5, 0.05), (0.85, 0.7), (0.15, 0.7), (0.5, 0.05)),
        line((0.42, 0.7), (0.42, 0.95), (0.58, 0.95), (0.58, 0.7)),
    ),
    "lightning": (
        line(
            (0.6, 0.05),
            (0.25, 0.55),
            (0.5, 0.55),
            (0.35, 0.95),
            (0.75, 0.4),
            (0.5, 0.4),
            (0.6, 0.05),
        ),
    ),
}

THINGS: dict[str, Maker] = {
    "letters unlike digits": lambda generator: written(own_fonts(), UNLIKE_DIGITS, generator),
    "capitals": lambda generator: written(own_fonts(), CAPITALS, generator),
    "lower case": lambda generator: written(own_fonts(), LOWER_CASE, generator),
    "pen letters": pen_letter,
    "symbols": lambda generator: written(own_fonts(), SYMBOLS, generator),
    "shapes": shape,
    "waves": waves,
    "tangles": tangle,
}
