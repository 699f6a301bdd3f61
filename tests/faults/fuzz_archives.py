"""Archives and lists that are changed at random: what is read of them ends in words or pictures.

    python -m tests.faults.fuzz_archives --minutes 60 [--seed 0] [--findings FOLDER]

Tar files (plain and compressed, changed within too), Parquet, lists of pictures, files of class
names, of what is expected, and forms. It stops at the first file that ends otherwise than in a
result or a refusal, takes over ten seconds or 2 GiB of memory, or kills its process, and leaves
that file in the folder.
"""

import argparse
import gzip
import io
import json
import os
import resource
import signal
import sys
import tarfile
import tempfile
import time
import traceback
from collections.abc import Callable
from itertools import count
from pathlib import Path
from random import Random

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from mnist_cli.cluster.lists import is_list, names_in
from mnist_cli.cluster.packed import pictures_in
from mnist_cli.core.data.class_names import read_class_names
from mnist_cli.core.errors import MnistError
from mnist_cli.reading.expectations import read_expectation
from mnist_cli.reading.forms.form_file import read_form
from tests.reading.forms.test_forms import FORM
from tests.reading.test_reader import png

MAX_SECONDS, MAX_BYTES = 10, 2 << 30
AT_ONCE = 500  # files that one process reads
TOKENS = (b"\0", b"\xff", b"\n", b'"', bytes(512), b"9" * 12, b"\xef\xbb\xbf", b"PAR1", b"../")


def _picture() -> bytes:
    return png(np.random.default_rng(0).integers(0, 256, (28, 28)).astype(np.uint8))


def _tar() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name in ("a.png", "ü" * 120 + ".png", "c.txt", "d.png"):
            member = tarfile.TarInfo(name)
            member.size = len(_picture())
            archive.addfile(member, io.BytesIO(_picture()))
    return buffer.getvalue()


def _parquet(columns: dict[str, list[object]], **options: object) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer, **options)
    return buffer.getvalue()


def _unpack(path: str) -> None:
    for _, content in pictures_in(path, "a"):
        assert isinstance(content, bytes | MnistError)


def _list(path: str) -> None:
    if is_list(path):
        for name in names_in(path):
            assert isinstance(name, str)


def _class_names(path: str) -> None:
    assert len(read_class_names(Path(path))) == 10


def _form(path: str) -> None:
    assert read_form(Path(path)).fields


NAMES = [f"class {number}" for number in range(10)]
SEEDS: dict[str, tuple[bytes, Callable[[str], object]]] = {
    "a.tar": (_tar(), _unpack),
    "a.tgz": (gzip.compress(_tar()), _unpack),
    "a.parquet": (_parquet({"path": ["a", "b"], "data": [_picture()] * 2}), _unpack),
    "b.parquet": (_parquet({"image": [{"bytes": _picture(), "path": "p"}] * 9}), _unpack),
    "list.parquet": (_parquet({"path": ["a", "b"] * 20}, compression="zstd"), _list),
    "list.txt": (b"a.png\nb.png\ns3://c/d.png\n", _list),
    "list.csv": (b'path,n\n"a, b.png",1\nc.png,2\n', _list),
    "names.txt": ("\n".join(NAMES).encode(), _class_names),
    "names.json": (json.dumps(NAMES).encode(), _class_names),
    "expected.txt": (b"12\n345\n6.7\n", read_expectation),
    "form.json": (json.dumps(FORM.to_record()).encode(), _form),
}


def changed(data: bytes, random: Random) -> bytes:
    """Change a file in a few places: bits, bytes, pieces put in, left out, or repeated."""
    content = bytearray(data)
    for _ in range(random.choice((1, 1, 2, 5))):
        at = random.randrange(len(content) + 1)
        piece = content[at : at + random.choice((1, 4, 64, 600))]
        match random.randrange(5):
            case 0 if piece:
                content[at] ^= 1 << random.randrange(8)
            case 1 if piece:
                content[at] = random.randrange(256)
            case 2:
                content[at:at] = random.choice(TOKENS)
            case 3:
                content[at:at] = piece * random.choice((1, 1, 50))
            case _:
                del content[at : at + len(piece)]
    return bytes(content) if random.random() < 0.9 else bytes(content[: random.randrange(99)])


def case(number: int, seed: int) -> tuple[str, bytes]:
    """Return the name and content of a file, always the same."""
    random = Random(f"{seed}/{number}")  # noqa: S311
    name = random.choice(list(SEEDS))
    if name == "a.tgz" and random.random() < 0.5:
        return name, gzip.compress(changed(SEEDS["a.tar"][0], random), 1)
    return name, changed(SEEDS[name][0], random)


def read(name: str, content: bytes, folder: Path) -> None:
    """Read a file, or see it refused."""
    path = folder / name
    path.write_bytes(content)
    try:
        SEEDS[name][1](str(path))
    except MnistError as error:
        assert error.message  # noqa: PT017


def _read_some(numbers: range, seed: int, folder: Path) -> int:
    """Read files in this process, which notes each beforehand; return 1 where one ends badly."""
    resource.setrlimit(resource.RLIMIT_AS, (MAX_BYTES, MAX_BYTES))
    for number in numbers:
        (folder / "number").write_text(str(number))
        signal.alarm(MAX_SECONDS)
        try:
            read(*case(number, seed), folder)
        except Exception:
            traceback.print_exc()
            return 1
    return 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--findings", type=Path, default=Path())
    options = parser.parse_args()
    ends = time.monotonic() + 60 * options.minutes
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for begin in count(0, AT_ONCE):
            if time.monotonic() > ends:
                print(f"{begin} files, nothing found")  # noqa: T201
                return
            child = os.fork()
            if not child:
                os._exit(_read_some(range(begin, begin + AT_ONCE), options.seed, folder))
            if code := os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]):
                number = int((folder / "number").read_text())
                kind, content = case(number, options.seed)
                found = options.findings / f"{number}-{kind}"
                found.write_bytes(content)
                print(f"{found}: ended with {code}")  # noqa: T201
                sys.exit(1)


if __name__ == "__main__":
    main()
