"""A picture of one digit to its 28×28 image, for data sets of pictures."""

from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mnist_cli.reading.find_page import find_page
from mnist_cli.reading.finder import Finder
from mnist_cli.reading.given import open_picture
from mnist_cli.reading.tables.wanted import Wanted


def read_digit_image(path: Path) -> NDArray[np.uint8]:
    """Return the (28, 28) uint8 image of a picture's digit.

    Raises:
        PictureError: The picture can't be read, or is blank.
    """
    page = find_page(open_picture(path).grey, _finder(), Wanted(layout="single", turn=0))
    return page.takes[0].normalised.image


@cache
def _finder() -> Finder:
    return Finder()
