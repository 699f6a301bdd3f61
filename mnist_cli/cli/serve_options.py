"""The options of mnist serve."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

from mnist_cli.cli.options import option

HIGHEST_PORT = 65_535
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

HostOption = Annotated[str, option(_PANEL, "The address to listen on.", envvar="MNIST_HOST")]
PortOption = Annotated[
    int,
    option(
        _PANEL,
        "The port to listen on; 0 takes any free one.",
        envvar="MNIST_PORT",
        min=0,
        max=HIGHEST_PORT,
    ),
]
GrpcPortOption = Annotated[
    int | None,
    option(
        _PANEL,
        "Answer the Open Inference Protocol over gRPC on this port too; 0 takes any free one.",
        default=False,
        envvar="MNIST_GRPC_PORT",
        min=0,
        max=HIGHEST_PORT,
    ),
]
LoadOption = Annotated[
    list[str] | None,
    option(
        _PANEL,
        "A version that can be asked beside --model, by number or alias; may be repeated.",
        default=False,
        metavar="N|ALIAS",
    ),
]
LoadFromOption = Annotated[
    Path | None,
    option(
        _PANEL,
        "More of them, a line each; read again by SIGHUP.",
        default=False,
        metavar="FILE",
        exists=True,
        dir_okay=False,
    ),
]
WorkersOption = Annotated[
    int | None, option(_PANEL, "Processes that read.", default="one a core", min=1, max=256)
]
AllowHostOption = Annotated[
    list[str] | None,
    option(
        _PANEL,
        "A name by which other machines may ask, as *.example.org, or a network.",
        metavar="NAME",
    ),
]
AllowOriginOption = Annotated[
    list[str] | None, option(_PANEL, "Another site whose pages may ask (CORS).", metavar="URL")
]
ApiKeyFileOption = Annotated[
    Path | None,
    option(
        _PANEL,
        "API keys, one a line; a client must send one of them.",
        envvar="MNIST_API_KEY_FILE",
        metavar="FILE",
    ),
]
RootPathOption = Annotated[
    str,
    option(
        _PANEL,
        "The path under which a proxy shows the page, such as /digits.",
        envvar="MNIST_ROOT_PATH",
        metavar="PATH",
    ),
]
TrustedProxyOption = Annotated[
    list[str] | None,
    option(
        _PANEL,
        "A proxy or a network whose X-Forwarded-… is believed; unix for --unix-socket.",
        metavar="ADDRESS",
    ),
]
UnixSocketOption = Annotated[
    Path | None, option(_PANEL, "Listen on a Unix socket, and on no port.", metavar="PATH")
]
TlsCertOption = Annotated[
    Path | None, option(_PANEL, "A certificate (PEM), for HTTPS.", metavar="FILE")
]
TlsKeyOption = Annotated[
    Path | None, option(_PANEL, "The key of the certificate (PEM).", metavar="FILE")
]
ExampleOption = Annotated[
    Example | None,
    option(_PANEL, "Print an example file that runs the server, watches it, or is for a proxy."),
]
KeepOption = Annotated[
    Path | None,
    option(
        _PANEL,
        "Keep the digits that people put right on the page here, in 0/ to 9/.",
        metavar="DIR",
        file_okay=False,
    ),
]
