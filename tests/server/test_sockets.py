"""Where it listens beside a port: a Unix socket, sockets of systemd; and TLS."""

import os
import shutil
import signal
import socket
import ssl
import stat
from collections.abc import Callable
from functools import partial
from pathlib import Path

import httpx
import pytest

from mnist_cli.core.errors import ExitCode, ServerError
from mnist_cli.server.sockets import inherited, listen_unix
from mnist_cli.server.tls import tls_context
from tests.server.conftest import eventually, serving
from tests.server.nginx import write_certificate
from tests.server.test_run import serve
from tests.server.wire import get

AS_SYSTEMD = 'exec 3<&{fd}; export LISTEN_FDS=1 LISTEN_PID=$$; exec "$@"'


def test_a_unix_socket_is_made_answers_and_is_removed(tmp_path: Path) -> None:
    path = tmp_path / "http.socket"
    with serving(tmp_path, "--unix-socket", path, "--workers", "1", port=None) as server:
        assert server.address == f"unix:{path}"
        assert stat.S_IMODE(path.stat().st_mode) == 0o660
        assert server.read().json()["text"] == "3"
        assert server.client.get("/", headers={"Host": "evil.example"}).status_code == 403
        assert server.client.get("/", headers={"Host": "localhost"}).status_code == 200
        taken = serve(tmp_path, "--unix-socket", path)

    assert taken.returncode == ExitCode.ENVIRONMENT
    assert "Another program listens" in taken.stderr
    assert not path.exists()


def test_a_socket_that_a_killed_server_left_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "http.socket"
    listen_unix(path).close()
    assert path.exists()

    with listen_unix(path), socket.socket(socket.AF_UNIX) as client:
        client.connect(str(path))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: path.write_text("a letter"), "no socket"),
        (lambda path: path.mkdir(), "no socket"),
        (lambda path: shutil.rmtree(path.parent), "No such file"),
    ],
)
def test_what_is_in_the_way_is_left_there(
    tmp_path: Path, make: Callable[[Path], object], words: str
) -> None:
    path = tmp_path / "folder" / "http.socket"
    path.parent.mkdir()
    make(path)
    existed = path.exists()

    with pytest.raises(ServerError, match=words):
        listen_unix(path)
    assert path.exists() == existed


def test_a_path_that_is_too_long_is_said(tmp_path: Path) -> None:
    with pytest.raises(ServerError, match="too long"):
        listen_unix(tmp_path / ("x" * 120))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--unix-socket", "x", "--port", "1"], "stands instead of"),
        (["--unix-socket", "x", "--host", "::1"], "stands instead of"),
        (["--tls-cert", "x"], "go together"),
        (["--tls-key", "x"], "go together"),
        (["--root-path", "digits"], "As /digits"),
        (["--trusted-proxy", "nginx"], "--trusted-proxy"),
        (["--port", "0", "--trusted-proxy", "unix"], "there is none"),
    ],
)
def test_what_makes_no_sense_together_is_said(
    tmp_path: Path, arguments: list[str], words: str
) -> None:
    result = serve(tmp_path, *arguments)

    assert result.returncode == ExitCode.USAGE
    assert words in result.stderr


def test_what_systemd_has_opened_is_served(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=64) as opened:
        port, fd = opened.getsockname()[1], opened.fileno()
        shell = AS_SYSTEMD.format(fd=fd)
        with serving(tmp_path, "--workers", "1", port=None, shell=shell, pass_fds=(fd,)) as server:
            assert server.address == f"http://127.0.0.1:{port}"
            assert server.send(get("/healthz")).status == 200
            assert server.read().json()["text"] == "3"
        with socket.create_connection(("127.0.0.1", port)):
            pass  # systemd still listens


def test_systemd_too_opens_it_to_others_by_name_alone(tmp_path: Path) -> None:
    with socket.create_server(("0.0.0.0", 0)) as opened:  # noqa: S104  that is tested
        port, fd = opened.getsockname()[1], opened.fileno()
        activated = partial(serving, port=None, shell=AS_SYSTEMD.format(fd=fd), pass_fds=(fd,))
        with pytest.raises(AssertionError, match="--allow-host"), activated(tmp_path):
            pass
        options = ["--allow-host", "*.example.org", "--workers", "1"]
        with activated(tmp_path, *options) as server:
            assert server.address == f"http://127.0.0.1:{port}"
            assert server.client.get("/").status_code == 200
            assert server.send(get("/", Host="a.example.org")).status == 200
            assert server.send(get("/", Host="0.0.0.0")).status == 403  # noqa: S104


def test_a_unix_socket_that_systemd_has_opened_stays(tmp_path: Path) -> None:
    path = tmp_path / "http.socket"
    with listen_unix(path) as opened:
        fd = opened.fileno()
        shell = AS_SYSTEMD.format(fd=fd)
        with serving(tmp_path, "--workers", "1", port=None, shell=shell, pass_fds=(fd,)) as server:
            assert server.address == f"unix:{path}"
            assert server.client.get("/healthz").status_code == 200
        assert path.exists()


