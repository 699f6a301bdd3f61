"""Health, metrics, and the pages for people."""

from pathlib import Path

from fastapi import APIRouter, Request
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from mnist_cli.server import record_schemas, schemas
from mnist_cli.server.metrics import MEDIA_TYPE
from mnist_cli.server.service import Service

ASSETS = StaticFiles(directory=Path(__file__).parent / "page")


def status_routes(service: Service) -> APIRouter:
    """Return what probes and Prometheus ask for."""
    router = APIRouter(tags=["status"])

    @router.get("/healthz")
    async def healthz() -> schemas.Live:
        """Say that the server runs."""
        return schemas.Live(live=True)

    @router.get("/readyz", responses={503: {"model": schemas.Readiness}})
    async def readyz(response: Response) -> schemas.Readiness:
        """Say whether pictures can be read, and by which model."""
        response.status_code = service.ready_status
        return schemas.Readiness(
            ready=not service.failure,
            reason=service.failure,
            model=record_schemas.Model.model_validate(service.model),
            not_reloaded=service.not_reloaded,
            not_renewed=service.not_renewed,
        )

    @router.get(
        "/metrics",
        response_class=Response,
        responses={200: {"description": "For Prometheus.", "content": {"text/plain": {}}}},
    )
    async def metrics() -> Response:
        """Return requests, latency, digits by class and how many were unsure."""
        return Response(service.metrics.render(), media_type=MEDIA_TYPE)

    return router


def page_routes() -> APIRouter:
    """Return the page to draw on, and the one that shows this description."""
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    async def draw(request: Request) -> Response:
        return await ASSETS.get_response("index.html", request.scope)

    @router.get("/docs")
    async def docs(request: Request) -> Response:
        return await ASSETS.get_response("docs.html", request.scope)

    return router
