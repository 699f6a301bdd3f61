"""The routes of the page for pictures and sheets; `sheets` does the work."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from mnist_cli.reading.documents import MOST_PAGES
from mnist_cli.server import problems, schemas
from mnist_cli.server.bodies import Bodies
from mnist_cli.server.service import Service
from mnist_cli.server.sheets import ShowPage


def sheet_routes(service: Service, bodies: Bodies) -> APIRouter:
    """Return the routes."""
    router = APIRouter(prefix="/v1", tags=["pictures"])

    @router.post("/pages", **schemas.PAGES)
    async def show_page(
        request: Request,
        page: Annotated[int, Query(ge=1, le=MOST_PAGES, description="Which page, from 1.")] = 1,
    ) -> Response:
        """Draw a page of a PDF, or any picture that is read, as a PNG that every browser shows.

        `Page-Count` in the answer tells how many pages there are.
        """
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if not (kind.startswith("image/") or kind == "application/pdf"):
            raise problems.wrong_media_type("image/* or application/pdf")
        with bodies.of(request) as body:
            return await service.answer(ShowPage(await body.read(), page))

    return router
