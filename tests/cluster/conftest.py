"""What tests of reading on a cluster share: packed pictures, an S3 server, shards read back."""

import io
import json
import shutil
import socket
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mnist_cli.core.data.dataset import Dataset
from mnist_cli.core.errors import PictureError
from mnist_cli.core.store.versions import open_version
from mnist_cli.reading.classifier import LiteRTClassifier
from mnist_cli.reading.reader import Reader
from tests.reading.test_reader import png


@pytest.fixture(scope="session")
def reader(store_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Reader:
    """Read with a copy of the session's version: one in use can't be deleted by other tests."""
    copied = shutil.copytree(store_path / "1", tmp_path_factory.mktemp("copied") / "1")
    return Reader(LiteRTClassifier(open_version(copied)))


@pytest.fixture(scope="session")
def pngs(test_split: Dataset) -> list[bytes]:
    """The first hundred test images, every tenth cut off."""
    whole = [png(image) for image in test_split.images[:100]]
    return [data[:50] if number % 10 == 3 else data for number, data in enumerate(whole)]


def write_tar(path: Path, members: dict[str, bytes], mode: str = "w") -> Path:
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


def write_parquet(path: Path, columns: dict[str, Any]) -> Path:
    pq.write_table(pa.table(columns), path)
    return path


def records_in(folder: Path) -> list[dict[str, Any]]:
    """Return the records of all shards, by path."""
    records: list[dict[str, Any]] = []
    for shard in folder.glob("part-*"):
        if shard.suffix == ".jsonl":
            records += map(json.loads, shard.read_text().splitlines())
        else:
            records += pq.read_table(shard).to_pylist()
    return sorted(records, key=lambda record: record["path"])


def plain_records(
    reader: Reader, pictures: Mapping[str, bytes | PictureError]
) -> list[dict[str, Any]]:
    """Return what `predict` says of pictures, by path."""
    readings = reader.read_many_bytes(list(pictures.items()))
    return sorted((r.to_record() for r in readings), key=lambda record: record["path"])


@contextmanager
def serving(handler: Callable[..., BaseHTTPRequestHandler]) -> Iterator[str]:
    """Answer on a port of this machine by a handler of requests."""
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="session")
def s3() -> Iterator[str]:
    """Start a server of S3 with one empty bucket; fsspec finds it by the environment."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    environment = {
        "AWS_ACCESS_KEY_ID": "a",
        "AWS_SECRET_ACCESS_KEY": "b",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": url,
    }
    server = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        _make_bucket(url)
        yield "s3://digits"
    server.terminate()
    server.wait()


def _make_bucket(url: str) -> None:
    import s3fs

    for _ in range(100):
        try:
            s3fs.S3FileSystem(endpoint_url=url).mkdir("digits")
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise TimeoutError(url)
