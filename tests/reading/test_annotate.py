import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mnist_cli.core.errors import PictureError
from mnist_cli.reading.annotate import SMALLEST_SIDE, annotated
from mnist_cli.reading.classifier import LiteRTClassifier
from mnist_cli.reading.image import WORKING_SIDE
from mnist_cli.reading.reader import Reader
from mnist_cli.versions import open_version
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


def test_a_reading_of_a_broken_picture_can_not_be_drawn(reader: Reader) -> None:
    with pytest.raises(PictureError):
        annotated(b"hello", reader.read(b"hello"))
