"""What OpenAPI says of calls with pictures, of probes, and of failures."""

from typing import Any

from pydantic import BaseModel, Field
from starlette.responses import Response

from mnist_cli.server.form_schemas import Form
from mnist_cli.server.limits import MAX_PICTURES
from mnist_cli.server.problems import MEDIA_TYPE
from mnist_cli.server.record_schemas import Model, Record


class ProblemDocument(BaseModel):
    """A failure, as RFC 9457 has it."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    error: str


class Live(BaseModel):
    """The server runs."""

    live: bool


class Ready(BaseModel):
    """It can be asked."""

    ready: bool


class Readiness(BaseModel):
    """Whether it can be asked, and what reads."""

    ready: bool
    reason: str = Field(description="Why it can't be asked; else empty.")
    model: Model
    not_reloaded: str = Field(
        description="Why the model that was last asked for could not be opened; else empty."
    )
    not_renewed: str = Field(
        description="Why keys or a certificate are not those of their files now; else empty."
    )


REF = "#/components/schemas/{model}"


def ref(model: type[BaseModel]) -> dict[str, str]:
    """Return what stands for a model in the description."""
    return {"$ref": REF.format(model=model.__name__)}


def problem(description: str) -> dict[str, Any]:
    """Return what is said of an answer that is a failure."""
    schema = ref(ProblemDocument)
    return {"description": description, "content": {MEDIA_TYPE: {"schema": schema}}}


def call(
    answer: dict[str, Any],
    body: dict[str, Any],
    others: dict[int | str, dict[str, Any]] | None = None,
    **extra: Any,
) -> dict[str, Any]:
    """Return what is said of a route that takes and gives bytes, and packs them itself.

    Args:
        answer: Of status 200.
        body: The schema of each media type that there may be.
        others: Answers of other statuses.
        extra: What else OpenAPI has, as `parameters`.
    """
    content = {kind: {"schema": schema} for kind, schema in body.items()}
    return {
        "response_class": Response,
        "responses": {200: answer, **(others or {})},
        "openapi_extra": {"requestBody": {"required": True, "content": content}, **extra},
    }


PROBLEMS: dict[int | str, dict[str, Any]] = {
    400: problem("Malformed."),
    401: problem("No key, or one that is not known, where the server has keys."),
    403: problem("Addressed to another host, or from another site's page."),
    408: problem("The headers or the body came too slowly."),
    413: problem("Too large."),
    415: problem("Of a media type, or a picture's format, that is not read."),
    422: problem("Well-formed, and unusable."),
    431: problem("Too many headers."),
    500: problem("A bug of the server's."),
    503: problem("Busy; `Retry-After` says when to ask again."),
    504: problem("Took too long."),
}
PROBLEMS[503]["headers"] = {
    "Retry-After": {"description": "Seconds.", "schema": {"type": "integer", "minimum": 0}}
}
NOT_FOUND: dict[int | str, dict[str, Any]] = {
    404: problem("No such model, or version of it, is loaded.")
}

_BASE64 = {"type": "string", "contentEncoding": "base64", "description": "A picture."}
_FORM_FILE = {"type": "string", "description": "The JSON of the form that these are sheets of."}
BINARY = {"type": "string", "format": "binary"}
FILE = {"image/*": BINARY, "application/pdf": BINARY}


def _several(item: dict[str, str]) -> dict[str, Any]:
    return {"type": "array", "items": item, "minItems": 1, "maxItems": MAX_PICTURES}


def _object(**properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _with_form(schema: dict[str, Any], form: dict[str, str]) -> dict[str, Any]:
    return {**schema, "properties": {**schema["properties"], "form": form}}


PREDICT = call(
    {
        "description": "A record; for several pictures, or pages of a PDF or TIFF, a list of them.",
        "model": Record | list[Record],
        "content": {"text/csv": {"schema": {"type": "string"}}},
    },
    {
        **FILE,
        "multipart/form-data": _with_form(_object(file=_several(BINARY)), _FORM_FILE),
        "application/json": {
            "oneOf": [
                _with_form(_object(image=_BASE64), ref(Form)),
                _with_form(_object(images=_several(_BASE64)), ref(Form)),
            ]
        },
    },
    NOT_FOUND,
)
MAKE_FORM = call(
    {"description": "The form.", "model": Form},
    {
        "image/*": BINARY,
        "multipart/form-data": _object(file=BINARY),
        "application/json": {"oneOf": [_object(image=_BASE64), _object(form=ref(Form))]},
    },
)
