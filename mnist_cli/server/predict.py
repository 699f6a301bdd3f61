"""`POST /v1/predict`: pictures in, the records of `mnist predict --json` out."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Literal, get_args

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from mnist_cli.core.choices import Invert, Layout, Turn, TurnText
from mnist_cli.core.errors import UsageError
from mnist_cli.reading.config import CONFIG
from mnist_cli.reading.expectations import KINDS, parse_expectation
from mnist_cli.reading.tables.checks import parse_check
from mnist_cli.reading.tables.grid_of_size import parse_size
from mnist_cli.server import problems, schemas
from mnist_cli.server.jobs import ReadJson, ReadPictures
from mnist_cli.server.loaded import not_loaded
from mnist_cli.server.reading_options import Options
from mnist_cli.server.service import Service
from mnist_cli.server.strict import RememberingRoute

PDF = "application/pdf"
TURNS: dict[str, Turn] = {str(turn): turn for turn in get_args(Turn)}  # by a query's text
LayoutQuery = Annotated[Layout, Query(description="How many digits there may be.")]
InvertQuery = Annotated[Invert, Query(description="Is ink darker than paper?")]
TurnQuery = Annotated[
    TurnText,
    Query(description="Turn it clockwise by so many degrees first?"),
]
TopKQuery = Annotated[
    int, Query(ge=1, le=10, description="How many of the likeliest digits to report.")
]
ConfidenceQuery = Annotated[
    float,
    Query(
        ge=0,
        le=1,
        allow_inf_nan=False,
        description="Under it a digit is unsure; a number, under its cube.",
    ),
]
DigitsOnlyQuery = Annotated[bool, Query(description="Leave marks out of texts.")]
ExpectQuery = Annotated[str | None, Query(max_length=30, description=f"What is written: {KINDS}.")]
GridQuery = Annotated[
    str | None, Query(max_length=10, description="Size of the table: ROWSxCOLUMNS.")
]
FormQuery = Annotated[
    Literal["sudoku"] | None,
    Query(
        description="A form that is known; a sudoku is read by its rules. One of your"
        " own goes into the body: the part `form`, or the key `form`."
    ),
]
CheckQuery = Annotated[
    list[str] | None,
    Query(max_length=20, description='A sum in each table, as "sum(1..7) = 8".'),
]
ExplainQuery = Annotated[bool, Query(description="Add the 28×28 images and the diagnosis.")]
CellsQuery = Annotated[
    bool, Query(description="As CSV: a row for each cell of tables, with its box.")
]
ModelQuery = Annotated[
    str | None,
    Query(max_length=32, description="A version that is loaded, by number or alias."),
]


@dataclass(frozen=True)
class Asked:
    """What a query says, in the order of the document that describes it."""

    layout: LayoutQuery = "auto"
    invert: InvertQuery = "auto"
    turn: TurnQuery = "auto"
    top_k: TopKQuery = 3
    min_confidence: ConfidenceQuery = CONFIG.min_confidence
    digits_only: DigitsOnlyQuery = False
    expect: ExpectQuery = None
    grid: GridQuery = None
    form: FormQuery = None
    check: CheckQuery = None
    explain: ExplainQuery = False
    cells: CellsQuery = False
    model: ModelQuery = None

    def options(self, csv: Literal["results", "cells"] | None) -> Options:
        """Return how pictures are read so.

        Raises:
            Problem: It makes no sense.
        """
        with _unusable():
            return Options(
                *(self.top_k, self.layout, self.invert, TURNS[self.turn], self.min_confidence),
                *(self.digits_only, _checked(self.expect)),
                *(parse_size(self.grid) if self.grid else None, self.form),
                tuple(parse_check(one).text for one in self.check or ()),
                self.explain,
                self.model,
                csv,
            )


def predict_routes(service: Service) -> APIRouter:
    """Return the route."""
    router = APIRouter(tags=["pictures"], route_class=RememberingRoute)

    @router.post("/v1/predict", **schemas.PREDICT)
    async def predict(request: Request, asked: Asked) -> Response:
        """Read the digits on a picture: PNG, JPEG, BMP, GIF, WebP or TIFF, up to 64 MP; or a PDF.

        Of several files, a JSON list, or the pages of a PDF or TIFF, each is answered for itself.
        With a form (the JSON that `mnist form new` or `/v1/form` makes) each is a sheet, which is
        laid over it: the records have its `fields` and `tables`, and one of another form has the
        error `does_not_fit`.

        With the header `Accept: text/csv` the answer is the file of `mnist predict --output`, or of
        `--cells`.
        """
        options = asked.options(_csv(request, cells=asked.cells, explain=asked.explain))
        if asked.model is not None and asked.model not in service.names:
            raise not_loaded(service.names)
        with service.bodies.of(request) as body:
            sent = await body.pictures_or_json(PDF)
            if isinstance(sent, bytes):
                return await service.answer(ReadJson(sent, options))
            options, several = options.with_form(sent.form), len(sent.pictures) > 1
            return await service.answer(ReadPictures(sent.pictures, options, several))

    return router


def _csv(request: Request, *, cells: bool, explain: bool) -> Literal["results", "cells"] | None:
    """Return which CSV a client accepts before records.

    Raises:
        Problem: What else it asks for has no place there, or is there alone.
    """
    kinds = [
        kind.partition(";")[0].strip() for kind in request.headers.get("accept", "").split(",")
    ]
    known = [kind for kind in kinds if kind in {"text/csv", "application/json", "*/*"}]
    if known[:1] != ["text/csv"]:
        if cells:
            raise problems.unusable("cells is for CSV: send the header Accept: text/csv.")
        return None
    if explain:
        raise problems.unusable("A CSV has no place for what explain adds.")
    return "cells" if cells else "results"


def _checked(expect: str | None) -> str | None:
    """Return an expectation that makes sense; None if it is empty."""
    if expect:
        parse_expectation(expect)
    return expect or None


@contextmanager
def _unusable() -> Iterator[None]:
    """Turn what makes no sense to the library into a problem, with its hint."""
    try:
        yield
    except UsageError as error:
        raise problems.unusable(f"{error.message} {error.hint}".strip()) from error
