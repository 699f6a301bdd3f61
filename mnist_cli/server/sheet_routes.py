"""The routes of the page for pictures and sheets; `sheets` does the work."""

from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from mnist_cli.reading.documents import MOST_PAGES
from mnist_cli.server import problems
from mnist_cli.server import sheet_schemas as schemas
from mnist_cli.server.bodies import media_type
from mnist_cli.server.limits import MAX_KEPT
from mnist_cli.server.problems import Problem
from mnist_cli.server.service import Service
from mnist_cli.server.sheets import SaveDigits, ShowPage, WriteResults
from mnist_cli.server.strict import StrictRoute


def sheet_routes(service: Service) -> APIRouter:
    """Return the routes of pictures, and of what was read of them."""
    router = APIRouter(prefix="/v1", tags=["pictures"], route_class=StrictRoute)

    @router.post("/pages", **schemas.PAGES)
    async def show_page(
        request: Request,
        page: Annotated[int, Query(ge=1, le=MOST_PAGES, description="Which page, from 1.")] = 1,
    ) -> Response:
        """Draw a page of a PDF or TIFF, or any picture that is read, as a PNG for every browser.

        `Page-Count` in the answer tells how many pages there are.
        """
        kind = media_type(request)
        if not (kind.startswith("image/") or kind == "application/pdf"):
            raise problems.wrong_media_type("image/* or application/pdf")
        with service.bodies.of(request) as body:
            return await service.answer(ShowPage(await body.read(), page))

    @router.post("/results", **schemas.RESULTS)
    async def write_results(
        request: Request,
        kind: Annotated[
            Literal["csv", "xlsx"], Query(alias="format", description="The file's suffix.")
        ] = "csv",
    ) -> Response:
        """Write records, perhaps put right by a person, to the file of `mnist predict --output`.

        Records do not say what a form calls its columns. So its boxes and tables come as those of
        any sheet do, each under its number; `/v1/predict` itself answers with the file of
        `--form` where it is asked for `text/csv`.
        """
        _check_json(request)
        with service.bodies.of(request) as body:
            return await service.answer(WriteResults(await body.read(), kind))

    return router


def digit_routes(service: Service) -> APIRouter:
    """Return the routes of digits that people put right."""
    router = APIRouter(prefix="/v1", tags=["pictures"], route_class=StrictRoute)

    @router.post("/corrected", **schemas.CORRECTED)
    async def archive_corrected(request: Request) -> Response:
        """Give digits that a person put right as a ZIP of pictures in `0/` to `9/`.

        Unpacked, it is a data set, for
        `mnist train --data mnist --data corrected --from bundled --promote`.
        """
        _check_json(request)
        with service.bodies.of(request) as body:
            return await service.answer(SaveDigits(await body.read()))

    @router.get("/kept")
    async def kept() -> schemas.Keeping:
        """Say whether this server keeps digits that are put right: in which folder of its disk."""
        folder = str(service.keep) if service.keep else None
        return schemas.Keeping(folder=folder, most=MAX_KEPT)

    @router.post("/kept", **schemas.KEEP)
    async def keep(request: Request) -> Response:
        """Add digits that a person put right to the folder of `mnist serve --keep`.

        Where that failed, they may be sent again: an image is there once.
        """
        _check_json(request)
        if not service.keep:
            detail = "This server keeps nothing: it was started without --keep."
            raise Problem(HTTPStatus.NOT_FOUND, "not_kept", detail)
        with service.bodies.of(request) as body:
            return await service.answer(SaveDigits(await body.read(), service.keep))

    return router


def _check_json(request: Request) -> None:
    if media_type(request) != "application/json":
        raise problems.wrong_media_type("application/json")
