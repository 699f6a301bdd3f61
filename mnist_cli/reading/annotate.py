"""A picture with what was read on it: boxes, digits, confidence."""

import io

from PIL import Image, ImageDraw, ImageFont

from mnist_cli.reading.image import WORKING_SIDE, decode_colour
from mnist_cli.reading.record import Reading

SURE, UNSURE = "#0b7a3b", "#c2410c"
SMALLEST_SIDE = 480  # px: a smaller picture is enlarged, or the words would hide it


def annotated(data: bytes, reading: Reading) -> bytes:
    """Draw a reading on its picture.

    Args:
        data: The picture's bytes.
        reading: What was read of it.

    Returns:
        A PNG, at most `WORKING_SIDE` px on the longer side.

    Raises:
        PictureError: The picture can't be decoded.
    """
    image = decode_colour(data)
    full_side = max(image.size)
    side = min(max(full_side, SMALLEST_SIDE), WORKING_SIDE)
    size = round(image.width * side / full_side), round(image.height * side / full_side)
    image = image.resize(
        size, Image.Resampling.NEAREST if side > full_side else Image.Resampling.BOX
    )
    draw = ImageDraw.Draw(image)
    factor = max(size) / max(reading.size)
    for digit in reading.digits:
        left, top, right, bottom = (round(edge * factor) for edge in digit.box)
        colour = UNSURE if digit.unsure else SURE
        draw.rectangle((left, top, right, bottom), outline=colour, width=max(2, side // 400))
        font = ImageFont.load_default(max(12, min(48, (bottom - top) // 5)))
        words = f"{digit.names[0]}  {100 * digit.confidence:.0f} %"
        box = draw.textbbox((left, top), words, font, anchor="lb")
        shift = max(0, -box[1]), max(0, box[2] - image.width)  # down from the edge, left from it
        place = left - shift[1], top + shift[0]
        draw.rectangle(draw.textbbox(place, words, font, anchor="lb"), fill="white")
        draw.text(place, words, colour, font, anchor="lb")
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()
