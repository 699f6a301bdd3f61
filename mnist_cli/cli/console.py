"""The only place that prints: results to stdout, everything else to stderr.

Text that a user or a file supplied is printed as it is, never as markup, with control characters
escaped; nothing wraps; off a terminal there is no ANSI.
"""

import errno
import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, TextIO

from typer.exceptions import TyperException

from mnist_cli.core import text as core_text
from mnist_cli.core.errors import ExitCode, MnistError, StoppedError, StorageError, UsageError

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

NARROWEST_TABLE = 120  # columns, off a terminal

printable = core_text.printable  # for whoever composes a line

_json_wanted = False
_to_json = json.JSONEncoder(allow_nan=False).encode


def prepare_streams() -> None:
    """Begin anew: no character that a stream's encoding lacks may end the program."""
    want_json(False)
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def want_json(wanted: bool) -> bool:
    """Remember that errors are to be JSON too; the callback of `--json`."""
    global _json_wanted  # noqa: PLW0603  one process, one command
    _json_wanted = wanted
    return wanted


def result(text: str) -> None:
    """Print one result line to stdout."""
    _write(text + "\n")


def result_json(document: Any) -> None:
    """Print one JSON document to stdout, on one line."""
    result(_to_json(document))


def result_table(*rows: Sequence[str]) -> None:
    """Print rows in columns to stdout, the first as their heads; Rich would take far longer."""
    shown = [list(map(printable, row)) for row in rows]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    for row in shown:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        result("  ".join(cells).rstrip())


def result_rows(rows: Sequence[Sequence[str]]) -> None:
    """Print rows of numbers to stdout, aligned to the right, with a point for what is empty."""
    shown = [[printable(cell) or "·" for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    for row in shown:
        cells = (cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        result("  " + "  ".join(cells))


def result_rich(renderable: "RenderableType") -> None:
    """Print a table or a drawing to stdout."""
    if sys.stdout is None:
        return
    from rich.console import Console

    width = None if sys.stdout.isatty() else NARROWEST_TABLE
    console = Console(file=sys.stdout, width=width, highlight=False, markup=False, emoji=False)
    with console.capture() as captured:
        console.print(renderable)
    _write("\n".join(line.rstrip() for line in captured.get().splitlines()) + "\n")


def stderr() -> "Console":
    """Return a console for progress."""
    from rich.console import Console

    return Console(file=sys.stderr, highlight=False, markup=False, emoji=False)


def stderr_is_terminal() -> bool:
    """Tell whether a person watches stderr."""
    return sys.stderr is not None and sys.stderr.isatty()


def stdout_is_terminal() -> bool:
    """Tell whether a person watches stdout."""
    return sys.stdout is not None and sys.stdout.isatty()


def can_ask() -> bool:
    """Tell whether a person can be asked: one who sees stderr, and types into stdin."""
    return stderr_is_terminal() and sys.stdin is not None and sys.stdin.isatty()


def ask(question: str) -> bool:
    """Ask on stderr; anything but `y` or `yes` is a no."""
    sys.stderr.write(f"{question} [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


def note(text: str) -> None:
    """Print one line to stderr."""
    with suppress(OSError):  # whoever listened went away
        if sys.stderr is not None:
            sys.stderr.write(text + "\n")
            sys.stderr.flush()


def error(failure: MnistError) -> None:
    """Print a failure: a line on stderr, and as JSON on stdout where JSON was asked for."""
    say_error(failure)
    if _json_wanted:
        result_json({"error": failure.to_record()})


def say_error(failure: MnistError, name: str = "") -> None:
    """Print a failure's line to stderr; `name` is what it happened to."""
    mark = "" if isinstance(failure, StoppedError) else "error:"  # who stops it made none
    words = [mark, f"{name}:" if name else "", failure.message, failure.hint]
    note(printable(" ".join(filter(None, words))))


def flush() -> None:
    """Bring stdout to its reader now, while a failure can still be told."""
    _guarded(lambda stream: stream.flush())


def let_go_of_stderr() -> None:
    """Drop what stderr can't take: to flush it at the end would change the exit code."""
    try:
        if sys.stderr is not None:
            sys.stderr.flush()
    except OSError:
        _to_nowhere(sys.stderr)


@contextmanager
def typers_output_guarded() -> Iterator[None]:
    """Bring stdout to its reader at the end, and tell failures of what Typer prints as our own."""
    try:
        yield
    except SystemExit as stop:
        misuse = stop.__context__
        if isinstance(misuse, TyperException) and "--json" in sys.argv:
            result_json({"error": UsageError(misuse.format_message()).to_record()})
        flush()
        if stop.code == ExitCode.BUG:  # how Rich ends where a reader of help went away
            raise SystemExit(ExitCode.BROKEN_PIPE) from stop
        if stop.code == ExitCode.INTERRUPT:  # how Typer ends at Ctrl-C, without a word
            raise KeyboardInterrupt from stop
        raise
    except OSError as failure:
        flush()
        if failure.errno != errno.ENOSPC:
            raise
        raise StorageError(f"Can't write the results: {failure.strerror}.") from failure


def _write(text: str) -> None:
    _guarded(lambda stream: stream.write(text))


def _guarded(act: Any) -> None:
    stream: TextIO | None = sys.stdout
    if stream is None:  # started with `>&-`
        return
    try:
        act(stream)
    except OSError as failure:
        _to_nowhere(stream)
        if failure.errno == errno.EPIPE:
            raise SystemExit(ExitCode.BROKEN_PIPE) from failure
        raise StorageError(f"Can't write the results: {failure.strerror}.") from failure


def _to_nowhere(stream: TextIO) -> None:
    """Have the interpreter's flush of a stream, at its end, not fail once more."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
