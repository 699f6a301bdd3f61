"""`POST /v1/form`: a sheet's picture in, out the form by which the others are read."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from mnist_cli.reading.forms.form_file import LONGEST_NAME
from mnist_cli.server import problems, schemas
from mnist_cli.server.form_jobs import MakeForm, MakeFormOfJson
from mnist_cli.server.limits import MAX_FORM_FIELDS
from mnist_cli.server.predict import TURNS, TurnQuery
from mnist_cli.server.service import Service
from mnist_cli.server.strict import StrictRoute


def form_routes(service: Service) -> APIRouter:
    """Return the route."""
    router = APIRouter(tags=["pictures"], route_class=StrictRoute)

    @router.post("/v1/form", **schemas.MAKE_FORM)
    async def make_form(
        request: Request,
        name: Annotated[
            str, Query(min_length=1, max_length=LONGEST_NAME, description="What messages call it.")
        ] = "form",
        turn: TurnQuery = "auto",
        field: Annotated[
            list[str] | None,
            Query(
                max_length=MAX_FORM_FIELDS,
                description="Where to read, NAME=L,T,R,B: left, top, right, bottom in pixels of the"
                " picture sent; of a table with :ROWSxCOLUMNS after it. Without any, the ruled"
                " tables and boxes.",
            ),
        ] = None,
    ) -> Response:
        """Make a form of a sheet's picture, blank or filled in, as `mnist form new` does.

        It says where the tables and boxes are, in pixels of its own picture: the sheet, laid flat.
        Change it as you like, and send it to `/v1/predict` with other sheets. A form as JSON,
        `{"form": FORM}`, is checked, and what is printed in its tables is noted anew.
        """
        make = partial(MakeForm, name=name, turn=TURNS[turn], fields=tuple(field or ()))
        with service.bodies.of(request) as body:
            sent = await body.pictures_or_json()
            if isinstance(sent, bytes):
                return await service.answer(MakeFormOfJson(sent, make))
            if len(sent.pictures) > 1 or sent.form is not None:
                raise problems.unusable("A form is made of one sheet: send one picture alone.")
            ((_, picture),) = sent.pictures
            return await service.answer(make(picture))

    return router
