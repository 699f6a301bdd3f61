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


PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"description": description, "content": {MEDIA_TYPE: {"schema": ref(ProblemDocument)}}}
    for status, description in {
        400: "Malformed.",
        401: "No key, or one that is not known, where the server has keys.",
        403: "Addressed to another host, or from another site's page.",
        408: "The headers or the body came too slowly.",
        413: "Too large.",
        415: "Of a media type, or a picture's format, that is not read.",
        422: "Well-formed, and unusable.",
        431: "Too many headers.",
        500: "A bug of the server's.",
        503: "Busy; `Retry-After` says when to ask again.",
        504: "Took too long.",
    }.items()
}
PROBLEMS[503]["headers"] = {
    "Retry-After": {"description": "Seconds.", "schema": {"type": "integer", "minimum": 0}}
}
NOT_FOUND: dict[int | str, dict[str, Any]] = {
    404: {
        "description": "No such model, or version of it, is loaded.",
        "content": {MEDIA_TYPE: {"schema": ref(ProblemDocument)}},
    }
}

_BASE64 = {"type": "string", "contentEncoding": "base64", "description": "A picture."}
_FORM_FILE = {"type": "string", "description": "The JSON of the form that these are sheets of."}
BINARY = {"type": "string", "format": "binary"}
_FILE = {"image/*": {"schema": BINARY}, "application/pdf": {"schema": BINARY}}


def _several(item: dict[str, str]) -> dict[str, Any]:
    return {"type": "array", "items": item, "minItems": 1, "maxItems": MAX_PICTURES}


def _object(**properties: dict[str, Any] | dict[str, str]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _with_form(schema: dict[str, Any], form: dict[str, str]) -> dict[str, Any]:
    return {**schema, "properties": {**schema["properties"], "form": form}}


PREDICT: dict[str, Any] = {
    "response_class": Response,
    "responses": {
        200: {
            "description": "A record; for several pictures, and a PDF, a list of records.",
            "model": Record | list[Record],
            "content": {"text/csv": {"schema": {"type": "string"}}},
        },
        **NOT_FOUND,
    },
    "openapi_extra": {
        "requestBody": {
            "required": True,
            "content": {
                **_FILE,
                "multipart/form-data": {
                    "schema": _with_form(_object(file=_several(BINARY)), _FORM_FILE)
                },
                "application/json": {
                    "schema": {
                        "oneOf": [
                            _with_form(_object(image=_BASE64), ref(Form)),
                            _with_form(_object(images=_several(_BASE64)), ref(Form)),
                        ]
                    }
                },
            },
        }
    },
}
MAKE_FORM: dict[str, Any] = {
    "response_class": Response,
    "responses": {200: {"description": "The form.", "model": Form}},
    "openapi_extra": {
        "requestBody": {
            "required": True,
            "content": {
                "image/*": {"schema": BINARY},
                "multipart/form-data": {"schema": _object(file=BINARY)},
                "application/json": {
                    "schema": {"oneOf": [_object(image=_BASE64), _object(form=ref(Form))]}
                },
            },
        }
    },
}
