"""mnist serve."""

import os
import re
from dataclasses import replace
from functools import partial
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import typer

from mnist_cli import console
from mnist_cli.commands.serve_options import (
    AllowHostOption,
    AllowOriginOption,
    ApiKeyFileOption,
    HostOption,
    PortOption,
    WorkersOption,
)
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
    from mnist_cli.server.hosts import Hosts


def serve(
    context: typer.Context,
    host: HostOption = "127.0.0.1",
    port: PortOption = 8000,
    model: ReadingModelOption = None,
    model_input: ModelInputOption = None,
    model_head: ModelHeadOption = None,
    artifacts: ArtifactsOption = Path("artifacts"),
    workers: WorkersOption = None,
    allow_host: AllowHostOption = None,
    allow_origin: AllowOriginOption = None,
    api_key_file: ApiKeyFileOption = None,
) -> None:
    """Serve a page to draw on, and the REST interface. SIGUSR1 opens the model anew."""
    run = _server()
    origins = frozenset(map(_origin, allow_origin or []))
    keys = run.read_keys(api_key_file) if api_key_file else None
    listener = run.listen(host, port)
    bound, port, *_ = listener.getsockname()
    at = ip_address(bound.partition("%")[0])  # without an interface's name
    hosts, name = _hosts(host, at, allow_host or [])
    address = f"http://{name}:{port}"

    def tell() -> None:
        log.event("server.started", address=address, version=service.version)
        console.note(f"draw    {address}\nREST    {address}/docs\nlog     {log_path}")

    with listener:
        log_path = log.to_file(context.obj or Path("logs"), "serve", log.new_run_id())
        find = partial(_find, model, artifacts, Convention(model_input, model_head))
        service = run.Service(find, workers or _cores())
        access = run.Access(hosts, origins, keys)
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


def _hosts(
    host: str, address: IPv4Address | IPv6Address, allowed: list[str]
) -> "tuple[Hosts, str]":
    """Return the names that it may be asked by, and the likeliest; warn where others may ask.

    Raises:
        UsageError: It is to listen everywhere, and goes by no name; or a name is none.
    """
    from mnist_cli.server.hosts import parse_hosts

    own = [] if address.is_unspecified else [f"[{host}]" if ":" in host else host.lower()]
    if not own and not allowed:
        raise UsageError(
            f"--host {host} lets other machines in; say by which name they may ask.",
            hint="Add --allow-host NAME, as --allow-host mnist.example.org.",
        )
    hosts = parse_hosts(allowed)
    if not address.is_loopback:
        log.warning("server.open_to_other_machines", host=host, names=own + allowed)
    plain = (name.lower() for name in allowed if name.lower() in hosts.names)
    return replace(hosts, names=hosts.names.union(own)), next(iter(own), next(plain, "127.0.0.1"))


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
