"""Parquet files of strangers, a few rows at a time: a small one may unpack to gigabytes."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from mnist_cli.core.data.csv_file import find_label, has_pixels
from mnist_cli.core.data.data_files import MAX_RATIO, RATIO_FROM, refusing
from mnist_cli.core.data.image_arrays import (
    COLOUR,
    LARGEST,
    MAX_IMAGES,
    Decode,
    Images,
    Labels,
    to_dataset,
)
from mnist_cli.core.errors import DatasetError, MnistError, PictureTooCostlyError

ROWS, BATCH_BYTES = 32, 64 << 20  # decoded at a time, at most
NUMBERS_AT_ONCE = 4_000_000  # of columns of numbers, which take no more than they say

TO_FOLDERS = "Write them as pictures into folders 0/ to 9/."

_OF_BYTES = pa.types.is_binary, pa.types.is_large_binary, pa.types.is_binary_view


def batches(
    parquet: pq.ParquetFile, columns: list[str], file: IO[bytes]
) -> Iterator[pa.RecordBatch]:
    """Yield a few rows of some columns at a time: as few as their sizes make it.

    Args:
        parquet: The file.
        columns: Their names.
        file: What it was opened from.

    Raises:
        PictureTooCostlyError: What is there unpacks to far more than pictures, or their names, do.
    """
    _check_unpacked(parquet, file)
    for number in range(parquet.num_row_groups):
        # of equal values one is packed: so each row may be as large as the whole group
        largest = max(1, parquet.metadata.row_group(number).total_byte_size)
        rows = min(ROWS, max(1, BATCH_BYTES // largest))
        yield from parquet.iter_batches(rows, row_groups=[number], columns=columns)


def _check_unpacked(parquet: pq.ParquetFile, file: IO[bytes]) -> None:
    size_bytes = file.seek(0, os.SEEK_END)
    # what is said of single columns isn't asked for: of a damaged file that ends the process
    groups = map(parquet.metadata.row_group, range(parquet.num_row_groups))
    unpacked = sum(group.total_byte_size for group in groups)
    if unpacked > RATIO_FROM and unpacked > MAX_RATIO * size_bytes:
        raise PictureTooCostlyError(
            f"it would take too much memory: {size_bytes:,} bytes unpack to {unpacked:,};"
            " no pictures do."
        )


def picture_column(schema: pa.Schema) -> str | None:
    """Return the column of bytes, or of structs with `bytes`, as Hugging Face's data sets have."""
    for field in schema:
        kind = field.type
        if pa.types.is_struct(kind) and kind.get_field_index("bytes") >= 0:
            kind = kind.field("bytes").type
        if any(is_kind(kind) for is_kind in _OF_BYTES):
            return str(field.name)
    return None


def read_parquet(paths: list[Path], decode: Decode) -> tuple[Images, Labels]:
    """Read images and labels of the shards of one data set.

    Each has a column of labels, and of pictures as Hugging Face's data sets have them, of lists of
    pixels, or a column for each pixel.

    Args:
        paths: The shards, in their order.
        decode: Turns a picture's bytes into (H, W) uint8.

    Returns:
        (N, 28, 28) uint8 and (N,) uint8.

    Raises:
        DatasetError: A file is damaged, holds something else, or pictures of several sizes.
    """
    images: list[NDArray[Any]] = []
    labels: list[Any] = []
    for path in paths:
        with refusing(str(path)), path.open("rb") as file:
            try:
                for some, of_these in _rows(file, str(path), decode):
                    images += some
                    labels += of_these
            except PictureTooCostlyError as error:
                raise DatasetError(f"{path}: {error.message}") from error
    name = str(paths[0])
    if not images:
        raise DatasetError(f"{name} holds no rows.")
    sizes = {image.shape for image in images}
    if len(sizes) > 1:
        raise DatasetError(
            f"{name}: its pictures differ in size. Received: {sorted(sizes)[:3]}.", hint=TO_FOLDERS
        )
    with refusing(name):
        digits = np.array(labels)
        as_texts = digits.dtype.kind == "U"  # OpenML's
        return to_dataset(name, np.stack(images), digits.astype(float) if as_texts else digits)


def _rows(
    file: IO[bytes], name: str, decode: Decode
) -> Iterator[tuple[list[NDArray[Any]], list[Any]]]:
    """Yield images and labels of a few rows at a time."""
    parquet = pq.ParquetFile(file)
    if parquet.metadata.num_rows > MAX_IMAGES:
        raise DatasetError(f"{name}: more than {MAX_IMAGES} images.")
    schema = parquet.schema_arrow
    shown = ", ".join(schema.names[:8]) + (", …" if len(schema) > 8 else "")
    label = find_label(schema.names)
    if label is None:
        raise DatasetError(f"{name} has no column `label`. Received: {shown}.")
    lists = [field.name for field in schema if _is_list(field.type)]
    if column := picture_column(schema) or next(iter(lists), None):
        for batch in batches(parquet, [column, label], file):
            values = batch.column(column).to_pylist()
            yield [_image(value, name, decode) for value in values], batch.column(label).to_pylist()
        return
    pixels = [field.name for field in schema if field.name != label and _is_number(field.type)]
    if not has_pixels(len(pixels)):
        raise DatasetError(f"{name} has no column of pictures. Received: {shown}.")
    _check_unpacked(parquet, file)
    for batch in parquet.iter_batches(NUMBERS_AT_ONCE // len(pixels), columns=[*pixels, label]):
        columns = [batch.column(one).to_numpy(zero_copy_only=False) for one in pixels]
        yield list(np.stack(columns, axis=1)), batch.column(label).to_pylist()


def _image(value: Any, name: str, decode: Decode) -> NDArray[Any]:
    """Return the image of a cell, which holds a list of pixels, or a picture's bytes."""
    data = value.get("bytes") if isinstance(value, dict) else value
    if data is None:
        raise DatasetError(f"{name}: a row has no picture in it.")
    try:
        image = np.array(value) if isinstance(value, list) else decode(data)
    except MnistError as error:
        raise DatasetError(f"{name}: a picture in it can't be read: {error.message}") from error
    if image.size > COLOUR * LARGEST**2:
        raise DatasetError(
            f"{name}: pictures have at most {LARGEST} pixels a side. Received: {image.shape}.",
            hint=TO_FOLDERS,
        )
    return image


def _is_list(kind: pa.DataType) -> bool:
    return any(
        is_kind(kind)
        for is_kind in (pa.types.is_list, pa.types.is_large_list, pa.types.is_fixed_size_list)
    )


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))
