"""A real nginx before a server, and who vouches for its certificate."""

import os
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import trustme

from tests.server.conftest import eventually

needs_nginx = pytest.mark.skipif(not shutil.which("nginx"), reason="needs Debian's nginx")

# all that nginx writes goes to its own folder
_AROUND = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
{user}
events {{}}
http {{
    access_log off;
    {temporary}
    include {folder}/site.conf;
}}
"""
_TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


def write_certificate(folder: Path) -> ssl.SSLContext:
    """Write `tls.pem` and `tls.key` for this machine; return whom to trust."""
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1", "localhost")
    certificate.private_key_pem.write_to_path(folder / "tls.key")
    (folder / "tls.key").chmod(0o600)
    (folder / "tls.pem").write_bytes(b"".join(c.bytes() for c in certificate.cert_chain_pems))
    trust = ssl.create_default_context()
    authority.configure_trust(trust)
    return trust


@contextmanager
def nginx(folder: Path, site: str, port: int) -> Iterator[None]:
    """Run nginx with a site, which listens on a port."""
    user = "" if os.getuid() else "user root;"  # whose processes may enter the tests' folders
    temporary = "\n".join(f"{name}_temp_path {folder}/{name};" for name in _TEMPORARY)
    (folder / "site.conf").write_text(site)
    around = folder / "nginx.conf"
    around.write_text(_AROUND.format(folder=folder, user=user, temporary=temporary))
    command = ["nginx", "-c", str(around), "-p", str(folder), "-e", str(folder / "error.log")]
    subprocess.run([*command, "-t"], check=True, capture_output=True)
    with subprocess.Popen(command) as process:
        try:
            assert eventually(lambda: _listens(port))
            yield
        finally:
            process.terminate()


def _listens(port: int) -> bool:
    with suppress(ConnectionError):
        socket.create_connection(("127.0.0.1", port), 5).close()
        return True
    return False
