"""Where requests come in, and who is let in: what the options of `mnist serve` mean together."""

import re
import socket
import ssl
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from ipaddress import ip_address
from pathlib import Path

from mnist_cli.core import log
from mnist_cli.core.errors import UsageError
from mnist_cli.server.access import Access
from mnist_cli.server.forwarding import Forwarding, parse_forwarding
from mnist_cli.server.hosts import parse_hosts
from mnist_cli.server.keys import Keys
from mnist_cli.server.sockets import addresses_of, inherited, listen, listen_unix
from mnist_cli.server.tls import load, tls_context


@dataclass(frozen=True)
class Asked:
    """What is asked for; each as the option of the same name has it."""

    host: str = "127.0.0.1"
    port: int = 8000
    unix_socket: Path | None = None
    allow_host: tuple[str, ...] = ()
    allow_origin: tuple[str, ...] = ()
    api_key_file: Path | None = None
    root_path: str = ""
    trusted_proxy: tuple[str, ...] = ()
    tls_cert: Path | None = None
    tls_key: Path | None = None
    grpc_host: str | None = None  # where gRPC listens, if it does

    @property
    def certificate(self) -> tuple[Path, Path] | None:
        """The certificate and its key; None where nothing is encrypted.

        Raises:
            UsageError: One is there without the other.
        """
        if (self.tls_cert is None) != (self.tls_key is None):
            raise UsageError("--tls-cert and --tls-key go together.")
        return (self.tls_cert, self.tls_key) if self.tls_cert and self.tls_key else None


@dataclass(frozen=True)
class Entrance:
    """Where requests come in, and who is let in.

    Attributes:
        address: Where to find it from this machine: a URL, or `unix:` and a path.
        listeners: Sockets that take connections; the server closes them when it stops.
        access: Who may ask.
        forwarding: What stands before the server.
        tls: What encrypts, if anything does.
        asked: What all this was made of.
    """

    address: str
    listeners: list[socket.socket]
    access: Access = field(default_factory=Access)
    forwarding: Forwarding = field(default_factory=Forwarding)
    tls: ssl.SSLContext | None = None
    asked: Asked = field(default_factory=Asked)

    def renew_keys(self) -> None:
        """Read the keys again.

        Raises:
            ServerError: They are of no use now; then the old ones stay.
        """
        if self.access.keys:
            self.access.keys.renew()

    def renew_certificate(self) -> None:
        """Read the certificate again.

        Raises:
            ServerError: It is of no use now; then the old one stays.
        """
        if self.tls and self.asked.certificate:
            tls_context(*self.asked.certificate)  # raises before the one in use is touched
            load(self.tls, *self.asked.certificate)


def open_entrance(asked: Asked, closing: ExitStack) -> Entrance:
    """Check what is asked for, and listen.

    Args:
        asked: What is asked for. Where systemd hands over sockets, it says where to listen.
        closing: Closes the sockets, and removes a Unix socket that was made.

    Raises:
        UsageError: It makes no sense.
        ServerError: A file can't be used, or there is nothing to listen on.
    """
    hosts = parse_hosts(asked.allow_host)
    origins = frozenset(map(_origin, asked.allow_origin))
    forwarding = parse_forwarding(asked.root_path, asked.trusted_proxy)
    tls = tls_context(*asked.certificate) if asked.certificate else None
    keys = Keys(asked.api_key_file) if asked.api_key_file else None
    listeners, names = _listening(asked, closing)
    if forwarding.trusts_unix and all(map(_bound, listeners)):
        raise UsageError(
            "--trusted-proxy unix believes who comes by a Unix socket, and there is none.",
            hint="Pass --unix-socket PATH, or the proxy's address.",
        )
    bound = [*map(_bound, listeners), *addresses_of(asked.grpc_host or "")]
    _check_open(dict.fromkeys(filter(None, bound)), names, asked)
    access = Access(replace(hosts, names=hosts.names.union(filter(None, names))), origins, keys)
    scheme = "https" if tls else "http"
    address = _address(listeners[0], scheme, names[0] or next(iter(sorted(hosts.names)), ""))
    return Entrance(address, listeners, access, forwarding, tls, asked)


def _listening(asked: Asked, closing: ExitStack) -> tuple[list[socket.socket], list[str]]:
    """Return sockets, and by which name each is asked; empty where that is none of its own."""
    listeners, host = inherited(), ""
    if not listeners and asked.unix_socket:
        listeners = [listen_unix(asked.unix_socket)]
        closing.callback(asked.unix_socket.unlink, missing_ok=True)
    elif not listeners:
        listeners, host = [listen(asked.host, asked.port)], asked.host
    for listener in listeners:
        closing.enter_context(listener)
    everywhere = {"", "0.0.0.0", "::"}  # noqa: S104  it is not listened on here
    return listeners, [
        "" if (bound := _bound(listener)) in everywhere else _name(host or bound)
        for listener in listeners
    ]


def _bound(listener: socket.socket) -> str:
    """Return the address that a socket has, without an interface's name; of a Unix one none."""
    name = listener.getsockname()
    return "" if listener.family == socket.AF_UNIX else str(name[0]).partition("%")[0]


def _name(host: str) -> str:
    return f"[{host}]" if ":" in host else host.lower()


def _address(listener: socket.socket, scheme: str, name: str) -> str:
    if listener.family == socket.AF_UNIX:
        return f"unix:{listener.getsockname()}"
    return f"{scheme}://{name or '127.0.0.1'}:{listener.getsockname()[1]}"


def _check_open(addresses: Iterable[str], names: list[str], asked: Asked) -> None:
    """Warn where other machines may ask.

    Raises:
        UsageError: They may, and by no name.
    """
    for bound in addresses:
        address = ip_address(bound)
        if address.is_unspecified and not asked.allow_host:
            raise UsageError(
                f"Listening on {bound} lets other machines in; say by which name they may ask.",
                hint="Add --allow-host NAME, as --allow-host mnist.example.org.",
            )
        if not address.is_loopback:
            allowed = [*filter(None, names), *asked.allow_host]
            log.warning("server.open_to_other_machines", host=bound, names=allowed)


def _origin(url: str) -> str:
    """Return a site's origin as browsers write it.

    Raises:
        UsageError: It is none.
    """
    origin = url.lower().rstrip("/")
    if not re.fullmatch(r"https?://[^/?#@]+", origin):
        raise UsageError(f"--allow-origin takes a site, as https://example.org. Received: {url!r}.")
    return origin
