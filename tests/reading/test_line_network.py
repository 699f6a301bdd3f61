"""Marks and numbers along lines, by the network of the package."""

from dataclasses import replace
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from mnist_cli.core.errors import ModelError
from mnist_cli.core.finder_maps import SYMBOLS
from mnist_cli.reading import line_network
from mnist_cli.reading.candidates import Candidate, Found, Look
from mnist_cli.reading.line_network import LineNetwork
from mnist_cli.reading.reader import Reader
from tests.reading.looks import finder

FONT = str(Path(mpl.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf")
LOOK = Look(np.empty((0, 0, 0), np.float32), 1.0, 0)


def printed(text: str, size: int = 48, spread: int = 0, turn: float = 0) -> np.ndarray:
    """A line of print, dark on light, its characters `spread` px farther apart."""
    picture = Image.new("L", (1000, 200), 235)
    face, x = ImageFont.truetype(FONT, size), 60.0
    for sign in text:
        ImageDraw.Draw(picture).text((x, 80), sign, 40, face)
        x += face.getlength(sign) + spread
    return np.asarray(picture.rotate(turn, fillcolor=235))


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader(turn=0)


@pytest.mark.parametrize(
    "text", ["3.14", "-528", "12/07/2024", "16:45", "1,250.75", "48+25=73", "(0712)83-56", "25%"]
)
@pytest.mark.parametrize("size", [24, 60])
def test_numbers_keep_their_marks(reader: Reader, text: str, size: int) -> None:
    assert reader.read(printed(text, size)).text == text


def test_a_line_that_slants_keeps_them_too(reader: Reader) -> None:
    assert reader.read(printed("26.11.2024", turn=6)).text == "26.11.2024"


def test_digits_spaced_out_evenly_are_one_number(reader: Reader) -> None:
    assert reader.read(printed("507724", spread=14)).text == "507724"


def test_what_stands_apart_are_several(reader: Reader) -> None:
    assert reader.read(printed("12   340  56")).text == "12 340 56"


def candidate(box: tuple[float, float, float, float], *, digit: bool = True) -> Candidate:
    symbols = np.full(len(SYMBOLS), 1 / len(SYMBOLS), np.float32)
    edges = np.array(box, np.float64)
    return Candidate(0.3, edges, symbols, digit, 0.5, np.zeros(4, np.float32), LOOK)


def test_a_digit_that_the_finder_doubted_is_one_if_its_line_says_so() -> None:
    picture = printed("48 2", 60)
    found = finder().find(picture)
    digits = sorted(found.digits, key=lambda digit: digit.middle[0])
    doubted = replace(digits[1], score=0.2)
    nothing = candidate((500.0, 90.0, 530.0, 140.0))

    along = LineNetwork().look(
        picture, Found((digits[0], digits[2]), (), (doubted, nothing), found.looks)
    )

    assert set(along.found.digits) == {digits[0], digits[2], doubted}
    assert along.found.left_out == (nothing,)
    assert along.joined(digits[0], doubted) is True
    assert along.joined(digits[0], nothing) is None


def test_a_page_without_digits_is_left_as_it_is() -> None:
    nothing = Found((), (), (), (LOOK,))

    assert LineNetwork().look(np.zeros((50, 50), np.uint8), nothing).found is nothing


def test_a_damaged_network_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_network, "ASSET", replace(line_network.ASSET, folder=tmp_path))

    with pytest.raises(ModelError, match=r"lines\.tflite: No such file"):
        LineNetwork().look(printed("12"), finder().find(printed("12")))
