"""Many pictures in one file: tar shards as WebDataset has them, and Parquet."""

import lzma
import tarfile
import zlib
from collections.abc import Iterator
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq

from mnist_cli.cluster.places import Content, opened, reached, within_limit
from mnist_cli.core.errors import PictureError, PictureNotFoundError
from mnist_cli.reading.image import MAX_FILE_BYTES
from mnist_cli.reading.pictures import is_picture

TAR = (".tar", ".tar.gz", ".tgz")
PARQUET = ".parquet"
PATH = "path"  # the column of names
ROWS = 32  # of Parquet, decoded at a time

_DAMAGE = (tarfile.TarError, EOFError, zlib.error, lzma.LZMAError, pa.ArrowException)


def is_packed(path: str) -> bool:
    """Tell by its name whether a file may hold many pictures."""
    return path.lower().endswith((*TAR, PARQUET))


def pictures_in(place: str, name: str) -> Iterator[tuple[str, Content]]:
    """Yield each picture's name and bytes, in the file's order, without holding them all.

    A damaged file gives what can be read of it, and then one failure under its own name.

    Args:
        place: Path or URL of the file.
        name: What the user calls it; the names of pictures begin with it.

    Raises:
        StorageError: It can't be reached, though it may be there.
    """
    read = _in_parquet if place.lower().endswith(PARQUET) else _in_tar
    with reached(place):
        try:
            with opened(place) as file:
                yield from read(file, name)
        except FileNotFoundError:
            yield name, PictureNotFoundError("no such file.")
        except _DAMAGE as error:
            yield name, _damaged(error)
        except OSError as error:
            if error.errno is not None:
                raise
            yield name, _damaged(error)  # Arrow calls a damaged page so


def _damaged(error: Exception) -> PictureError:
    return PictureError(f"the file is cut off or damaged ({error}).")


def _in_tar(file: IO[bytes], name: str) -> Iterator[tuple[str, Content]]:
    with tarfile.open(fileobj=file, mode="r|*") as archive:
        for member in archive:
            archive.members.clear()  # type: ignore[attr-defined]  # it would remember all of them
            if is_picture(member.name):
                yield f"{name}/{member.name}", _member(archive, member)


def _member(archive: tarfile.TarFile, member: tarfile.TarInfo) -> Content:
    content = archive.extractfile(member) if member.isfile() else None
    if content is None:
        return PictureError("not a regular file.")
    return within_limit(content.read(MAX_FILE_BYTES + 1))


def _in_parquet(file: IO[bytes], name: str) -> Iterator[tuple[str, Content]]:
    parquet = pq.ParquetFile(file)
    column = picture_column(parquet.schema_arrow)
    if column is None:
        raise pa.ArrowInvalid("no column of bytes")
    names = [PATH] if PATH in parquet.schema_arrow.names else []
    number = 0
    for batch in parquet.iter_batches(ROWS, columns=[column, *names]):
        for row in batch.to_pylist():
            yield row.get(PATH) or f"{name}/{number}", _bytes(row[column])
            number += 1


def picture_column(schema: pa.Schema) -> str | None:
    """Return the column of bytes, or of structs with `bytes`, as Hugging Face's data sets have."""
    for field in schema:
        kind = field.type
        if pa.types.is_struct(kind) and kind.get_field_index("bytes") >= 0:
            kind = kind.field("bytes").type
        if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
            return str(field.name)
    return None


def _bytes(value: Any) -> Content:
    data = value.get("bytes") if isinstance(value, dict) else value
    return PictureError("no picture there.") if data is None else within_limit(data)
