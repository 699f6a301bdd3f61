"""The pool of workers, which is Ray Data's: it hands out tasks, and again where one is lost."""

import io
import logging
import os
import pickle
import re
import socket
from collections.abc import Iterator
from contextlib import chdir, contextmanager, redirect_stdout
from pathlib import Path
from typing import Any

# before Ray is imported: it is to tell nobody of the run, and its warnings are for its own logs
os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")

import pyarrow as pa
import ray
import ray.data
from ray.exceptions import RayError

import mnist_cli
from mnist_cli.cluster import tasks
from mnist_cli.cluster.worker import Outcome, Worker
from mnist_cli.core import log
from mnist_cli.core.errors import ClusterError
from mnist_cli.core.quiet import native_output_hidden
from mnist_cli.core.signals import signals_interrupt

GOES_ON = "The same command goes on from here."

# A worker asks for half a core, though it uses one. So the workers of a machine that is lost find
# room on the others, and no task of Ray Data ever waits for a worker to end.
CORE = 0.5
KNOCK_S = 10.0  # for anybody at an address to answer
# what begins a connection (RFC 9113, 3.4), with settings that change nothing; and a frame's type
HTTP2_GREETING = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])
HTTP2_SETTINGS = b"\x04"
MEMORY_BYTES = 512 << 20  # that it asks for; it takes 300 MB with photographs of 12 MP


@contextmanager
def cluster(address: str | None, workers: int | None) -> Iterator[None]:
    """Connect to a cluster, or start one here and stop it afterwards.

    Args:
        address: As `ray.init` takes it; None to start one, unless this process has one.
        workers: How many are to find room on one that is started.

    Raises:
        ClusterError: It can't be reached or started, or too many workers are lost in the block.
    """
    if ray.is_initialized():
        yield
        return
    with redirect_stdout(_Told()):
        _connect(address, max(len(os.sched_getaffinity(0)), workers or 0))
        try:
            with signals_interrupt(GOES_ON):  # after Ray, which hears SIGTERM itself
                yield
        except RayError as error:
            *_, reason = str(error).strip().splitlines()
            raise ClusterError(f"The cluster gave up: {reason}", hint=GOES_ON) from error
        finally:
            ray.shutdown()


def _connect(address: str | None, cores: int) -> None:
    options: dict[str, Any] = {
        "log_to_driver": False,
        "logging_level": logging.ERROR,
        "runtime_env": {"env_vars": {"PYTHONSAFEPATH": "1"}},
    }
    if not address:
        options |= {"num_cpus": cores, "include_dashboard": False}
    try:
        _knock(address or "")
        # Ray has its workers import from the folder that this process stands in, before all others
        with native_output_hidden(), chdir(Path(mnist_cli.__file__).parent.parent):
            ray.init(address or "local", **options)
    except (OSError, RuntimeError, ValueError) as error:
        reason = str(error).rstrip(".")
        raise ClusterError(
            f"Can't reach the cluster {address!r}: {reason}." if address else f"{reason}.",
            hint="`ray status` says whether it runs; its log is in /tmp/ray.",
        ) from error
    logging.getLogger("ray.data").setLevel(logging.CRITICAL)


def _knock(address: str) -> None:
    """Try whether gRPC is spoken at `HOST:PORT` or `ray://HOST:PORT`: Ray would try for minutes.

    Raises:
        OSError: Nobody is there, or somebody who does not answer HTTP/2.
    """
    host, _, port = address.rpartition("//")[2].rpartition(":")
    if not (host and port.isdecimal()):
        return
    with socket.create_connection((host.strip("[]"), int(port)), timeout=KNOCK_S) as connection:
        if os.environ.get("RAY_USE_TLS", "0") != "0":
            return
        connection.sendall(HTTP2_GREETING)
        if connection.recv(4)[3:] != HTTP2_SETTINGS:
            raise OSError("what answers there is no Ray")


class _Told(io.TextIOBase):
    """Takes what Ray prints to stdout, of workers that were lost, and makes events of it."""

    def write(self, text: str) -> int:
        plain = re.sub(r"\x1b\[[0-9;]*m", "", text).strip()
        if plain:
            log.warning("cluster.told", text=plain)
        return len(text)


def outcomes(
    plan: tasks.Plan, arguments: tuple[Any, ...], workers: int | None
) -> Iterator[Outcome]:
    """Have each task read by one of the workers, and yield what came of it, in any order.

    Args:
        plan: The tasks.
        arguments: Of each `Worker`.
        workers: How many; one for each core of the cluster, if left out.

    Raises:
        RayError: The cluster is gone, or too many workers are.
    """
    ray.data.DataContext.get_current().enable_progress_bars = False
    cores = int(ray.cluster_resources().get("CPU", 1))
    rows = [{"number": number, "task": task} for number, task in enumerate(plan.tasks)]
    read = ray.data.from_items(rows, override_num_blocks=len(rows)).map_batches(
        _Worker,
        fn_constructor_args=arguments,
        batch_size=1,
        batch_format="pyarrow",
        num_cpus=CORE,
        memory=MEMORY_BYTES,
        compute=ray.data.ActorPoolStrategy(size=min(workers or cores, len(rows))),
    )
    for row in read.iter_rows():
        yield pickle.loads(row["outcome"])  # noqa: S301  our own


class _Worker:
    """A worker as Ray Data calls it: a batch is one task."""

    def __init__(self, *arguments: Any) -> None:
        self._worker = Worker(*arguments)

    def __call__(self, batch: pa.Table) -> dict[str, list[bytes]]:
        (row,) = batch.to_pylist()
        outcome = self._worker.read(row["number"], tasks.unpacked(row["task"]))
        return {"outcome": [pickle.dumps(outcome)]}
