"""An image that a network saw, as clients send it back."""

import numpy as np
from numpy.typing import NDArray

from mnist_cli.core.data.digit_form import SIDE
from mnist_cli.reading.plain_png import decode_plain_png
from mnist_cli.server import problems


def seen_image(png: bytes) -> NDArray[np.uint8]:
    """Return (28, 28) uint8; no larger picture is decoded.

    Raises:
        Problem: It is another one.
    """
    image = decode_plain_png(png, SIDE)
    if image is None or image.shape != (SIDE, SIDE):
        raise problems.unusable(
            "An image must be a grey PNG of 28×28 pixels, as explain=true gives it."
        )
    return image
