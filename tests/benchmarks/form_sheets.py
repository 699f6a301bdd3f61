"""Sheets of forms that are made up: print, boxes and a table, filled in and photographed."""

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_cli.reading.forms.form_file import parse_form
from mnist_cli.reading.forms.form_new import make_form
from mnist_cli.reading.forms.forms import Form
from mnist_cli.reading.image import decode
from mnist_cli.reading.normalise import Grey, normalise
from mnist_cli.synthesis import clutter
from mnist_cli.synthesis.camera import light
from mnist_cli.synthesis.canvas import Canvas
from mnist_cli.synthesis.digits import Digits, Hand
from mnist_cli.synthesis.print import any_font, set_text, word
from mnist_cli.synthesis.scribe import Scribe
from mnist_cli.synthesis.strokes import Generator, Ink

SEED = 1_000_005
WIDE, HIGH, SIDE = 1_000, 1_400, 1_600  # px of a sheet, and of its picture
ROWS, COLUMNS, COMB = 10, 5, 6
NUMBER, SCORE = (330, 150, 690, 210), (760, 150, 900, 210)  # where they are, as areas
TABLE = 80, 300, 920, 1_000
HEIGHT = 34  # px of a digit
EXPECT = {"number": str(COMB), "score": "integer", "table": "integer"}


@dataclass(frozen=True)
class Sheet:
    """A sheet, and what stands in each of its fields.

    Attributes:
        canvas: What is on it.
        fields: Texts of the boxes, then of the table's cells, by name, row and column from 1; what
            the hand wrote on the canvas has the number of its field as its line.
    """

    canvas: Canvas
    fields: dict[tuple[str, int, int], str]


def printed(form: int) -> Canvas:
    """Print a form: the same number gives the same one."""
    generator = np.random.default_rng([SEED, form])
    canvas, font = Canvas(HIGH, WIDE), any_font(generator)
    scribe = Scribe(canvas, generator, None, Hand(), HEIGHT)  # type: ignore[arg-type]  # writes none
    line = canvas.new_line()

    def words(count: int, x: float, y: float, size: int) -> None:
        text = " ".join(word(generator, font) for _ in range(count))
        set_text(canvas, text[:40], x, y, font, size, line=line)

    words(3, 90, 50, 34)
    words(2, 90, 165, 22)
    for y in range(1_080, 1_300, 40):
        words(7, 90, y, 22)
    for area, parts in ((NUMBER, COMB), (SCORE, 1)):
        _ruled(scribe, area, 1, parts)
    _ruled(scribe, TABLE, ROWS + 1, COLUMNS)
    wide, tall = (TABLE[2] - TABLE[0]) / COLUMNS, (TABLE[3] - TABLE[1]) / (ROWS + 1)
    for column in range(COLUMNS):
        words(1, TABLE[0] + column * wide + 12, TABLE[1] + 18, 20)
    for row in range(1, ROWS + 1):
        words(1, TABLE[0] + 12, TABLE[1] + row * tall + 18, 20)
    return canvas


def _ruled(scribe: Scribe, area: tuple[int, int, int, int], rows: int, columns: int) -> None:
    left, top, right, bottom = area
    for y in np.linspace(top, bottom, rows + 1):
        scribe.rule(left, y, right, y, 2)
    for x in np.linspace(left, right, columns + 1):
        scribe.rule(x, top, x, bottom, 2)


def filled(form: int, number: int, digits: Digits) -> Sheet:
    """Fill a sheet in: the same numbers give the same one."""
    generator = np.random.default_rng([SEED, form, number])
    canvas = printed(form)
    hand = replace(Hand.any(generator, digits), pen=float(generator.uniform(0.05, 0.12)))
    scribe = Scribe(canvas, generator, digits, hand, HEIGHT)
    left, top, right, bottom = NUMBER
    side = (right - left) / COMB
    own = "".join(map(str, generator.integers(0, 10, COMB)))
    for at, digit in enumerate(own):
        scribe.write(digit, left + (at + 0.3) * side, (top + bottom) / 2, 0)
    score = str(generator.integers(0, 100))
    scribe.write(score, SCORE[0] + 30, (SCORE[1] + SCORE[3]) / 2, 1)
    fields = {("number", 1, 1): own, ("score", 1, 1): score}
    wide, tall = (TABLE[2] - TABLE[0]) / COLUMNS, (TABLE[3] - TABLE[1]) / (ROWS + 1)
    for row in range(2, ROWS + 2):
        for column in range(2, COLUMNS + 1):
            text = str(generator.integers(0, 1_000)) if generator.random() < 0.8 else ""
            x, y = TABLE[0] + (column - 1) * wide, TABLE[1] + (row - 0.5) * tall
            scribe.write(text, x + wide * generator.uniform(0.1, 0.3), y, len(fields))
            fields["table", row, column] = text
    return Sheet(canvas, fields)


