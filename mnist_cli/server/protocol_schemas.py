"""What OpenAPI says of the Open Inference Protocol's calls and answers."""

from typing import Any, Literal

from pydantic import BaseModel, Field

from mnist_cli.server.infer_request import BINARY_HEADER, InferRequest, Strict
from mnist_cli.server.schemas import BINARY, call, ref


class ServerMetadata(BaseModel):
    """What the server is."""

    name: str
    version: str
    extensions: list[str]


class TensorMetadata(BaseModel):
    """A tensor that the model takes or gives; -1 is any number of images."""

    name: str
    datatype: str
    shape: list[int]


class ModelMetadata(BaseModel):
    """What the model takes and gives."""

    name: str
    versions: list[str]
    platform: str
    inputs: list[TensorMetadata]
    outputs: list[TensorMetadata]


class ModelReady(BaseModel):
    """The model can be asked."""

    name: str
    ready: bool


class OutputTensor(BaseModel):
    """A tensor that is given back."""

    name: str
    datatype: str
    shape: list[int]
    data: list[float] | list[bool] | None = None
    parameters: dict[str, Any] | None = None


class InferAnswer(BaseModel):
    """An answer of the inference protocol."""

    model_name: str
    model_version: str
    id: str | None = None
    outputs: list[OutputTensor]


class Duration(BaseModel):
    """How often something happened, and how long it took in all."""

    count: int
    ns: int

    def add(self, ns: int) -> None:
        """Count it once more."""
        self.count += 1
        self.ns += ns


class Durations(BaseModel):
    """Requests, and what took their time."""

    success: Duration
    fail: Duration
    queue: Duration
    compute_input: Duration
    compute_infer: Duration
    compute_output: Duration


class BatchDurations(BaseModel):
    """What requests of one size took."""

    batch_size: int
    compute_input: Duration
    compute_infer: Duration
    compute_output: Duration


class VersionStatistics(BaseModel):
    """What was asked of a version."""

    name: str
    version: str
    last_inference: int = Field(description="When it answered last, in ms since 1970; 0: never.")
    inference_count: int = Field(description="Images.")
    execution_count: int = Field(description="Runs of the network.")
    inference_stats: Durations
    batch_stats: list[BatchDurations]


class ModelStatistics(BaseModel):
    """The statistics of versions."""

    model_stats: list[VersionStatistics]


class IndexRequest(Strict):
    """Which versions to list."""

    ready: bool = False


class IndexEntry(BaseModel):
    """A version that is loaded."""

    name: str
    version: str
    state: Literal["READY", "UNAVAILABLE"]
    reason: str


INFER = call(
    {
        "description": "The outputs.",
        "model": InferAnswer,
        "content": {"application/octet-stream": {"schema": BINARY}},
    },
    {"application/json": ref(InferRequest), "application/octet-stream": BINARY},
    parameters=[
        {
            "name": BINARY_HEADER,
            "in": "header",
            "description": "How many bytes are JSON, where tensors follow it as bytes.",
            "schema": {"type": "integer", "minimum": 0},
        }
    ],
)
