"""SIGUSR1 exchanges the model of a server that goes on answering."""

import json
import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from mnist_cli.core.store.versions import BUNDLED, TFLITE
from tests.server.conftest import Server, children, eventually, open_files, serving


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store whose only version is 1, the champion."""
    shutil.copytree(BUNDLED, tmp_path / "artifacts" / "1")
    promote(tmp_path / "artifacts", "1")
    return tmp_path / "artifacts"


def promote(store: Path, number: str) -> None:
    (store / "aliases.json").write_text(json.dumps({"champion": number}))


@pytest.fixture
def serving_it(store: Path, tmp_path: Path) -> Iterator[Server]:
    with serving(tmp_path, "--artifacts", store, "--workers", "1") as server:
        yield server


def version(server: Server) -> str:
    told: str = server.read().json()["model"]["version"]
    assert server.client.get("/v2/models/mnist").json()["versions"] == [told]
    return told


def reload(server: Server, event: str, number: signal.Signals = signal.SIGUSR1) -> None:
    """Ask for it, and wait until it is said how it went."""
    before = server.log_path.stat().st_size
    server.process.send_signal(number)
    assert eventually(lambda: any(e["event"] == event for e in server.events(before)))


def test_a_new_version_is_read_with_once_it_is_asked_for(serving_it: Server, store: Path) -> None:
    assert version(serving_it) == "1"
    shutil.copytree(store / "1", store / "2")
    promote(store, "2")
    assert version(serving_it) == "1"
    files = open_files(serving_it.process.pid)
    before = children(serving_it.process.pid)

    reload(serving_it, "server.reloaded")

    assert version(serving_it) == "2"
    assert eventually(lambda: len(children(serving_it.process.pid)) <= len(before))
    assert eventually(lambda: open_files(serving_it.process.pid) <= files)

    promote(store, "1")
    reload(serving_it, "server.reloaded", signal.SIGHUP)
    assert version(serving_it) == "1"


def test_a_log_that_was_moved_away_is_begun_anew_once_it_is_asked_for(
    serving_it: Server, tmp_path: Path
) -> None:
    """As logrotate has it."""
    path, moved = serving_it.log_path, tmp_path / "serve.jsonl.1"
    serving_it.client.get("/healthz")
    path.rename(moved)
    assert serving_it.client.get("/docs").status_code == 200
    assert eventually(lambda: "/docs" in moved.read_text()), "until then it writes where it did"

    serving_it.process.send_signal(signal.SIGHUP)
    assert eventually(path.exists)
    assert eventually(lambda: "server.reloaded" in path.read_text())
    serving_it.client.get("/openapi.json")
    assert eventually(lambda: "/openapi.json" in path.read_text())
    assert "/openapi.json" not in moved.read_text()
    assert serving_it.log_path == path


def test_a_model_that_can_not_be_opened_leaves_the_old_one(serving_it: Server, store: Path) -> None:
    broken = shutil.copytree(store / "1", store / "2")
    (broken / TFLITE).write_bytes(bytes(9))
    promote(store, "2")

    reload(serving_it, "server.not_reloaded")

    assert version(serving_it) == "1"
    assert "warning: server.not_reloaded" in serving_it.stderr
    assert TFLITE in serving_it.stderr
    told = serving_it.client.get("/readyz").json()
    assert (told["ready"], told["model"]["version"]) == (True, "1")
    assert TFLITE in told["not_reloaded"]
    assert 'mnist_reloads_total{outcome="refused"} 1.0' in serving_it.client.get("/metrics").text

    shutil.rmtree(broken)
    shutil.rmtree(store / "1")
    (store / "aliases.json").write_text("{")
    reload(serving_it, "server.not_reloaded")
    assert version(serving_it) == "1"
    assert "aliases.json" in serving_it.client.get("/readyz").json()["not_reloaded"]

    (store / "aliases.json").unlink()
    reload(serving_it, "server.reloaded")
    assert version(serving_it) == "bundled"
    assert serving_it.client.get("/readyz").json()["not_reloaded"] == ""


def test_a_process_that_is_lost_is_replaced_by_one_with_the_same_model(
    serving_it: Server, store: Path
) -> None:
    """Whatever is the champion now: all answers until a reload are of one version."""
    shutil.copytree(store / "1", store / "2")
    promote(store, "2")
    worker = max(children(serving_it.process.pid))  # the other one counts semaphores
    os.kill(worker, signal.SIGKILL)

    assert eventually(lambda: serving_it.read().status_code == 200)
    assert version(serving_it) == "1"
    assert worker not in children(serving_it.process.pid)


def kill_workers(server: Server) -> None:
    """Kill all of its processes but the one that counts semaphores."""
    for worker in sorted(children(server.process.pid))[1:]:
        os.kill(worker, signal.SIGKILL)


def test_a_version_that_was_removed_is_read_with_until_another_is_asked_for(
    serving_it: Server, store: Path
) -> None:
    """A lost process could not be replaced, and each request waited for a minute."""
    digest = json.loads((store / "1" / "model.json").read_text())["files"][TFLITE]
    shutil.rmtree(store / "1")
    kill_workers(serving_it)

    assert eventually(lambda: serving_it.read().status_code == 200)
    assert serving_it.read().json()["model"] == {"version": "1", "sha256": digest}
    told = serving_it.client.get("/readyz").json()
    assert told == {
        "ready": True,
        "reason": "",
        "model": {"version": "1", "sha256": digest},
        "not_reloaded": "",
        "not_renewed": "",
    }


@pytest.mark.long
def test_a_model_file_that_was_removed_is_told_where_no_process_can_open_it(
    tmp_path: Path,
) -> None:
    """A `.keras` file is opened by its path, with TensorFlow."""
    path = Path(shutil.copy(BUNDLED / "mnist_model.keras", tmp_path))
    with serving(tmp_path, "--model", path, "--workers", "1") as server:
        assert server.read().status_code == 200
        path.unlink()
        kill_workers(server)

        assert eventually(lambda: server.read().json()["code"] == "not_ready")
        refused = server.read()
        assert refused.status_code == 503
        assert refused.elapsed.total_seconds() < 5
        told = server.client.get("/readyz")
        assert told.status_code == 503
        assert "mnist_model.keras" in told.json()["reason"]
        assert server.client.get("/v2/health/ready").json() == {"ready": False}
        assert server.client.get("/v2/models/mnist/ready").status_code == 503
        assert server.client.get("/healthz").status_code == 200
        assert server.stderr.count("server.worker_not_started") == 1
