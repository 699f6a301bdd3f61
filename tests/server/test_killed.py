"""Processes that are killed while many ask, and a server that is told to stop meanwhile."""

import os
import signal
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from mnist_cli.core.errors import ExitCode
from tests.server.conftest import DIGIT, Server, children, eventually, serving
from tests.server.wire import post, receive

WORKERS, CONNECTIONS = 4, 64


def readers(server: Server) -> list[int]:
    """Return the processes that read; the first is Python's own, which counts semaphores."""
    return sorted(children(server.process.pid))[1:]


def ask_until(done: threading.Event, server: Server, statuses: Counter[int]) -> None:
    with server.connect() as connection:
        while not done.is_set():
            connection.sendall(post(DIGIT))
            answer = receive(connection)  # which raises where the connection is lost
            statuses[answer.status] += 1
            assert answer.status != 503 or int(answer.headers["Retry-After"]) >= 1


def test_each_worker_is_killed_under_64_connections(tmp_path: Path) -> None:
    """No answer but 200 and 503."""
    done, statuses = threading.Event(), Counter[int]()
    with serving(tmp_path, "--workers", WORKERS) as server:
        first = readers(server)
        assert len(first) == WORKERS
        with ThreadPoolExecutor(CONNECTIONS) as pool:
            asking = [pool.submit(ask_until, done, server, statuses) for _ in range(CONNECTIONS)]
            for worker in first:
                time.sleep(0.3)
                os.kill(worker, signal.SIGKILL)
            assert eventually(lambda: len(set(readers(server)) - set(first)) == WORKERS)
            time.sleep(0.5)
            done.set()
        for each in asking:
            each.result()

        assert statuses.keys() <= {200, 503}, statuses
        assert statuses[200] > 0
        assert server.read().json()["text"] == "3"
        assert server.client.get("/readyz").status_code == 200
        lost = [event for event in server.events() if event["event"] == "server.worker_lost"]
        assert {event["pid"] for event in lost} >= set(first)


def test_it_is_ready_while_a_process_answers_and_no_longer(tmp_path: Path) -> None:
    """Killed while nobody asks, all of them; a successor starts at once."""
    with serving(tmp_path, "--workers", "2") as server:
        before = readers(server)
        for worker in before:
            os.kill(worker, signal.SIGKILL)

        def unready() -> str:
            told = server.client.get("/readyz")
            return told.json()["reason"] if told.status_code == 503 else ""

        assert "started anew" in eventually(unready, 5)
        assert eventually(lambda: server.client.get("/readyz").status_code == 200)
        assert not set(before) & set(readers(server))
        assert server.read().json()["text"] == "3"


def test_after_the_time_to_finish_who_waits_is_answered_with_503(tmp_path: Path) -> None:
    """It was 500, as if it were a bug."""
    with serving(tmp_path, "--workers", "1", limits={"DRAIN_S": 1}) as server:
        (worker,) = readers(server)
        os.kill(worker, signal.SIGSTOP)
        with server.connect() as first, server.connect() as second:
            for connection in (first, second):
                connection.sendall(post(DIGIT))
            time.sleep(0.2)
            server.process.send_signal(signal.SIGTERM)

            for connection in (first, second):
                answer = receive(connection)
                assert answer.check_problem(503)["code"] == "stopping"
                assert int(answer.headers["Retry-After"]) >= 1
        assert server.process.wait(10) == ExitCode.OK
        assert "server.bug" not in server.stderr
