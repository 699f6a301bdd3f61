"""A picture's bytes to one grey image, safely: what is refused is refused before it is decoded."""

import errno
import importlib
import io
import re
import warnings
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image

from mnist_cli.core.errors import (
    NotAPictureError,
    PictureError,
    PictureNotFoundError,
    PictureTooCostlyError,
    PictureTooLargeError,
    PictureUnreadableError,
)
from mnist_cli.core.files import NotRegularError, read_regular
from mnist_cli.core.quiet import native_output_hidden
from mnist_cli.core.text import is_address
from mnist_cli.reading import documents
from mnist_cli.reading.plain_png import decode_plain_png

# A signature, and what of Pillow reads a file that begins with it. Pillow's own search would
# import all of its forty formats, some of which are no pictures but programs.
_DECODERS = (
    (b"\x89PNG\r\n\x1a\n", "PngImagePlugin", "PngImageFile"),
    (b"\xff\xd8\xff", "JpegImagePlugin", "jpeg_factory"),
    (b"BM", "BmpImagePlugin", "BmpImageFile"),
    (b"GIF8", "GifImagePlugin", "GifImageFile"),
    (b"RIFF", "WebPImagePlugin", "WebPImageFile"),
    (b"II*\0", "TiffImagePlugin", "TiffImageFile"),
    (b"MM\0*", "TiffImagePlugin", "TiffImageFile"),
)
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1"})
FORMATS = "PNG, JPEG, BMP, GIF, WebP, TIFF"

MAX_FILE_BYTES = 128 << 20
MAX_PIXELS = 64_000_000  # phones take 50 MP
MAX_WEBP_PIXELS = 24_000_000  # each takes so many bytes until it is decoded:
WEBP_BYTES = 16
MAX_SCANNED = 2_000_000_000  # pixels of all scans of a JPEG: about 2 s
MIN_SIDE = 4
MAX_ASPECT = 32
WORKING_SIDE = 1_600  # px; a picture twice as large or more is halved, or more, to no less
BAND_PIXELS = 4_000_000  # of a picture that are converted at a time

# of a JPEG; in a scan's own bytes a marker of a segment can't be
_JPEG_BEGINS, _SCAN, _JPEG_ENDS = b"\xff\xd8", b"\xff\xda", b"\xff\xd9"
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")

_NO_MEMORY = ("error -9", "out of memory")  # so decoders call it

