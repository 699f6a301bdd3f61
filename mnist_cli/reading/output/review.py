"""What is unsure, on one page to check it: the least sure first, each with its crop and place."""

import base64
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path
from typing import NamedTuple

from PIL import Image

from mnist_cli.core.errors import ConflictError
from mnist_cli.core.files import storage_errors, write_bytes
from mnist_cli.core.text import counted
from mnist_cli.reading.image import decode_colour
from mnist_cli.reading.normalise import Box
from mnist_cli.reading.output.record import Reading
from mnist_cli.reading.output.results import Digit
from mnist_cli.reading.tables.headings import HEADING
from mnist_cli.reading.tables.tables import CellRead, Corners, NumberRead, TableRead, digits_in

STYLE = Path(__file__).with_name("review.css")
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
PAGE = "index.html"
CROP_SIDE, SHEET_SIDE = 220, 420  # px of the longer side
AROUND = 0.35  # of the longer side of what is shown, that is shown around it
MOST = 2_000  # of what is unsure, shown on the page
# of a column's cells hold ink and no number: of 196 such cells that were unsure, on pictures that
# people drew, 8 held one
WORDS = 0.6
LAST = "Words and headings in tables, and outside of tables"


class _Doubt(NamedTuple):
    """Something that a person should look at.

    Attributes:
        is_beside: Whether it is a heading, or no number amid a column of words, or lies outside of
            its picture's tables.
    """

    confidence: float
    area: Box
    text: str
    others: str
    place: str
    flags: tuple[str, ...]
    is_beside: bool = False


class _Item(NamedTuple):
    """What is shown of a doubt, sorted: words, and what lies outside of tables, come last."""

    is_beside: bool
    confidence: float
    sheet: int
    shown: str


class Review:
    """Collects what is unsure, and writes the page at the end.

    Args:
        folder: Gets `index.html`; made if missing.
        force: Whether a page that is there is replaced.

    Raises:
        ConflictError: A page is there, and `force` is off.
        StorageError: The folder can't be written.
    """

    def __init__(self, folder: Path, *, force: bool = False) -> None:
        self._path = folder / PAGE
        self._items: list[_Item] = []
        self._sheets: dict[int, str] = {}
        self._answers = self._unsure = self._pictures = 0
        self._failed: list[str] = []
        with storage_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
            if not force and self._path.exists():
                raise ConflictError(f"{self._path} exists.", hint="Pass --force to replace it.")

    def add(self, reading: Reading, data: bytes) -> None:
        """Take a reading in, with the bytes of its picture."""
        self._pictures += 1
        if reading.error:
            self._failed.append(f"{reading.path}: {reading.error.message}")
            return
        self._answers += len(reading.are_unsure)
        doubts = list(_doubts(reading))
        self._unsure += len(doubts)
        if not doubts:
            return
        image = decode_colour(data)
        factor = max(image.size) / max(reading.size)
        self._sheets[self._pictures] = _uri(_shrunk(image, SHEET_SIDE))
        worst = self._items[-1][:2] if len(self._items) == MOST else (True, 1.0)
        for doubt in doubts:
            if (doubt.is_beside, doubt.confidence) <= worst:
                area = tuple(edge * factor for edge in doubt.area)
                shown = _item(doubt, area, image, self._pictures, reading)
                told = doubt.is_beside, doubt.confidence, self._pictures, shown
                self._items.append(_Item(*told))
        self._items = sorted(self._items)[:MOST]
        kept = {item.sheet for item in self._items}
        self._sheets = {number: uri for number, uri in self._sheets.items() if number in kept}

    def write(self) -> Path:
        """Write the page and return its path."""
        write_bytes(self._path, self._page().encode())
        return self._path

    def _page(self) -> str:
        sheets = "\n".join(
            f".s{number} {{ background-image: url({uri}) }}" for number, uri in self._sheets.items()
        )
        main, beside = (
            "\n".join(item.shown for item in self._items if item.is_beside == one)
            for one in (False, True)
        )
        items = f"<ol>\n{main}\n</ol>" if main else ""
        items += f"<h2>{LAST}</h2><ol>\n{beside}\n</ol>" if beside else ""
        return (
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
            '<link rel="icon" href="data:,">\n<title>To check · mnist</title>\n'
            f"<style>\n{STYLE.read_text()}{sheets}\n</style>\n</head>\n<body>\n"
            f"<header><h1>{self._headline()}</h1><p>{self._lead()}</p></header>\n"
            f"<main>{self._failures()}{items}</main>\n</body>\n</html>\n"
        )

    def _headline(self) -> str:
        pictures = counted(self._pictures, "picture")
        if not self._unsure:
            return f"Nothing is unsure: {counted(self._answers, 'answer')} on {pictures}"
        return f"{self._unsure:,} of {counted(self._answers, 'answer')} to check, on {pictures}"

    def _lead(self) -> str:
        words = "The least sure come first. An answer that is not shown may still be wrong."
        if len(self._items) < self._unsure:
            words += f" The {len(self._items):,} least sure are shown."
        return words

    def _failures(self) -> str:
        if not self._failed:
            return ""
        lines = "".join(f"<li>{escape(line)}</li>" for line in self._failed)
        return f'<h2>Not read</h2><ul class="flags">{lines}</ul>'


