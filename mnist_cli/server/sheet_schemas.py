"""What OpenAPI says of the routes for pictures and sheets."""

from pydantic import BaseModel, Field

from mnist_cli.server.limits import MAX_CORRECTED, MAX_KEPT
from mnist_cli.server.lists import Items
from mnist_cli.server.record_schemas import Record
from mnist_cli.server.schemas import BINARY, FILE, call, problem, ref


class LabelledImage(BaseModel):
    """A digit as a person says that it is."""

    digit: int = Field(ge=0, le=9)
    image: str = Field(description="28×28 pixels: a grey PNG in base64, as `explain` gives it.")


class LabelledImages(BaseModel):
    """Digits that a person put right."""

    digits: Items[LabelledImage] = Field(min_length=1, max_length=MAX_CORRECTED)


class ImagesToKeep(BaseModel):
    """Digits that a person put right, to be written to a disk one by one."""

    digits: Items[LabelledImage] = Field(min_length=1, max_length=MAX_KEPT)


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

PAGES = call(
    {
        "description": "The page as a picture.",
        "content": {"image/png": _FILE},
        "headers": {
            "Page-Count": {
                "description": "How many pages the file has.",
                "schema": {"type": "integer", "minimum": 1},
            }
        },
    },
    FILE,
)
RESULTS = call(
    {"description": "The file.", "content": {"text/csv": _FILE, XLSX: _FILE}},
    {_JSON: {"type": "array", "items": ref(Record)}},
    {501: problem("The library that writes it is not installed.")},
)
CORRECTED = call(
    {"description": "The ZIP.", "content": {"application/zip": _FILE}},
    {_JSON: ref(LabelledImages)},
)
KEEP = call(
    {"description": "They are on the disk.", "model": Kept},
    {_JSON: ref(ImagesToKeep)},
    {
        404: problem("This server keeps nothing."),
        507: problem("The disk is full, or the folder can't be written."),
    },
)
