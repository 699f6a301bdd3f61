"""Who may ask: by which name, from whose pages, with which key."""

from dataclasses import dataclass, field
from http import HTTPStatus

from starlette.datastructures import Headers

from mnist_cli.server.hosts import Hosts
from mnist_cli.server.keys import Keys
from mnist_cli.server.problems import Problem, bad_request

PROBES = frozenset({"/healthz", "/readyz", "/metrics", "/v2/health/live", "/v2/health/ready"})
OF_THE_PAGE = frozenset({"/", "/docs", "/openapi.json"})  # and all that stands under /page/


@dataclass(frozen=True)
class Access:
    """Who may ask.

    Attributes:
        hosts: Names that it goes by. Probes and Prometheus, which ask by a pod's or a machine's
            address, may use any: nothing of what people sent is told there.
        origins: Origins of other sites whose pages may ask, as `https://example.org`.
        keys: One of which is needed, but by probes, and for the page, which asks for one.
    """

    hosts: Hosts = field(default_factory=Hosts)
    origins: frozenset[str] = frozenset()
    keys: Keys | None = None

    def check(self, method: str, path: str, headers: Headers) -> None:
        """Let a request in.

        Args:
            method: Of HTTP.
            path: Without what the server's own routes stand under.
            headers: As the client sent them, to the proxy if there is one.

        Raises:
            Problem: It is addressed to another host, comes from another site's page, or has no key.
        """
        host = ",".join(headers.getlist("host")).lower()
        if path not in PROBES:
            self._check_host(host)
        self._check_origin(method, host, headers)
        free = path in PROBES | OF_THE_PAGE or path.startswith("/page/")
        if self.keys and not free and method != "OPTIONS":  # browsers ask by that without a key
            self.keys.check(headers)

    def _check_host(self, host: str) -> None:
        if not host or "," in host:
            raise bad_request("There must be one Host header.")
        name = host if host.endswith("]") else host.rpartition(":")[0] or host  # without a port
        if name not in self.hosts:
            raise Problem(
                HTTPStatus.FORBIDDEN,
                "host_refused",
                "This server does not go by that name: see --allow-host, which takes names, "
                "*.example.org and networks.",
            )

    def _check_origin(self, method: str, host: str, headers: Headers) -> None:
        origin = headers.get("origin")
        if origin in self.origins:
            return
        elsewhere = headers.get("sec-fetch-site", "none") not in {"none", "same-origin"}
        if origin not in {None, f"http://{host}", f"https://{host}"} or (
            elsewhere and method not in {"GET", "HEAD"}
        ):
            raise Problem(
                HTTPStatus.FORBIDDEN,
                "origin_refused",
                "Pages of other sites may not ask: see --allow-origin; and --trusted-proxy, "
                "where a proxy changes the Host header.",
            )
