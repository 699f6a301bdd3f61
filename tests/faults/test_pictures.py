"""Section A: what is in a picture, for `predict`.

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

LEFT_OUT = {
    "A44": "predict takes no numbers; tests/server/test_bad_tensors.py sends them",
    "A45": "the same",
}
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
    refused("A2-noise", NO_PICTURE, lambda: np.random.default_rng(0).bytes(5_000)),
    refused("A2-text", f"{NO_PICTURE} (it looks like text)", lambda: b"buy milk\n" * 9),
    refused("A2-utf-16", NO_PICTURE, lambda: "milk".encode("utf-16")),
    refused("A2-pdf", f"{NO_PICTURE} (it looks like a PDF, which", lambda: b"%PDF-1.7\n%\xe2\xe3"),
    refused("A2-svg", f"{NO_PICTURE} (it looks like SVG)", lambda: b"<svg/>"),
    refused("A2-zip", f"{NO_PICTURE} (it looks like a zip", lambda: b"PK\x03\x04" + bytes(60)),
    refused("A2-wav", "", lambda: b"RIFF\x24\0\0\0WAVEfmt " + bytes(60)),
    refused("A2-signature-alone", "", lambda: b"\x89PNG\r\n\x1a\n"),
    refused("A4-dos", NO_PICTURE, lambda: b"\xc5\xd0\xd3\xc6" + bytes(26) + b"%!PS-Adobe-3.0"),
    refused("A5-psd", NO_PICTURE, lambda: b"8BPS\0\1" + bytes(99)),
    refused("A5-fits", NO_PICTURE, lambda: b"SIMPLE  =                    T".ljust(2_880)),
    refused("A5-hdf5", NO_PICTURE, lambda: b"\x89HDF\r\n\x1a\n" + bytes(99)),
    refused("A5-jpeg-2000", NO_PICTURE, of_kind("JPEG2000")),
    refused("A5-avif", NO_PICTURE, of_kind("AVIF")),
    refused("A5-ppm", NO_PICTURE, of_kind("PPM")),
    refused("A5-sgi", NO_PICTURE, of_kind("SGI")),
    refused("A5-pcx", NO_PICTURE, of_kind("PCX")),
    refused("A6-gif", "the picture is ", lambda: cut(encoded(grey(), "GIF"))),
    refused("A6-bmp", CUT_OFF, lambda: cut(encoded(grey(), "BMP"))),
    refused("A6-webp", "the picture is ", lambda: cut(encoded(grey(), "WEBP"))),
    refused("A6-tiff", "the picture is ", lambda: cut(encoded(grey(), "TIFF"))),
    refused("A8", DAMAGED, lambda: pictures.with_a_flipped_bit(encoded(grey()), 100)),
    refused("A9", CUT_OFF, lambda: cut(encoded(grey(), "JPEG"))),
    *(
        refused(f"A10-{kind}", TOO_LARGE, partial(pictures.claiming, kind, side))
        for kind, side in pictures.HUGE.items()
    ),
    refused("A14-thread", TOO_SMALL, blank("L", (1, 1_000_000))),
    refused("A14-strip", "the picture is no digit's shape", blank("L", (100_000, 4))),
    refused("A16-width", DAMAGED, partial(png_header, 0, 9)),
    refused("A16-height", DAMAGED, partial(png_header, 9, 0)),
    refused("A16-bmp", "the picture is ", partial(pictures.claiming, "BMP", 0)),
    refused("A17-1", TOO_SMALL, blank("L", (1, 1))),
    refused("A17-2", TOO_SMALL, blank("L", (2, 2))),
    refused("A17-3", TOO_SMALL, blank("L", (3, 60))),
    refused("A26-ico", NO_PICTURE, of_kind("ICO")),
    refused("A26-icns", NO_PICTURE, of_kind("ICNS")),
    refused("A29-black", BLANK, blank("L", (90, 90))),
    refused("A29-white", BLANK, blank("RGB", (90, 90), (255, 255, 255))),
    refused("A29-grey", BLANK, blank("L", (28, 28), 128)),
    refused("A29-clear", BLANK, blank("RGBA", (90, 90))),
)
def test_a_bad_picture_is_told(
    row: Row, tmp_path: Path, store_path: Path, mnist: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    check(row, tmp_path, store_path, in_process(mnist, monkeypatch))


@rows(
    limited("A1", "the file is empty", lambda: b""),
    limited("A2-html", f"{NO_PICTURE} (it looks like HTML)", lambda: b"<html><p>"),
    limited("A4", f"{NO_PICTURE} (it looks like PostScript)", lambda: b"%!PS-Adobe EPSF"),
    limited("A6", CUT_OFF, lambda: cut(encoded(grey()))),
    limited("A10", f"{TOO_LARGE}: 2147483648×", partial(pictures.claiming, "PNG", 2**31)),
    limited("A12", f"{TOO_LARGE}: 10000×10000, over 64 MP", blank("1", (10_000, 10_000))),
    limited("A13", f"{TOO_LARGE}: 9000×9000, over 64 MP", blank("L", (9_000, 9_000))),
    limited("A13-64-MP", BLANK, blank("L", (8_000, 8_000))),
    refused("A13-rgba", BLANK, blank("RGBA", (8_000, 8_000)), memory=WIDE_MEMORY),
    limited("A13-16-bit", BLANK, blank("I;16", (8_000, 8_000))),
    limited("A13-palette", BLANK, blank("P", (8_000, 8_000))),
    refused("A13-fractions", BLANK, deflated("F"), memory=WIDE_MEMORY),
    limited("A13-webp", NO_MEMORY, webp((4_800, 4_800)), ExitCode.ENVIRONMENT),
    limited("A13-one-strip", NO_MEMORY, deflated("RGBA", one_strip=True), ExitCode.ENVIRONMENT),
    limited("A14", TOO_SMALL, blank("L", (1_000_000, 1))),
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
            ("A24-gif", "[animated]", frames("GIF")),
            ("A24-apng", "[animated]", frames("PNG")),
            ("A24-webp", "[animated]", frames("WEBP", lossless=True)),
            ("A25", "[animated]", frames("TIFF")),
            ("A25-circle", "a.png: ", pictures.with_pages_in_a_circle),
            ("A30", "a.png: 3", photograph),
        )
    )
)
def test_a_picture_of_many_frames_or_pixels_is_read(
    row: Row, tmp_path: Path, store_path: Path
) -> None:
    check(row, tmp_path, store_path)


TWINS: dict[str, Make] = {
    "A18-png": lambda: encoded(deep()),
    "A18-tiff": lambda: encoded(deep(), "TIFF"),
    "A18-big-endian": lambda: encoded(deep(">"), "TIFF"),
    "A18-12-bit": lambda: encoded(Image.fromarray(DRAWING.astype(np.uint16) * 16)),
    "A18-fractions": lambda: encoded(Image.fromarray(DRAWING.astype(np.float32) / 255), "TIFF"),
    "A20-rgba": lambda: encoded(on_nothing("RGBA", BLACK)),
    "A20-la": lambda: encoded(on_nothing("LA", BLACK)),
    "A20-white-ink": lambda: encoded(on_nothing("RGBA", WHITE)),
    "A20-unseen-colours": pictures.with_colours_that_none_sees,
    "A21": paper_made_transparent,
    "A21-opaque": lambda: encoded(grey().convert("P")),
    "A22-cmyk": lambda: encoded(grey().convert("CMYK"), "JPEG", quality=95),
    "A22-ycck": pictures.ycck,
    "A28": lambda: encoded(grey(255 - DRAWING)),
    "A28-grey": lambda: encoded(grey(200 - DRAWING // 2)),
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
