"""The whole description, as /openapi.json has it."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from mnist_cli.server.infer_request import InferRequest
from mnist_cli.server.samples import add_samples
from mnist_cli.server.schemas import REF, ProblemDocument
from mnist_cli.server.sheet_schemas import ImagesToKeep, LabelledImages
from mnist_cli.server.tf_serving import TfRequest

_UNNAMED = (InferRequest, TfRequest, LabelledImages, ImagesToKeep, ProblemDocument)  # by routes
_KEYS = {
    "bearer": {"type": "http", "scheme": "bearer"},
    "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
}


def describe(app: FastAPI) -> dict[str, Any]:
    """Return an application's OpenAPI document, with all schemas, and samples of each call."""
    document = get_openapi(
        title=app.title, version=app.version, summary=app.summary, routes=app.routes
    )
    _, unnamed = models_json_schema(
        [(one, "validation") for one in _UNNAMED],
        ref_template=REF,
    )
    document["components"]["schemas"] |= unnamed["$defs"]
    document["components"]["securitySchemes"] = _KEYS
    document["security"] = [{}, *({name: []} for name in _KEYS)]  # of which a server may want one
    add_samples(document)
    return document
