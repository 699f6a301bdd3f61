"""What coverage-guided fuzzing came upon, as small as it could be made: see `coverage_fuzz`."""

import base64
import io
import time
from pathlib import Path

import h5py
import pytest

from mnist_cli.cluster.lists import names_in
from mnist_cli.core.errors import ModelError, PictureError, UsageError
from mnist_cli.core.models import model_file
from mnist_cli.reading.image import decode, decode_colour
from tests.reading.test_image import encoded, grey

# in base64; what Pillow says of each changes with its versions, so it isn't asked for
PICTURES = {
    "GIF, no image": "R0lGODdhGPv///8A",
    "PNG, the header's size": "iVBORw0KGgoAAAAFSUhEUiQA9v8py9xjhADtmE9IVCdBHKCGFivBhimMwq2HbnfK",
    "PNG, an unknown filter": "iVBORw0KGgoAAAANSUhEUgAAAFBEdoYAAACs6DlgYjw=",
    "PNG, cut where frames are counted": (
        "iVBORw0KGgoAAAANSUhEUgAACAAAAADo6AAEAFFthVUFAAAABWFjVEwvAAAAAB/kmXcAAAApJAAAABX4LkTk"
    ),
    "PNG, frames of no order": (
        "iVBORw0KGgoAAAANSUhEUgAAABgAAJmZmZr/AADqo607AAAAF2FjVEz////////+AAAAAAAAAAAAAAAAAAAAAHTLP6AA"
        "AAAaZmNUTAAAAbQAAAgAGAAAAIG4q4vDDlTB8UHjc1TAG9X25Q=="
    ),
    "PNG, frames larger than it": (
        "iVBORw0KGgoAAAANSUhEUgAAABgAAAAYCAAAAADFHGIkAAAACWFjVEwAAAAD3AAAAAAFrVLfAAAAKWZjVEwAAAAAAAAA"
        "GAAAALS1tre4ubnCw8TFgT6BAAAAPEm7ZKuHnGP8z4AdMMXxjOUAAAAS/////////07S"
    ),
    "JPEG, eleven bands": "/9j/4AAQLiwwMTQ0NB8nOT04MjwuMzQy/8AACwgAkz0bcWtarY2ckg==",
    "JPEG, a band that is not there": (
        "/9j/4AAQSgAAAAAAICAgICAGBwkPBggLCAkKCgoKCgYICwwLCgxBCQoKCv/AAAoIAEAAPQEB/////5ZVNaJV4s/tKif8"
        "E8dI////////////ooooooor/9k="
    ),
    "JPEG, half a table": (
        "/9j/7gAOQWRvYmUAZAAAAAAA/9sAMgACAQEBAQECAQEBAgICAgIEAwICAgIFBAQDBAYFBgYGBQYGBgcJZ2hpagAAAAAA"
        "AAAAAA=="
    ),
    "JPEG, no marker": "/9j/S/wFCQcKCg==",
    "WebP, nothing after the name": "UklGRiv7AA==",
    "WebP, no picture in it": "UklGRnYBAABXRUJQVlA4WAoAAA==",
    "TIFF, no page": "SUkqAAAAAADi9A==",
    "TIFF, no size": "SUkqAAEApgAAAGEYfQBdAAAAAA==",
    "BMP, no size of a palette": (
        "Qk3WBgAAAAAAADYEAAAoAAAAHAAAABgAAAABAAgAAAAAAAAAAAAAAADJyckAysrKAMzMAM3N/////wv///8="
    ),
    "BMP, a depth that none has": (
        "Qk3WBgAAAAAAADYEAAAoAAAAHAAAABj///////////8A////////////////////AAD///////8="
    ),
    "BMP, an unknown compression": (
        "Qk3WBgAAAAAAADYEAAAoAAAAHAACAAMDAwAEBAQABQUAKAAAABwAAgADAwMABAQEAAUFBRL//////w=="
    ),
}


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_that_leads_a_decoder_astray_is_refused(name: str) -> None:
    for open_picture in (decode, decode_colour):
        with pytest.raises(PictureError, match=r"^the picture is (damaged|cut off)"):
            open_picture(base64.b64decode(PICTURES[name]))


def test_a_changed_bit_in_the_pixels_of_a_png_is_always_told() -> None:
    """Pillow leaves the last checksum unread, and so it read one in twelve of such pictures."""
    picture = encoded(grey())
    first = picture.index(b"IDAT") + len(b"IDAT")
    size = int.from_bytes(picture[first - 8 : first - 4], "big")

    for at in range(first, first + size + 4):  # its checksum too
        changed = bytearray(picture)
        changed[at] ^= 1
        with pytest.raises(PictureError, match=r"damaged|cut off"):
            decode(bytes(changed))


def test_a_png_without_its_end_is_cut_off() -> None:
    picture = encoded(grey())

    with pytest.raises(PictureError, match="cut off"):
        decode(picture[: picture.index(b"IEND") - 6])  # in the checksum of the pixels


def test_hdf5_that_can_be_followed_for_ever_is_refused_in_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A text of no size, in the heap of texts: HDF5 looks for the next one at the same place."""
    buffer, path = io.BytesIO(), tmp_path / "a.h5"
    with h5py.File(buffer, "w") as file:
        file.attrs["model_config"] = "{}"
    content = bytearray(buffer.getvalue())
    content[content.index(b"GCOL") + 24] = 0
    path.write_bytes(content)
    monkeypatch.setattr(model_file, "CHECK_TIMEOUT_S", 1)
    started = time.monotonic()

    with pytest.raises(ModelError, match="can't be looked through in time"):
        model_file.read_checked(path)

    assert time.monotonic() - started < 10


# what is said of its column does not go together; asked for it, Arrow ends the process
LIST_THAT_ENDS_THE_PROCESS = (
    "UEFSMRUEFRQVJkwVBBUAEgAAKLUv/SAKUQAAAQAAAGEBAAAAYhUAFRoVLCwVUBUQFQYVBhw2ACgBYhgBYRERAAAAKLUv"
    "/SANaQAAAgAAAFABAQuqqqqqqhUEGSw1ABgGc2NoZW1hFQIAFQwlChgEcGF0aCUATBwAAAAWUBkcGRwmABwVDBk1AAYQ"
    "GRgEcGF0aBUMFlAWhAEWqAEmSiYIHDYAKAFiGAFhEREAGSwVBBUAFQIAFQAVEBUCADwWUBkGGSYAUAAAABaEARZQJggW"
    "qAEAGRwYDEFSUk9XOnNjaGVtYRigAS8vLy8vM0FBQUFBUUFBQUFBQUFLQUF3QUJnQUZBQWdBQ2dBQUFBQUJCQUFNQUFB"
    "QUNBQUlBQUFBQkFBSUFBQUFCQUFBQUFFQUFBQVVBQUFBRUFBVUFBZ0FCZ0FIQUF3QUFBQVFBQkFBQUFBQUFBRUZFQUFB"
    "QUJ3QUFBQUVBQUFBQUFBQUFBUUFBQUJ3WVhSb0FBQUFBQVFBQkFBRUFBQUEAGCBwYXJxdWV0LWNwcC1hcnJvdyB2ZXJz"
    "aW9uIDI2LjAuMRkcHAAAAFYBAABQQVIx"
)


def test_a_damaged_parquet_does_not_end_the_process(tmp_path: Path) -> None:
    path = tmp_path / "list.parquet"
    path.write_bytes(base64.b64decode(LIST_THAT_ENDS_THE_PROCESS))

    with pytest.raises(UsageError, match="can't be read as a list"):
        list(names_in(str(path)))
