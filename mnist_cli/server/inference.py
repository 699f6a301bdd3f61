"""The routes of the Open Inference Protocol; `tensors` does the work."""

from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from mnist_cli import __version__
from mnist_cli.server import problems, schemas, tensors
from mnist_cli.server.bodies import Bodies
from mnist_cli.server.problems import Problem
from mnist_cli.server.service import Service


def inference_routes(service: Service, bodies: Bodies) -> APIRouter:
    """Return the routes under /v2."""
    router = APIRouter(prefix="/v2", tags=["inference protocol"])

    @router.get("")
    async def server() -> schemas.ServerMetadata:
        """Say what this server is."""
        return schemas.ServerMetadata(
            name="mnist-cli", version=__version__, extensions=["binary_tensor_data"]
        )

    @router.get("/health/live")
    async def live() -> schemas.Live:
        """Say that the server runs."""
        return schemas.Live(live=True)

    @router.get("/health/ready", responses={503: {"model": schemas.Ready}})
    async def ready(response: Response) -> schemas.Ready:
        """Say whether models can be asked."""
        response.status_code = service.ready_status
        return schemas.Ready(ready=not service.failure)

    def check_model(model: str) -> None:
        _check(service, model)

    def check_version(model: str, version: str) -> None:
        _check(service, model, version)

    for prefix, check in (
        ("/models/{model}", check_model),
        ("/models/{model}/versions/{version}", check_version),
    ):
        router.include_router(
            _model_routes(service, bodies),
            prefix=prefix,
            dependencies=[Depends(check)],
            responses=schemas.NOT_FOUND,
        )
    return router


def _model_routes(service: Service, bodies: Bodies) -> APIRouter:
    router = APIRouter()

    @router.get("")
    async def metadata() -> schemas.ModelMetadata:
        """Say what the model takes and gives."""
        return schemas.ModelMetadata(
            name=tensors.MODEL,
            versions=[service.version],
            platform="litert",
            inputs=[
                schemas.TensorMetadata(name=tensors.INPUT, datatype="UINT8", shape=[-1, 28, 28])
            ],
            outputs=[
                schemas.TensorMetadata(name="probabilities", datatype="FP32", shape=[-1, 10]),
                schemas.TensorMetadata(name="digit", datatype="INT64", shape=[-1]),
            ],
        )

    @router.get("/ready", responses={503: {"model": schemas.ModelReady}})
    async def ready(response: Response) -> schemas.ModelReady:
        """Say whether the model can be asked."""
        response.status_code = service.ready_status
        return schemas.ModelReady(name=tensors.MODEL, ready=not service.failure)

    @router.post("/infer", **schemas.INFER)
    async def infer(request: Request) -> Response:
        """Classify 28×28 images, ink bright on dark.

        The tensor has the shape (N, 784), (N, 28, 28) or (N, 28, 28, 1), as UINT8 or as FP32 in
        [0, 1]. The outputs are `probabilities`, calibrated, (N, 10) FP32, and `digit`, (N) INT64.
        """
        json_bytes = _json_bytes(request)
        with bodies.of(request) as body:
            return await service.answer(tensors.Infer(await body.read(), json_bytes))

    return router


def _check(service: Service, model: str, version: str | None = None) -> None:
    if model != tensors.MODEL or version not in {None, service.version}:
        raise Problem(
            HTTPStatus.NOT_FOUND,
            "model_not_found",
            f"No such model. There is {tensors.MODEL}, of version {service.version}.",
        )


def _json_bytes(request: Request) -> int | None:
    """Return how much of the body is JSON; None if all is."""
    told = request.headers.get(tensors.BINARY_HEADER)
    if told is not None:
        if not (told.isascii() and told.isdigit() and len(told) < 12):
            raise problems.bad_request(f"{tensors.BINARY_HEADER} must be a count of bytes.")
        return int(told)
    kind: Any = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in {"application/json", ""}:  # Triton's own client sends none
        raise problems.wrong_media_type("application/json")
    return None
