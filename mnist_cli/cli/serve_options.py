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
        envvar="MNIST_PORT", min=0, max=65_535, help="0 is any free one.", rich_help_panel=_PANEL
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
        help="A name that other machines may ask for it by, *.example.org, or a network.",
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
        help="Keys, one a line, of which a client needs one.",
        metavar="FILE",
        rich_help_panel=_PANEL,
    ),
]
RootPathOption = Annotated[
    str,
    typer.Option(
        envvar="MNIST_ROOT_PATH",
        metavar="PATH",
        help="What paths begin with behind a proxy, as /digits.",
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
    typer.Option(metavar="FILE", help="A certificate, as PEM: HTTPS.", rich_help_panel=_PANEL),
]
TlsKeyOption = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Its key, as PEM.", rich_help_panel=_PANEL),
]
ExampleOption = Annotated[
    Example | None,
    typer.Option(
        help="Print a file that runs it, watches it, or stands before it.",
        rich_help_panel=_PANEL,
    ),
]
KeepOption = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        file_okay=False,
        help="Gets the digits that people put right on the page, in 0/ to 9/.",
        rich_help_panel=_PANEL,
    ),
]
