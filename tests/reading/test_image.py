import io
import os
import struct
import subprocess
import sys
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from mnist_cli.core.errors import (
    ExitCode,
    PictureError,
    PictureNotFoundError,
    PictureTooCostlyError,
    PictureTooLargeError,
    PictureUnreadableError,
)
from mnist_cli.reading import tones
from mnist_cli.reading.image import decode, decode_colour
from mnist_cli.reading.picture_file import read_file
from mnist_cli.reading.tones import WORKING_SIDE
from tests.conftest import render_digit

DRAWING = render_digit(3, 64)
BLACK = np.zeros_like(DRAWING)
WHITE = np.full_like(DRAWING, 255)


def encoded(picture: Image.Image, file_format: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, file_format, **options)
    return buffer.getvalue()


def grey(pixels: NDArray[np.uint8] = DRAWING) -> Image.Image:
    return Image.fromarray(pixels)


def deep(byte_order: str = "<") -> Image.Image:
    return Image.fromarray((DRAWING.astype(np.uint16) * 257).astype(f"{byte_order}u2"))


def on_nothing(mode: str, ink: NDArray[np.uint8]) -> Image.Image:
    """Draw with an ink on full transparency."""
    bands = [grey(ink)] * (len(mode) - 1)
    return Image.merge(mode, [*bands, grey(255 - DRAWING)])


def paper_made_transparent() -> bytes:
    """Make white transparent in a palette, and black where no one sees it."""
    image = grey().convert("P")
    palette = [level for level in range(255) for _ in range(3)] + [0, 0, 0]
    image.putpalette(palette)
    return encoded(image, transparency=255)


EXACT: dict[str, Callable[[], bytes]] = {
    "grey": lambda: encoded(grey()),
    "rgb": lambda: encoded(grey().convert("RGB")),
    "16-bit PNG": lambda: encoded(deep()),
    "16-bit TIFF": lambda: encoded(deep(), "TIFF"),
    "16-bit TIFF, big-endian": lambda: encoded(deep(">"), "TIFF"),
    "palette": lambda: encoded(grey().convert("P")),
    "palette with tRNS": paper_made_transparent,
    "TIFF": lambda: encoded(grey(), "TIFF"),
    "TIFF, LZW": lambda: encoded(grey(), "TIFF", compression="tiff_lzw"),
    "BMP": lambda: encoded(grey(), "BMP"),
    "GIF": lambda: encoded(grey(), "GIF"),
    "WebP": lambda: encoded(grey(), "WEBP", lossless=True),
}
NEARLY: dict[str, Callable[[], bytes]] = {
    "JPEG": lambda: encoded(grey(), "JPEG", quality=95),
    "CMYK JPEG": lambda: encoded(grey().convert("CMYK"), "JPEG", quality=95),
    "RGBA": lambda: encoded(on_nothing("RGBA", BLACK)),
    "LA": lambda: encoded(on_nothing("LA", BLACK)),
    "RGBA WebP": lambda: encoded(on_nothing("RGBA", BLACK), "WEBP", lossless=True),
    "MPO, as some phones write": lambda: encoded(
        grey(), "MPO", save_all=True, append_images=[grey(WHITE)], quality=95
    ),
}


@pytest.mark.parametrize("name", EXACT)
def test_the_same_drawing_is_the_same_picture_in_every_format(name: str) -> None:
    picture = decode(EXACT[name]())

    np.testing.assert_array_equal(picture.grey, DRAWING)
    assert picture.size == DRAWING.shape[::-1]
    assert picture.flags == ()


@pytest.mark.parametrize("name", NEARLY)
def test_the_same_drawing_is_nearly_the_same_where_rounding_is_lossy(name: str) -> None:
    difference = np.abs(decode(NEARLY[name]()).grey.astype(int) - DRAWING)

    assert difference.mean() < 2
    assert difference.max() < 40


def test_one_bit_is_black_and_white() -> None:
    black_and_white = np.where(DRAWING > 127, 255, 0).astype(np.uint8)

    picture = decode(encoded(grey(black_and_white).convert("1")))

    np.testing.assert_array_equal(picture.grey, black_and_white)


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_a_white_drawing_on_transparency_stays_visible(mode: str) -> None:
    seen = decode(encoded(on_nothing(mode, WHITE))).grey

    np.testing.assert_allclose(seen.astype(int), 255 - DRAWING.astype(int), atol=2)


def test_a_nearly_white_drawing_on_transparency_stays_visible() -> None:
    seen = decode(encoded(on_nothing("RGBA", np.full_like(DRAWING, 248)))).grey

    assert np.ptp(seen) > 100


