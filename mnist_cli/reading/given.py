"""What Python programs give to be read: files, bytes, Pillow images, arrays."""

import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mnist_cli.core.errors import PictureError
from mnist_cli.reading.image import Picture, decode, told_as_damage
from mnist_cli.reading.picture_file import read_file
from mnist_cli.reading.tones import in_8_bits, is_deep

PictureLike = str | Path | bytes | Image.Image | NDArray[np.uint8]

_PNG_MODES = frozenset({"1", "L", "LA", "P", "RGB", "RGBA"})


def open_picture(picture: PictureLike) -> Picture:
    """Decode a picture, whatever it is.

    Raises:
        PictureError: It can't be read.
    """
    return decode(bytes_of(picture))


def bytes_of(picture: PictureLike) -> bytes:
    """Return a picture's file, or what it would be.

    Raises:
        PictureError: It can't be read, is damaged, or an array is none of a picture.
    """
    if isinstance(picture, bytes):
        return picture
    if isinstance(picture, str | Path):
        return read_file(picture)
    if isinstance(picture, np.ndarray):
        picture = _image_of(picture)
    if not picture.width or not picture.height:
        raise PictureError("the picture holds no pixels.")
    with told_as_damage():  # Pillow reads a file when it is asked for its pixels
        buffer = io.BytesIO()
        _for_png(picture).save(buffer, "PNG", compress_level=1, exif=picture.getexif())
        return buffer.getvalue()


def _for_png(picture: Image.Image) -> Image.Image:
    if is_deep(picture):
        return in_8_bits(picture)
    return picture if picture.mode in _PNG_MODES else picture.convert("RGB")


def _image_of(array: NDArray[np.uint8]) -> Image.Image:
    is_picture = array.ndim > 1 and array.shape[2:] in {(), (3,)}
    if not (is_picture and array.size and array.dtype == np.uint8):
        raise PictureError(
            f"an array of shape {array.shape} and type {array.dtype} is no picture.",
            hint="Pass (H, W) or (H, W, 3) uint8, of 0 to 255.",
        )
    return Image.fromarray(array)
