"""Keep what native libraries print off the user's terminal."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def native_output_hidden() -> Iterator[None]:
    """Send file descriptors 1 and 2 to nowhere while the block runs.

    TensorFlow and LiteRT write to the descriptors directly, some of it before their own log
    level applies, so no environment variable silences all of it. Keep the block to the one call
    that is noisy: a failure in it still raises, with its own words.
    """
    _flush()
    saved = {fd: os.dup(fd) for fd in (1, 2) if _is_open(fd)}
    nowhere = os.open(os.devnull, os.O_WRONLY)
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


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()


def _is_open(fd: int) -> bool:
    try:
        os.fstat(fd)
    except OSError:
        return False
    return True
