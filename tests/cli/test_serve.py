import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from mnist_cli.core.errors import ExitCode
from tests.conftest import Cli
from tests.server.conftest import Server, children, environment, serving

OPTIONS = (
    *("--host", "--port", "--model", "--workers"),
    *("--allow-host", "--allow-origin", "--api-key-file", "--root-path", "--trusted-proxy"),
    *("--unix-socket", "--tls-cert", "--tls-key", "--example"),
)

# an installation without the extra, as far as one module goes
_WITHOUT = (
    "import sys; sys.modules[sys.argv.pop(1)] = None; from mnist_cli.cli.app import main; main()"
)


def test_help_says_what_there_is(mnist: Cli) -> None:
    result = mnist("serve", "--help")

    assert result.exit_code == ExitCode.OK
    for option in OPTIONS:
        assert option in result.stdout
    assert "REST" in result.stdout


@pytest.mark.parametrize(
    "module", ["fastapi", "uvicorn", "uvloop", "httptools", "prometheus_client", "python_multipart"]
)
def test_without_the_extra_it_says_how_to_install_it(tmp_path: Path, module: str) -> None:
    result = subprocess.run(
        [sys.executable, "-c", _WITHOUT, module, "serve", "--port", "0"],
        cwd=tmp_path,
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )

    assert result.returncode == ExitCode.ENVIRONMENT
    assert "pip install 'mnist-cli[serve]'" in result.stderr
    assert f"needs {module}" in result.stderr
    assert "Traceback" not in result.stderr


def test_the_rest_works_without_the_extra(tmp_path: Path) -> None:
    """Nothing but `serve` itself imports it, so that `mnist --help` stays quick."""
    loaded = "import sys, mnist_cli.cli.app; print(*sorted({m.split('.')[0] for m in sys.modules}))"
    result = subprocess.run(
        [sys.executable, "-c", loaded], capture_output=True, text=True, check=True
    )

    assert "mnist_cli" in result.stdout.split()
    assert {"fastapi", "starlette", "uvicorn", "asyncio"} & set(result.stdout.split()) == set()


@dataclass(frozen=True)
class Fresh:
    """A server, and how long it took from being called to its first answer."""

    server: Server
    duration_s: float


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fresh]:
    started = time.monotonic()
    with serving(tmp_path_factory.mktemp("fresh")) as server:
        assert server.read().json()["text"] == "3"
        yield Fresh(server, time.monotonic() - started)


def test_it_answers_soon_after_it_is_started(fresh: Fresh) -> None:
    """On a quiet machine of two cores within two seconds."""
    assert fresh.duration_s < 8


def libraries(pid: int) -> str:
    """Return the files that a process has in its memory."""
    return Path(f"/proc/{pid}/maps").read_text()


def test_it_reads_without_tensorflow(fresh: Fresh) -> None:
    server = fresh.server
    processes = [server.process.pid, *children(server.process.pid)]

    assert "ai_edge_litert" in "".join(map(libraries, processes))
    assert not [pid for pid in processes if "tensorflow" in libraries(pid)]


def test_what_it_says_first_is_where_it_is(fresh: Fresh) -> None:
    server = fresh.server
    told = server.stderr.split("\n")

    assert f"draw    {server.address}" in told
    assert f"REST    {server.address}/docs" in told
    assert f"log     {server.log_path.relative_to(server.folder)}" in told
    assert server.client.get("/docs").status_code == 200
