"""A picture's bytes to one grey image, safely: what is refused is refused before it is decoded."""

import importlib
import io
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import cache
from typing import cast

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image

from mnist_cli.core.errors import NotAPictureError, PictureError, PictureTooLargeError
from mnist_cli.core.quiet import native_output_hidden
from mnist_cli.reading.image_checks import (
    DAMAGED_HINT,
    MAX_PIXELS,
    MIN_SIDE,
    SMALLER_HINT,
    check_png,
    check_scans,
    check_size,
    check_webp,
)
from mnist_cli.reading.plain_png import decode_plain_png
from mnist_cli.reading.tones import (
    WORKING_SIDE,
    by_bands,
    coloured,
    deep_luminance,
    is_deep,
    luminance,
    reduced,
)

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


def decode(data: bytes) -> Picture:
    """Decode a PNG, JPEG, BMP, GIF, WebP or TIFF.

    EXIF orientation is applied, transparency laid on white, and 16-bit, palette and CMYK pixels
    brought to 8-bit luminance. Of several frames the first is taken.

    Raises:
        PictureError: It is no such picture, is damaged, or too large.
    """
    if not data:
        raise PictureError("the file is empty.", hint="Was it copied or downloaded to its end?")
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
        image = reduced(image)
        if is_deep(image):
            colour = Image.fromarray(deep_luminance(image)).convert("RGB")
        else:
            colour = by_bands(image, coloured)
        return _turned(colour, orientation)


def _decode(data: bytes) -> Picture:
    with told_as_damage():
        image, orientation, size, animated = _loaded(data, "L")
        grey = _turned(Image.fromarray(luminance(reduced(image))), orientation)
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
            f"the picture is too large: over {MAX_PIXELS / 1e6:g} MP.", hint=SMALLER_HINT
        ) from error
    except Exception as error:
        if any(words in str(error) for words in _NO_MEMORY):
            raise MemoryError from error
        cut = "truncated" in str(error) or "not processed" in str(error)
        what = "is cut off" if cut else "is damaged"
        raise PictureError(f"the picture {what} ({error}).", hint=DAMAGED_HINT) from error


def _loaded(data: bytes, mode: str) -> tuple[Image.Image, int, tuple[int, int], bool]:
    """Decode a picture.

    Returns:
        The picture, perhaps reduced; its orientation, as EXIF has it; the size it has upright;
        whether there are more frames.
    """
    image = _open(data)
    check_size(*image.size)
    if image.format == "WEBP":
        check_webp(*image.size)
    if image.format in {"JPEG", "MPO"}:
        check_scans(data, *image.size)
    size, longer = image.size, max(image.size)
    if longer > WORKING_SIDE:  # a JPEG can be decoded at a half, a quarter or an eighth
        factor = WORKING_SIDE / longer
        image.draft(mode, (round(image.width * factor), round(image.height * factor)))
    # libtiff tells the terminal what it thinks of a damaged file
    with native_output_hidden() if image.format == "TIFF" else nullcontext():
        image.load()
    if image.format == "PNG":
        check_png(data)
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