@pytest.mark.parametrize("name", (EXACT | NEARLY) | {"fractions": ""})
def test_a_picture_converted_by_bands_is_the_same(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fractions = Image.fromarray(DRAWING.astype(np.float32) / 255)
    data = (EXACT | NEARLY)[name]() if name != "fractions" else encoded(fractions, "TIFF")
    whole, seen = decode(data).grey, np.asarray(decode_colour(data))
    monkeypatch.setattr(tones, "BAND_PIXELS", 5 * DRAWING.shape[1])

    np.testing.assert_array_equal(decode(data).grey, whole)
    np.testing.assert_array_equal(np.asarray(decode_colour(data)), seen)


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGBA", "CMYK", "I;16", "I", "F"])
def test_a_large_picture_of_any_mode_is_shrunk(mode: str) -> None:
    """In three bands: what stands in one of them stands there in the whole."""
    pixels = np.full((2_400, 4_800), 255, np.uint8)
    pixels[1_200:, :1_200] = 0
    whole = grey(pixels)
    if mode in {"I;16", "I"}:
        whole = Image.fromarray(pixels.astype(np.uint16) * 257)
    elif mode == "F":
        whole = Image.fromarray(pixels.astype(np.float32) / 255)
    whole = whole if mode in {"I;16", "F"} else whole.convert(mode)

    picture = decode(encoded(whole, "TIFF", compression="tiff_adobe_deflate"))

    assert picture.size == (4_800, 2_400)
    np.testing.assert_array_equal(picture.grey, pixels[::3, ::3])


def test_a_webp_that_would_take_a_gigabyte_is_too_large() -> None:
    with pytest.raises(PictureTooLargeError, match="5000×5000, over 24 MP, the limit for WebP"):
        decode(encoded(Image.new("L", (5_000, 5_000)), "WEBP", method=0))


UNDO = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("file_format", ["PNG", "TIFF", "WEBP"])
def test_exif_orientation_is_applied(file_format: str, orientation: int) -> None:
    upright = grey(DRAWING[:, 12:])
    stored = upright.transpose(UNDO[orientation]) if orientation in UNDO else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"lossless": True} if file_format == "WEBP" else {}

    picture = decode(encoded(stored, file_format, exif=exif, **options))

    np.testing.assert_array_equal(picture.grey, np.asarray(upright))


def with_damaged_exif() -> bytes:
    return encoded(grey(), "JPEG", exif=b"Exif\0\0II*\0\x08\0\0\0\xff\xff")


def test_a_damaged_exif_block_is_no_reason_to_refuse() -> None:
    assert decode(with_damaged_exif()).grey.shape == DRAWING.shape


