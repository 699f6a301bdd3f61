"""mnist predict --engine ray."""

import os
import time
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING, Any

import typer

from mnist_cli.cli import console
from mnist_cli.core import log
from mnist_cli.core.errors import (
    ExitCode,
    NotInstalledError,
    PictureMemoryError,
    PictureNotFoundError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mnist_cli.cli.predict import Options
    from mnist_cli.cluster.job import Progress
    from mnist_cli.reading.reader import Reader

EVERY_S = 10  # off a terminal, a line says how far it is
CODES = {  # of failures; of all others REFUSED
    PictureNotFoundError.code: PictureNotFoundError.exit_code,
    PictureMemoryError.code: PictureMemoryError.exit_code,
}


def read_on_cluster(asked: "Options", open_reader: "Callable[[], Reader]", output: str) -> None:
    """Read pictures with Ray to shards in `output`, and show what the manifest says."""
    library = _library()
    address = asked.address or os.environ.get("RAY_ADDRESS")
    sources = tuple(asked.pictures)
    job = library.Job(sources, open_reader(), output, address, asked.workers, asked.force)
    with _watching() as show:
        manifest = library.run(job, show)
    if asked.as_json:
        console.result_json(manifest)
    else:
        _show(manifest, output)
    worst = max((CODES.get(code, ExitCode.REFUSED) for code in manifest["failures"]), default=0)
    if worst:
        raise typer.Exit(worst)


def _library() -> ModuleType:
    """Import what reads with Ray, which is not installed by default."""
    try:
        from mnist_cli.cluster import job
    except ModuleNotFoundError as error:
        raise NotInstalledError("--engine ray", str(error.name), "ray") from error
    return job


def _show(manifest: dict[str, Any], output: str) -> None:
    read, rate = manifest["pictures_read"], manifest["pictures_per_s"]
    n, failed, duration_s = manifest["n"], manifest["failed"], manifest["duration_s"]
    console.result(f"{n:,} pictures, {failed:,} of them failed: {console.printable(output)}")
    for code, count in manifest["failures"].items():
        console.result(f"  {code}  {count:,}")
    console.note(f"{read:,} read now, in {duration_s:,.1f} s: {rate:,.0f} a second")


@contextmanager
def _watching() -> "Iterator[Callable[[Progress], None]]":
    """Yield what shows how far a run is: a live line on a terminal, else a line now and then."""
    if not console.stderr_is_terminal():
        yield _line_now_and_then()
        return
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (
        MofNCompleteColumn(),
        TextColumn("shards"),
        BarColumn(bar_width=None),
        TextColumn("{task.fields[pictures]} pictures  {task.fields[rate]} a second"),
        TimeElapsedColumn(),
    )
    with Bar(*columns, console=console.stderr(), transient=True, expand=True) as bar:
        task = bar.add_task("read", total=None, pictures="-", rate="-")

        def show(progress: "Progress") -> None:
            bar.update(
                task,
                total=progress.shards,
                completed=progress.shards_done,
                pictures=f"{progress.counts.total():,}",
                rate=f"{progress.pictures_per_s:,.0f}",
            )

        yield show


def _line_now_and_then() -> "Callable[[Progress], None]":
    told = time.monotonic()

    def tell(progress: "Progress") -> None:
        nonlocal told
        if time.monotonic() - told < EVERY_S and progress.shards_done < progress.shards:
            return
        told = time.monotonic()
        log.event(
            "predict.shards",
            done=progress.shards_done,
            shards=progress.shards,
            pictures=progress.counts.total(),
            failed=progress.counts.total() - progress.counts[""],
            pictures_per_s=progress.pictures_per_s,
        )

    return tell
