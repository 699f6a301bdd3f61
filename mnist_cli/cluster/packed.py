"""Many pictures in one file: tar shards as WebDataset has them, and Parquet."""

import bz2
import gzip
import io
import lzma
import os
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from tarfile import EOFHeaderError, HeaderError, ReadError  # type: ignore[attr-defined]
from typing import IO, Any, Self, cast

import pyarrow as pa
import pyarrow.parquet as pq

from mnist_cli.cluster.fetching import Content, within_limit
from mnist_cli.cluster.filesystems import opened, reached
from mnist_cli.core.data.parquet_file import batches, picture_column
from mnist_cli.core.errors import PictureError, PictureNotFoundError
from mnist_cli.reading.picture_file import MAX_FILE_BYTES
from mnist_cli.reading.pictures import is_picture

TAR = (".tar", ".tar.gz", ".tgz")
PARQUET = ".parquet"
PATH = "path"  # the column of names

NO_PARTS = "support range requests"  # so fsspec says it
LONGEST_HEADER = 1 << 20  # bytes: of a long name, or of what else stands before a member
MOST_BEHIND = 64 << 20  # bytes behind a tar's end that are looked through, for the checksum there

_DAMAGE = (tarfile.TarError, EOFError, ValueError, zlib.error, lzma.LZMAError, pa.ArrowException)
_COMPRESSED: dict[bytes, Any] = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ\0": lzma.open}
_EXTENDED = {
    *(tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE),
    *(tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK),
}


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
        except PictureError as error:
            yield name, error
        except _DAMAGE as error:
            yield name, _damaged(error)
        except OSError as error:
            if error.errno is not None:
                raise
            yield name, _damaged(error)  # Arrow calls a damaged page so


def _damaged(error: Exception) -> PictureError:
    if NO_PARTS in str(error):
        return PictureError("the server gives no parts of files.", hint="Copy it, and read that.")
    return PictureError(f"the file is cut off or damaged ({error}).")


class _Header(tarfile.TarInfo):
    """A member's header; of a damaged one `tarfile` says nothing, and takes it for the end."""

    @classmethod
    def fromtarfile(cls, tarfile: tarfile.TarFile) -> Self:
        """Read the next header.

        Raises:
            ReadError: It is damaged, or missing where there is no mark of the end either.
        """
        try:
            return super().fromtarfile(tarfile)
        except EOFHeaderError:
            raise
        except HeaderError as error:
            raise ReadError(f"{error} at byte {tarfile.offset}") from error

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        """Make sense of a header.

        Raises:
            ReadError: What it announces would fill the memory.
        """
        header = super().frombuf(buf, encoding, errors)
        if header.type in _EXTENDED and header.size > LONGEST_HEADER:
            raise ReadError(f"a header of {header.size} bytes")
        return header


def _in_tar(file: IO[bytes], name: str) -> Iterator[tuple[str, Content]]:
    with _uncompressed(file) as stream:
        with tarfile.open(fileobj=stream, mode="r|", tarinfo=_Header) as archive:
            for member in archive:
                archive.members.clear()  # type: ignore[attr-defined]  # it would remember them all
                if is_picture(member.name):
                    yield f"{name}/{member.name}", _member(archive, member)
        behind = 0
        while part := stream.read(1 << 20):  # the checksum is compared at the very end
            behind += len(part)
            if behind > MOST_BEHIND:
                raise ReadError("it goes on behind its end")


@contextmanager
def _uncompressed(file: IO[bytes]) -> Iterator[IO[bytes]]:
    """Yield what is in a file, which may be compressed; its checksums are compared."""
    whole = io.BufferedReader(cast("io.RawIOBase", file))
    try:
        beginning = whole.peek(6)
        found = (of for magic, of in _COMPRESSED.items() if beginning.startswith(magic))
        uncompress = next(found, None)
        yield uncompress(whole) if uncompress else whole
    finally:
        whole.detach()  # to close the file is for whoever opened it


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
    for batch in batches(parquet, [column, *names], file):
        called = texts(batch.column(PATH)) if names else [""] * len(batch)
        for own, value in zip(called, batch.column(column).to_pylist(), strict=True):
            yield own or f"{name}/{number}", _bytes(value)
            number += 1


def texts(column: pa.Array) -> list[str]:
    """Return a column of names; a byte that is no UTF-8 costs no name but its own beauty.

    Raises:
        ArrowInvalid: They are no texts.
    """
    kind = column.type
    if pa.types.is_dictionary(kind):
        column, kind = column.dictionary_decode(), kind.value_type
    if pa.types.is_string_view(kind):
        column, kind = column.cast(pa.large_string()), pa.large_string()
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
        raise pa.ArrowInvalid(f"the column {PATH!r} holds {kind}, not texts")
    values = column.cast(pa.large_binary()).to_pylist()
    return [os.fsdecode(value) if value else "" for value in values]


def _bytes(value: Any) -> Content:
    data = value.get("bytes") if isinstance(value, dict) else value
    return PictureError("no picture there.") if data is None else within_limit(data)