_UPRIGHT_BY = {  # EXIF orientations
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_ON_ITS_SIDE = {5, 6, 7, 8}

_LOOKS_LIKE = {
    b"%PDF": "a PDF, which is read by its name, as scan.pdf",
    b"%!PS": "PostScript",
    b"<!doc": "HTML",
    b"<html": "HTML",
    b"<svg": "SVG",
    b"<?xml": "XML",
    b"PK\x03\x04": "a zip archive",
    b"\x1f\x8b": "a gzip archive",
}


@dataclass(frozen=True)
class Picture:
    """A decoded picture.

    Attributes:
        grey: (H, W) uint8 luminance, upright, under twice `WORKING_SIDE` px on the longer side.
        size: Width and height of the upright picture before it was reduced.
        flags: What a reader of the result should know, as `animated`.
    """

    grey: NDArray[np.uint8]
    size: tuple[int, int]
    flags: tuple[str, ...] = ()


def read_file(path: str | Path) -> bytes:
    """Read a picture's file, without waiting on a pipe and without reading more than a limit.

    Of a PDF's page, `FILE.pdf#3`, a picture is drawn.

    Raises:
        PictureNotFoundError: Nothing is there.
        PictureUnreadableError: The system does not give it: by its permissions, or it is broken.
        PictureError: It is no regular file, is empty, or is too large.
    """
    if "#" in str(path) and (page := documents.page_of(path)):
        return documents.draw_page(read_file(page[0]), page[1])
    try:
        return read_regular(path, MAX_FILE_BYTES)
    except ValueError as error:  # a NUL in the name
        raise PictureNotFoundError(f"no such file ({error}).") from error
    except OSError as error:
        if error.errno in {errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG}:
            raise not_found(str(path)) from error
        if error.errno == errno.EFBIG:
            raise _too_large() from error
        # ENXIO is of a socket, or of a terminal that is none of ours
        if isinstance(error, NotRegularError) or error.errno == errno.ENXIO:
            raise PictureError("not a regular file.") from error
        raise PictureUnreadableError(f"{error.strerror}.") from error


def not_found(path: str) -> PictureNotFoundError:
    """Return what says that nothing is at a path, or that it is an address."""
    if is_address(path):
        return PictureNotFoundError(
            "an address, not a file.", hint="Download it first; --engine ray reads addresses."
        )
    return PictureNotFoundError("no such file.")


def check_file_size(data: bytes) -> bytes:
    """Return a picture's bytes as they are.

    Raises:
        PictureTooLargeError: There are more of them than are read.
    """
    if len(data) > MAX_FILE_BYTES:
        raise _too_large()
    return data


def _too_large() -> PictureError:
    return PictureTooLargeError(f"larger than {MAX_FILE_BYTES >> 20} MB.")


def decode(data: bytes) -> Picture:
    """Decode a PNG, JPEG, BMP, GIF, WebP or TIFF.

    EXIF orientation is applied, transparency laid on white, and 16-bit, palette and CMYK pixels
    brought to 8-bit luminance. Of several frames the first is taken.

    Raises:
        PictureError: It is no such picture, is damaged, or too large.
    """
    if not data:
        raise PictureError("the file is empty.")
    if (grey := decode_plain_png(data, MIN_SIDE)) is not None:
        return Picture(grey, (grey.shape[1], grey.shape[0]))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns of what is refused or mended here
        return _decode(data)


def decode_colour(data: bytes) -> Image.Image:
    """Decode a picture for people to look at: upright, RGB, transparency on white.

    Raises:
        PictureError: As for `decode`.
    """
    with warnings.catch_warnings(), told_as_damage():
        warnings.simplefilter("ignore")
        image, orientation = _loaded(data, "RGB")[:2]
        image = _reduced(image)
        if is_deep(image):
            colour = Image.fromarray(_deep_luminance(image)).convert("RGB")
        else:
            colour = _by_bands(image, _coloured)
        return _turned(colour, orientation)


def _decode(data: bytes) -> Picture:
    with told_as_damage():
        image, orientation, size, animated = _loaded(data, "L")
        grey = _turned(Image.fromarray(_luminance(_reduced(image))), orientation)
    return Picture(np.asarray(grey), size, ("animated",) if animated else ())


@contextmanager
def told_as_damage() -> Iterator[None]:
    """Turn whatever a broken file leads decoders to raise into a PictureError."""
    try:
        yield
    except (PictureError, MemoryError):
        raise
    except Image.DecompressionBombError as error:  # Pillow's own limit, in some openers
        raise PictureTooLargeError(
            f"the picture is too large: over {MAX_PIXELS / 1e6:g} MP."
        ) from error
    except Exception as error:
        if any(words in str(error) for words in _NO_MEMORY):
            raise MemoryError from error
        cut = "truncated" in str(error) or "not processed" in str(error)
        what = "is cut off" if cut else "is damaged"
        raise PictureError(f"the picture {what} ({error}).") from error


def _loaded(data: bytes, mode: str) -> tuple[Image.Image, int, tuple[int, int], bool]:
    """Decode a picture.

    Returns:
        The picture, perhaps reduced; its orientation, as EXIF has it; the size it has upright;
        whether there are more frames.
    """
    image = _open(data)
    _check_size(*image.size)
    if image.format == "WEBP":
        _check_webp(*image.size)
    if image.format in {"JPEG", "MPO"}:
        _check_scans(data, *image.size)
    size, longer = image.size, max(image.size)
    if longer > WORKING_SIDE:  # a JPEG can be decoded at a half, a quarter or an eighth
        factor = WORKING_SIDE / longer
        image.draft(mode, (round(image.width * factor), round(image.height * factor)))
    # libtiff tells the terminal what it thinks of a damaged file
    with native_output_hidden() if image.format == "TIFF" else nullcontext():
        image.load()
    if image.format == "PNG":
        _check_png(data)
    orientation = _orientation(image)
    if orientation in _ON_ITS_SIDE:
        size = size[::-1]
    return image, orientation, size, _has_more_frames(image, data)


def _open(data: bytes) -> Image.Image:
    """Read a picture's header, in one of the allowed formats."""
    for signature, module, opener in _DECODERS:
        if data.startswith(signature):
            return _opener(module, opener)(io.BytesIO(data))
    if data[4:8] == b"ftyp" and data[8:12] in _HEIC_BRANDS:
        return _open_heic(data)
    head = data[:64].lstrip().lower()
    kind = next((v for k, v in _LOOKS_LIKE.items() if head.startswith(k.lower())), "")
    if not kind and b"\0" not in data[:512] and data[:512].isascii():
        kind = "text"
    looks = f" (it looks like {kind})" if kind else ""
    raise NotAPictureError(f"not a picture that can be read{looks}.", hint=f"Use one of {FORMATS}.")


def _open_heic(data: bytes) -> Image.Image:
    """Read the header of a phone's HEIC or AVIF picture."""
    try:
        from pillow_heif import HeifImageFile
    except ImportError as error:
        raise NotAPictureError(
            "reading HEIC needs pillow-heif, which is not installed.",
            hint="Run `pip install 'mnist-cli[heic]'`.",
        ) from error
    return cast("Image.Image", HeifImageFile(io.BytesIO(data)))


@cache
def _opener(module: str, name: str) -> Callable[[io.BytesIO], Image.Image]:
    return cast(
        "Callable[[io.BytesIO], Image.Image]",
        getattr(importlib.import_module(f"PIL.{module}"), name),
    )


def _check_size(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise PictureTooLargeError(
            f"the picture is too large: {width}×{height}, over {MAX_PIXELS / 1e6:g} MP."
        )
    if min(width, height) < MIN_SIDE:
        raise PictureError(
            f"the picture is too small: {width}×{height}, under {MIN_SIDE}×{MIN_SIDE}."
        )
    if max(width, height) > MAX_ASPECT * min(width, height):
        raise PictureError(
            f"the picture is no digit's shape: {width}×{height}, over {MAX_ASPECT} to 1."
        )


def _check_webp(width: int, height: int) -> None:
    """Refuse a WebP that its decoder takes too much memory for.

    Raises:
        MemoryError: There is less than it takes. Its decoder would call that damage.
    """
    if width * height > MAX_WEBP_PIXELS:
        raise PictureTooLargeError(
            f"the picture is too large: {width}×{height}, over {MAX_WEBP_PIXELS / 1e6:g} MP,"
            " the limit for WebP."
        )
    np.empty((width, height, WEBP_BYTES), np.uint8)  # untouched, it takes no memory yet


def _check_scans(data: bytes, width: int, height: int) -> None:
    """Refuse a JPEG that goes over its pixels again and again; ten times is usual."""
    most = MAX_SCANNED // (width * height)
    if _count_scans(data, most) > most:
        raise PictureTooCostlyError(f"the picture would take too long: over {most} scans.")


def _count_scans(data: bytes, most: int) -> int:
    """Return how many scans a JPEG's own image has, up to one more than `most`.

    What stands in its segments, as a preview, and behind its end, as a phone's film, is not its.
    """
    at, scans = len(_JPEG_BEGINS), 0
    while scans <= most and (found := _MARKER.search(data, at)) and found[0] != _JPEG_ENDS:
        scans += found[0] == _SCAN
        at = found.end() + int.from_bytes(data[found.end() : found.end() + 2], "big")
    return scans


def _check_png(data: bytes) -> None:
    """Refuse a PNG whose pixels are not as they were written.

    Pillow stops at the last pixel, before it has seen whether the checksum after it is right.
    """
    view, at = memoryview(data), len(_DECODERS[0][0])
    while (kind := data[at + 4 : at + 8]) not in {b"", b"IEND"}:
        end = at + 8 + int.from_bytes(data[at : at + 4], "big")
        told = int.from_bytes(data[end : end + 4], "big")
        if kind == b"IDAT" and zlib.crc32(view[at + 4 : end]) != told:
            what = "is damaged" if end + 4 <= len(data) else "is cut off"
            raise PictureError(f"the picture {what} (a checksum is wrong).")
        at = end + 4


def _has_more_frames(image: Image.Image, data: bytes) -> bool:
    """Look for a second frame only: counting them all would let a file keep us busy.

    It is looked for in a second image, since a later frame may claim another size.
    """
    if image.format in {"JPEG", "MPO", "BMP"}:  # MPO is a photograph with its preview
        return False
    if image.format in {"PNG", "GIF"}:  # the header tells; seeking would build the second frame
        return bool(getattr(image, "is_animated", False))
    try:
        _open(data).seek(1)
    except Exception:  # no more frames, or a broken one
        return False
    return True


def _reduced(image: Image.Image) -> Image.Image:
    """Shrink a large picture before it is converted, which takes several copies."""
    factor = _factor(image)
    shrinks = image.mode in {"L", "RGB", "CMYK", "YCbCr"}  # without another copy
    if factor < 2 or not shrinks:
        return image
    return image.reduce(factor)


def _factor(image: Image.Image) -> int:
    """Return how many times a picture is larger than it has to be."""
    return max(1, max(image.size) // WORKING_SIDE)


def _by_bands(image: Image.Image, convert: Callable[[Image.Image], Image.Image]) -> Image.Image:
    """Convert a picture, and shrink it if it is large, a band at a time.

    A whole picture of 64 MP would take several copies of 256 MB.
    """
    factor = _factor(image)
    rows = factor * max(1, BAND_PIXELS // image.width // factor)
    bands = []
    for top in range(0, image.height, rows):
        band = image.crop((0, top, image.width, min(top + rows, image.height)))
        bands.append(np.asarray(convert(band).reduce(factor)))
    return Image.fromarray(np.concatenate(bands))


def _orientation(image: Image.Image) -> int:
    """Return the EXIF orientation; a damaged EXIF block is no reason to refuse the picture."""
    try:
        return int(image.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # as in decode
        return 1


def _turned(image: Image.Image, orientation: int) -> Image.Image:
    """Return a picture upright."""
    how = _UPRIGHT_BY.get(orientation)
    return image if how is None else image.transpose(how)


def is_deep(image: Image.Image) -> bool:
    """Tell whether a picture has more than 8 bits for each pixel of its one channel."""
    return image.mode.startswith("I") or image.mode == "F"


def _luminance(image: Image.Image) -> NDArray[np.uint8]:
    """Bring any mode to (H, W) uint8, under twice `WORKING_SIDE` px on the longer side."""
    if is_deep(image):
        return _deep_luminance(image)
    if image.has_transparency_data:
        white, black = (
            np.asarray(_by_bands(image, partial(_flattened, paper=paper))) for paper in (255, 0)
        )
        # a white drawing on nothing vanishes on white; it shows on black
        return white if 2 * int(np.ptp(white)) >= int(np.ptp(black)) else black
    return np.asarray(_by_bands(image, _grey))


def _deep_luminance(image: Image.Image) -> NDArray[np.uint8]:
    top = _white_of(image)
    return np.asarray(_by_bands(image, lambda band: in_8_bits(band, top)))


def in_8_bits(image: Image.Image, white: float | None = None) -> Image.Image:
    """Scale 16-bit integers, or fractions, to 0..255; `convert("L")` would clip them.

    Args:
        image: One that `is_deep`.
        white: What becomes 255; found out, if left out.

    Raises:
        PictureError: It holds numbers that are not finite.
    """
    pixels = np.asarray(image, dtype=np.float32)
    if not np.isfinite(pixels).all():
        raise PictureError("the picture holds numbers that are not finite.")
    share = np.clip(pixels / (white or _white_of(image)), 0, 1)
    return Image.fromarray(np.rint(share * 255).astype(np.uint8))


def _white_of(image: Image.Image) -> float:
    """Return what means white: 32-bit integers and floats come in several ranges."""
    if image.mode.startswith("I;16"):
        return 65_535.0
    brightest = float(image.getextrema()[1])  # type: ignore[arg-type]  # of one channel
    return next((top for top in (1.0, 255.0, 65_535.0) if brightest <= top), brightest)


def _grey(image: Image.Image) -> Image.Image:
    if image.mode not in {"L", "1"}:
        image = image.convert("RGB")
    return image.convert("L")


def _coloured(image: Image.Image) -> Image.Image:
    """Bring a picture to RGB, transparency on white."""
    if not image.has_transparency_data:
        return image.convert("RGB")
    page = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(page, image.convert("RGBA")).convert("RGB")


def _flattened(image: Image.Image, paper: int) -> Image.Image:
    page = Image.new("RGBA", image.size, (paper, paper, paper, 255))
    return Image.alpha_composite(page, image.convert("RGBA")).convert("L")
