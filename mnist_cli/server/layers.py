"""`POST /v1/layers`: an image that the network saw in, out what its layers made of it."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from mnist_cli.server import layer_schemas, problems
from mnist_cli.server.bodies import media_type
from mnist_cli.server.layer_jobs import Look
from mnist_cli.server.service import Service
from mnist_cli.server.strict import StrictRoute


def layer_routes(service: Service) -> APIRouter:
    """Return the route."""
    router = APIRouter(tags=["pictures"], route_class=StrictRoute)

    @router.post("/v1/layers", **layer_schemas.LAYERS)
    async def layers(
        request: Request,
        digit: Annotated[
            int | None, Query(ge=0, le=9, description="What is to be spoken for; else the answer.")
        ] = None,
    ) -> Response:
        """Show what each layer makes of a 28×28 image, and what spoke for and against the answer.

        The image is one of `explanation.images` of `/v1/predict`. A model that is not read by
        LiteRT, as a Keras file, shows no layers.
        """
        if not media_type(request).startswith("image/"):
            raise problems.wrong_media_type("image/*")
        with service.bodies.of(request) as body:
            return await service.answer(Look(await body.read(), digit))

    return router
