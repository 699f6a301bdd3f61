"""Images as rows of numbers in a `.csv`: as Kaggle's digit-recognizer and OpenML have them."""

import math
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_cli.core.data.data_files import MAX_BYTES, refusing
from mnist_cli.core.data.image_arrays import (
    LARGEST,
    MAX_IMAGES,
    SMALLEST,
    Images,
    Labels,
    to_dataset,
    to_images,
)
from mnist_cli.core.errors import DatasetError

LABEL_NAMES = ("label", "labels", "class", "target", "digit", "y")
SEPARATORS = ",;\t"
LONGEST_LINE = 1 << 18  # bytes: of 4,096 names of columns, or numbers
TO_MEASURE = "`mnist evaluate --data` measures a model on images with labels."
TO_READ = "`mnist predict FILE.csv --output submission.csv` reads images without labels."


def find_label(names: Sequence[str]) -> str | None:
    """Return the column of labels, by its name; None if there is none."""
    return next((name for name in names if name.lower() in LABEL_NAMES), None)


def has_pixels(columns: int) -> bool:
    """Tell whether so many columns can be the pixels of a square image."""
    side = math.isqrt(columns)
    return side**2 == columns and SMALLEST <= side <= LARGEST


def read_csv(path: Path) -> tuple[Images, Labels]:
    """Read a row an image: its label, first or under a name as `label`, and its pixels.

    Returns:
        (N, 28, 28) uint8 and (N,) uint8.

    Raises:
        DatasetError: The file is damaged, has no labels, or holds something else.
    """
    heads, numbers = _read_table(path)
    columns = numbers.shape[1]
    label = find_label(heads)
    if label is None and has_pixels(columns):
        raise DatasetError(f"{path}: {columns} pixels a row, and no labels.", hint=TO_READ)
    at = heads.index(label) if label else 0
    return to_dataset(str(path), np.delete(numbers, at, axis=1), numbers[:, at])


def read_unlabelled_csv(path: Path) -> Images:
    """Read Kaggle's test file, a row of 784 pixels an image.

    Returns:
        (N, 28, 28) uint8, in the order of the rows.

    Raises:
        DatasetError: The file is damaged, has labels, or holds something else.
    """
    heads, numbers = _read_table(path)
    columns = numbers.shape[1]
    if find_label(heads) or columns == 785:
        raise DatasetError(f"{path}: its images have labels.", hint=TO_MEASURE)
    if columns != 784:
        raise DatasetError(f"{path}: a row must hold 784 pixels. Received: {columns} columns.")
    return to_images(str(path), numbers)


def _read_table(path: Path) -> tuple[list[str], NDArray[Any]]:
    """Return names of columns, in small letters, if it begins with them, and (N, columns)."""
    if (size := path.stat().st_size) > MAX_BYTES:
        raise DatasetError(f"{path}: {size} bytes; at most {MAX_BYTES} are read.")
    with refusing(str(path)):
        with path.open("rb") as file:
            first = file.readline(LONGEST_LINE).decode("utf-8-sig").strip()
        separator = next((mark for mark in SEPARATORS if mark in first), ",")
        cells = [cell.strip().strip('"').lower() for cell in first.split(separator)]
        if not (has_pixels(len(cells)) or has_pixels(len(cells) - 1)):
            raise DatasetError(
                f"{path}: no table of images: a row must hold 784 pixels, with or without a label."
                f" Received: {len(cells)} columns.",
                hint="Kaggle's train.csv and test.csv are such files.",
            )
        heads = [] if all(map(_is_number, cells)) else cells
        numbers = _numbers(path, separator, 1 if heads else 0)
    if not numbers.size:
        raise DatasetError(f"{path} holds no rows of numbers.")
    if len(numbers) > MAX_IMAGES:
        raise DatasetError(f"{path}: more than {MAX_IMAGES} images.")
    if heads and len(heads) != numbers.shape[1]:
        raise DatasetError(
            f"{path}: {len(heads)} names of columns, but {numbers.shape[1]} numbers a row."
        )
    return heads, numbers


def _numbers(path: Path, separator: str, heads: int) -> NDArray[Any]:
    """Read all rows: whole numbers up to 255 in a tenth of the time that others take."""
    read = partial(
        np.loadtxt,
        path.absolute(),  # or a name as http: would be fetched
        comments=None,
        delimiter=separator,
        skiprows=heads,
        ndmin=2,
        max_rows=MAX_IMAGES + 1,
        encoding="utf-8-sig",
        quotechar='"',
    )
    try:
        return read(dtype=np.uint8)
    except ValueError:
        return read(dtype=np.float32)


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
