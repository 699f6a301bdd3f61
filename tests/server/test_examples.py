"""What `mnist serve --example` prints is what runs: each as far as a machine without it can try."""

import configparser
import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from mnist_cli.cli.serve_options import Example
from mnist_cli.core.errors import ExitCode
from tests.conftest import Cli
from tests.server.conftest import Server, environment, eventually, serving
from tests.server.nginx import free_port
from tests.server.wire import get

_WITHOUT = "import sys; sys.modules['fastapi'] = None; from mnist_cli.cli.app import main; main()"


@pytest.mark.parametrize("example", Example)
def test_an_example_is_printed_as_it_is(mnist: Cli, example: Example) -> None:
    result = mnist("serve", "--example", example.value)

    assert result.exit_code == ExitCode.OK
    assert result.stdout == example.text
    assert result.stderr == ""


def test_an_example_needs_no_extra(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _WITHOUT, "serve", "--example", "systemd"]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)

    assert result.stdout == Example.SYSTEMD.text
    assert list(tmp_path.iterdir()) == [], "not even a log"


# systemd


def exec_start(folder: Path) -> list[str]:
    """Return the unit's command, with this program and folders of ours."""
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.read_string(Example.SYSTEMD.text)
    program, *words = shlex.split(unit["Service"]["ExecStart"])
    assert program == "/opt/mnist/bin/mnist"
    return [re.sub("^/var/(lib|log)", str(folder), word) for word in words]


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs Debian's systemd")
def test_systemd_finds_no_mistake_in_its_units(tmp_path: Path) -> None:
    text = Example.SYSTEMD.text.replace("/opt/mnist/bin/mnist", sys.executable)
    (tmp_path / "mnist.service").write_text(text)
    (tmp_path / "mnist.socket").write_text(Example.SYSTEMD_SOCKET.text)
    result = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", "mnist.service", "mnist.socket"],
        cwd=tmp_path,
        env=environment(tmp_path) | {"SYSTEMD_UNIT_PATH": f"{tmp_path}:"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.skipif(not shutil.which("systemd-socket-activate"), reason="needs Debian's systemd")
def test_the_first_who_connects_starts_it_and_is_answered(tmp_path: Path) -> None:
    path = tmp_path / "http.socket"
    command = ["systemd-socket-activate", f"--listen={path}", sys.executable, "-m", "mnist_cli"]
    with (
        (tmp_path / "stderr.txt").open("wb") as stderr,
        subprocess.Popen(
            [*command, *exec_start(tmp_path), "--workers", "1"],
            cwd=tmp_path,
            env=environment(tmp_path),
            stderr=stderr,
        ) as process,
        httpx.Client(transport=httpx.HTTPTransport(uds=str(path)), timeout=30) as client,
    ):
        try:
            assert eventually(path.exists)
            told = client.get("http://localhost/readyz").json()
            through = {"X-Forwarded-Host": "digits.example.org", "X-Forwarded-For": "192.0.2.1"}
            forwarded = client.get("http://mnist/v2", headers=through).status_code
            process.terminate()
            assert process.wait(30) == ExitCode.OK
        finally:
            process.kill()
    assert told["ready"]
    assert forwarded == 200
    (log,) = (tmp_path / "mnist").glob("serve-*.jsonl")
    assert "192.0.2.1" in log.read_text()
    assert path.exists(), "it is systemd's"


# containers


@pytest.fixture(scope="module")
def deployment() -> dict[str, Any]:
    pod, service = yaml.safe_load_all(Example.KUBERNETES.text)
    assert (
        service["spec"]["selector"].items() <= pod["spec"]["template"]["metadata"]["labels"].items()
    )
    container: dict[str, Any] = pod["spec"]["template"]["spec"]["containers"][0]
    return container


@pytest.fixture(scope="module")
def pod(deployment: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The manifest's command, where no log can be written, with another port and place of keys."""
    folder = tmp_path_factory.mktemp("pod")
    (folder / "logs").write_text("no folder: as on a read-only disk")
    (folder / "keys").write_text("a-key-of-this-test")
    (folder / "keys").chmod(0o440)
    words = [word for word in deployment["args"] if not word.startswith("--port=")]
    words = [word.replace("/run/secrets/mnist", str(folder)) for word in words]
    words.remove("serve")
    with serving(folder, *words, "--workers=1") as server:
        yield server


def test_a_pods_probes_are_answered_by_its_address(deployment: dict[str, Any], pod: Server) -> None:
    for name in ("startupProbe", "readinessProbe", "livenessProbe"):
        asked = deployment[name]["httpGet"]
        assert asked["port"] == "http"
        answer = pod.send(get(asked["path"], Host="10.1.2.3:8000", User_Agent="kube-probe/1.31"))
        assert answer.status == 200
    assert pod.send(get("/metrics", Host="10.1.2.3:8000")).status == 200


@pytest.mark.parametrize("host", ["mnist", "mnist.default.svc.cluster.local", "digits.example.org"])
def test_a_pod_goes_by_its_services_names_and_wants_a_key(pod: Server, host: str) -> None:
    assert pod.send(get("/v2", Host=host)).status == 401
    assert pod.send(get("/v2", Host=host, X_API_Key="a-key-of-this-test")).status == 200
    assert pod.send(get("/v2", Host="evil.example", X_API_Key="a-key-of-this-test")).status == 403


def test_a_pod_logs_to_stderr_as_json(pod: Server) -> None:
    pod.send(get("/v2", Host="mnist"))

    def requests() -> list[dict[str, Any]]:
        whole = pod.stderr.rpartition("\n")[0]  # the last line may be half written
        lines = [line for line in whole.splitlines() if line.startswith("{")]
        return [e for e in map(json.loads, lines) if e["event"] == "server.request"]

    assert eventually(requests)
    assert pod.stderr.count("log.on_stderr_alone") == 1


def test_a_pod_may_write_to_its_temporary_folder_alone_and_has_limits(
    deployment: dict[str, Any],
) -> None:
    places = [one["mountPath"] for one in deployment["volumeMounts"] if not one.get("readOnly")]
    assert places == ["/tmp"]  # noqa: S108  the pod's own
    assert deployment["securityContext"]["readOnlyRootFilesystem"] is True
    assert deployment["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert {"requests", "limits"} <= deployment["resources"].keys()


def test_what_the_container_runs_is_a_command_that_serves(tmp_path: Path) -> None:
    lines = re.findall(r"^([A-Z]+) (.*)$", Example.CONTAINER.text, re.MULTILINE)
    words = dict(lines)
    assert words["RUN"] == "pip install --no-cache-dir 'mnist-cli[serve]'"
    assert json.loads(words["ENTRYPOINT"]) == ["mnist"]
    command = json.loads(words["CMD"])
    assert f"--port={words['EXPOSE']}" in command

    command = [word for word in command if word != "serve" and not word.startswith("--port=")]
    with serving(tmp_path, *command, "--workers=1", port=free_port()) as server:
        assert server.send(get("/", Host=f"localhost:{words['EXPOSE']}")).status == 200
        assert server.send(get("/", Host="evil.example")).status == 403
