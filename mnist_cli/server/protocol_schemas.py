"""What OpenAPI says of the Open Inference Protocol's requests and answers."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from mnist_cli.server.schemas import BINARY, call, ref
from mnist_cli.server.tensors import BINARY_HEADER

STRICT = ConfigDict(extra="forbid")


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


class RequestParameters(BaseModel):
    """What a request may say beside."""

    model_config = STRICT

    binary_data_output: bool = Field(default=False, description="Are all outputs bytes?")


class OutputParameters(BaseModel):
    """What may be said of an output."""

    model_config = STRICT

    binary_data: bool = Field(default=False, description="Is it bytes?")


class InputParameters(BaseModel):
    """What may be said of an input."""

    model_config = STRICT

    binary_data_size: int | None = Field(default=None, description="Its bytes, behind the JSON.")


class InputTensor(BaseModel):
    """28×28 images, ink bright on dark."""

    model_config = STRICT

    name: Literal["images"]
    datatype: Literal["UINT8", "FP16", "FP32", "FP64"]
    shape: list[int] = Field(description="(N, 784), (N, 28, 28) or (N, 28, 28, 1).")
    data: list[Any] | None = Field(
        default=None, description="Flat or nested; floating point in [0, 1]."
    )
    parameters: InputParameters = Field(default_factory=InputParameters)


class RequestedOutput(BaseModel):
    """An output that is asked for."""

    model_config = STRICT

    name: Literal["probabilities", "digit", "unsure"]
    parameters: OutputParameters = Field(default_factory=OutputParameters)


class InferRequest(BaseModel):
    """A request of the inference protocol."""

    model_config = STRICT

    inputs: list[InputTensor] = Field(min_length=1, max_length=1)
    outputs: list[RequestedOutput] = Field(default=[], description="All, if left out.")
    id: str = ""
    model_name: Literal["mnist"] = "mnist"
    parameters: RequestParameters = Field(default_factory=RequestParameters)


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


class IndexRequest(BaseModel):
    """Which versions to list."""

    model_config = STRICT

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
