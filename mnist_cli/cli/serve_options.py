"""The options of mnist serve."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

_PANEL = "Serving"
_FILES = Path(__file__).parent.parent / "server" / "examples"


class Example(StrEnum):
    """What runs a server, watches it, or stands before it."""

    SYSTEMD = "systemd"
    SYSTEMD_SOCKET = "systemd-socket"
    NGINX = "nginx"
    KUBERNETES = "kubernetes"
    CONTAINER = "container"
    GRAFANA = "grafana"

    @property
    def text(self) -> str:
        """The file, as it is used but for names of hosts and folders."""
        return (_FILES / _NAMES[self]).read_text(encoding="utf-8")


_NAMES = {
    Example.SYSTEMD: "mnist.service",
    Example.SYSTEMD_SOCKET: "mnist.socket",
    Example.NGINX: "nginx.conf",
    Example.KUBERNETES: "kubernetes.yaml",
    Example.CONTAINER: "Containerfile",
    Example.GRAFANA: "grafana.json",
}

HostOption = Annotated[
    str,
    typer.Option(envvar="MNIST_HOST", help="The address to listen on.", rich_help_panel=_PANEL),
]
PortOption = Annotated[
    int,
    typer.Option(
        envvar="MNIST_PORT",
        min=0,
        max=65_535,
        help="The port to listen on; 0 takes any free one.",
        rich_help_panel=_PANEL,
    ),
]
WorkersOption = Annotated[
    int | None,
    typer.Option(
        min=1,
        max=256,
        help="Processes that read.",
        show_default="one a core",
        rich_help_panel=_PANEL,
    ),
]
AllowHostOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME",
        help="A name by which other machines may ask, as *.example.org, or a network.",
        rich_help_panel=_PANEL,
    ),
]
AllowOriginOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="URL",
        help="Another site whose pages may ask (CORS).",
        rich_help_panel=_PANEL,
    ),
]
ApiKeyFileOption = Annotated[
    Path | None,
    typer.Option(
        envvar="MNIST_API_KEY_FILE",
        help="API keys, one a line; a client must send one of them.",
        metavar="FILE",
        rich_help_panel=_PANEL,
    ),
]
RootPathOption = Annotated[
    str,
    typer.Option(
        envvar="MNIST_ROOT_PATH",
        metavar="PATH",
        help="The path under which a proxy shows the page, such as /digits.",
        rich_help_panel=_PANEL,
    ),
]
TrustedProxyOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="ADDRESS",
        help="A proxy or a network whose X-Forwarded-… is believed; unix for --unix-socket.",
        rich_help_panel=_PANEL,
    ),
]
UnixSocketOption = Annotated[
    Path | None,
    typer.Option(
        metavar="PATH",
        help="Listen on a Unix socket, and on no port.",
        rich_help_panel=_PANEL,
    ),
]
TlsCertOption = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="A certificate (PEM), for HTTPS.", rich_help_panel=_PANEL),
]
TlsKeyOption = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="The key of the certificate (PEM).", rich_help_panel=_PANEL),
]
ExampleOption = Annotated[
    Example | None,
    typer.Option(
        help="Print an example file that runs the server, watches it, or is for a proxy.",
        rich_help_panel=_PANEL,
    ),
]
KeepOption = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        file_okay=False,
        help="Keep the digits that people put right on the page here, in 0/ to 9/.",
        rich_help_panel=_PANEL,
    ),
]
