import io
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw

from mnist_cli.core.errors import PictureError
from mnist_cli.core.store.versions import open_version
from mnist_cli.reading.classifier import LiteRTClassifier
from mnist_cli.reading.output.annotate import SMALLEST_SIDE, annotated
from mnist_cli.reading.output.record import Reading
from mnist_cli.reading.output.results import Digit
from mnist_cli.reading.page import LeftOut
from mnist_cli.reading.reader import Reader
from mnist_cli.reading.tables.tables import CellRead, NumberRead, TableRead
from mnist_cli.reading.tones import WORKING_SIDE
from tests.conftest import render_digit
from tests.reading.test_reader import png


@pytest.fixture
def reader(store_path: Path) -> Reader:
    return Reader(LiteRTClassifier(open_version(store_path / "1")))


@pytest.mark.parametrize("side", [100, 600, 2_500])
def test_a_box_is_drawn_around_each_digit(reader: Reader, side: int) -> None:
    data = png(np.hstack([render_digit(3, side), render_digit(7, side)]))
    reading = reader.read(data)
    with Image.open(io.BytesIO(annotated(data, reading))) as image:
        pixels = np.asarray(image.convert("RGB")).astype(int)

    assert SMALLEST_SIDE <= image.width <= WORKING_SIDE
    assert image.width == 2 * image.height
    coloured = np.ptp(pixels, axis=2) > 40
    for digit in reading.digits:
        scale = image.width / reading.size[0]
        left, top, right, bottom = (edge * scale for edge in digit.box)
        beside = coloured[round((top + bottom) / 2), :]
        assert beside[round(left) - 3 : round(left) + 8].any()
        assert beside[round(right) - 8 : round(right) + 3].any()


def digits_side_by_side(count: int, apart: int) -> tuple[Digit, ...]:
    box = Digit(7, 0.98, ((7, 0.98),), (0, 0, 20, 30), False, (), np.zeros((28, 28), np.uint8))
    return tuple(
        box._replace(box=(x, y, x + 20, y + 30), unsure=at % 3 == 0)
        for at in range(count)
        for x, y in [(20 + apart * (at % 20), 60 + 90 * (at // 20))]
    )


@pytest.mark.parametrize(("count", "apart"), [(1, 40), (40, 70), (40, 24), (200, 30)])
def test_labels_stand_on_no_digit_and_on_no_other_label(
    count: int, apart: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[tuple[float, float, float, float]] = []
    plain = ImageDraw.ImageDraw.text

    def text(
        self: Any, place: Any, words: str, _fill: Any, font: Any, anchor: str, **how: Any
    ) -> None:
        written.append(self.textbbox(place, words, font, anchor))
        plain(self, place, words, _fill, font, anchor, **how)

    monkeypatch.setattr(ImageDraw.ImageDraw, "text", text)
    digits = digits_side_by_side(count, apart)
    page = Image.new("L", (1_400, 1_000), "white")
    buffer = io.BytesIO()
    page.save(buffer, "PNG")

    annotated(buffer.getvalue(), Reading("x.png", "", digits, (), {}, size=page.size))

    assert len(written) == count
    areas = np.array([*written, *(digit.box for digit in digits)])
    for at, area in enumerate(areas[:count]):
        others = np.delete(areas, at, axis=0)
        apart_from = (area[:2] >= others[:, 2:]) | (area[2:] <= others[:, :2])
        assert apart_from.any(axis=1).all()


@pytest.mark.parametrize("unsure", [True, False])
def test_a_number_that_is_unsure_as_a_whole_has_a_frame_and_a_question_mark(
    *, unsure: bool
) -> None:
    seven = Digit(7, 0.8, ((7, 0.8),), (0, 0, 20, 30), False, (), np.zeros((28, 28), np.uint8))
    digits = tuple(seven._replace(box=(x, 90, x + 20, 120)) for x in (100, 124))
    number = NumberRead("77", (100, 90, 144, 120), 0.64, unsure, 0, "77", in_table=False)
    page = np.full((200, 300, 3), 235, np.uint8)
    reading = Reading("-", "77", digits, (), {}, size=(300, 200), numbers=(number,))

    with Image.open(io.BytesIO(annotated(png(page), reading))) as image:
        factor = image.width / 300
        pixels = np.asarray(image.convert("RGB")).astype(int)

    is_doubt = pixels[..., 0] - pixels[..., 2] > 60  # as of nothing that is sure
    assert is_doubt[:, : round(99 * factor)].any() == unsure  # the frame, left of all digits
    assert is_doubt[:, round(149 * factor) :].any() == unsure


@pytest.mark.parametrize(
    ("score", "reason", "is_framed"),
    [
        *[(0.5, "unlikely", True), (0.2, "unlikely", False), (0.5, "a_letter", False)],
        (0.9, "beside_table", True),
    ],
)
def test_what_was_left_out_has_a_thin_frame(score: float, reason: str, *, is_framed: bool) -> None:
    left_out = LeftOut((30, 30, 50, 60), "8", score, reason)
    reading = Reading("a.png", "", (), (), {}, size=(160, 160), left_out=(left_out,))
    data = png(np.full((160, 160), 255, np.uint8))

    with Image.open(io.BytesIO(annotated(data, reading))) as image:
        assert image.width == SMALLEST_SIDE == 3 * 160
        drawn = np.asarray(image.convert("L")) < 200

    assert drawn[130, [90, 150]].all() == is_framed
    assert drawn.any() == is_framed


def test_a_reading_of_a_broken_picture_can_not_be_drawn(reader: Reader) -> None:
    with pytest.raises(PictureError):
        annotated(b"hello", reader.read(b"hello"))


def test_words_of_a_cell_stand_in_it_where_its_table_lies_askew() -> None:
    page = np.full((400, 500, 3), 235, np.uint8)
    corners = ((100, 250), (300, 150), (325, 200), (125, 300))
    cell = CellRead(1, 1, "957", "957", 1.0, corners, ())
    table = TableRead(corners, 1, 1, (cell,))
    reading = Reading("-", "957", (), (), {}, size=(500, 400), tables=(table,))

    with Image.open(io.BytesIO(annotated(png(page), reading))) as image:
        pixels = np.asarray(image.convert("RGB").resize((500, 400))).astype(int)

    changed = np.argwhere(np.ptp(pixels, axis=2) > 60)[:, ::-1].astype(np.float32)
    outline = np.array(corners, np.float32)
    away = [-cv2.pointPolygonTest(outline, point.tolist(), True) for point in changed]
    assert len(changed) > 100
    assert max(away) < 8
