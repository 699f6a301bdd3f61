"""The options of mnist serve."""

from pathlib import Path
from typing import Annotated

import typer

_PANEL = "Serving"

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