def test_sockets_of_another_process_are_not_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LISTEN_FDS", "1")
    monkeypatch.setenv("LISTEN_PID", "1")

    assert inherited() == []
    assert "LISTEN_FDS" not in os.environ, "the processes that read do not look for them"


@pytest.mark.parametrize(
    ("shell", "words"),
    [
        ("exec 3</dev/null;", "no socket"),
        ("exec 3<>/dev/udp/127.0.0.1/9;", "takes no connections"),
        ("exec 3<&-;", "no socket"),
    ],
)
def test_a_file_that_is_no_listening_socket_is_said(tmp_path: Path, shell: str, words: str) -> None:
    shell += ' export LISTEN_FDS=1 LISTEN_PID=$$; exec "$@"'
    with (
        pytest.raises(AssertionError, match=words),
        serving(tmp_path, port=None, shell=shell),
    ):
        pass


def test_it_encrypts(tmp_path: Path) -> None:
    trust = write_certificate(tmp_path)
    files = ["--tls-cert", tmp_path / "tls.pem", "--tls-key", tmp_path / "tls.key"]
    with serving(tmp_path, *files, "--workers", "1", trust=trust) as server:
        assert server.address == f"https://127.0.0.1:{server.port}"
        assert server.read().json()["text"] == "3"
        with pytest.raises(httpx.RemoteProtocolError):
            httpx.get(f"http://127.0.0.1:{server.port}/healthz")
        with pytest.raises(httpx.ConnectError, match="certificate"):
            httpx.get(server.address)
        old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
        old.maximum_version = ssl.TLSVersion.TLSv1_2
        assert httpx.get(f"{server.address}/healthz", verify=old).status_code == 200


def test_a_certificate_is_exchanged_while_it_runs(tmp_path: Path) -> None:
    """By SIGHUP, as after it was renewed; a key of another leaves the old one."""
    old = write_certificate(tmp_path)
    keys = tmp_path / "keys"
    keys.touch(0o600)
    keys.write_text("a-key-of-this-test")
    files = ["--tls-cert", tmp_path / "tls.pem", "--tls-key", tmp_path / "tls.key"]
    options = ["--api-key-file", keys, "--grpc-port", "0", "--workers", "1"]
    with serving(tmp_path, *files, *options, trust=old) as server:
        words = server.stderr.split()
        grpc_port = int(words[words.index("gRPC") + 1].rpartition(":")[2])

        def greets(trust: ssl.SSLContext) -> bool:
            """Tell whether gRPC shows a certificate that is trusted."""
            try:
                with (
                    socket.create_connection(("127.0.0.1", grpc_port), 30) as connection,
                    trust.wrap_socket(connection, server_hostname="127.0.0.1"),
                ):
                    return True
            except ssl.SSLCertVerificationError:
                return False

        def answers(trust: ssl.SSLContext) -> bool:
            try:
                return httpx.get(f"{server.address}/healthz", verify=trust).status_code == 200
            except httpx.ConnectError:
                return False

        (tmp_path / "tls.key").write_text("no key")
        server.process.send_signal(signal.SIGHUP)
        assert eventually(lambda: "server.not_renewed" in server.stderr)
        assert answers(old)
        assert greets(old)
        keys.write_text("short")  # which keeps no certificate from being renewed
        new = write_certificate(tmp_path)
        server.process.send_signal(signal.SIGHUP)
        assert eventually(lambda: answers(new))
        assert not answers(old)
        assert greets(new)
        assert not greets(old)
        metrics = httpx.get(f"{server.address}/metrics", verify=new)
        assert 'mnist_reloads_total{outcome="refused"} 2.0' in metrics.text


def test_files_that_can_not_encrypt_are_said(tmp_path: Path) -> None:
    write_certificate(tmp_path)
    certificate, key = tmp_path / "tls.pem", tmp_path / "tls.key"
    (tmp_path / "other").mkdir()
    write_certificate(tmp_path / "other")

    for wrong, right, words in (
        (tmp_path / "nowhere", key, "nowhere"),
        (certificate, tmp_path / "nowhere", "nowhere"),
        (key, key, "no certificate"),
        (certificate, tmp_path / "other" / "tls.key", "KEY_VALUES_MISMATCH|key values mismatch"),
    ):
        with pytest.raises(ServerError, match=words):
            tls_context(wrong, right)
    key.chmod(0o644)
    with pytest.raises(ServerError, match="Anybody"):
        tls_context(certificate, key)


def test_a_key_with_a_password_is_refused_and_not_asked_for(tmp_path: Path) -> None:
    from cryptography.hazmat.primitives import serialization

    write_certificate(tmp_path)
    key = serialization.load_pem_private_key((tmp_path / "tls.key").read_bytes(), None)
    locked = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"secret"),
    )
    (tmp_path / "tls.key").write_bytes(locked)

    with pytest.raises(ServerError, match="without a password"):
        tls_context(tmp_path / "tls.pem", tmp_path / "tls.key")
