"""Images as text."""

import os

import numpy as np
from numpy.typing import NDArray
from rich.text import Text

SHADES = " ░▒▓█"  # from paper to ink


def drawn(image: NDArray[np.uint8]) -> Text:
    """Draw (H, W) uint8, of an even height, in half as many lines.

    Each character is two pixels, one above the other. It has their greys; where NO_COLOR is set,
    a shade of their mean.
    """
    return _in_shades(image) if os.environ.get("NO_COLOR") else _in_greys(image)


def _in_greys(image: NDArray[np.uint8]) -> Text:
    text = Text()
    for upper, lower in zip(image[::2].tolist(), image[1::2].tolist(), strict=True):
        for top, bottom in zip(upper, lower, strict=True):
            text.append("▀", f"rgb({top},{top},{top}) on rgb({bottom},{bottom},{bottom})")
        text.append("\n")
    text.rstrip()
    return text


def _in_shades(image: NDArray[np.uint8]) -> Text:
    means = (image[::2].astype(int) + image[1::2]) / (2 * 255)
    steps = np.rint(means * (len(SHADES) - 1)).astype(int)
    return Text("\n".join("".join(SHADES[step] for step in row) for row in steps))