@pytest.mark.parametrize(
    ("file_format", "width", "height", "scale"),
    [
        ("JPEG", 1600, 1200, 1.0),
        ("JPEG", 3199, 1500, 1.0),
        ("JPEG", 3200, 2400, 2.0),
        ("JPEG", 1000, 6400, 4.0),
        ("PNG", 3199, 1500, 1.0),
        ("PNG", 3200, 2400, 2.0),
        ("PNG", 5000, 2600, 3.0),
    ],
)
def test_a_large_picture_is_reduced_and_says_by_how_much(
    file_format: str, width: int, height: int, scale: float
) -> None:
    pixels = np.full((height, width), 255, np.uint8)
    pixels[height // 2 :, : width // 4] = 0

    picture = decode(encoded(grey(pixels), file_format))

    assert max(picture.grey.shape) < 2 * WORKING_SIDE
    assert picture.grey.shape == (round(height / scale), round(width / scale))
    assert picture.size == (width, height)
    rows, columns = np.nonzero(picture.grey < 128)
    assert abs(rows.min() * scale - height // 2) <= scale
    assert abs((columns.max() + 1) * scale - width // 4) <= scale


def png_header(width: int, height: int) -> bytes:
    """Claim a size, and hold next to nothing."""
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress(b"\0" * 100)),
        (b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )


def with_a_flipped_bit_in_idat() -> bytes:
    data = bytearray(encoded(grey()))
    data[data.index(b"IDAT") + 60] ^= 1
    return bytes(data)


def cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty": (lambda: b"", "empty"),
    "text": (lambda: b"a list of things to buy\n" * 9, "looks like text"),
    "HTML": (lambda: b"<!DOCTYPE html><html></html>", "looks like HTML"),
    "PDF": (lambda: b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "looks like a PDF"),
    "EPS": (lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "PostScript"),
    "SVG": (lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>", "looks like SVG"),
    "zip": (lambda: b"PK\x03\x04" + bytes(60), "zip"),
    "noise": (lambda: np.random.default_rng(0).bytes(500), "not a picture"),
    "ICO": (lambda: encoded(grey(), "ICO"), "not a picture"),
    "JPEG 2000": (lambda: encoded(grey(), "JPEG2000"), "not a picture"),
    "cut-off PNG": (lambda: cut(encoded(grey())), "cut off"),
    "cut-off JPEG": (lambda: cut(encoded(grey(), "JPEG")), "cut off"),
    "flipped bit": (with_a_flipped_bit_in_idat, "damaged"),
    "no width": (lambda: png_header(0, 10), "damaged"),
    "2^31 a side": (lambda: png_header(2**31, 2**31), "too large"),
    "10000 a side": (lambda: png_header(10_000, 10_000), "10000×10000"),
    "9000 a side": (lambda: encoded(Image.new("1", (9_000, 9_000))), "9000×9000"),
    "1 pixel": (lambda: encoded(Image.new("L", (1, 1))), "too small"),
    "3 pixels high": (lambda: encoded(Image.new("L", (60, 3))), "too small"),
    "strip": (lambda: encoded(Image.new("L", (4, 1_000))), "no digit's shape"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_usable_picture_is_refused_by_name(name: str) -> None:
    make, words = REFUSED[name]

    with pytest.raises(PictureError, match=words) as refusal:
        decode(make())
    assert refusal.value.exit_code == ExitCode.REFUSED
    assert refusal.value.hint
    assert "\n" not in refusal.value.message
    assert "0x" not in refusal.value.message


@pytest.mark.parametrize("name", ["cut-off PNG", "cut-off JPEG", "flipped bit"])
def test_of_a_picture_that_is_damaged_it_is_said_what_to_do(name: str) -> None:
    with pytest.raises(PictureError) as refusal:
        decode(REFUSED[name][0]())

    assert "download it once more" in refusal.value.hint


@pytest.mark.parametrize("file_format", ["GIF", "TIFF", "WEBP", "PNG"])
def test_of_several_frames_the_first_is_read_and_that_is_said(file_format: str) -> None:
    later = [grey(render_digit(digit, 64)) for digit in (4, 5)]
    options = {"lossless": True} if file_format == "WEBP" else {}

    picture = decode(encoded(grey(), file_format, save_all=True, append_images=later, **options))

    np.testing.assert_array_equal(picture.grey, DRAWING)
    assert picture.flags == ("animated",)


def with_a_large_second_frame(width: int, height: int) -> bytes:
    later = [grey(255 - DRAWING)]  # differs at every pixel, so that all of it is stored
    data = bytearray(encoded(grey(), "GIF", save_all=True, append_images=later, disposal=2))
    second = data.rindex(b"\x2c\0\0\0\0" + struct.pack("<HH", 64, 64))
    assert second > len(data) // 2
    struct.pack_into("<HH", data, second + 5, width, height)
    return bytes(data)


@pytest.mark.parametrize(("width", "height"), [(6_000, 80), (65_535, 65_535)])
def test_a_later_frame_can_not_enlarge_the_picture(width: int, height: int) -> None:
    picture = decode(with_a_large_second_frame(width, height))

    np.testing.assert_array_equal(picture.grey, DRAWING)
    assert picture.size == (64, 64)


def test_looking_for_a_second_frame_takes_little_memory() -> None:
    program = r"""if True:
        import re, sys
        from pathlib import Path
        from mnist_cli.reading import image
        peak = lambda: int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1])
        before = peak()
        image.decode(sys.stdin.buffer.read())
        print(peak() - before)
    """
    done = subprocess.run(
        [sys.executable, "-c", program],
        input=with_a_large_second_frame(60_000, 2_900),
        capture_output=True,
        check=True,
    )
    assert int(done.stdout) < 200_000  # kB


def test_a_picture_with_damaged_metadata_prints_no_warning() -> None:
    program = (
        "import sys; from mnist_cli.reading import image; image.decode(sys.stdin.buffer.read())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], input=with_damaged_exif(), capture_output=True, check=True
    )
    assert done.stderr == b""


def test_a_damaged_tiff_prints_nothing_beside_its_refusal(
    capfd: pytest.CaptureFixture[str],
) -> None:
    data = bytearray(encoded(grey(), "TIFF", compression="tiff_adobe_deflate"))
    data[20:40] = bytes(20)

    with pytest.raises(PictureError, match="damaged"):
        decode(bytes(data))
    assert capfd.readouterr().err == ""


def test_a_file_is_read_whole(digit_png: Path) -> None:
    assert read_file(digit_png) == digit_png.read_bytes()


def test_a_link_to_a_picture_is_followed(digit_png: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.png"
    link.symlink_to(digit_png)

    assert read_file(link) == digit_png.read_bytes()


@pytest.mark.parametrize(
    "name",
    [
        "missing.png",
        "three.png/inside",
        "dangling.png",
        "nul\0.png",
        "loop.png",
        "x" * 300,
    ],
)
def test_where_no_file_is_it_is_not_found(digit_png: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / "loop.png").symlink_to("loop.png")
    (tmp_path / "dangling.png").symlink_to("nowhere.png")

    with pytest.raises(PictureNotFoundError, match="no such file") as missing:
        read_file(digit_png.parent / name)
    assert missing.value.hint == "Is the path right?"


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/null"])
def test_a_device_is_refused(device: str) -> None:
    with pytest.raises(PictureError, match="not a regular file"):
        read_file(Path(device))


def test_a_pipe_without_a_writer_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")

    with pytest.raises(PictureError, match="not a regular file"):
        read_file(tmp_path / "pipe.png")


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PictureError, match="not a regular file"):
        read_file(tmp_path)


def test_a_file_over_the_limit_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "huge.png"
    with path.open("wb") as file:
        file.truncate(200 << 20)  # sparse

    with pytest.raises(PictureError, match="larger than 128 MB"):
        read_file(path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_refused(digit_png: Path) -> None:
    digit_png.chmod(0)

    with pytest.raises(PictureError, match="Permission denied"):
        read_file(digit_png)


def only_a_picture_error(data: bytes) -> None:
    """Decode, and let nothing but a refusal happen."""
    try:
        picture = decode(data)
    except PictureError:
        return
    assert picture.grey.dtype == np.uint8
    assert picture.grey.ndim == 2


MAGIC = [
    b"",
    b"\x89PNG\r\n\x1a\n",
    b"\xff\xd8\xff",
    b"GIF89a",
    b"BM",
    b"II*\0",
    b"RIFF\0\0\0\0WEBP",
]
SMALL = {
    name: encoded(grey(render_digit(3, 24)), name) for name in ("PNG", "JPEG", "GIF", "BMP", "WEBP")
}


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.sampled_from(MAGIC), st.binary(max_size=200))
def test_random_bytes_are_refused_and_nothing_else(magic: bytes, tail: bytes) -> None:
    only_a_picture_error(magic + tail)


@settings(max_examples=400, deadline=None, derandomize=True)
@given(
    st.sampled_from(sorted(SMALL)),
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=8),
    st.floats(0, 1),
)
def test_damage_leads_to_a_picture_or_a_refusal(
    name: str, changes: list[tuple[float, int]], kept: float
) -> None:
    data = bytearray(SMALL[name])
    for at, value in changes:
        data[int(at * len(data))] = value
    whole = kept > 0.7

    only_a_picture_error(bytes(data if whole else data[: int(kept / 0.7 * len(data))]))


def test_a_jpeg_of_a_thousand_scans_is_refused_before_it_is_decoded() -> None:
    data = encoded(Image.new("L", (2_000, 2_000), 255), "JPEG", progressive=True)
    begin = data.rindex(b"\xff\xda")
    bomb = data[:-2] + 1_000 * data[begin:-2] + data[-2:]
    began = time.monotonic()

    with pytest.raises(PictureTooCostlyError, match="scans") as caught:
        decode(bomb)

    assert time.monotonic() - began < 1
    assert caught.value.code == "too_costly"
    assert decode(data).size == (2_000, 2_000)


def test_what_stands_behind_a_jpeg_or_in_its_segments_is_no_scan_of_it() -> None:
    """A phone puts a film behind a photograph, and a preview before it."""
    data = encoded(Image.new("L", (7_000, 7_000), 255), "JPEG")
    film = np.random.default_rng(0).integers(0, 256, 8_000_000, np.uint8).tobytes()
    preview = b"\xff\xe1" + (60_002).to_bytes(2) + 30_000 * b"\xff\xda"

    assert decode(data + film).size == (7_000, 7_000)
    assert decode(data[:2] + preview + data[2:]).size == (7_000, 7_000)


def test_a_file_that_the_system_does_not_give_is_the_environments_fault() -> None:
    with pytest.raises(PictureUnreadableError, match="Input/output error") as caught:
        read_file("/proc/self/mem")

    assert caught.value.exit_code == ExitCode.ENVIRONMENT
