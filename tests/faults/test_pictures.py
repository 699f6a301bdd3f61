"""What is in a picture, for `predict`.

Files and names: test_picture_files.py. What REST makes of them: tests/server/test_bad_pictures.py.
"""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mnist_cli.core.errors import ExitCode
from tests.conftest import Cli, render_digit
from tests.faults import pictures
from tests.faults.harness import Row, check, in_process, rows
from tests.reading.test_image import (
    BLACK,
    DRAWING,
    WHITE,
    cut,
    deep,
    encoded,
    grey,
    on_nothing,
    paper_made_transparent,
    png_header,
)

REFUSED = ExitCode.REFUSED
READ = ("predict", "a.png")
MEMORY = 760 << 20  # bytes; a picture is read in 550 to 740 MiB, most of them libraries
WIDE_MEMORY = 900 << 20  # the same for 64 MP of four bytes each
Make = Callable[[], bytes]


def refused(name: str, words: str, make: Make, code: ExitCode = REFUSED, memory: int = 0) -> Row:
    """Return a line whose picture is refused, by its name."""
    said = (f"error: a.png: {words}",)
    twice = not memory  # a limit changes nothing of what --json says
    return Row(name, READ, code, said, written(make), has_json=twice, memory=memory)


def limited(name: str, words: str, make: Make, code: ExitCode = REFUSED) -> Row:
    """Return a line whose picture is refused with little memory to look at it."""
    return refused(name, words, make, code, MEMORY)


def written(make: Make) -> Callable[[Path], object]:
    return lambda folder: (folder / "a.png").write_bytes(make())


def blank(mode: str, size: tuple[int, int], colour: object = 0) -> Make:
    return lambda: encoded(Image.new(mode, size, colour))  # type: ignore[arg-type]


def deflated(mode: str, *, one_strip: bool = False) -> Make:
    """Return what makes a TIFF of 64 MP, in small strips or in one, that is decoded as a whole."""
    strips = {278: 8_000} if one_strip else {}
    options = {"compression": "tiff_adobe_deflate", "tiffinfo": strips}
    return lambda: encoded(Image.new(mode, (8_000, 8_000)), "TIFF", **options)


def webp(size: tuple[int, int]) -> Make:
    return lambda: encoded(Image.new("RGB", size), "WEBP", method=0)


def of_kind(kind: str) -> Make:
    return lambda: encoded(grey().convert("RGB"), kind)


NO_PICTURE = "not a picture that can be read"
DAMAGED, CUT_OFF = "the picture is damaged", "the picture is cut off"
NO_MEMORY = "it takes more memory than there is"
BLANK = "the picture is blank"
TOO_LARGE, TOO_SMALL = "the picture is too large", "the picture is too small"


