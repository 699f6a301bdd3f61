"""mnist serve."""

import os
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from types import ModuleType

import typer

from mnist_cli.cli import console
from mnist_cli.cli import options as shared
from mnist_cli.cli import serve_options as own
from mnist_cli.cli.serve_models import find_all
from mnist_cli.core import log
from mnist_cli.core.errors import NotInstalledError, StorageError, UsageError
from mnist_cli.core.models.conventions import Convention


def serve(
    context: typer.Context,
    host: own.HostOption = "127.0.0.1",
    port: own.PortOption = 8000,
    model: shared.ReadingModelOption = None,
    model_input: shared.ModelInputOption = None,
    model_head: shared.ModelHeadOption = None,
    artifacts: shared.ArtifactsOption = Path("artifacts"),
    grpc_port: own.GrpcPortOption = None,
    load: own.LoadOption = None,
    load_from: own.LoadFromOption = None,
    workers: own.WorkersOption = None,
    allow_host: own.AllowHostOption = None,
    allow_origin: own.AllowOriginOption = None,
    api_key_file: own.ApiKeyFileOption = None,
    root_path: own.RootPathOption = "",
    trusted_proxy: own.TrustedProxyOption = None,
    unix_socket: own.UnixSocketOption = None,
    tls_cert: own.TlsCertOption = None,
    tls_key: own.TlsKeyOption = None,
    keep: own.KeepOption = None,
    example: own.ExampleOption = None,
) -> None:
    """Serve the web page and the REST interface. SIGHUP opens model and log again."""
    if example:
        console.result(example.text.rstrip("\n"))
        return
    run, entrance = _server()
    asked = entrance.Asked(
        *(host, port, unix_socket, tuple(allow_host or ()), tuple(allow_origin or ())),
        *(api_key_file, root_path, tuple(trusted_proxy or ()), tls_cert, tls_key),
        None if grpc_port is None else host,
    )
    if unix_socket and _stated(context, "host", "port"):
        raise UsageError("--unix-socket stands instead of --host and --port.")
    with ExitStack() as closing:
        opened = entrance.open_entrance(asked, closing)
        log_path = _log_file(context.obj)
        convention = Convention(model_input, model_head)
        find = partial(find_all, model, load or [], load_from, artifacts, convention)
        service = run.Service(find, workers or _cores(), keep)
        grpc = None
        if grpc_port is not None:
            keys, tls = opened.access.keys, asked.certificate
            grpc = _grpc().GrpcServer(service, host, grpc_port, keys, tls)

        def tell() -> None:
            address = opened.address
            log.event("server.started", address=address, version=service.version)
            beside = f"gRPC    {grpc.address}\n" if grpc else ""
            console.note(
                f"draw    {address}\nREST    {address}/docs\n{beside}log     {log_path or 'stderr'}"
            )

        run.serve(opened, service, tell, grpc)
    log.event("server.stopped")


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
