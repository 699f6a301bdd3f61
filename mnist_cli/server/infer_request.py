"""A request of the Open Inference Protocol, as a worker takes it and as OpenAPI describes it."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    model_validator,
)

from mnist_cli.server import problems
from mnist_cli.server.classify import OUTPUTS, checked_shape
from mnist_cli.server.lists import Items

BINARY_HEADER = "Inference-Header-Content-Length"


class Strict(BaseModel):
    """Has no name but its own; null is the same as nothing."""

    model_config = ConfigDict(extra="forbid")
    place: ClassVar[str] = "request"  # what people are told that a name stands in

    @model_validator(mode="before")
    @classmethod
    def check_names(cls, given: Any) -> Any:
        """Let through what is known.

        Raises:
            Problem: A name is not.
        """
        if not isinstance(given, dict):
            return given
        problems.check_names(given, cls.model_fields, cls.place)
        return {name: value for name, value in given.items() if value is not None}


class RequestParameters(Strict):
    """What a request may say beside."""

    place = "parameters"

    binary_data_output: StrictBool = Field(default=False, description="Are all outputs bytes?")


class OutputParameters(Strict):
    """What may be said of an output."""

    place = "parameters of an output"

    binary_data: StrictBool = Field(default=False, description="Is it bytes?")


class InputParameters(Strict):
    """What may be said of an input."""

    place = "parameters of the tensor"

    binary_data_size: StrictInt | None = Field(
        default=None, description="Its bytes, behind the JSON."
    )


class InputTensor(Strict):
    """28×28 images, ink bright on dark."""

    place = "tensor"

    name: Literal["images"]
    datatype: Literal["UINT8", "FP16", "FP32", "FP64"]
    shape: Annotated[tuple[StrictInt, ...], BeforeValidator(checked_shape)] = Field(
        description="(N, 784), (N, 28, 28) or (N, 28, 28, 1)."
    )
    data: list[Any] | None = Field(
        default=None, description="Flat or nested; floating point in [0, 1]."
    )
    parameters: InputParameters = Field(default_factory=InputParameters)


class RequestedOutput(Strict):
    """An output that is asked for."""

    place = "output"

    name: Literal["probabilities", "digit", "unsure"]
    parameters: OutputParameters = Field(default_factory=OutputParameters)


class InferRequest(Strict):
    """A request of the inference protocol."""

    inputs: Items[InputTensor] = Field(min_length=1, max_length=1)
    outputs: Items[RequestedOutput] = Field(
        default=[], max_length=len(OUTPUTS), description="All, if left out."
    )
    id: str = ""
    model_name: Literal["mnist"] = "mnist"
    parameters: RequestParameters = Field(default_factory=RequestParameters)
