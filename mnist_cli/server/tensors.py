"""The Open Inference Protocol, version 2 (KServe, Triton, MLServer): tensors in, tensors out.

Tensors are JSON, or follow it as bytes (the binary tensor data extension), row by row and little
endian.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_cli.core.data.dataset import AnyImages
from mnist_cli.reading.classifier import Classifier
from mnist_cli.server import problems
from mnist_cli.server.classify import (
    INPUTS,
    MODEL,
    OUTPUTS,
    Outputs,
    as_images,
    classified,
)
from mnist_cli.server.infer_request import BINARY_HEADER, InferRequest, InputTensor
from mnist_cli.server.jobs import Answer
from mnist_cli.server.json_bodies import json_bytes, parse, validated


@dataclass(frozen=True)
class Infer:
    """A request to classify 28×28 images.

    Attributes:
        body: JSON, and after it the bytes of a tensor, if it says so.
        json_bytes: How much of it is JSON; None if all of it.
        version: Which is asked, by number or alias; None for what reads pictures.
    """

    body: bytes
    json_bytes: int | None = None
    version: str | None = None

    def answer(self, classifier: Classifier) -> Answer:
        """Classify them."""
        request: InferRequest

        def decode() -> AnyImages:
            nonlocal request
            at = len(self.body) if self.json_bytes is None else self.json_bytes
            if not 0 <= at <= len(self.body):
                raise problems.bad_request(f"{BINARY_HEADER} is not within the body.")
            request = validated(InferRequest.model_validate, parse(self.body[:at]))
            _wanted(request)  # before the work
            return _images(request.inputs[0], self.body[at:])

        def encode(version: str, outputs: Outputs) -> Answer:
            document: dict[str, Any] = {"model_name": MODEL, "model_version": version}
            document |= request.model_dump(include={"id"}, exclude_unset=True)
            return _answer(
                document, [(outputs[name], name, bin_) for name, bin_ in _wanted(request)]
            )

        return classified(classifier, self.version, decode, encode)


def _wanted(request: InferRequest) -> list[tuple[str, bool]]:
    """Return the names of the outputs that are asked for, and which are to be binary."""
    if not request.outputs:
        return [(name, request.parameters.binary_data_output) for name in OUTPUTS]
    if len({output.name for output in request.outputs}) < len(request.outputs):
        raise problems.unusable("An output is asked for twice.")
    all_binary = request.parameters.binary_data_output
    return [
        (o.name, o.parameters.binary_data if o.parameters.model_fields_set else all_binary)
        for o in request.outputs
    ]


def _images(tensor: InputTensor, binary: bytes) -> AnyImages:
    """Return a tensor, (N, 28, 28) uint8 or float32 in [0, 1]; it may be the bytes."""
    dtype = INPUTS[tensor.datatype]
    size = tensor.parameters.binary_data_size
    if size is None and binary:
        raise problems.bad_request("Bytes follow the JSON, and binary_data_size tells of none.")
    if size is None:
        values = _values(tensor.data, dtype)
    elif tensor.data is not None or size != len(binary) or size % dtype.itemsize:
        raise problems.bad_request("binary_data_size differs from the bytes that follow the JSON.")
    else:
        values = np.frombuffer(binary, dtype)
    return as_images(values, tensor.shape)


def from_json(data: object, kinds: str) -> NDArray[Any]:
    """Return the values of a tensor in JSON, in the shape that they have there.

    Args:
        data: Flat or nested lists.
        kinds: Of numbers that are allowed, as NumPy calls them.

    Raises:
        Problem: They are no numbers of these, or the lists are ragged.
    """
    try:
        values = np.asarray(data)
    except ValueError as error:  # rows of different lengths
        raise problems.unusable("data is ragged.") from error
    if values.dtype.kind not in kinds or bool in _types(data):
        raise problems.unusable("data must be numbers of the datatype.")
    return values


def _values(data: object, dtype: np.dtype[Any]) -> NDArray[Any]:
    values = from_json(data, "iu" if dtype.kind == "u" else "iuf")
    if dtype.kind == "f":
        return values.astype(np.float64, copy=False).ravel()  # its range is looked at later
    if values.size and not 0 <= values.min() <= values.max() <= 255:
        raise problems.unusable("UINT8 values must be 0 to 255.")
    return values.astype(dtype).ravel()


def _types(data: object) -> set[type]:
    """Return the types of all that is in nested lists."""
    if not isinstance(data, list):
        return {type(data)}
    found = set(map(type, data))
    if list in found:
        for one in data:  # in turn: a set for each of millions would be gigabytes
            found |= _types(one)
    return found


def _answer(document: dict[str, Any], outputs: list[tuple[NDArray[Any], str, bool]]) -> Answer:
    document["outputs"], binary = [], []
    for values, name, is_binary in outputs:
        output: dict[str, Any] = {
            "name": name,
            "datatype": OUTPUTS[name],
            "shape": list(values.shape),
        }
        if is_binary:
            binary.append(values.tobytes())
            output["parameters"] = {"binary_data_size": len(binary[-1])}
        else:
            output["data"] = in_json(values).ravel().tolist()
        document["outputs"].append(output)
    head = json_bytes(document)
    if not binary:
        return Answer(head)
    headers = {BINARY_HEADER: str(len(head))}
    return Answer(b"".join([head, *binary]), "application/octet-stream", headers)


def in_json(values: NDArray[Any]) -> NDArray[Any]:
    """Return numbers as they should look: a float32 means seven digits, and would show sixteen."""
    return values.astype("f8").round(7) if values.dtype.kind == "f" else values
