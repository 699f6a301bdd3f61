"""Lists of pictures: text, CSV and Parquet files with a name a row."""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq

from mnist_cli.cluster.filesystems import opened, reached
from mnist_cli.cluster.packed import PARQUET, PATH, texts
from mnist_cli.core.data.csv_rows import rows_in
from mnist_cli.core.data.parquet_file import batches, picture_column
from mnist_cli.core.errors import PictureNotFoundError, PictureTooCostlyError, UsageError


def is_list(place: str) -> bool:
    """Tell whether a file lists pictures: by its name, of Parquet by its columns.

    Raises:
        UsageError: A Parquet file holds neither pictures nor names of pictures.
        PictureNotFoundError: It is missing.
        StorageError: It can't be reached.
    """
    suffix = PurePosixPath(place).suffix.lower()
    if suffix != PARQUET:
        return suffix in _READERS
    with _opened(place) as file:
        schema = pq.read_schema(file)
        if picture_column(schema):
            return False
        _check_column(place, schema.names)
        return True


def names_in(place: str) -> Iterator[str]:
    """Yield the names in a list, one after the other; errors as for `is_list`.

    Of a text file each line is one, of the others each entry of the column `path`.
    """
    suffix = PurePosixPath(place).suffix.lower()
    with _opened(place, text=suffix != PARQUET) as file:
        yield from filter(None, _READERS[suffix](file, place))


@contextmanager
def _opened(place: str, *, text: bool = False) -> Iterator[IO[Any]]:
    with reached(place):
        try:
            with opened(place, text=text) as file:
                yield file
        except FileNotFoundError as error:
            raise PictureNotFoundError(f"{place!r}: no such list of pictures.") from error
        except PictureTooCostlyError as error:
            raise PictureTooCostlyError(f"{place!r}: {error.message}") from error
        except (csv.Error, pa.ArrowException, OSError) as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise
            # Arrow calls a damaged page an OSError
            raise UsageError(f"{place!r} can't be read as a list ({error}).") from error


def _check_column(place: str, columns: list[str]) -> None:
    if PATH not in columns:
        raise UsageError(
            f"{place!r} has no column {PATH!r} with names of pictures, and no pictures."
            f" Received: {', '.join(columns)}."
        )


def _csv_column(file: IO[str], place: str) -> Iterator[str]:
    rows = rows_in(file)
    _, heads = next(rows, (1, []))
    _check_column(place, heads)
    at = heads.index(PATH)
    return (row[at] for _, row in rows if len(row) > at)


def _parquet_column(file: IO[bytes], place: str) -> Iterator[str]:
    parquet = pq.ParquetFile(file)
    _check_column(place, parquet.schema_arrow.names)
    for batch in batches(parquet, [PATH], file):
        yield from texts(batch.column(PATH))


_READERS: dict[str, Any] = {
    ".txt": lambda file, _: (line.rstrip("\r\n") for line in file),
    ".csv": _csv_column,
    PARQUET: _parquet_column,
}
