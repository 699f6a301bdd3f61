"""mnist serve."""

import os
import re
from functools import partial
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Annotated

import typer

from mnist_cli import console
from mnist_cli.core import log
from mnist_cli.core.conventions import Convention
from mnist_cli.core.errors import NotInstalledError, UsageError
from mnist_cli.options import (
    ArtifactsOption,
    ModelHeadOption,
    ModelInputOption,
    ReadingModelOption,
)
from mnist_cli.reading.opening import check_unstated, open_classifier

if TYPE_CHECKING:
    from collections.abc import Callable

    from mnist_cli.reading.classifier import Classifier


def serve(
    context: typer.Context,
    host: Annotated[
        str,
        typer.Option(
            envvar="MNIST_HOST", help="The address to listen on.", rich_help_panel="Serving"
        ),
    ] = "127.0.0.1",
    port: Annotated[
        int,
        typer.Option(
            envvar="MNIST_PORT",
            min=0,
            max=65_535,
            help="0 is any free one.",
            rich_help_panel="Serving",
        ),
    ] = 8000,
    model: ReadingModelOption = None,
    model_input: ModelInputOption = None,
    model_head: ModelHeadOption = None,
    artifacts: ArtifactsOption = Path("artifacts"),
    workers: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=256,
            help="Processes that read.",
            show_default="one a core",
            rich_help_panel="Serving",
        ),
    ] = None,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="A name that other machines may ask for it by.",
            rich_help_panel="Serving",
        ),
    ] = None,
    allow_origin: Annotated[
        list[str] | None,
        typer.Option(
            metavar="URL",
            help="Another site whose pages may ask (CORS).",
            rich_help_panel="Serving",
        ),
    ] = None,
    keep: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            file_okay=False,
            help="Gets the digits that people put right on the page, in 0/ to 9/.",
            rich_help_panel="Serving",
        ),
    ] = None,
) -> None:
    """Serve a page to draw and to check sheets on, and REST. SIGUSR1 opens the model anew."""
    run = _server()
    origins = frozenset(map(_origin, allow_origin or []))
    listener = run.listen(host, port)
    bound, port, *_ = listener.getsockname()
    at = ip_address(bound.partition("%")[0])  # without an interface's name
    names = _names(host, at, allow_host or [])
    address = f"http://{names[0]}:{port}"

    def tell() -> None:
        log.event("server.started", address=address, version=service.version)
        console.note(f"draw    {address}\nREST    {address}/docs\nlog     {log_path}")

    with listener:
        log_path = log.to_file(context.obj or Path("logs"), "serve", log.new_run_id())
        find = partial(_find, model, artifacts, Convention(model_input, model_head))
        service = run.Service(find, workers or _cores(), keep)
        access = run.Access(frozenset(names), origins)
        run.serve(listener, service, access, tell)
    log.event("server.stopped")


def _server() -> ModuleType:
    """Import what serves, which is not installed by default."""
    try:
        from mnist_cli.server import run
    except ModuleNotFoundError as error:
        raise NotInstalledError("mnist serve", str(error.name), "serve") from error
    return run


def _origin(url: str) -> str:
    """Return a site's origin as browsers write it.

    Raises:
        UsageError: It is none.
    """
    origin = url.lower().rstrip("/")
    if not re.fullmatch(r"https?://[^/?#@]+", origin):
        raise UsageError(f"--allow-origin takes a site, as https://example.org. Received: {url!r}.")
    return origin


def _names(host: str, address: IPv4Address | IPv6Address, allowed: list[str]) -> list[str]:
    """Return the names that it may be asked by, the likeliest first; warn where others may ask.

    Raises:
        UsageError: It is to listen everywhere, and goes by no name; or a name is none.
    """
    names = [name.lower() for name in allowed]
    for name in names:
        if not re.fullmatch(r"[a-z0-9._-]+|\[[0-9a-f:.]+\]", name):
            raise UsageError(
                f"--allow-host takes one name, without a port. Received: {name!r}.",
                hint="As --allow-host mnist.example.org; it may be given several times.",
            )
    if not address.is_unspecified:
        names.insert(0, f"[{host}]" if ":" in host else host.lower())
    if not names:
        raise UsageError(
            f"--host {host} lets other machines in; say by which name they may ask.",
            hint="Add --allow-host NAME, as --allow-host mnist.example.org.",
        )
    if not address.is_loopback:
        log.warning("server.open_to_other_machines", host=host, names=names)
    return names


def _cores() -> int:
    return len(os.sched_getaffinity(0))


def _find(
    reference: str | None, artifacts: Path, convention: Convention
) -> "Callable[[], Classifier]":
    """Find the model that is meant now, and return what opens just that one.

    A version's file is read here, so that a worker can be replaced after the version was deleted.
    """
    from mnist_cli import store
    from mnist_cli.reading.classifier import LiteRTClassifier
    from mnist_cli.versions import TFLITE

    found = store.resolve(reference, artifacts, store.READERS)
    path = found if isinstance(found, Path) else found.path
    log.event("model.found", path=str(path))
    threads = 1  # there is a worker for each core
    if isinstance(found, Path):
        return partial(open_classifier, str(path), artifacts, threads, convention)
    check_unstated(found, convention)
    return partial(LiteRTClassifier, found, threads, found.read(TFLITE))
