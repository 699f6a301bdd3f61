import bz2
import gzip
import lzma
import os
import tarfile
from collections.abc import Callable
from functools import partial
from http.server import SimpleHTTPRequestHandler
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mnist_cli.cluster.packed import pictures_in
from mnist_cli.core.data.parquet_file import BATCH_BYTES, batches
from mnist_cli.core.errors import PictureError, StorageError
from mnist_cli.reading.picture_file import MAX_FILE_BYTES
from tests.cluster.conftest import serving, write_parquet, write_tar
from tests.reading.test_reader import png


def shown(path: Path) -> list[tuple[str, object]]:
    """Return what is in a file: bytes, or the words of a failure."""
    return [
        (name, content.message if isinstance(content, PictureError) else content)
        for name, content in pictures_in(str(path), path.name)
    ]


@pytest.mark.parametrize(
    ("name", "mode"), [("a.tar", "w"), ("a.tar.gz", "w:gz"), ("a.tgz", "w:gz")]
)
def test_a_tar_gives_its_pictures_and_passes_over_the_rest(
    tmp_path: Path, name: str, mode: str
) -> None:
    path = write_tar(tmp_path / name, {"x/1.png": b"one", "x/1.cls": b"7", "2.JPG": b""}, mode)

    assert shown(path) == [(f"{name}/x/1.png", b"one"), (f"{name}/2.JPG", b"")]


def test_a_link_in_a_tar_is_followed_nowhere(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        link = tarfile.TarInfo("1.png")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)

    assert shown(tmp_path / "a.tar") == [("a.tar/1.png", "not a regular file.")]


