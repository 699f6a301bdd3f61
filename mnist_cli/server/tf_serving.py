"""The routes of TensorFlow Serving's REST interface, for clients that are made for it."""

from typing import Any, Literal

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from mnist_cli.server.inference import checks
from mnist_cli.server.schemas import NOT_FOUND, call, ref
from mnist_cli.server.service import Service, as_response
from mnist_cli.server.strict import StrictRoute
from mnist_cli.server.tf_predict import Predict


class TfPrediction(BaseModel):
    """What is said of one image."""

    probabilities: list[float] = Field(description="Calibrated, of 0 to 9.")
    digit: int
    unsure: bool


class TfColumns(BaseModel):
    """What is said of all images."""

    probabilities: list[list[float]]
    digit: list[int]
    unsure: list[bool]


class TfPredictions(BaseModel):
    """The answer to `instances`."""

    predictions: list[TfPrediction]


class TfOutputs(BaseModel):
    """The answer to `inputs`."""

    outputs: TfColumns


class TfRequest(BaseModel):
    """Images, 0 to 1 or whole numbers to 255, of the shape (784), (28, 28) or (28, 28, 1)."""

    model_config = ConfigDict(extra="forbid")

    instances: list[Any] = Field(default=[], description='Images, or {"images": IMAGE} each.')
    inputs: dict[Literal["images"], list[Any]] | list[Any] = Field(
        default=[], description="All images, instead of `instances`."
    )
    signature_name: Literal["serving_default"] = "serving_default"


class TfState(BaseModel):
    """How a version is."""

    error_code: Literal["OK", "UNAVAILABLE"]
    error_message: str


class TfVersion(BaseModel):
    """A version that is loaded."""

    version: str
    state: Literal["AVAILABLE", "LOADING"]
    status: TfState


class TfStatus(BaseModel):
    """The versions that are loaded."""

    model_version_status: list[TfVersion]


PREDICT = call(
    {"description": "By row or column.", "model": TfPredictions | TfOutputs},
    {"application/json": ref(TfRequest)},
)


def tf_serving_routes(service: Service) -> APIRouter:
    """Return the routes under /v1/models."""
    router = APIRouter(tags=["TensorFlow Serving"], route_class=StrictRoute)

    check_model, check_version = checks(service)
    for path, check_own in (
        ("", check_model),
        ("/versions/{version}", check_version),
        ("/labels/{version}", check_version),
    ):
        router.include_router(
            _routes(service, f"/v1/models/{{model}}{path}"),
            dependencies=[Depends(check_own)],
            responses=NOT_FOUND,
        )
    return router


def _routes(service: Service, path: str) -> APIRouter:
    router = APIRouter(route_class=StrictRoute)

    @router.get(path)
    async def status(request: Request) -> TfStatus:
        """Say how the versions are that are loaded, or the one that is asked for."""
        versions = service.versions(request.path_params.get("version"))
        return TfStatus(model_version_status=[_state(service, one) for one in versions])

    @router.post(f"{path}:predict", **PREDICT)
    async def predict(request: Request) -> Response:
        """Classify 28×28 images, ink bright on dark."""
        with service.bodies.of(request) as body:
            version = request.path_params.get("version")
            job = Predict(await body.read(), version)
            return as_response(await service.classify(job, version))

    return router


def _state(service: Service, version: str) -> TfVersion:
    failed = bool(service.failure)
    status = TfState(error_code="UNAVAILABLE" if failed else "OK", error_message=service.failure)
    return TfVersion(version=version, state="LOADING" if failed else "AVAILABLE", status=status)
