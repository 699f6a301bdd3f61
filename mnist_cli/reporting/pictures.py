"""Digits and figures as pictures inside the page, on whatever ground it has."""

import base64
import io

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image

from mnist_cli.reporting.plots.style import STYLE


def digit_uri(image: NDArray[np.uint8]) -> str:
    """Return a digit in black ink on nothing as a `data:` address.

    Args:
        image: (28, 28) uint8, 255 for ink.
    """
    drawn = Image.fromarray(image).convert("P")
    drawn.putpalette(bytes(3 * 256))
    buffer = io.BytesIO()
    drawn.save(buffer, "PNG", optimize=True, transparency=bytes(range(256)))
    return _uri("png", buffer)


@rc_context(STYLE)
def svg_uri(figure: Figure) -> str:
    """Return a figure, without a ground of its own, as a `data:` address."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None})
    return _uri("svg+xml", buffer)


def _uri(kind: str, content: io.BytesIO) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(content.getvalue()).decode()}"
