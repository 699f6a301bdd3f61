"""What SIGINT, SIGTERM and SIGHUP do to long work, and to processes that help with it."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import parent_process
from types import FrameType
from typing import TYPE_CHECKING, Any

from mnist_cli.core.errors import StoppedError

if TYPE_CHECKING:
    from concurrent.futures import ProcessPoolExecutor

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def signals_heard() -> Iterator[Callable[[], None]]:
    """Yield a function that raises StoppedError once a signal has come: to stop between two steps.

    A second signal acts as if nobody listened. Outside the main thread, where Python can't hear
    signals, the function never raises.
    """
    received: list[int] = []

    def check() -> None:
        if received:
            raise _stopped(received[0])

    def note(number: int, _frame: FrameType | None) -> None:
        received.append(number)
        signal.signal(number, previous[number] or signal.SIG_DFL)

    if threading.current_thread() is not threading.main_thread():
        yield check
        return
    with _handled_by(note) as previous:
        yield check


@contextmanager
def signals_interrupt(hint: str = "") -> Iterator[None]:
    """Let a signal end the block at once, as Ctrl-C does.

    Raises:
        StoppedError: One came.
    """
    received: list[int] = []

    def interrupt(number: int, _frame: FrameType | None) -> None:
        received.append(number)
        raise KeyboardInterrupt  # what libraries let pass

    with _handled_by(interrupt):
        try:
            yield
        except KeyboardInterrupt as error:
            raise _stopped(received[0], hint) from error


@contextmanager
def signals_end_process() -> Iterator[None]:
    """Let the system end the process: for native code that waits long, where Python is deaf."""
    with _handled_by(signal.SIG_DFL):
        yield


@contextmanager
def processes_started_deaf(*more: signal.Signals) -> Iterator[None]:
    """Let no thread of a process that is spawned in the block hear `SIGNALS`, or more of them.

    A terminal and a service manager send theirs to all processes. One that ended in the middle of
    an answer would leave its parent waiting for the rest.
    """
    from multiprocessing import resource_tracker

    resource_tracker.ensure_running()  # starting it on the way would unblock them
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {*SIGNALS, *more})  # which is inherited
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def start_deaf(pool: "ProcessPoolExecutor", count: int) -> None:
    """Start so many processes of a pool, which hear no signal."""
    with processes_started_deaf():
        for _ in range(count):
            pool.submit(int)  # each task starts one


def leave_ending_to_parent() -> None:
    """Let this process, that was started deaf, end with the one that did, or on its word alone."""
    for wait in (_end_with_parent, _end_on_word_of_parent):
        threading.Thread(target=wait, daemon=True).start()


def _end_with_parent() -> None:
    if parent := parent_process():
        parent.join()
        os._exit(1)


def _end_on_word_of_parent() -> None:
    while signal.sigwaitinfo({signal.SIGTERM}).si_pid != os.getppid():
        pass  # it came from somebody else, who tells the parent, too
    os._exit(128 + signal.SIGTERM)


def _stopped(number: int, hint: str = "") -> StoppedError:
    name = signal.Signals(number).name
    return StoppedError(f"Stopped by {name}.", signal_number=number, hint=hint)


@contextmanager
def _handled_by(handler: Any) -> Iterator[dict[int, Any]]:
    """Set a handler for the signals, except those ignored, as under nohup; yield the previous."""
    previous: dict[int, Any] = {int(number): signal.getsignal(number) for number in SIGNALS}
    for number, before in previous.items():
        if before is not signal.SIG_IGN:
            signal.signal(number, handler)
    try:
        yield previous
    finally:
        for number, before in previous.items():
            signal.signal(number, before or signal.SIG_DFL)
