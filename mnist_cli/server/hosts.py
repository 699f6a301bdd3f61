"""By which names the server may be asked: plain ones, all of a domain, addresses of a network.

A page of another site can have its own name bound to this machine's address (DNS rebinding), and
then ask here as if it were ours. So a name that nobody allowed is refused.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from mnist_cli.core.errors import UsageError

Network = IPv4Network | IPv6Network

LOCAL = frozenset({"127.0.0.1", "localhost", "[::1]"})
_NAME = re.compile(r"[a-z0-9._-]+|\[[0-9a-f:.]+\]")
_DOMAIN = re.compile(r"\*(\.[a-z0-9_-]+)+")


@dataclass(frozen=True)
class Hosts:
    """Names that the Host header may hold, without a port, beside the local ones.

    Attributes:
        names: As `mnist.example.org`, `[2001:db8::1]`.
        domains: Ends of names, as `.example.org`; the end alone is none of them.
        networks: Whose addresses are names, too.
    """

    names: frozenset[str] = frozenset()
    domains: tuple[str, ...] = ()
    networks: tuple[Network, ...] = ()

    def __contains__(self, name: str) -> bool:
        """Tell whether a name, in small letters, is one of them."""
        return (
            name in LOCAL
            or name in self.names
            or name.endswith(self.domains)
            or (bool(self.networks) and self._in_network(name))
        )

    def _in_network(self, name: str) -> bool:
        try:
            address = ip_address(name.strip("[]"))
        except ValueError:
            return False
        return any(address in network for network in self.networks)


def parse_hosts(texts: Iterable[str]) -> Hosts:
    """Return the hosts that names, `*.` patterns and networks mean.

    Raises:
        UsageError: One is none of them.
    """
    names, domains, networks = set(), [], []
    for text in map(str.lower, texts):
        if "/" in text:
            networks.append(parse_network(text, "--allow-host"))
        elif _DOMAIN.fullmatch(text):
            domains.append(text[1:])
        elif _NAME.fullmatch(text):
            names.add(text)
        else:
            raise UsageError(
                f"--allow-host takes a name, without a port. Received: {text!r}.",
                hint="As mnist.example.org, *.example.org for all names that end so, or "
                "10.0.0.0/8 for addresses; it may be given several times.",
            )
    return Hosts(frozenset(names), tuple(domains), tuple(networks))


def parse_network(text: str, option: str) -> Network:
    """Return a network, or the one of a single address.

    Raises:
        UsageError: It is none.
    """
    try:
        return ip_network(text)
    except ValueError as error:
        raise UsageError(
            f"{option}: {error}.", hint="As 10.0.0.0/8, 192.168.1.7 or fd00::/8."
        ) from error
