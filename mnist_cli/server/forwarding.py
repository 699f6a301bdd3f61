"""Behind a proxy: what it tells of a client is believed of proxies that are trusted alone.

Anybody can send these headers. From a proxy that is trusted they tell what it was asked, which is
what matters to everything behind this module: the Host, the client's address, the path's prefix.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address

from starlette.datastructures import Headers
from starlette.types import Scope

from mnist_cli.core.errors import UsageError
from mnist_cli.server.hosts import Network, parse_network

UNIX = "unix"  # whoever may open the Unix socket
_PREFIX = re.compile(r"(/[A-Za-z0-9._~-]+)+")


@dataclass(frozen=True)
class Forwarding:
    """What stands before the server.

    Attributes:
        root_path: What the paths of requests begin with for clients, as `/digits`; empty for none.
            Whether the proxy leaves it away or not makes no difference; one that tells a prefix
            has taken it off, else `/digits/digits/x` would pass by its rules for `/digits/x`.
        trusted: Where the proxies are that are believed.
        trusts_unix: Whether who comes by a Unix socket is believed.
    """

    root_path: str = ""
    trusted: tuple[Network, ...] = ()
    trusts_unix: bool = False

    def seen_by_client(self, scope: Scope) -> Scope:
        """Return a request as the first of the proxies got it, with its prefix in `root_path`."""
        root_path, taken_off = self.root_path, False
        told: Scope = {}
        if self._trusts(scope["client"] and scope["client"][0]):
            headers = Headers(scope=scope)
            prefix = _first(headers, "x-forwarded-prefix").rstrip("/")
            if _PREFIX.fullmatch(prefix):
                root_path, taken_off = prefix, True
            told = self._told(headers, scope)
        path = scope["path"]
        if taken_off or not f"{path}/".startswith(f"{root_path}/"):
            path = root_path + path
        return {**scope, **told, "root_path": root_path, "path": path}

    def _trusts(self, address: str | None) -> bool:
        if not address:
            return self.trusts_unix
        parsed = _address(address) if self.trusted else None
        return parsed is not None and any(parsed in network for network in self.trusted)

    def _told(self, headers: Headers, scope: Scope) -> Scope:
        told: Scope = {}
        if client := self._client(headers):
            told["client"] = (client, 0)
        if (scheme := _first(headers, "x-forwarded-proto")) in {"http", "https"}:
            told["scheme"] = scheme
        if host := _first(headers, "x-forwarded-host"):
            others = [pair for pair in scope["headers"] if pair[0] != b"host"]
            told["headers"] = [(b"host", host.encode("latin-1")), *others]
        return told

    def _client(self, headers: Headers) -> str:
        """Return who is named last that is no trusted proxy, else first; what comes before may lie.

        Each proxy adds whom it was asked by to the end of the list.
        """
        client = ""
        for text in reversed(",".join(headers.getlist("x-forwarded-for")).split(",")):
            address = _address(text.strip())
            if address is None:
                break
            client = str(address)
            if not self._trusts(client):
                break
        return client


def parse_forwarding(root_path: str, proxies: Iterable[str]) -> Forwarding:
    """Return what a prefix, and addresses, networks or `unix` mean.

    Raises:
        UsageError: One is none of them.
    """
    root_path = root_path.rstrip("/")
    if root_path and not _PREFIX.fullmatch(root_path):
        raise UsageError(
            f"--root-path is what paths begin with. Received: {root_path!r}.", hint="As /digits."
        )
    proxies = list(proxies)
    networks = [parse_network(text, "--trusted-proxy") for text in proxies if text != UNIX]
    return Forwarding(root_path, tuple(networks), UNIX in proxies)


def _first(headers: Headers, name: str) -> str:
    """Return what the first proxy told."""
    return headers.get(name, "").partition(",")[0].strip()


def _address(text: str) -> IPv4Address | IPv6Address | None:
    """Return an address, which may stand before a port, or None."""
    if match := re.fullmatch(r"\[([^]]+)\](:\d+)?|([^:]+):\d+", text):
        text = match[1] or match[3]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
