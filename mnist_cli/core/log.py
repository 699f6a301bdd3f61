"""Structured events: a dotted name and typed fields, as JSON lines in a file and text on stderr.

    log.event("training.epoch_end", epoch=3, loss=0.0412, val_accuracy=0.9897)

The standard library's `logging` carries them, so a program that uses this package as a library
hears them in the way it already listens (logger `mnist_cli`).
"""

import logging
import os
import queue
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any, Literal

from mnist_cli.core.errors import StorageError
from mnist_cli.core.log_formats import Field, JsonFormatter, TextFormatter

LARGEST_BYTES = 64 << 20  # of a log's file; a server then begins another
OLDER = 3  # of them are kept

MOST_WAITING = 1_000  # events for stderr

LogFormat = Literal["text", "json"]

_logger = logging.getLogger("mnist_cli")
_logger.addHandler(logging.NullHandler())


def event(name: str, level: int = logging.INFO, /, **fields: Field) -> None:
    """Log one event.

    Args:
        name: Dotted name, as `training.epoch_end`.
        level: A level of `logging`.
        **fields: What a person who debugs tomorrow would ask for.
    """
    _logger.log(level, name, extra={"fields": fields})


def warning(name: str, /, **fields: Field) -> None:
    """Log an event that a user should hear of."""
    event(name, logging.WARNING, **fields)


def new_run_id() -> str:
    """Return a short name for a run, as `7f3a9c`."""
    return os.urandom(3).hex()


def to_stderr(level: int, log_format: LogFormat) -> None:
    """Write events from `level` up to stderr, replacing what an earlier call set up."""
    _logger.setLevel(logging.DEBUG)
    _logger.propagate = False  # TensorFlow gives the root logger a handler of its own
    for old in [h for h in _logger.handlers if isinstance(h, _StderrHandler)]:
        _logger.removeHandler(old)
    handler = _StderrHandler(level)
    handler.setFormatter(JsonFormatter() if log_format == "json" else TextFormatter())
    _logger.addHandler(handler)


def is_quiet() -> bool:
    """Tell whether stderr gets warnings alone."""
    levels = [one.level for one in _logger.handlers if isinstance(one, _StderrHandler)]
    return bool(levels) and min(levels) >= logging.WARNING


@contextmanager
def told_as(name: str, words: Callable[[dict[str, Any]], str]) -> Iterator[None]:
    """Let text on stderr say an event in other words in the block.

    Args:
        name: The event's.
        words: Makes a line of its fields.
    """
    formatters = [h.formatter for h in _logger.handlers if isinstance(h, _StderrHandler)]
    texts = [formatter for formatter in formatters if isinstance(formatter, TextFormatter)]
    for formatter in texts:
        formatter.words[name] = words
    try:
        yield
    finally:
        for formatter in texts:
            del formatter.words[name]


def to_file(folder: Path, command: str, run: str) -> Path:
    """Write every event to `folder/COMMAND-TIME-RUN.jsonl` too.

    Raises:
        StorageError: The folder or the file can't be made.
    """
    started = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    path = folder / f"{command}-{started}-{run}.jsonl"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handler = _FileHandler(path, maxBytes=LARGEST_BYTES, backupCount=OLDER, encoding="utf-8")
    except OSError as error:
        raise StorageError(
            f"Can't write the log {str(path)!r}: {error.strerror}.",
            hint="Pass --log-dir with a folder that can be written.",
        ) from error
    handler.setFormatter(JsonFormatter())
    _logger.setLevel(logging.DEBUG)
    _logger.addHandler(handler)
    return path


def reopen_files() -> None:
    """Write to files of the same names anew: who moved them away (logrotate) has the old ones."""
    for handler in [h for h in _logger.handlers if isinstance(h, _FileHandler)]:
        handler.close()  # the next event opens it


def close_files() -> None:
    """Write events to no file any more."""
    for handler in [h for h in _logger.handlers if isinstance(h, _FileHandler)]:
        handler.leave()


class _StderrHandler(logging.Handler):
    """Writes to what `sys.stderr` is at that moment: a live display puts itself in between."""

    def emit(self, record: logging.LogRecord) -> None:
        with suppress(OSError):  # whoever listened went away; the work goes on
            if sys.stderr is not None:  # it is None after `2>&-`
                sys.stderr.write(self.format(record) + "\n")
                sys.stderr.flush()


class _Relay(logging.Handler):
    """Writes events to stderr in a thread of its own: it may have to wait, nobody else does.

    Events that find the queue full are counted, and their number is told once there is room. A
    thread that waits holds no lock, neither a handler's nor a stream's: else the process could not
    end.

    Args:
        handler: Whose place it takes.
    """

    def __init__(self, handler: logging.Handler) -> None:
        super().__init__(handler.level)
        self.handler = handler
        self._events: queue.Queue[logging.LogRecord | None] = queue.Queue(MOST_WAITING)
        self._left_out = 0
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._events.put_nowait(record)
        except queue.Full:
            self._left_out += 1

    def _work(self) -> None:
        while record := self._events.get():
            self._write(record)
            if self._left_out and self._events.empty():
                self.acquire()  # as whoever adds to it
                left_out, self._left_out = self._left_out, 0
                self.release()
                warning("log.left_out", events=left_out)

    def _write(self, record: logging.LogRecord) -> None:
        with suppress(OSError):  # as in the handler's own way to write
            if sys.stderr is not None:
                text = self.handler.format(record) + "\n"
                left = text.encode(sys.stderr.encoding, "backslashreplace")
                while left:
                    left = left[os.write(sys.stderr.fileno(), left) :]

    def leave(self) -> bool:
        """Write what waits, unless that takes more than a second; tell whether it did not."""
        with suppress(queue.Full):
            self._events.put_nowait(None)
        self._thread.join(timeout=1)
        return not self._thread.is_alive()


@contextmanager
def stderr_in_background() -> Iterator[None]:
    """Let nobody wait for stderr in the block, though it may be a pipe that nobody reads."""
    relays = [_Relay(h) for h in _logger.handlers if isinstance(h, _StderrHandler)]
    for relay in relays:
        _logger.removeHandler(relay.handler)
        _logger.addHandler(relay)
    try:
        yield
    finally:
        for relay in relays:
            _logger.removeHandler(relay)
            if relay.leave():  # else nobody reads, and whoever writes would wait
                _logger.addHandler(relay.handler)


class _FileHandler(RotatingFileHandler):
    """Gives up on a file that can't be written any more, and says so once."""

    def shouldRollover(self, record: logging.LogRecord) -> bool:  # noqa: N802
        """Tell by the file's size; the standard library formats each event twice for this."""
        del record
        return self.stream is not None and self.stream.tell() >= self.maxBytes

    def leave(self) -> None:
        """Take no more events, and close the file."""
        _logger.removeHandler(self)
        with suppress(OSError):  # a full disk: what is still in the buffer is lost
            self.close()

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        self.leave()
        warning("log.given_up", path=self.baseFilename, event=record.getMessage())