def _doubts(reading: Reading) -> Iterator[_Doubt]:
    for number, table in enumerate(reading.tables, 1):
        of_words = _columns_of_words(table.cells)
        for cell in table.cells:
            if "unsure" in cell.flags:
                where = _where(table, number, cell)
                is_word = HEADING in cell.flags or (not cell.text and cell.column in of_words)
                yield _of_cell(cell, reading.digits, where, is_word=is_word)
    for one in reading.numbers:
        if one.unsure and not one.in_table:
            yield _of_number(one, reading)


def _columns_of_words(cells: Sequence[CellRead]) -> set[int]:
    """Return the columns most of whose cells hold ink that is no number."""
    counts = Counter(cell.column for cell in cells)
    words = Counter(cell.column for cell in cells if "not_a_digit" in cell.flags and not cell.text)
    return {column for column, count in words.items() if count >= WORDS * counts[column]}


def _where(table: TableRead, number: int, cell: CellRead) -> str:
    """Say which cell it is, by the names that a form has."""
    if table.is_box:
        return table.name
    name = table.name or (f"table {number}" if number > 1 else "")
    column = table.names[cell.column - 1] if table.names else str(cell.column)
    return f"{f'{name}, ' if name else ''}row {cell.row}, column {column}"


def _of_cell(cell: CellRead, digits: Sequence[Digit], where: str, *, is_word: bool) -> _Doubt:
    others = _others(digits, cell.box)
    told = cell.confidence, cell.area, cell.text, others, where, cell.flags
    return _Doubt(*told, is_beside=is_word)


def _of_number(number: NumberRead, reading: Reading) -> _Doubt:
    left, top, right, bottom = number.box
    corners = (left, top), (right, top), (right, bottom), (left, bottom)
    others, place = _others(reading.digits, corners), f"line {number.line + 1}"
    told = number.confidence, number.box, number.text, others, place, ("unsure",)
    return _Doubt(*told, is_beside=bool(reading.tables))


def _others(digits: Sequence[Digit], corners: Corners) -> str:
    """Name the next best readings of the digits between corners that are unsure."""
    own = (digit for digit in digits_in(corners, digits) if digit.unsure)
    return ", ".join(f"{d.names[0]} or {d.names[1]}" for d in own if len(d.names) > 1)


def _item(
    doubt: _Doubt, area: Sequence[float], image: Image.Image, sheet: int, reading: Reading
) -> str:
    left, top, right, bottom = area
    room = AROUND * max(right - left, bottom - top)
    x0, x1 = (min(max(0, round(x)), image.width) for x in (left - room, right + room))
    y0, y1 = (min(max(0, round(y)), image.height) for y in (top - room, bottom + room))
    box = min(x0, image.width - 1), min(y0, image.height - 1), max(x1, x0 + 1), max(y1, y0 + 1)
    upright = image.crop(box).rotate(-reading.turned, expand=True)
    crop = _uri(_shrunk(upright, CROP_SIDE))
    shares = (
        f"left:{100 * left / image.width:.1f}%;top:{100 * top / image.height:.1f}%;"
        f"width:{100 * (right - left) / image.width:.1f}%;"
        f"height:{100 * (bottom - top) / image.height:.1f}%"
    )
    ratio = f"aspect-ratio:{image.width}/{image.height}"
    text = escape(doubt.text) or "nothing read"
    others = f" <small>{escape(doubt.others)}</small>" if doubt.others else ""
    flags = ", ".join(flag.replace("_", " ") for flag in doubt.flags)
    where = escape(f"{reading.path}, {doubt.place}")
    return (
        f'<li><img class="crop" src="{crop}" alt="{where}">'
        f'<div class="sheet s{sheet}" style="{ratio}"><i style="{shares}"></i></div>'
        f'<p class="answer">{text}{others} <small>{100 * doubt.confidence:.0f} %</small></p>'
        f'<p class="flags">{escape(flags)}</p><p class="place">{where}</p></li>'
    )


def _shrunk(image: Image.Image, side: int) -> Image.Image:
    factor = side / max(image.size)
    if factor >= 1:
        return image
    size = max(1, round(image.width * factor)), max(1, round(image.height * factor))
    return image.resize(size, Image.Resampling.BOX)


def _uri(image: Image.Image) -> str:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=80)
    return f"data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode()}"
