"""How far `mnist predict` has come, on a terminal."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain, islice
from typing import TYPE_CHECKING

from mnist_cli.cli import console

if TYPE_CHECKING:
    from mnist_cli.reading.pictures import Source

COUNTED = 10_000  # pictures that are looked for before the first is read, to say how many there are


@contextmanager
def counting(
    sources: Iterator["Source"], *, hidden: bool
) -> Iterator[tuple[Iterator["Source"], Callable[[], object]]]:
    """Yield the pictures, and what to call after each; on a terminal a line counts them.

    Args:
        sources: The pictures, however many. Of more than `COUNTED` their number is not told.
        hidden: Whether results go to stdout, and to a terminal the line would stand among them.
    """
    if (hidden and console.stdout_is_terminal()) or not console.stderr_is_terminal():
        yield sources, lambda: None
        return
    from rich.progress import (
        MofNCompleteColumn,
        Progress,
        SpinnerColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    first = list(islice(sources, COUNTED + 1))
    total = len(first) if len(first) <= COUNTED else None
    columns = SpinnerColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn()
    with Progress(
        *columns,
        console=console.stderr(),
        transient=True,
        redirect_stdout=False,  # else Rich prints the results, which go to a file, around its line
    ) as bar:
        task = bar.add_task("read", total=total)
        yield chain(first, sources), lambda: bar.advance(task)
