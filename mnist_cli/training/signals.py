"""Hear SIGINT, SIGTERM and SIGHUP, and let the loop stop where its state is whole."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from mnist_cli.core.errors import StoppedError

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def signals_heard() -> Iterator[Callable[[], None]]:
    """Yield a function that raises StoppedError once a signal has come.

    A second signal acts as if nobody listened. Outside the main thread, where Python can't hear
    signals, the function never raises.
    """
    received: list[int] = []

    def check() -> None:
        if received:
            name = signal.Signals(received[0]).name
            raise StoppedError(f"Stopped by {name}.", signal_number=received[0])

    def note(number: int, _frame: FrameType | None) -> None:
        received.append(number)
        signal.signal(number, previous[signal.Signals(number)] or signal.SIG_DFL)

    if threading.current_thread() is not threading.main_thread():
        yield check
        return
    previous = {number: signal.getsignal(number) for number in SIGNALS}
    for number in SIGNALS:
        if previous[number] is not signal.SIG_IGN:  # as under nohup
            signal.signal(number, note)
    try:
        yield check
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler or signal.SIG_DFL)
