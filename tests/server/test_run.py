"""Starting, listening and stopping, and signals."""

import json
import os
import pty
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import numpy as np
import pytest

from mnist_cli.core.errors import ExitCode, ServerError
from mnist_cli.core.store.versions import BUNDLED, TFLITE
from mnist_cli.server.sockets import listen
from tests.conftest import Cli
from tests.server.conftest import DIGIT, Server, children, environment, eventually, serving
from tests.server.wire import FORM, JSON, get, part, post, receive

ALL = "0.0.0.0"  # noqa: S104  what is tested is that it takes more than this


@pytest.mark.parametrize("host", ["x" * 300, "a..b", "\udcff", "\x1b[2J", "a b", "[::"])
def test_a_host_that_can_be_no_machine_is_said(host: str) -> None:
    with pytest.raises(ServerError, match=r"no (name|address)"):
        listen(host, 0)


def serve(folder: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run `mnist serve`, which is expected to give up."""
    command = [sys.executable, "-m", "mnist_cli", "serve", *map(str, arguments)]
    return subprocess.run(
        command,
        cwd=folder,
        env=environment(folder),
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )


@contextmanager
def within(seconds: int) -> Iterator[None]:
    """End what runs in this process, and the test, if it takes longer: as if it did serve."""

    def stop(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def test_a_port_that_is_taken_is_said_with_another_to_try(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = serve(tmp_path, "--port", port)

    assert result.returncode == ExitCode.ENVIRONMENT
    assert f"Port {port} is used by another program. Try --port {port + 1}" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--port", 70_000], ExitCode.USAGE, "--port"),
        (["--port", -1], ExitCode.USAGE, "--port"),
        (["--workers", 0], ExitCode.USAGE, "--workers"),
        (["--port", 0, "--host", "203.0.113.7"], ExitCode.ENVIRONMENT, "203.0.113.7"),
        (["--port", 0, "--host", "nowhere.invalid"], ExitCode.ENVIRONMENT, "nowhere.invalid"),
        (["--port", 0, "--host", "::1%nowhere"], ExitCode.ENVIRONMENT, "::1%nowhere"),
        (["--port", 0, "--host", ALL], ExitCode.USAGE, "--allow-host"),
        (["--port", 0, "--host", "::"], ExitCode.USAGE, "--allow-host"),
        (["--port", 0, "--host", "0"], ExitCode.USAGE, "--allow-host"),
        (["--port", 0, "--allow-host", "*"], ExitCode.USAGE, "takes a name"),
        (["--port", 0, "--allow-host", "a.*.org"], ExitCode.USAGE, "*.example.org"),
        (["--port", 0, "--allow-host", "10.0.0.1/8"], ExitCode.USAGE, "host bits"),
        (["--port", 0, "--allow-host", "host:80"], ExitCode.USAGE, "without a port"),
        (["--port", 0, "--host", ""], ExitCode.ENVIRONMENT, "no address"),
        (["--port", 0, "--model", "nowhere"], ExitCode.NOT_FOUND, "mnist train"),
        (["--port", 0, "--model", "text.png"], ExitCode.REFUSED, "text.png"),
        (["--port", 0, "--model", "broken"], ExitCode.REFUSED, "mnist_model.tflite"),
    ],
)
def test_what_can_not_be_served_is_said_with_its_exit_code(
    mnist: Cli,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[object],
    code: ExitCode,
    words: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "text.png").write_text("no model")
    broken = shutil.copytree(BUNDLED, tmp_path / "broken")
    (broken / TFLITE).write_bytes(bytes(9))

    with within(20):
        result = mnist("serve", *arguments)

    assert result.exit_code == code
    assert words in result.stderr
    assert "Traceback" not in result.stderr
    assert result.stdout == ""


def test_a_log_that_was_asked_for_and_can_not_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")

    result = serve(tmp_path, "--port", 0, "--log-dir", "file")

    assert result.returncode == ExitCode.ENVIRONMENT
    assert "--log-dir" in result.stderr


def test_where_no_log_can_be_written_it_is_on_stderr_and_that_is_told_once(tmp_path: Path) -> None:
    """As in a container whose disk is read-only."""
    (tmp_path / "logs").write_text("no folder")
    with serving(tmp_path, "--workers", "1", "-v") as server:
        assert server.read().json()["text"] == "3"
        assert server.read().json()["text"] == "3"
        assert "log     stderr" in server.stderr.split("\n")
        assert server.stderr.count("warning: ") == 1
        assert "warning: log.on_stderr_alone" in server.stderr
        assert eventually(lambda: server.stderr.count("path=/v1/predict") == 2)


def test_a_terminal_that_is_closed_takes_its_server_along(tmp_path: Path) -> None:
    """While SIGHUP to one that has its terminal, or none, is the wish to open all again."""
    ours, theirs = pty.openpty()
    stderr = tmp_path / "stderr.txt"
    # a session of its own, whose terminal this is
    start = "import fcntl, os, signal, sys, termios;"
    start += "os.setsid(); fcntl.ioctl(0, termios.TIOCSCTTY, 0);"
    start += "signal.signal(signal.SIGHUP, signal.SIG_DFL);"  # under nohup it is ignored
    start += "os.execv(sys.executable, [sys.executable, '-m', 'mnist_cli', *sys.argv[1:]])"
    command = [sys.executable, "-c", start, "serve", "--port", "0", "--workers", "1"]
    with stderr.open("wb") as file:
        process = subprocess.Popen(
            command, cwd=tmp_path, env=environment(tmp_path), stdin=theirs, stderr=file
        )
    with process:
        try:
            os.close(theirs)
            assert eventually(lambda: "log     " in stderr.read_text(), 60)
            process.send_signal(signal.SIGHUP)
            assert eventually(lambda: "server.reloaded" in stderr.read_text())
            os.close(ours)

            assert process.wait(20) == ExitCode.OK
            assert "signal=SIGHUP" in stderr.read_text()
        finally:
            process.kill()


def test_other_machines_come_in_by_a_name_that_is_allowed_and_it_warns(tmp_path: Path) -> None:
    options = ["--host", ALL, "--allow-host", "mnist.example", "--workers", "1"]
    with serving(tmp_path, *options) as server:
        assert server.send(get("/", Host="mnist.example:8000")).status == 200
        assert server.send(get("/", Host="evil.example")).status == 403
        assert "warning: server.open_to_other_machines" in server.stderr
        assert "mnist.example" in server.stderr
        told = server.address.removeprefix("http://")
        assert server.send(get("/", Host=told)).status == 200, "the address it tells"


@pytest.mark.parametrize(("host", "name"), [("::1", "[::1]"), ("localhost", "localhost")])
def test_it_listens_where_it_is_told(tmp_path: Path, host: str, name: str) -> None:
    with serving(tmp_path, "--host", host, "--workers", "1") as server:
        assert server.address == f"http://{name}:{server.port}"
        assert server.client.get("/").status_code == 200
        assert "warning" not in server.stderr


def stopping(server: Server) -> bool:
    return eventually(lambda: "server.stopping" in server.stderr)


def refuses(server: Server) -> bool:
    """Tell whether nobody listens any more."""
    try:
        server.connect().close()
    except ConnectionError:
        return True
    return False


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_it_after_what_is_being_answered(
    tmp_path: Path, number: signal.Signals
) -> None:
    """One body is half here, two thousand images are in the work."""
    tensor = {"name": "images", "datatype": "UINT8", "shape": [2_000, 784]}
    head = json.dumps(
        {"inputs": [tensor | {"parameters": {"binary_data_size": 1_568_000}}]}
    ).encode()
    images = np.random.default_rng(0).bytes(1_568_000)
    infer = post(
        head + images,
        "application/octet-stream",
        "/v2/models/mnist/infer",
        Inference_Header_Content_Length=str(len(head)),
    )
    with serving(tmp_path, "--workers", "1") as server:
        workers = children(server.process.pid)
        with server.connect() as sending, server.connect() as waiting, server.connect():
            sending.sendall(post(DIGIT)[:-9])
            waiting.sendall(infer)
            time.sleep(0.1)
            server.process.send_signal(number)
            assert stopping(server)
            assert eventually(lambda: refuses(server))
            sending.sendall(DIGIT[-9:])

            assert receive(sending).json()["text"] == "3"
            assert receive(waiting).json()["outputs"][1]["shape"] == [2_000]
        assert server.process.wait(10) == ExitCode.OK
        assert [event["event"] for event in server.events()][-1] == "server.stopped"
        assert eventually(lambda: not any(Path(f"/proc/{worker}").exists() for worker in workers))


def test_ctrl_c_reaches_all_processes_and_the_answer_comes_all_the_same(tmp_path: Path) -> None:
    """A terminal sends it to the workers as well."""
    with serving(tmp_path, "--workers", "2") as server:
        with server.connect() as connection:
            connection.sendall(post(DIGIT)[:-9])
            time.sleep(0.1)
            os.killpg(server.process.pid, signal.SIGINT)
            assert stopping(server)
            connection.sendall(DIGIT[-9:])

            assert receive(connection).json()["text"] == "3"
        assert server.process.wait(10) == ExitCode.OK
        assert "Traceback" not in server.stderr


def test_a_signal_in_the_middle_of_a_line_of_the_log_stops_it(tmp_path: Path) -> None:
    """Each answer is logged; with many on their way, the signal is likely to come in a write."""
    with serving(tmp_path, "--workers", "1") as server:
        with ExitStack() as connections:
            for _ in range(8):
                connections.enter_context(server.connect()).sendall(1_000 * get("/healthz"))
            assert eventually(lambda: server.log_path.stat().st_size > 10_000)
            server.process.send_signal(signal.SIGTERM)

            assert server.process.wait(10) == ExitCode.OK
        assert [event["event"] for event in server.events()][-1] == "server.stopped"


def test_a_second_signal_ends_it_at_once(tmp_path: Path) -> None:
    with serving(tmp_path, "--workers", "1") as server, server.connect() as connection:
        workers = children(server.process.pid)
        connection.sendall(post(DIGIT)[:-9])
        time.sleep(0.1)
        server.process.send_signal(signal.SIGINT)
        assert stopping(server)
        server.process.send_signal(signal.SIGINT)

        assert server.process.wait(2) == ExitCode.INTERRUPT
        assert eventually(lambda: not any(Path(f"/proc/{worker}").exists() for worker in workers))
        assert "Traceback" not in server.stderr


@pytest.mark.parametrize("kind", ["image/png", JSON, FORM])
def test_a_body_that_does_not_come_is_not_waited_for(tmp_path: Path, kind: str) -> None:
    """It took 20 s, while what was being answered needs none of them."""
    with serving(tmp_path, "--workers", "1") as server:
        with server.connect() as stalled, server.connect() as silent, server.connect() as partial:
            stalled.sendall(post(part(DIGIT), kind)[:-9])
            partial.sendall(get("/healthz")[:-9])
            time.sleep(0.2)
            started = time.monotonic()
            server.process.send_signal(signal.SIGTERM)

            receive(stalled).check_problem(503)
            assert silent.recv(1) == partial.recv(1) == b""
        assert server.process.wait(10) == ExitCode.OK
        assert time.monotonic() - started < 4


def test_killed_it_leaves_no_process_behind(tmp_path: Path) -> None:
    with serving(tmp_path, "--workers", "2") as server:
        workers = children(server.process.pid)
        server.process.kill()

        assert workers
        assert eventually(lambda: not any(Path(f"/proc/{worker}").exists() for worker in workers))
        server.process.wait()


@pytest.mark.parametrize(
    ("number", "codes"), [(signal.SIGINT, {130}), (signal.SIGTERM, {143, -signal.SIGTERM})]
)
def test_a_signal_while_it_starts_ends_it_quietly(
    tmp_path: Path, number: signal.Signals, codes: set[int]
) -> None:
    command = [sys.executable, "-m", "mnist_cli", "serve", "--port", "0"]
    stderr = tmp_path / "stderr.txt"
    with (
        stderr.open("wb") as file,
        subprocess.Popen(command, cwd=tmp_path, env=environment(tmp_path), stderr=file) as process,
    ):
        assert eventually(lambda: "model.found" in stderr.read_text())
        started = eventually(lambda: children(process.pid))
        process.send_signal(number)

        assert process.wait(20) in codes
        assert "Traceback" not in stderr.read_text()
        assert eventually(lambda: not any(Path(f"/proc/{child}").exists() for child in started))


def test_a_server_whose_stderr_nobody_reads_answers_and_ends(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "mnist_cli", "-v", "serve", "--port", port, "--workers", 1]
    url = f"http://127.0.0.1:{port}/v1/predict"
    form = {"Content-Type": "multipart/form-data; boundary=a"}

    def asked() -> int:
        try:
            return httpx.post(url, content=b"no form", headers=form).status_code
        except httpx.TransportError:
            return 0

    with subprocess.Popen(
        list(map(str, command)), cwd=tmp_path, env=environment(tmp_path), stderr=subprocess.PIPE
    ) as process:
        try:
            assert eventually(asked) == 400
            with httpx.Client(headers=form) as client:  # a pipe holds 64 KiB
                for _ in range(2_000):
                    assert client.post(url, content=b"no form").status_code == 400
            process.terminate()

            assert process.wait(20) == ExitCode.OK
        finally:
            process.kill()
