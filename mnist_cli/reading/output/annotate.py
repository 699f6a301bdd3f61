"""A picture with what was read on it: tables, boxes, digits, confidence."""

import io
from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from mnist_cli.reading.candidates import Box
from mnist_cli.reading.config import CONFIG
from mnist_cli.reading.forms.forms import Form, FormField
from mnist_cli.reading.forms.laid import Laid
from mnist_cli.reading.image import decode_colour
from mnist_cli.reading.output.record import Reading
from mnist_cli.reading.output.results import Digit
from mnist_cli.reading.tables.tables import CellRead
from mnist_cli.reading.tones import WORKING_SIDE

SURE, UNSURE, RULE, LEFT_OUT = "#0b7a3b", "#c2410c", "#2456c4", "#7a7f87"
MAY_BE_MISSED = ("unlikely", "hardly_a_digit", "beside_table")
SMALLEST_SIDE = 480  # px: a smaller picture is enlarged, or the words would hide it
SMALLEST_FONT, LARGEST_FONT = 11, 40  # px
WIDE = 0.7  # of its height, how wide a letter is at the most
OF_HEIGHT = 0.3  # how high words are, of the digit or cell that they are beside

NEAREST, BOX = Image.Resampling.NEAREST, Image.Resampling.BOX
Point = tuple[int, int]
Area = NDArray[np.floating]  # left, top, right, bottom
Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


def annotated(data: bytes, reading: Reading) -> bytes:
    """Return what `drawn_on` draws as a PNG."""
    return _as_png(drawn_on(data, reading))


def drawn_on(data: bytes, reading: Reading) -> Image.Image:
    """Draw a reading on its picture.

    Words stand beside the ink. What is unsure has a double frame and a question mark; a thin one
    has what was left out as unlikely, or as print beside a table, unless its score is very low.

    Args:
        data: The picture's bytes.
        reading: What was read of it.

    Returns:
        An RGB image, at most `WORKING_SIDE` px on the longer side.

    Raises:
        PictureError: The picture can't be decoded.
    """
    image = decode_colour(data)
    full_side = max(image.size)
    side = min(max(full_side, SMALLEST_SIDE), WORKING_SIDE)
    size = round(image.width * side / full_side), round(image.height * side / full_side)
    image = image.resize(size, NEAREST if side > full_side else BOX)
    draw, factor = ImageDraw.Draw(image), max(size) / max(reading.size)
    for one in reading.left_out:
        if one.reason in MAY_BE_MISSED and one.score >= CONFIG.supported:
            draw.rectangle([factor * edge for edge in one.box], outline=LEFT_OUT)
    pen = _Pen(draw, size, factor)
    for table in reading.tables:
        for cell in table.cells:
            pen.cell(cell)
        pen.outline(table.corners)
    inside = {number.line for number in reading.numbers if number.in_table}
    pen.digits([digit for digit in reading.digits if digit.line not in inside])
    told = {digit.number for digit in reading.digits if digit.unsure}
    for at, number in enumerate(reading.numbers):
        if number.unsure and not number.in_table and at not in told:
            pen.doubt(number.box)
    return image


def annotated_form(data: bytes, form: Form, laid: Laid) -> bytes:
    """Draw a form's fields on the picture of the sheet that it was made from: a PNG.

    It has the picture's own size, each field's box is written beside its name, and pixels are
    written along the edges: what is read off is what `--field` takes.

    Args:
        data: The picture's bytes.
        form: Made from it.
        laid: What lies where on it.
    """
    image = decode_colour(data).resize(laid.size)
    pen = _Pen(ImageDraw.Draw(image), image.size, 1.0)
    for field in form.fields:
        pen.field(field, laid)
    pen.rulers()
    return _as_png(image)


def _as_png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


