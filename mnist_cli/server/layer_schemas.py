"""What OpenAPI says of a network that is looked into."""

from pydantic import BaseModel, Field

from mnist_cli.server.record_schemas import Model
from mnist_cli.server.schemas import BINARY, call


class Layer(BaseModel):
    """What a layer answers to an image."""

    name: str
    shape: tuple[int, int, int] = Field(description="Filters, rows, columns; units, 1, 1 if dense.")
    low: float = Field(description="What a byte of 0 means: 0, or the least answer below it.")
    high: float = Field(description="What 255 means: the greatest answer.")
    strongest: int = Field(ge=0, description="The filter whose answers are greatest on average.")
    maps: str = Field(description="A byte an answer, filter by filter, row by row, in base64.")


class Evidence(BaseModel):
    """What spoke for and against the answer, found by covering the image patch by patch."""

    values: list[list[float]] = Field(
        description="28×28: what the ink of each pixel adds to the answer's log-odds."
    )
    for_: str = Field(alias="for", description="Where most of what is for it stands; may be empty.")
    against: str = Field(description="Where most of what is against it stands; may be empty.")


class Layers(BaseModel):
    """A network at work on one image."""

    digit: int = Field(ge=0, le=9, description="What is spoken for.")
    probability: float = Field(ge=0, le=1, description="The network's alone, calibrated.")
    layers: list[Layer] = Field(description="The hidden ones, in their order.")
    evidence: Evidence
    model: Model


_SEEN = "A grey PNG of 28×28 pixels, as `explanation.images` has them."
LAYERS = call(
    {"description": "The layers.", "model": Layers},
    {"image/*": {**BINARY, "description": _SEEN}},
)
