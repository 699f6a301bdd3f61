"""A 28×28 image as text."""

import numpy as np
from numpy.typing import NDArray
from rich.text import Text


def half_blocks(image: NDArray[np.uint8]) -> Text:
    """Draw (28, 28) uint8 in 14 lines: each character is two pixels, one above the other."""
    text = Text()
    for upper, lower in zip(image[::2].tolist(), image[1::2].tolist(), strict=True):
        for top, bottom in zip(upper, lower, strict=True):
            text.append("▀", f"rgb({top},{top},{top}) on rgb({bottom},{bottom},{bottom})")
        text.append("\n")
    text.rstrip()
    return text