def test_a_huge_member_is_told_and_the_next_one_read(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a.tar", "w") as archive, (tmp_path / "huge").open("w+b") as huge:
        os.truncate(huge.fileno(), MAX_FILE_BYTES + 1)
        archive.addfile(archive.gettarinfo(arcname="1.png", fileobj=huge), huge)
        archive.addfile(tarfile.TarInfo("2.png"))

    assert shown(tmp_path / "a.tar") == [
        ("a.tar/1.png", "larger than 128 MB."),
        ("a.tar/2.png", b""),
    ]


def test_a_tar_cut_off_gives_what_it_has_and_one_failure(tmp_path: Path) -> None:
    path = write_tar(tmp_path / "a.tar", {"1.png": b"one", "2.png": bytes(5_000)})
    os.truncate(path, 3_000)

    first, last = shown(path)

    assert first == ("a.tar/1.png", b"one")
    assert last[0] == "a.tar"
    assert "cut off or damaged" in str(last[1])


@pytest.mark.parametrize("name", ["a.tar", "a.tgz", "a.parquet"])
@pytest.mark.parametrize("content", [b"", b"hello", bytes(2_000), b"\x1f\x8b" + bytes(50)])
def test_what_is_no_such_file_is_one_failure_or_nothing(
    tmp_path: Path, name: str, content: bytes
) -> None:
    (tmp_path / name).write_bytes(content)

    assert [found for found, _ in shown(tmp_path / name)] in ([name], [])


def test_a_missing_file_is_one_failure(tmp_path: Path) -> None:
    assert shown(tmp_path / "a.tar") == [("a.tar", "no such file.")]


def test_parquet_gives_bytes_by_their_name_or_their_row(tmp_path: Path) -> None:
    named = write_parquet(
        tmp_path / "a.parquet", {"n": [1, 2], "data": [b"x", None], "path": ["p", "q"]}
    )
    nested = write_parquet(tmp_path / "b.parquet", {"image": [{"bytes": b"x", "path": "p"}] * 40})

    assert shown(named) == [("p", b"x"), ("q", "no picture there.")]
    assert shown(nested) == [(f"b.parquet/{row}", b"x") for row in range(40)]


@pytest.mark.parametrize(
    ("name", "picture"),
    [
        (pa.dictionary(pa.int8(), pa.string()), pa.binary()),  # as pandas writes a category
        (pa.string(), pa.binary_view()),
        (pa.string_view(), pa.large_binary()),
    ],
    ids=str,
)
def test_parquet_has_names_and_pictures_in_each_form_of_arrow(
    tmp_path: Path, name: pa.DataType, picture: pa.DataType
) -> None:
    columns = {"path": pa.array(["p", "p"]).cast(name), "data": pa.array([b"x", b"y"], picture)}
    pq.write_table(pa.table(columns), tmp_path / "a.parquet")

    assert shown(tmp_path / "a.parquet") == [("p", b"x"), ("p", b"y")]


def test_a_place_that_cannot_be_reached_is_no_bad_picture() -> None:
    with pytest.raises(StorageError, match=r"Can't reach 'http://127.0.0.1:9/a.tar'"):
        list(pictures_in("http://127.0.0.1:9/a.tar", "a.tar"))


def damaged(content: bytes, number: int) -> bytes:
    """Return content cut off, or with a bit flipped; a number decides where."""
    generator = np.random.default_rng(number)
    at = int(generator.integers(len(content)))
    if number % 2:
        return content[:at]
    return content[:at] + bytes([content[at] ^ 1 << generator.integers(8)]) + content[at + 1 :]


@pytest.mark.parametrize("name", ["a.tar", "a.tgz", "a.parquet"])
def test_no_damage_loses_a_picture_silently(tmp_path: Path, name: str) -> None:
    generator = np.random.default_rng(0)
    pictures = {
        f"{n}.png": png(generator.integers(0, 256, (28, 28)).astype(np.uint8)) for n in range(12)
    }
    path = tmp_path / name
    if name.endswith(".parquet"):
        write_parquet(path, {"path": list(pictures), "data": list(pictures.values())})
    else:
        write_tar(path, pictures, "w:gz" if name.endswith("z") else "w")
    whole = path.read_bytes()

    for number in range(600):
        path.write_bytes(damaged(whole, number))
        found = list(pictures_in(str(path), name))
        read = [content for _, content in found if isinstance(content, bytes)]

        assert len(found) <= len(pictures) + 1
        assert len(read) == len(pictures) or len(found) > len(read), number


def test_a_long_name_that_would_fill_the_memory_is_damage(tmp_path: Path) -> None:
    bomb = tarfile.TarInfo("x")
    bomb.type, bomb.size = tarfile.GNUTYPE_LONGNAME, 1 << 32
    (tmp_path / "a.tgz").write_bytes(gzip.compress(bomb.tobuf(tarfile.GNU_FORMAT) + bytes(100_000)))

    (name, words), *more = shown(tmp_path / "a.tgz")

    assert (name, more) == ("a.tgz", [])
    assert "a header of 4294967296 bytes" in str(words)


def test_a_name_that_is_no_utf8_costs_nothing(tmp_path: Path) -> None:
    names = pa.array([b"\xff.png", b"2.png"]).view(pa.string())
    path = write_parquet(tmp_path / "a.parquet", {"path": names, "data": [b"one", b"two"]})

    assert shown(path) == [("\udcff.png", b"one"), ("2.png", b"two")]


@pytest.mark.parametrize("compress", [bz2.compress, lzma.compress, gzip.compress])
def test_a_tar_may_be_compressed_whatever_its_name_says(
    tmp_path: Path, compress: Callable[[bytes], bytes]
) -> None:
    path = write_tar(tmp_path / "a.tar", {"1.png": b"one"})
    path.write_bytes(compress(path.read_bytes()))

    assert shown(path) == [("a.tar/1.png", b"one")]


def test_parquet_of_zeros_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    zeros = pa.table({"path": ["a", "b"] * 5, "data": [bytes(10 << 20)] * 10})
    pq.write_table(zeros, path, compression="zstd", use_dictionary=False)

    ((name, words),) = shown(path)

    assert name == "a.parquet"
    assert "it would take too much memory" in str(words)
    assert "no pictures do" in str(words)


def test_of_one_value_for_many_rows_a_few_rows_are_held(tmp_path: Path) -> None:
    path = write_parquet(tmp_path / "a.parquet", {"data": [bytes(1 << 20)] * 200})

    with path.open("rb") as file:
        held = [len(batch) for batch in batches(pq.ParquetFile(file), ["data"], file)]

    assert sum(held) == 200
    assert max(held) * (1 << 20) <= BATCH_BYTES
    assert len(shown(path)) == 200


class Silent(SimpleHTTPRequestHandler):
    """Python's server, which gives whole files, whichever part it is asked for."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_a_server_that_gives_no_parts_is_told(tmp_path: Path) -> None:
    write_tar(tmp_path / "a.tar", {f"{n}.png": bytes(1 << 20) for n in range(20)})

    with serving(partial(Silent, directory=str(tmp_path))) as url:
        *read, (name, failure) = pictures_in(f"{url}/a.tar", "a.tar")

    assert len(read) < 20
    assert name == "a.tar"
    assert isinstance(failure, PictureError)
    assert failure.message == "the server gives no parts of files."


def test_a_pipe_is_one_failure(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.tar")

    ((name, words),) = shown(tmp_path / "a.tar")

    assert name == "a.tar"
    assert "not a regular file" in str(words)
