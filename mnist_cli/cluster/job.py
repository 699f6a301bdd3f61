"""A run: each picture to one record in one shard, also where an earlier run had begun."""

import hashlib
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import mnist_cli
from mnist_cli.cluster import filesystems, pool, tasks
from mnist_cli.cluster.destination import Destination
from mnist_cli.cluster.worker import Outcome
from mnist_cli.core.errors import ClusterError, MnistError
from mnist_cli.core.reading_digest import reading_digest
from mnist_cli.reading.reader import Reader


@dataclass(frozen=True)
class Job:
    """What is to be read, by whom, and where to.

    Attributes:
        sources: The pictures, as `tasks.find_tasks` takes them.
        reader: Reads them.
        folder: Where the shards go: a path or a URL.
        address: Of the cluster; without one, one is started here and stopped afterwards.
        workers: How many; one for each core of the cluster, if left out.
        force: Whether what is in the folder may go.
    """

    sources: tuple[str, ...]
    reader: Reader
    folder: str
    address: str | None = None
    workers: int | None = None
    force: bool = False


@dataclass
class Progress:
    """How far a run is.

    Attributes:
        shards: How many there will be.
        counts: How many pictures failed by each code, and under "" how many were read.
        shards_done: How many there are.
        shards_kept: How many of them an earlier run left.
        pictures_read: How many pictures this run read.
        failures: Why shards are missing.
        started: On the clock of `time.perf_counter`.
    """

    shards: int
    counts: Counter[str] = field(default_factory=Counter)
    shards_done: int = 0
    shards_kept: int = 0
    pictures_read: int = 0
    failures: list[MnistError] = field(default_factory=list)
    started: float = field(default_factory=time.perf_counter)

    @property
    def pictures_per_s(self) -> float:
        """How many this run reads a second, the start of workers included."""
        return self.pictures_read / (time.perf_counter() - self.started)

    def add(self, outcome: Outcome) -> None:
        """Count what came of a task."""
        if outcome.failure:
            self.failures.append(outcome.failure)
            return
        self.shards_done += 1
        self.counts += outcome.counts
        self.shards_kept += outcome.is_kept
        self.pictures_read += 0 if outcome.is_kept else outcome.counts.total()


def run(job: Job, on_progress: Callable[[Progress], None]) -> dict[str, Any]:
    """Read all pictures and return the manifest; what an earlier run of the same left is kept.

    Args:
        job: What to read.
        on_progress: Called after each shard.

    Raises:
        UsageError, PictureNotFoundError: The sources make no sense, or are not there.
        ConflictError: The folder holds something else.
        StorageError: A place can't be reached or written.
        ClusterError: The cluster can't be reached, or lost too many workers.
    """
    plan = tasks.plan(job.sources)
    created = datetime.now(UTC).isoformat(timespec="seconds")
    destination = Destination(filesystems.absolute(job.folder), _asked(job.reader, plan))
    destination.begin(force=job.force)
    progress = Progress(len(plan.tasks))
    arguments = job.reader, destination.folder, str(Path.cwd())
    with pool.cluster(job.address, job.workers):
        for outcome in pool.outcomes(plan, arguments, job.workers):
            progress.add(outcome)
            on_progress(progress)
    if progress.failures:
        first = progress.failures[0]
        raise ClusterError(
            f"{len(progress.failures)} of {progress.shards} shards are missing. {first.message}",
            hint=" ".join(filter(None, [first.hint, pool.GOES_ON])),
        )
    return destination.finish(progress.counts, _told(job, progress, created))


def _asked(reader: Reader, plan: tasks.Plan) -> dict[str, Any]:
    """Return what decides what the shards hold."""
    return {
        "model": reader.model,
        "normalisation": reading_digest(),
        "options": reader.options,
        "pictures": {"shards": len(plan.tasks), "sha256_of_names": plan.sha256},
    }


def _told(job: Job, progress: Progress, created: str) -> dict[str, Any]:
    """Return what else the manifest tells of a run."""
    return {
        "shards_kept": progress.shards_kept,
        "pictures_read": progress.pictures_read,
        "pictures_per_s": round(progress.pictures_per_s, 1),
        "duration_s": round(time.perf_counter() - progress.started, 1),
        "created": created,
        "sources": list(job.sources),
        "tool": {"version": mnist_cli.__version__, "sha256": _digest_of_code()},
    }


def _digest_of_code() -> str:
    """Return what tells this installation from others: SHA-256 of its modules."""
    package = Path(mnist_cli.__file__).parent
    sha256 = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        sha256.update(f"{path.relative_to(package)}\n".encode() + path.read_bytes())
    return sha256.hexdigest()
