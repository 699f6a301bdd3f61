"""Keep what native libraries print off the user's terminal."""

import fcntl
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

COMMAND = "MNIST_CLI_COMMAND"  # set in the environment of the command line's processes


@contextmanager
def native_output_hidden() -> Iterator[None]:
    """Send file descriptors 1 and 2 to nowhere while the block runs.

    TensorFlow and LiteRT write to the descriptors directly, some of it before their own log
    level applies, so no environment variable silences all of it. Keep the block to the one call
    that is noisy: a failure in it still raises, with its own words.
    """
    _flush()
    saved = {fd: _copy_above_2(fd) for fd in (1, 2) if _is_open(fd)}
    opened = os.open(os.devnull, os.O_WRONLY)
    nowhere = _copy_above_2(opened)
    os.close(opened)
    try:
        for fd in saved:
            os.dup2(nowhere, fd)
        yield
    finally:
        _flush()
        for fd, copy in saved.items():
            os.dup2(copy, fd)
            os.close(copy)
        os.close(nowhere)


def _copy_above_2(fd: int) -> int:
    """Duplicate a descriptor; where stdout is closed, `dup` would put the copy in its place."""
    return fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 3)


def _flush() -> None:
    if sys.stdout is not None:
        sys.stdout.flush()
    with suppress(OSError):  # what is only told has no room: the work goes on
        if sys.stderr is not None:
            sys.stderr.flush()


def _is_open(fd: int) -> bool:
    try:
        os.fstat(fd)
    except OSError:
        return False
    return True
