"""Workers, machines and drivers that are killed in the middle of a run."""

import json
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mnist_cli.core.data.dataset import Dataset
from mnist_cli.core.errors import ExitCode, PictureError, PictureTooLargeError
from mnist_cli.reading.picture_file import MAX_FILE_BYTES
from mnist_cli.reading.reader import Reader
from tests.cli.conftest import document
from tests.cluster.conftest import plain_records, records_in, write_tar
from tests.cluster.processes import workers
from tests.faults.pictures import claiming
from tests.reading.test_reader import png

pytestmark = pytest.mark.long

Pictures = dict[str, bytes | PictureError]

TARS, EACH = 24, 1_500


@pytest.fixture
def pictures(trained: Path, test_split: Dataset) -> Pictures:
    """Write tar shards into the current folder; some pictures are broken, huge or empty."""
    good = [png(image) for image in test_split.images[:EACH]]
    bad = [good[0][:40], b"", b"hello", claiming("PNG", 60_000), bytes(MAX_FILE_BYTES + 1)]
    every: Pictures = {}
    for tar in range(TARS):
        own = {f"{number:05}.png": data for number, data in enumerate(good)}
        own |= {f"bad{number}.png": data for number, data in enumerate(bad[: 5 if tar == 0 else 4])}
        write_tar(trained / f"{tar:02}.tar", own)
        every |= {f"{tar:02}.tar/{name}": data for name, data in own.items()}
    every["00.tar/bad4.png"] = PictureTooLargeError("larger than 128 MB.")
    return every


@pytest.fixture
def two_nodes() -> Iterator[Any]:
    """Start a cluster of two nodes of one core each, with processes of their own."""
    from ray.cluster_utils import Cluster

    logging.getLogger("ray").setLevel(logging.CRITICAL)
    cluster = Cluster(
        initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False}
    )
    cluster.add_node(num_cpus=1)
    yield cluster
    cluster.shutdown()


def start(*options: str) -> subprocess.Popen[str]:
    """Start to read all shards in the current folder."""
    command = ["predict", *sorted(map(str, Path().glob("*.tar"))), "--engine", "ray"]
    return subprocess.Popen(
        [sys.executable, "-m", "mnist_cli", *command, "--output", "out", "--json", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + 300
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def shards() -> int:
    return len(list(Path("out").glob("part-*")))


def check_whole(process: subprocess.Popen[str], reader: Reader, pictures: Pictures) -> Any:
    """Wait for the end; each picture has to have one record, that of `predict`."""
    out, _ = process.communicate(timeout=300)
    assert process.returncode == ExitCode.REFUSED
    manifest = json.loads(out)
    expected = plain_records(reader, pictures)
    assert manifest["n"] == len(expected)
    assert manifest["failed"] == sum(not record["ok"] for record in expected) == 4 * TARS + 1
    assert records_in(Path("out")) == expected
    assert {path.name[:5] for path in Path("out").iterdir()} == {"part-", "_mani"}
    return manifest


def test_a_worker_and_then_a_node_that_are_killed_lose_and_double_nothing(
    two_nodes: Any, pictures: Pictures, reader: Reader
) -> None:
    process = start("--address", two_nodes.address)
    wait_until(lambda: shards() >= 2)
    os.kill(workers()[0], signal.SIGKILL)
    seen = shards()
    wait_until(lambda: shards() >= seen + 3)
    (node,) = two_nodes.worker_nodes
    two_nodes.remove_node(node, allow_graceful=False)
    assert shards() < TARS

    manifest = check_whole(process, reader, pictures)

    assert (
        manifest["shards_kept"] <= 3
    )  # what was done as its worker died, and was handed out again


def test_a_driver_that_is_killed_goes_on_when_run_again(
    trained: Path, pictures: Pictures, reader: Reader
) -> None:
    process = start()
    wait_until(lambda: shards() >= 3)
    process.kill()
    process.communicate()
    wait_until(lambda: not workers())
    left = shards()
    assert left < TARS

    manifest = check_whole(start(), reader, pictures)

    assert manifest["shards_kept"] == left
    assert manifest["pictures_read"] < manifest["n"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_leaves_whole_shards_and_no_process(
    trained: Path, pictures: Pictures, reader: Reader, number: signal.Signals
) -> None:
    process = start()
    wait_until(lambda: shards() >= 2)
    process.send_signal(number)
    out, err = process.communicate(timeout=60)

    assert process.returncode == 128 + number
    assert document(out)["error"]["message"] == f"Stopped by {number.name}."
    *_, last = err.splitlines()
    assert last == f"Stopped by {number.name}. The same command goes on from here."
    assert "Traceback" not in err
    assert workers() == []
    check_whole(start(), reader, pictures)
