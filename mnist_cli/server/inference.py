"""The routes of the Open Inference Protocol, with Triton's statistics and repository."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Body, Depends, Request
from starlette.responses import Response

from mnist_cli import __version__
from mnist_cli.server import classify, problems, tensors
from mnist_cli.server import protocol_schemas as schemas
from mnist_cli.server.bodies import media_type
from mnist_cli.server.infer_request import BINARY_HEADER
from mnist_cli.server.loaded import not_loaded
from mnist_cli.server.schemas import NOT_FOUND, Live, Ready
from mnist_cli.server.service import Service, as_response
from mnist_cli.server.strict import StrictRoute

EXTENSIONS = ["binary_tensor_data", "statistics", "model_repository"]


def inference_routes(service: Service) -> APIRouter:
    """Return the routes under /v2."""
    router = APIRouter(prefix="/v2", tags=["inference protocol"], route_class=StrictRoute)

    @router.get("")
    async def server() -> schemas.ServerMetadata:
        """Say what this server is."""
        return server_metadata()

    @router.get("/health/live")
    async def live() -> Live:
        """Say that the server runs."""
        return Live(live=True)

    @router.get("/health/ready", responses={503: {"model": Ready}})
    async def ready(response: Response) -> Ready:
        """Say whether models can be asked."""
        response.status_code = service.ready_status
        return Ready(ready=not service.failure)

    @router.get("/models/stats")
    async def stats() -> schemas.ModelStatistics:
        """Say how many requests with tensors there were, and what took their time."""
        return statistics(service, None)

    check_model, check_version = checks(service)
    for prefix, check_own in (
        ("/models/{model}", check_model),
        ("/models/{model}/versions/{version}", check_version),
    ):
        router.include_router(
            _model_routes(service),
            prefix=prefix,
            dependencies=[Depends(check_own)],
            responses=NOT_FOUND,
        )
    router.include_router(_repository_routes(service), prefix="/repository")
    return router


def _model_routes(service: Service) -> APIRouter:
    router = APIRouter(route_class=StrictRoute)

    @router.get("")
    async def metadata() -> schemas.ModelMetadata:
        """Say what the model takes and gives, and which versions of it are loaded."""
        return model_metadata(service)

    @router.get("/ready", responses={503: {"model": schemas.ModelReady}})
    async def ready(response: Response) -> schemas.ModelReady:
        """Say whether the model can be asked."""
        response.status_code = service.ready_status
        return schemas.ModelReady(name=classify.MODEL, ready=not service.failure)

    @router.get("/stats")
    async def stats(request: Request) -> schemas.ModelStatistics:
        """Say how many requests with tensors there were, and what took their time."""
        return statistics(service, request.path_params.get("version"))

    @router.post("/infer", **schemas.INFER)
    async def infer(request: Request) -> Response:
        """Classify 28×28 images, ink bright on dark.

        The tensor `images` has the shape (N, 784), (N, 28, 28) or (N, 28, 28, 1), as UINT8, or as
        FP16, FP32 or FP64 in [0, 1]. The outputs are `probabilities`, calibrated, (N, 10) FP32,
        `digit`, (N) INT64, and `unsure`, (N) BOOL.
        """
        json_bytes = _json_bytes(request)
        version = request.path_params.get("version")
        with service.bodies.of(request) as body:
            job = tensors.Infer(await body.read(), json_bytes, version)
            return as_response(await service.classify(job, version))

    return router


def _repository_routes(service: Service) -> APIRouter:
    router = APIRouter(route_class=StrictRoute)

    @router.post("/index")
    async def index(
        wanted: Annotated[schemas.IndexRequest | None, Body()] = None,
    ) -> list[schemas.IndexEntry]:
        """List the versions that are loaded; with `{"ready": true}` those that can be asked."""
        return repository_index(service, ready=bool(wanted and wanted.ready))

    @router.post("/models/{model}/load")
    async def load(model: str) -> None:
        """Refuse: what is loaded is said where the server was started."""
        del model
        raise problems.not_over_the_network()

    @router.post("/models/{model}/unload")
    async def unload(model: str) -> None:
        """Refuse: what is loaded is said where the server was started."""
        del model
        raise problems.not_over_the_network()

    return router


def server_metadata() -> schemas.ServerMetadata:
    """Return what this server is."""
    return schemas.ServerMetadata(name="mnist-cli", version=__version__, extensions=EXTENSIONS)


def model_metadata(service: Service) -> schemas.ModelMetadata:
    """Return what the model takes and gives, and which versions of it are loaded."""
    return schemas.ModelMetadata(
        name=classify.MODEL,
        versions=service.versions(),
        platform="litert",
        inputs=[schemas.TensorMetadata(name=classify.INPUT, datatype="UINT8", shape=[-1, 28, 28])],
        outputs=[
            schemas.TensorMetadata(
                name=name, datatype=datatype, shape=[-1, 10] if datatype == "FP32" else [-1]
            )
            for name, datatype in classify.OUTPUTS.items()
        ],
    )


def repository_index(service: Service, *, ready: bool) -> list[schemas.IndexEntry]:
    """Return the versions that are loaded.

    Args:
        service: What is served.
        ready: Only those that can be asked.
    """
    if ready and service.failure:
        return []
    return [
        schemas.IndexEntry(
            name=classify.MODEL,
            version=version,
            state="UNAVAILABLE" if service.failure else "READY",
            reason=service.failure,
        )
        for version in service.versions()
    ]


def statistics(service: Service, version: str | None) -> schemas.ModelStatistics:
    """Return the statistics of a version, by number or alias, or of all that are loaded."""
    records = [service.statistics.of(one) for one in service.versions(version)]
    return schemas.ModelStatistics(model_stats=records)


def checks(
    service: Service,
) -> tuple[Callable[[str], Awaitable[None]], Callable[[str, str], Awaitable[None]]]:
    """Return what routes depend on that name a model, and those that name a version of it too."""

    async def check_model(model: str) -> None:
        check(service, model)

    async def check_version(model: str, version: str) -> None:
        check(service, model, version)

    return check_model, check_version


def check(service: Service, model: str, version: str | None = None) -> None:
    """Let a request through whose model is loaded.

    Raises:
        Problem: It is not.
    """
    if model != classify.MODEL or (version is not None and version not in service.names):
        raise not_loaded(service.names)


def _json_bytes(request: Request) -> int | None:
    """Return how much of the body is JSON; None if all is."""
    told = request.headers.get(BINARY_HEADER)
    if told is not None:
        if not (told.isascii() and told.isdigit() and len(told) < 12):
            raise problems.bad_request(f"{BINARY_HEADER} must be a count of bytes.")
        return int(told)
    if media_type(request) not in {"application/json", ""}:  # Triton's own client sends none
        raise problems.wrong_media_type("application/json")
    return None