def written_digits(sheet: Sheet) -> list[list[tuple[str, Grey]]]:
    """Return the digits of each field, in MNIST's form, cut from the flat sheet by their boxes."""
    fields: list[list[tuple[str, Grey]]] = [[] for _ in sheet.fields]
    for symbol in sheet.canvas.symbols:
        if not symbol.printed:
            left, top, right, bottom = map(int, symbol.box)
            ink = np.pad(sheet.canvas.written[top : bottom + 1, left : right + 1], 6)
            image = normalise(ink / ink.max(), ink > ink.max() / 2).image
            fields[symbol.line].append((symbol.text, image))
    return [own for own in fields if own]


def inked(canvas: Canvas, strength: float) -> Ink:
    """Return a sheet without light and camera, what is written as dark as asked for."""
    page = 1 - 0.75 * np.maximum(canvas.printed, 0.8 * canvas.ruled)
    return np.asarray(page * (1 - strength * canvas.written), np.float32)


def photographed(generator: Generator, canvas: Canvas) -> bytes:
    """Take a picture of a sheet, that lies anyhow on a table: a JPEG."""
    return photographed_as(generator, canvas)[0]


def photographed_as(generator: Generator, canvas: Canvas) -> tuple[bytes, NDArray[np.float64]]:
    """Return also what brings points of the sheet to the picture: (3, 3)."""
    page = inked(canvas, generator.uniform(0.6, 0.9))
    turn = np.deg2rad(generator.normal(0, 8) + 90 * generator.integers(4))
    size = generator.uniform(0.85, 1.0)
    tilt = generator.normal(0, 0.12, 2) / HIGH
    to_middle = np.array([[1, 0, -WIDE / 2], [0, 1, -HIGH / 2], [0, 0, 1]])
    cosine, sine = size * np.cos(turn), size * np.sin(turn)
    bend = np.array([[cosine, -sine, 0], [sine, cosine, 0], [*tilt, 1]])
    matrix = np.array([[1, 0, SIDE / 2], [0, 1, SIDE / 2], [0, 0, 1]]) @ bend @ to_middle
    seen, on = (
        cv2.warpPerspective(one, matrix, (SIDE, SIDE)) for one in (page, np.ones_like(page))
    )
    table = generator.uniform(0.1, 0.5) + 0.1 * clutter.texture(generator, SIDE, SIDE)
    lit = np.clip(light(generator, SIDE), 0.3, 1.3)
    picture = cv2.GaussianBlur((seen + (1 - on) * table) * lit, (0, 0), generator.uniform(0.3, 1.2))
    picture = picture + generator.normal(0, 0.015, picture.shape)
    grey = np.asarray(np.clip(picture, 0, 1) * 255, np.uint8)
    return cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, 85])[1].tobytes(), matrix


def scanned(canvas: Canvas) -> bytes:
    """Scan a sheet: a PNG."""
    return cv2.imencode(".png", np.asarray(255 * inked(canvas, 0.8), np.uint8))[1].tobytes()


def known(name: str, data: bytes) -> Form:
    """Make a form from a scan, and say what is expected in its fields."""
    boxes = {"number": NUMBER, "score": SCORE, "table": TABLE}
    texts = [f"{field}={','.join(map(str, area))}" for field, area in boxes.items()]
    texts[-1] += f":{ROWS + 1}x{COLUMNS}"
    form = make_form(name, decode(data), 0, texts).form
    fields = tuple(replace(field, expect=EXPECT[field.name]) for field in form.fields)
    return parse_form(replace(form, fields=fields).to_record())