@rows(
    refused("no picture: noise", NO_PICTURE, lambda: np.random.default_rng(0).bytes(5_000)),
    refused("no picture: text", f"{NO_PICTURE} (it looks like text)", lambda: b"buy milk\n" * 9),
    refused("no picture: UTF-16", NO_PICTURE, lambda: "milk".encode("utf-16")),
    refused(
        "no picture: pdf",
        f"{NO_PICTURE} (it looks like a PDF, which",
        lambda: b"%PDF-1.7\n%\xe2\xe3",
    ),
    refused("no picture: svg", f"{NO_PICTURE} (it looks like SVG)", lambda: b"<svg/>"),
    refused(
        "no picture: zip", f"{NO_PICTURE} (it looks like a zip", lambda: b"PK\x03\x04" + bytes(60)
    ),
    refused("no picture: wav", "", lambda: b"RIFF\x24\0\0\0WAVEfmt " + bytes(60)),
    refused("no picture: signature alone", "", lambda: b"\x89PNG\r\n\x1a\n"),
    refused(
        "PostScript of DOS", NO_PICTURE, lambda: b"\xc5\xd0\xd3\xc6" + bytes(26) + b"%!PS-Adobe-3.0"
    ),
    refused("unread format: psd", NO_PICTURE, lambda: b"8BPS\0\1" + bytes(99)),
    refused(
        "unread format: fits", NO_PICTURE, lambda: b"SIMPLE  =                    T".ljust(2_880)
    ),
    refused("unread format: hdf5", NO_PICTURE, lambda: b"\x89HDF\r\n\x1a\n" + bytes(99)),
    refused("unread format: jpeg 2000", NO_PICTURE, of_kind("JPEG2000")),
    refused("unread format: avif", NO_PICTURE, of_kind("AVIF")),
    refused("unread format: ppm", NO_PICTURE, of_kind("PPM")),
    refused("unread format: sgi", NO_PICTURE, of_kind("SGI")),
    refused("unread format: pcx", NO_PICTURE, of_kind("PCX")),
    refused("cut: gif", "the picture is ", lambda: cut(encoded(grey(), "GIF"))),
    refused("cut: bmp", CUT_OFF, lambda: cut(encoded(grey(), "BMP"))),
    refused("cut: webp", "the picture is ", lambda: cut(encoded(grey(), "WEBP"))),
    refused("cut: tiff", "the picture is ", lambda: cut(encoded(grey(), "TIFF"))),
    refused("a flipped bit", DAMAGED, lambda: pictures.with_a_flipped_bit(encoded(grey()), 100)),
    refused("a cut JPEG", CUT_OFF, lambda: cut(encoded(grey(), "JPEG"))),
    *(
        refused(f"a huge claim: {kind}", TOO_LARGE, partial(pictures.claiming, kind, side))
        for kind, side in pictures.HUGE.items()
    ),
    refused("shape: thread", TOO_SMALL, blank("L", (1, 1_000_000))),
    refused("shape: strip", "the picture is no digit's shape", blank("L", (100_000, 4))),
    refused("no width", DAMAGED, partial(png_header, 0, 9)),
    refused("no height", DAMAGED, partial(png_header, 9, 0)),
    refused("a BMP of no height", "the picture is ", partial(pictures.claiming, "BMP", 0)),
    refused("1×1 pixels", TOO_SMALL, blank("L", (1, 1))),
    refused("2×2 pixels", TOO_SMALL, blank("L", (2, 2))),
    refused("3×60 pixels", TOO_SMALL, blank("L", (3, 60))),
    refused("format: ICO", NO_PICTURE, of_kind("ICO")),
    refused("format: ICNS", NO_PICTURE, of_kind("ICNS")),
    refused("blank: black", BLANK, blank("L", (90, 90))),
    refused("blank: white", BLANK, blank("RGB", (90, 90), (255, 255, 255))),
    refused("blank: grey", BLANK, blank("L", (28, 28), 128)),
    refused("blank: clear", BLANK, blank("RGBA", (90, 90))),
)
def test_a_bad_picture_is_told(
    row: Row, tmp_path: Path, store_path: Path, mnist: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    check(row, tmp_path, store_path, in_process(mnist, monkeypatch))


@rows(
    limited("empty", "the file is empty", lambda: b""),
    limited("no picture: html", f"{NO_PICTURE} (it looks like HTML)", lambda: b"<html><p>"),
    limited("PostScript", f"{NO_PICTURE} (it looks like PostScript)", lambda: b"%!PS-Adobe EPSF"),
    limited("cut: PNG", CUT_OFF, lambda: cut(encoded(grey()))),
    limited("a huge claim", f"{TOO_LARGE}: 2147483648×", partial(pictures.claiming, "PNG", 2**31)),
    limited("100 MP", f"{TOO_LARGE}: 10000×10000, over 64 MP", blank("1", (10_000, 10_000))),
    limited("swelling: 81 MP", f"{TOO_LARGE}: 9000×9000, over 64 MP", blank("L", (9_000, 9_000))),
    limited("swelling: 64 MP", BLANK, blank("L", (8_000, 8_000))),
    refused("swelling: rgba", BLANK, blank("RGBA", (8_000, 8_000)), memory=WIDE_MEMORY),
    limited("swelling: 16 bit", BLANK, blank("I;16", (8_000, 8_000))),
    limited("swelling: palette", BLANK, blank("P", (8_000, 8_000))),
    refused("swelling: fractions", BLANK, deflated("F"), memory=WIDE_MEMORY),
    limited("swelling: webp", NO_MEMORY, webp((4_800, 4_800)), ExitCode.ENVIRONMENT),
    limited(
        "swelling: one strip", NO_MEMORY, deflated("RGBA", one_strip=True), ExitCode.ENVIRONMENT
    ),
    limited("shape: line", TOO_SMALL, blank("L", (1_000_000, 1))),
)
def test_a_bad_picture_is_told_within_little_memory(
    row: Row, tmp_path: Path, store_path: Path
) -> None:
    check(row, tmp_path, store_path)


def frames(kind: str, **options: object) -> Make:
    later = [grey(render_digit(digit, 64)) for digit in (4, 5)]
    return lambda: encoded(grey(), kind, save_all=True, append_images=later, **options)


def photograph() -> bytes:
    """Return a phone's picture of 12 MP."""
    page = Image.new("RGB", (4_000, 3_000), "white")
    page.paste(Image.fromarray(render_digit(3, 2_400)), (800, 300))
    return encoded(page, "JPEG")


@rows(
    *(
        Row(name, ("predict", "a.png"), ExitCode.OK, (said,), written(make), memory=MEMORY)
        for name, said, make in (
            ("animated: gif", "[animated]", frames("GIF")),
            ("animated: apng", "[animated]", frames("PNG")),
            ("animated: webp", "[animated]", frames("WEBP", lossless=True)),
            ("pages: TIFF", "[animated]", frames("TIFF")),
            ("pages: circle", "a.png: ", pictures.with_pages_in_a_circle),
            ("a photograph", "a.png: 3", photograph),
        )
    )
)
def test_a_picture_of_many_frames_or_pixels_is_read(
    row: Row, tmp_path: Path, store_path: Path
) -> None:
    check(row, tmp_path, store_path)


TWINS: dict[str, Make] = {
    "16 bits: png": lambda: encoded(deep()),
    "16 bits: tiff": lambda: encoded(deep(), "TIFF"),
    "16 bits: big endian": lambda: encoded(deep(">"), "TIFF"),
    "12 bits": lambda: encoded(Image.fromarray(DRAWING.astype(np.uint16) * 16)),
    "fractions": lambda: encoded(Image.fromarray(DRAWING.astype(np.float32) / 255), "TIFF"),
    "transparent: rgba": lambda: encoded(on_nothing("RGBA", BLACK)),
    "transparent: la": lambda: encoded(on_nothing("LA", BLACK)),
    "transparent: white ink": lambda: encoded(on_nothing("RGBA", WHITE)),
    "transparent: unseen colours": pictures.with_colours_that_none_sees,
    "palette: transparent": paper_made_transparent,
    "palette: opaque": lambda: encoded(grey().convert("P")),
    "colours: cmyk": lambda: encoded(grey().convert("CMYK"), "JPEG", quality=95),
    "colours: ycck": pictures.ycck,
    "inverted: black": lambda: encoded(grey(255 - DRAWING)),
    "inverted: grey": lambda: encoded(grey(200 - DRAWING // 2)),
}


@pytest.mark.parametrize("name", TWINS)
def test_a_twin_gets_the_answer_of_the_plain_picture(mnist: Cli, trained: Path, name: str) -> None:
    Path("plain.png").write_bytes(encoded(grey()))
    Path("twin.png").write_bytes(TWINS[name]())

    result = mnist("predict", "plain.png", "twin.png", "--json", "--model", "bundled")

    plain, twin = (json.loads(line) for line in result.stdout.splitlines())
    assert plain["text"] == twin["text"] == "3"
    (one,), (other,) = plain["digits"], twin["digits"]
    assert other["confidence"] == pytest.approx(one["confidence"], abs=0.05)
    assert other["box"] == pytest.approx(one["box"], abs=1)
