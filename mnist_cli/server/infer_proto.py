"""The Open Inference Protocol's tensors over gRPC: what a worker does with a request."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from google.protobuf.message import DecodeError
from numpy.typing import NDArray

from mnist_cli.core.data.dataset import AnyImages
from mnist_cli.reading.classifier import Classifier
from mnist_cli.server import problems
from mnist_cli.server.classify import (
    INPUT,
    INPUTS,
    MODEL,
    OUTPUTS,
    Outputs,
    as_images,
    checked_shape,
    classified,
)
from mnist_cli.server.jobs import Answer
from mnist_cli.server.loaded import names_of, not_loaded
from mnist_cli.server.protobuf import message

_CONTENTS = {  # where a datatype's values are, that are no raw bytes
    "UINT8": "uint_contents",
    "FP32": "fp32_contents",
    "FP64": "fp64_contents",
    "INT64": "int64_contents",
    "BOOL": "bool_contents",
}
_NAME, _VERSION = b"\x0a", b"\x12"  # what stands before fields 1 and 2, which are strings


@dataclass(frozen=True)
class InferProto:
    """A request to classify 28×28 images; its answer's body is a `ModelInferResponse`.

    Attributes:
        body: A `ModelInferRequest`, as it came.
    """

    body: bytes

    @property
    def version(self) -> str | None:
        """Which is asked, by number or alias; None for what reads pictures.

        The server asks for it while others wait, and to unpack 32 MB takes up to a third of a
        second. Whoever writes the message puts its fields in the order of their numbers: name,
        then version.

        Source: protobuf.dev/programming-guides/encoding.
        """
        at = 0
        for tag in (_NAME, _VERSION):
            if self.body[at : at + 1] == tag:
                length, at = self.body[at + 1 : at + 2], at + 2  # below 128 it is one byte
                end = at + int.from_bytes(length)
                if tag == _VERSION:
                    return self.body[at:end].decode(errors="replace") or None
                at = end
        return None

    def answer(self, classifier: Classifier) -> Answer:
        """Classify them."""
        try:
            request = message("ModelInferRequest").FromString(self.body)
        except DecodeError as error:
            raise problems.bad_request("The message is no ModelInferRequest.") from error
        if request.model_name != MODEL:
            raise not_loaded(names_of(classifier))

        def decode() -> AnyImages:
            _wanted(request)  # before the work
            return _images(request)

        def encode(version: str, outputs: Outputs) -> Answer:
            response = message("ModelInferResponse")(
                model_name=MODEL, model_version=version, id=request.id
            )
            for name in _wanted(request):
                _add(response, name, outputs[name], raw=bool(request.raw_input_contents))
            return Answer(response.SerializeToString())

        return classified(classifier, request.model_version or None, decode, encode)


def _wanted(request: Any) -> list[str]:
    """Return the names of the outputs that are asked for."""
    problems.check_names(request.parameters, (), "parameters")
    for output in request.outputs:
        problems.check_names(output.parameters, (), "parameters of an output")
    names = [output.name for output in request.outputs] or list(OUTPUTS)
    if not set(names) <= OUTPUTS.keys() or len(set(names)) < len(names):
        raise problems.unusable(f"The outputs are {', '.join(OUTPUTS)}, each once.")
    return names


def _images(request: Any) -> AnyImages:
    """Return the one tensor of a request, (N, 28, 28) uint8 or float32 in [0, 1]."""
    if len(request.inputs) != 1 or request.inputs[0].name != INPUT:
        raise problems.unusable(f"inputs must be one tensor, {INPUT}.")
    (tensor,) = request.inputs
    problems.check_names(tensor.parameters, (), "parameters of the tensor")
    dtype, shape = INPUTS.get(tensor.datatype), checked_shape(tensor.shape)
    if dtype is None:
        raise problems.unusable("The datatype must be UINT8, or FP16, FP32 or FP64 in [0, 1].")
    if not request.raw_input_contents:
        return as_images(_values(tensor, dtype), shape)
    if len(request.raw_input_contents) > 1 or tensor.HasField("contents"):
        raise problems.unusable("There must be one tensor, raw or in its contents.")
    (raw,) = request.raw_input_contents
    if len(raw) % dtype.itemsize:
        raise problems.unusable("The bytes are no whole values of the datatype.")
    return as_images(np.frombuffer(raw, dtype), shape)


def _values(tensor: Any, dtype: np.dtype[Any]) -> NDArray[Any]:
    name = _CONTENTS.get(tensor.datatype)
    if name is None:
        raise problems.unusable(f"{tensor.datatype} goes in raw_input_contents alone.")
    if [field.name for field, _ in tensor.contents.ListFields()] != [name]:
        raise problems.unusable(f"The values of {tensor.datatype} must be in {name} alone.")
    values = np.array(getattr(tensor.contents, name))
    if dtype.kind == "u" and values.max() > 255:
        raise problems.unusable("UINT8 values must be 0 to 255.")
    return values.astype(dtype)


def _add(response: Any, name: str, values: NDArray[Any], *, raw: bool) -> None:
    """Add an output, in the form that the input had."""
    output = response.outputs.add(name=name, datatype=OUTPUTS[name], shape=values.shape)
    if raw:
        response.raw_output_contents.append(values.tobytes())
    else:
        getattr(output.contents, _CONTENTS[OUTPUTS[name]]).extend(values.ravel().tolist())
