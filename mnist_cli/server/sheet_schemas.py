"""What OpenAPI says of the routes for pictures and sheets."""

from typing import Any

from pydantic import BaseModel, Field
from starlette.responses import Response

from mnist_cli.server.limits import MAX_CORRECTED, MAX_KEPT
from mnist_cli.server.problems import MEDIA_TYPE
from mnist_cli.server.record_schemas import Record
from mnist_cli.server.schemas import BINARY, ProblemDocument, ref


class LabelledImage(BaseModel):
    """A digit as a person says that it is."""

    digit: int = Field(ge=0, le=9)
    image: str = Field(description="28×28 pixels: a grey PNG in base64, as `explain` gives it.")


class LabelledImages(BaseModel):
    """Digits that a person put right."""

    digits: list[LabelledImage] = Field(min_length=1, max_length=MAX_CORRECTED)


class ImagesToKeep(BaseModel):
    """Digits that a person put right, to be written to a disk one by one."""

    digits: list[LabelledImage] = Field(min_length=1, max_length=MAX_KEPT)


class Keeping(BaseModel):
    """Where digits are kept that people put right."""

    folder: str | None = Field(description="On the server's disk; none without --keep.")
    most: int = Field(description="How many a request may have.")


class Kept(BaseModel):
    """What was kept."""

    kept: int = Field(description="How many digits; one that was there is counted too.")


_FILE = {"schema": BINARY}
_JSON = "application/json"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _of_json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": {_JSON: {"schema": schema}}}}


def _problem(description: str) -> dict[str, Any]:
    schema = ref(ProblemDocument)
    return {"description": description, "content": {MEDIA_TYPE: {"schema": schema}}}


_SHOWN = {"image/*": _FILE, "application/pdf": _FILE}
PAGES: dict[str, Any] = {
    "response_class": Response,
    "responses": {
        200: {
            "description": "The page as a picture.",
            "content": {"image/png": _FILE},
            "headers": {
                "Page-Count": {
                    "description": "How many pages the file has.",
                    "schema": {"type": "integer", "minimum": 1},
                }
            },
        }
    },
    "openapi_extra": {"requestBody": {"required": True, "content": _SHOWN}},
}
RESULTS: dict[str, Any] = {
    "response_class": Response,
    "responses": {
        200: {"description": "The file.", "content": {"text/csv": _FILE, XLSX: _FILE}},
        501: _problem("The library that writes it is not installed."),
    },
    "openapi_extra": _of_json({"type": "array", "items": ref(Record)}),
}
CORRECTED: dict[str, Any] = {
    "response_class": Response,
    "responses": {200: {"description": "The ZIP.", "content": {"application/zip": _FILE}}},
    "openapi_extra": _of_json(ref(LabelledImages)),
}
KEEP: dict[str, Any] = {
    "response_class": Response,
    "responses": {
        200: {"description": "They are on the disk.", "model": Kept},
        404: _problem("This server keeps nothing."),
        507: _problem("The disk is full, or the folder can't be written."),
    },
    "openapi_extra": _of_json(ref(ImagesToKeep)),
}
