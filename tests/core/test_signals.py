"""Processes that help with long work, when a signal comes to all of them at once."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

STOPPED = 3
WORK = f"""
import signal
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import cv2  # with NumPy's and its own threads, which hear signals, too
import numpy as np

from mnist_cli.core.errors import StoppedError
from mnist_cli.core.signals import (
    SIGNALS, leave_ending_to_parent, processes_started_deaf, signals_heard
)

LARGE = 30_000_000  # bytes of an answer: it is mostly on its way when the signal comes

if __name__ == "__main__":
    for number in SIGNALS:  # whoever starts the tests may ignore some, as nohup does
        signal.signal(number, signal.SIG_DFL)
    pool = ProcessPoolExecutor(1, get_context("spawn"), leave_ending_to_parent)
    with processes_started_deaf():
        pool.submit(int)
    with signals_heard() as check:
        try:
            for answer in pool.map(bytes, 1000 * [LARGE]):
                print(len(answer), flush=True)
                check()
        except StoppedError:
            pool.shutdown(wait=False, cancel_futures=True)
            raise SystemExit({STOPPED})
"""
ENDED = """
import time
from multiprocessing import get_context

import cv2

from mnist_cli.core.signals import leave_ending_to_parent, processes_started_deaf

def work(begun):
    leave_ending_to_parent()
    begun.set()
    time.sleep(600)

if __name__ == "__main__":
    context = get_context("spawn")
    begun = context.Event()
    process = context.Process(target=work, args=(begun,))
    with processes_started_deaf():
        process.start()
    begun.wait()
    process.terminate()
    process.join(60)
    print(process.exitcode)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_the_whole_group_leaves_nobody_waiting(
    tmp_path: Path, number: signal.Signals
) -> None:
    script = tmp_path / "work.py"
    script.write_text(WORK)
    with subprocess.Popen(
        [sys.executable, script], stdout=subprocess.PIPE, start_new_session=True
    ) as process:
        assert process.stdout
        process.stdout.readline()
        os.killpg(process.pid, number)
        try:
            process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == STOPPED


def test_a_process_ends_when_the_one_that_started_it_says_so(tmp_path: Path) -> None:
    script = tmp_path / "ended.py"
    script.write_text(ENDED)
    done = subprocess.run(
        [sys.executable, script], stdout=subprocess.PIPE, text=True, check=True, timeout=120
    )

    assert int(done.stdout) == 128 + signal.SIGTERM
