"""What Python programs give a Reader, and what it gives them."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from mnist_cli.core.errors import PictureError, PictureNotFoundError, UsageError
from mnist_cli.core.store import versions
from mnist_cli.reading.classifier import LiteRTClassifier
from mnist_cli.reading.reader import Reader


def of_fractions(path: Path, white: float) -> Image.Image:
    grey = np.asarray(Image.open(path).convert("L"), np.float32)
    return Image.fromarray(grey / 255 * np.float32(white))


def cut_off(path: Path) -> Image.Image:
    """Return an image whose file ends before its pixels do."""
    return Image.open(io.BytesIO(path.read_bytes()[:-60]))


GIVEN: dict[str, Callable[[Path], Any]] = {
    "a path": lambda path: path,
    "a path as text": str,
    "bytes": Path.read_bytes,
    "an image": Image.open,
    "a CMYK image": lambda path: Image.open(path).convert("CMYK"),
    "a transparent image": lambda path: Image.open(path).convert("RGBA"),
    "an image of 32-bit integers": lambda path: of_fractions(path, 65_535).convert("I"),
    "an image of 16-bit integers": lambda path: Image.fromarray(
        np.asarray(of_fractions(path, 65_535)).astype(np.uint16)
    ),
    "an image of fractions": lambda path: of_fractions(path, 1),
    "an image of large fractions": lambda path: of_fractions(path, 1e6),
    "a grey array": lambda path: np.asarray(Image.open(path).convert("L")),
    "a colour array": lambda path: np.asarray(Image.open(path).convert("RGB")),
}
NO_PICTURES = {
    "no pixels": np.zeros((0, 5), np.uint8),
    "fractions": np.zeros((40, 40), np.float32),
    "a row": np.zeros(40, np.uint8),
    "a batch": np.zeros((2, 40, 40, 3), np.uint8),
    "four channels": np.zeros((40, 40, 4), np.uint8),
}


@pytest.fixture(scope="module")
def reader(store_path: Path) -> Reader:
    return Reader(LiteRTClassifier(versions.open_version(store_path / "1")))


@pytest.mark.parametrize("given", GIVEN.values(), ids=GIVEN.keys())
def test_a_picture_may_be_given_in_many_ways(
    reader: Reader, digit_png: Path, given: Callable[[Path], Any]
) -> None:
    expected = reader.read(digit_png)

    reading = reader.read(given(digit_png))

    assert reading.text == expected.text
    assert reading.size == expected.size


@pytest.mark.parametrize("array", NO_PICTURES.values(), ids=NO_PICTURES.keys())
def test_an_array_that_is_no_picture_is_refused(reader: Reader, array: Any) -> None:
    with pytest.raises(PictureError, match="no picture"):
        reader.read(array)


BAD: dict[str, tuple[Callable[[Path], Image.Image], str]] = {
    "cut off": (cut_off, "the picture is cut off"),
    "empty": (lambda _path: Image.new("L", (0, 0)), "holds no pixels"),
    "no numbers": (lambda path: of_fractions(path, np.nan), "numbers that are not finite"),
}


@pytest.mark.parametrize(("bad", "words"), BAD.values(), ids=BAD.keys())
def test_a_bad_image_costs_itself_alone(
    reader: Reader, digit_png: Path, bad: Callable[[Path], Image.Image], words: str
) -> None:
    readings = list(reader.read_many([digit_png, bad(digit_png), digit_png], errors="record"))

    assert [bool(reading.error) for reading in readings] == [False, True, False]
    assert words in str(readings[1].error)
    with pytest.raises(PictureError, match=words):
        reader.read(bad(digit_png))


def test_a_photograph_given_as_an_image_is_turned_by_its_exif(
    reader: Reader, digit_png: Path
) -> None:
    """As it is where its file is given."""
    lying = Image.open(digit_png).convert("L").transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif[0x0112] = 6  # turn it clockwise to see it
    buffer = io.BytesIO()
    lying.save(buffer, "PNG", exif=exif)

    for given in (buffer.getvalue(), Image.open(buffer)):
        assert reader.read(given).text == reader.read(digit_png).text


def test_an_error_names_its_picture(reader: Reader) -> None:
    with pytest.raises(PictureNotFoundError) as caught:
        reader.read("missing.png")

    assert caught.value.__notes__ == ["Picture: missing.png"]


def test_pictures_are_read_as_they_are_asked_for(reader: Reader, digit_png: Path) -> None:
    def endless() -> Any:
        while True:
            yield digit_png

    readings = reader.read_many(endless())

    assert [next(readings).text for _ in range(40)] == [reader.read(digit_png).text] * 40


def test_what_came_before_a_bad_picture_is_given(reader: Reader, digit_png: Path) -> None:
    readings = reader.read_many([digit_png, "missing.png"])

    assert next(readings).text
    with pytest.raises(PictureNotFoundError):
        next(readings)


def test_a_reading_is_a_line(reader: Reader, digit_png: Path) -> None:
    reading = reader.read(digit_png)._replace(path="a.png")
    failed = reader.read(b"", errors="record")

    assert repr(reading).startswith(f"<Reading a.png: '{reading.text}', 1 digit, ")
    assert repr(failed) == "<Reading -: the file is empty.>"


def test_a_notebook_shows_the_picture_with_what_was_read(reader: Reader, digit_png: Path) -> None:
    reading = reader.read(digit_png)
    failed = reader.read(b"<b>", errors="record")

    page = reading._repr_html_()

    assert 'src="data:image/png;base64,' in page
    assert f'alt="{reading.text}"' in page
    assert failed._repr_html_().startswith("<code>&lt;Reading -: ")


def test_a_reading_is_drawn_on_its_picture(reader: Reader, digit_png: Path) -> None:
    drawn = reader.read(digit_png).annotated()

    assert drawn.mode == "RGB"
    assert len(np.unique(np.asarray(drawn).reshape(-1, 3), axis=0)) > 2


def test_what_has_no_picture_is_not_drawn(reader: Reader, digit_png: Path) -> None:
    (of_many,) = reader.read_files([digit_png])

    with pytest.raises(UsageError, match="no picture"):
        of_many.annotated()
    with pytest.raises(PictureError):
        reader.read(b"", errors="record").annotated()
    assert of_many._repr_html_().startswith("<code>")
