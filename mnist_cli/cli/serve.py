"""mnist serve."""

import os
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import typer

from mnist_cli.cli import console
from mnist_cli.cli import options as shared
from mnist_cli.cli import serve_options as own
from mnist_cli.cli.serve_models import find_all
from mnist_cli.core import log
from mnist_cli.core.errors import NotInstalledError, StorageError, UsageError
from mnist_cli.core.models.conventions import Convention

if TYPE_CHECKING:
    from mnist_cli.server.entrance import Asked


@dataclass(frozen=True)
class Options:
    """What `mnist serve` takes, in the order of its help."""

    host: own.HostOption = "127.0.0.1"
    port: own.PortOption = 8000
    model: shared.ReadingModelOption = None
    model_input: shared.ModelInputOption = None
    model_head: shared.ModelHeadOption = None
    artifacts: shared.ArtifactsOption = Path("artifacts")
    grpc_port: own.GrpcPortOption = None
    load: own.LoadOption = None
    load_from: own.LoadFromOption = None
    workers: own.WorkersOption = None
    allow_host: own.AllowHostOption = None
    allow_origin: own.AllowOriginOption = None
    api_key_file: own.ApiKeyFileOption = None
    root_path: own.RootPathOption = ""
    trusted_proxy: own.TrustedProxyOption = None
    unix_socket: own.UnixSocketOption = None
    tls_cert: own.TlsCertOption = None
    tls_key: own.TlsKeyOption = None
    keep: own.KeepOption = None
    example: own.ExampleOption = None


@shared.fields_as_options
def serve(context: typer.Context, asked: Options) -> None:
    """Serve the web page and the REST interface. SIGHUP opens model and log again."""
    if asked.example:
        console.result(asked.example.text.rstrip("\n"))
        return
    run, entrance = _server()
    if asked.unix_socket and _stated(context, "host", "port"):
        raise UsageError("--unix-socket stands instead of --host and --port.")
    with ExitStack() as closing:
        opened = entrance.open_entrance(_way_in(asked), closing)
        log_path = _log_file(context.obj)
        convention = Convention(asked.model_input, asked.model_head)
        beside = asked.load or [], asked.load_from
        find = partial(find_all, asked.model, *beside, asked.artifacts, convention)
        service = run.Service(find, asked.workers or _cores(), asked.keep)
        grpc = None
        if asked.grpc_port is not None:
            keys, tls = opened.access.keys, opened.asked.certificate
            grpc = _grpc().GrpcServer(service, asked.host, asked.grpc_port, keys, tls)

        def tell() -> None:
            address = opened.address
            log.event("server.started", address=address, version=service.version)
            also = f"gRPC    {grpc.address}\n" if grpc else ""
            console.note(
                f"draw    {address}\nREST    {address}/docs\n{also}log     {log_path or 'stderr'}"
            )

        run.serve(opened, service, tell, grpc)
    log.event("server.stopped")


def _way_in(asked: Options) -> "Asked":
    """Return where requests are to come in, and who is let in."""
    from mnist_cli.server.entrance import Asked

    return Asked(
        host=asked.host, port=asked.port, unix_socket=asked.unix_socket,
        allow_host=tuple(asked.allow_host or ()), allow_origin=tuple(asked.allow_origin or ()),
        api_key_file=asked.api_key_file, root_path=asked.root_path,
        trusted_proxy=tuple(asked.trusted_proxy or ()), tls_cert=asked.tls_cert,
        tls_key=asked.tls_key, grpc_host=None if asked.grpc_port is None else asked.host,
    )  # fmt: skip


def _log_file(folder: Path | None) -> Path | None:
    """Begin the log's file; where none can be written, and none was asked for, say so and go on.

    Raises:
        StorageError: The folder that was asked for can't be written.
    """
    try:
        return log.to_file(folder or Path("logs"), "serve", log.new_run_id())
    except StorageError as error:
        if folder:
            raise
        log.warning("log.on_stderr_alone", reason=error.message)
        return None


def _stated(context: typer.Context, *names: str) -> bool:
    """Tell whether one of the options stands on the command line."""
    sources = (context.get_parameter_source(name) for name in names)
    return any(source is not None and source.name == "COMMANDLINE" for source in sources)


def _server() -> tuple[ModuleType, ModuleType]:
    """Import what serves, which is not installed by default."""
    try:
        from mnist_cli.server import entrance, run
    except ModuleNotFoundError as error:
        raise NotInstalledError("mnist serve", str(error.name), "serve") from error
    return run, entrance


def _grpc() -> ModuleType:
    """Import what answers over gRPC, which is not installed by default."""
    try:
        from mnist_cli.server import grpc_server
    except ModuleNotFoundError as error:
        raise NotInstalledError("--grpc-port", str(error.name), "grpc") from error
    return grpc_server


def _cores() -> int:
    return len(os.sched_getaffinity(0))
