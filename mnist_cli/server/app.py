"""The application: its routes, and what becomes of requests that fail."""

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from mnist_cli import __version__
from mnist_cli.server import openapi, problems, schemas
from mnist_cli.server.access import Access
from mnist_cli.server.encodings import Packing
from mnist_cli.server.forms import form_routes
from mnist_cli.server.forwarding import Forwarding
from mnist_cli.server.gate import Gate, to_response
from mnist_cli.server.inference import inference_routes
from mnist_cli.server.json_bodies import words_of
from mnist_cli.server.layers import layer_routes
from mnist_cli.server.predict import predict_routes
from mnist_cli.server.problems import Problem
from mnist_cli.server.service import Service
from mnist_cli.server.sheet_routes import digit_routes, sheet_routes
from mnist_cli.server.status import ASSETS, page_routes, status_routes
from mnist_cli.server.templates import templates_of
from mnist_cli.server.tf_serving import tf_serving_routes

ROUTES = (
    *(predict_routes, sheet_routes, digit_routes, form_routes, layer_routes),
    *(inference_routes, tf_serving_routes, status_routes),
)


class _App(FastAPI):
    def openapi(self) -> dict[str, Any]:
        self.openapi_schema = self.openapi_schema or openapi.describe(self)
        return self.openapi_schema


def create_app(service: Service, access: Access, forwarding: Forwarding | None = None) -> Gate:
    """Build the ASGI application.

    Args:
        service: Does the work; started by whoever runs the application.
        access: Who may ask.
        forwarding: What stands before the server; nothing if left out.
    """
    app = _App(
        title="mnist",
        version=__version__,
        summary="Reads handwritten digits off pictures.",
        docs_url=None,  # FastAPI's own pages load scripts from another host
        redoc_url=None,
        redirect_slashes=False,
        responses=schemas.PROBLEMS,
    )
    for routes in ROUTES:
        app.include_router(routes(service))
    app.include_router(page_routes())
    app.mount("/page", ASSETS)
    _answer_failures(app)
    app.add_middleware(Packing)
    forwarding = forwarding or Forwarding()
    return Gate(app, access, forwarding, service.metrics, templates_of(app))


def _answer_failures(app: FastAPI) -> None:
    """Have each failure answered as a problem."""

    @app.exception_handler(Problem)
    async def as_it_is(request: Request, problem: Problem) -> Response:
        return to_response(problem, request.scope)

    @app.exception_handler(Exception)
    async def ours(request: Request, error: Exception) -> Response:
        return to_response(problems.bug(error), request.scope)  # the gate hears of it, and logs it

    @app.exception_handler(RequestValidationError)
    async def unusable(request: Request, error: RequestValidationError) -> Response:
        told = (f"{_place(*part['loc'])}: {words_of(part)}." for part in error.errors())
        return to_response(problems.unusable(" ".join(told)), request.scope)

    @app.exception_handler(HTTPException)
    async def by_status(request: Request, error: HTTPException) -> Response:
        status = HTTPStatus(error.status_code)
        code = status.name.lower()
        detail = f"{status.phrase}: /openapi.json tells what there is."
        problem = Problem(status, code, detail, dict(error.headers or {}))
        return to_response(problem, request.scope)


def _place(where: str, name: str | int = "", *_: object) -> str:
    """Return what of a request it is; names in a body are the client's."""
    return "The body" if where == "body" else str(name)