class _Pen:
    """Draws on a picture of some size, what is told in pixels of another."""

    def __init__(self, draw: ImageDraw.ImageDraw, size: Point, factor: float) -> None:
        self._draw = draw
        self._size = size
        self._factor = factor
        self._width = max(2, max(size) // 500)

    def digits(self, digits: Sequence[Digit]) -> None:
        """Frame digits, each with what it is beside it, where nothing else stands."""
        boxes = np.rint(self._factor * np.array([one.box for one in digits]).reshape(-1, 4))
        for digit, box in zip(digits, boxes, strict=True):
            self._frame(digit, box)
        taken = np.concatenate([boxes, boxes])  # by digits, and by labels once they are written
        for at, (digit, box) in enumerate(zip(digits, boxes, strict=True), len(boxes)):
            taken[at] = self._label(digit, box, taken)

    def _frame(self, digit: Digit, box: Area) -> None:
        colour = UNSURE if digit.unsure else SURE
        self._draw.rectangle(box.tolist(), outline=colour, width=self._width)
        if digit.unsure:
            gap = 2 * self._width
            outer = (box + np.array([-gap, -gap, gap, gap])).tolist()
            self._draw.rectangle(outer, outline=colour, width=max(1, self._width // 2))

    def _label(self, digit: Digit, box: Area, taken: Area) -> Area:
        """Write what a digit is, with its confidence if there is room; return where that stands."""
        left, top, right, bottom = box.tolist()
        middle, gap = (top + bottom) / 2, 3 * self._width if digit.unsure else 2
        short = f"{digit.names[0]}{'?' if digit.unsure else ''}"
        colour = UNSURE if digit.unsure else SURE
        font = _font(round(bottom - top))
        places = [
            ((left, top - gap), "lb"),
            ((left, bottom + gap), "lt"),
            ((right + gap, middle), "lm"),
            ((left - gap, middle), "rm"),
        ]
        for words in (f"{short} {100 * digit.confidence:.0f} %", short):
            for place, anchor in places:
                area = np.array(self._draw.textbbox(place, words, font, anchor))
                apart = (area[:2] >= taken[:, 2:]) | (area[2:] <= taken[:, :2])
                if apart.any(axis=1).all() and self._holds(area):
                    self._write(place, words, colour, font, anchor)
                    return area
        self._words((round(left), round(top) - 1), short, colour, 0)
        return box

    def doubt(self, box: Box) -> None:
        """Frame a number that is unsure as a whole, with a question mark behind it."""
        left, top, right, bottom = (round(self._factor * edge) for edge in box)
        gap = 3 * self._width
        around = left - gap, top - gap, right + gap, bottom + gap
        self._draw.rectangle(around, outline=UNSURE, width=self._width)
        self._words((right + 2 * gap, (top + bottom) // 2), "?", UNSURE, bottom - top, "lm")

    def _holds(self, area: Area) -> bool:
        """Tell whether an area lies within the picture."""
        return bool((area[:2] >= 0).all() and (area[2:] <= self._size).all())

    def cell(self, cell: CellRead) -> None:
        """Draw a cell's sides, with what stands in it in its upper left corner."""
        corners = self._points(cell.box)
        self._draw.line([*corners, corners[0]], RULE, max(1, self._width // 2))
        unsure = "unsure" in cell.flags
        if unsure:
            middle = [sum(values) / 4 for values in zip(*corners, strict=True)]
            inner = [
                tuple(round(c + 0.06 * (m - c)) for c, m in zip(corner, middle, strict=True))
                for corner in corners
            ]
            self._draw.line([*inner, inner[0]], UNSURE, self._width)
        if cell.text or unsure:
            words = f"{cell.text}?" if unsure else cell.text
            outline = np.array(corners)
            (x, y), sides = _upper_left(outline), np.abs(outline - np.roll(outline, 1, axis=0))
            wide, height = sides.max(axis=0).tolist()
            place = x + 2 * self._width, y + 2 * self._width
            size = min(height, wide / len(words) / (OF_HEIGHT * WIDE))
            self._words(place, words, UNSURE if unsure else SURE, round(size), "lt")

    def field(self, field: FormField, laid: Laid) -> None:
        """Draw a form's field, with its columns' names at their tops, its own and its box above."""
        nodes = field.nodes
        nodes = laid.to_picture(nodes.reshape(-1, 2)).reshape(nodes.shape)
        for line in (*nodes, *nodes.swapaxes(0, 1)):
            self._draw.line([(x, y) for x, y in line.tolist()], RULE, self._width)
        height = 30 * self._width
        for at, name in enumerate(field.columns):
            x, y = _upper_left(nodes[:2, at : at + 2])
            place = x + 2 * self._width, y + 2 * self._width
            self._words(place, name, UNSURE, height, "lt")
        x, y = _upper_left(nodes)
        box = ",".join(map(str, laid.box_on_picture(field)))
        self._words((x, y - self._width), f"{field.name} {box}", SURE, height)

    def rulers(self) -> None:
        """Write pixels along the upper and the left edge, ten to twenty-five along the longer."""
        longest, tick = max(self._size), 4 * self._width
        magnitude = 10 ** (len(str(longest // 10)) - 1)
        step = max(of * magnitude for of in (1, 2, 5) if of * magnitude <= longest / 10 or of == 1)
        for at in range(step, self._size[0], step):
            self._draw.line((at, 0, at, tick), RULE, self._width)
            self._words((at, tick), str(at), RULE, 20 * self._width, "mt")
        for at in range(step, self._size[1], step):
            self._draw.line((0, at, tick, at), RULE, self._width)
            self._words((tick + self._width, at), str(at), RULE, 20 * self._width, "lm")

    def outline(self, corners: Sequence[Point]) -> None:
        """Draw a table's outer sides."""
        points = self._points(corners)
        self._draw.line([*points, points[0]], RULE, 2 * self._width, "curve")

    def _points(self, corners: Sequence[Point]) -> list[Point]:
        return [(round(x * self._factor), round(y * self._factor)) for x, y in corners]

    def _words(
        self, place: Point, words: str, colour: str, height: int, anchor: str = "lb"
    ) -> None:
        """Write words, as high as fits beside something of some height, within the picture."""
        font = _font(height)
        box = self._draw.textbbox(place, words, font, anchor)
        place = (
            place[0] - max(0, round(box[2]) - self._size[0]) + max(0, -round(box[0])),
            place[1] + max(0, -round(box[1])),
        )
        self._write(place, words, colour, font, anchor)

    def _write(
        self, place: tuple[float, float], words: str, colour: str, font: Font, anchor: str
    ) -> None:
        self._draw.text(place, words, colour, font, anchor, stroke_width=2, stroke_fill="white")


def _upper_left(nodes: NDArray[np.float64]) -> Point:
    """Return which of some nodes, (rows, columns, 2), lies at the upper left of a picture."""
    points = nodes.reshape(-1, 2)
    x, y = np.rint(points[points.sum(axis=1).argmin()]).astype(int).tolist()
    return x, y


def _font(height: int) -> Font:
    """Return the font of words beside something of some height."""
    return _font_of_size(min(LARGEST_FONT, max(SMALLEST_FONT, round(OF_HEIGHT * height))))


_font_of_size = cache(ImageFont.load_default)
