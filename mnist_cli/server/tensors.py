"""The Open Inference Protocol, version 2 (KServe, Triton, MLServer): tensors in, tensors out.

Tensors are JSON, or follow it as bytes (the binary tensor data extension), row by row and little
endian.
"""

import json
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_cli.core.dataset import AnyImages
from mnist_cli.reading.answers import doubts
from mnist_cli.reading.classifier import Classifier
from mnist_cli.server import problems
from mnist_cli.server.jobs import Answer, parse
from mnist_cli.server.limits import MAX_TENSOR_IMAGES

MODEL = "mnist"
INPUT = "images"
FILE = "file"  # the version of a model's file that belongs to none
BINARY_HEADER = "Inference-Header-Content-Length"
SHAPES = ((784,), (28, 28), (28, 28, 1))  # of an image
_DTYPES: dict[str, np.dtype[Any]] = {"UINT8": np.dtype("u1"), "FP32": np.dtype("<f4")}
_WORDS = "(N, 784), (N, 28, 28) or (N, 28, 28, 1)"


@dataclass(frozen=True)
class Infer:
    """A request to classify 28×28 images.

    Attributes:
        body: JSON, and after it the bytes of a tensor, if it says so.
        json_bytes: How much of it is JSON; None if all of it.
    """

    body: bytes
    json_bytes: int | None = None

    def answer(self, classifier: Classifier) -> Answer:
        """Classify them; the same pixels give the same probabilities as a picture of them."""
        at = len(self.body) if self.json_bytes is None else self.json_bytes
        if not 0 <= at <= len(self.body):
            raise problems.bad_request(f"{BINARY_HEADER} is not within the body.")
        request = parse(self.body[:at])
        if not isinstance(request, dict):
            raise problems.unusable("The request must be an object.")
        wanted = _wanted(request)
        probabilities = classifier.probabilities(_images(request, self.body[at:]))
        digits = probabilities.argmax(axis=1)
        document = {"model_name": MODEL, "model_version": classifier.version or FILE}
        if isinstance(request.get("id"), str):
            document["id"] = request["id"]
        tensors = {"probabilities": probabilities, "digit": digits.astype("<i8")}
        return _answer(
            document,
            [(tensors[name], name, binary) for name, binary in wanted],
            tuple(zip(digits.tolist(), doubts(probabilities).tolist(), strict=True)),
        )


def _wanted(request: dict[str, Any]) -> list[tuple[str, bool]]:
    """Return the names of the outputs that are asked for, and which are to be binary."""
    all_binary = _parameter(request, "binary_data_output")
    outputs = request.get("outputs") or [{"name": "probabilities"}, {"name": "digit"}]
    if not isinstance(outputs, list) or not all(isinstance(output, dict) for output in outputs):
        raise problems.unusable("outputs must be a list of objects.")
    if any(output.get("name") not in ("probabilities", "digit") for output in outputs):
        raise problems.unusable("The outputs are probabilities and digit.")
    if len({output["name"] for output in outputs}) < len(outputs):
        raise problems.unusable("An output is asked for twice.")
    return [(o["name"], _parameter(o, "binary_data", default=all_binary)) for o in outputs]


def _images(request: dict[str, Any], binary: bytes) -> AnyImages:
    """Return the one tensor of a request, (N, 28, 28) uint8 or float32 in [0, 1]."""
    inputs = request.get("inputs")
    if not isinstance(inputs, list) or len(inputs) != 1 or not isinstance(inputs[0], dict):
        raise problems.unusable(f"inputs must be a list of one tensor, {INPUT}.")
    tensor = inputs[0]
    datatype = tensor.get("datatype")
    dtype = _DTYPES.get(datatype) if isinstance(datatype, str) else None
    if dtype is None:
        raise problems.unusable("The datatype must be UINT8, or FP32 in [0, 1].")
    shape = _shape(tensor.get("shape"))
    size = _parameter(tensor, "binary_data_size", default=None)
    if size is None and binary:
        raise problems.bad_request("Bytes follow the JSON, and binary_data_size tells of none.")
    if size is None:
        values = _from_json(tensor.get("data"), dtype)
    elif "data" in tensor or size != len(binary) or size % dtype.itemsize:
        raise problems.bad_request("binary_data_size differs from the bytes that follow the JSON.")
    else:
        values = np.frombuffer(binary, dtype)
    if values.size != math.prod(shape):
        raise problems.unusable("The count of values differs from the shape's.")
    if dtype.kind == "f" and not 0 <= values.min() <= values.max() <= 1:  # nor of NaN
        raise problems.unusable("FP32 values must be 0 to 1.")
    return values.reshape(-1, 28, 28)


def _shape(shape: object) -> tuple[int, ...]:
    integers = isinstance(shape, list) and all(type(side) is int for side in shape)
    if not integers or not isinstance(shape, list) or tuple(shape[1:]) not in SHAPES:
        raise problems.unusable(f"The shape must be {_WORDS}.")
    if shape[0] < 1:
        raise problems.unusable("The batch holds no image.")
    if shape[0] > MAX_TENSOR_IMAGES:
        raise problems.too_large(f"At most {MAX_TENSOR_IMAGES} images a request.")
    return tuple(shape)


def _from_json(data: object, dtype: np.dtype[Any]) -> NDArray[Any]:
    """Return the values of a tensor, flat or nested, in JSON."""
    try:
        values = np.asarray(data)
    except ValueError as error:  # rows of different lengths
        raise problems.unusable("data is ragged.") from error
    kinds = "iu" if dtype.kind == "u" else "iuf"
    if values.dtype.kind not in kinds or bool in _types(data):
        raise problems.unusable("data must be numbers of the datatype.")
    if values.size and dtype.kind == "u" and not 0 <= values.min() <= values.max() <= 255:
        raise problems.unusable("UINT8 values must be 0 to 255.")
    return values.astype(dtype).ravel()


def _types(data: object) -> set[type]:
    """Return the types of all that is in nested lists."""
    if not isinstance(data, list):
        return {type(data)}
    found = set(map(type, data))
    return found.union(*map(_types, data)) if list in found else found


def _parameter(of: dict[str, Any], name: str, default: Any = False) -> Any:
    parameters = of.get("parameters")
    value = parameters.get(name, default) if isinstance(parameters, dict) else default
    expected = int if name == "binary_data_size" else bool
    if value is not default and type(value) is not expected:
        raise problems.unusable(f"The parameter {name} must be a {expected.__name__}.")
    return value


def _answer(
    document: dict[str, Any],
    outputs: list[tuple[NDArray[Any], str, bool]],
    digits: tuple[tuple[int, bool], ...],
) -> Answer:
    document["outputs"], binary = [], []
    for values, name, is_binary in outputs:
        output: dict[str, Any] = {
            "name": name,
            "datatype": "FP32" if values.dtype.kind == "f" else "INT64",
            "shape": list(values.shape),
        }
        if is_binary:
            binary.append(values.tobytes())
            output["parameters"] = {"binary_data_size": len(binary[-1])}
        else:
            # a float32 means seven digits, and would show sixteen as a double
            exact = values.astype("f8").round(7) if values.dtype.kind == "f" else values
            output["data"] = exact.ravel().tolist()
        document["outputs"].append(output)
    head = json.dumps(document, allow_nan=False).encode()
    if not binary:
        return Answer(head, digits=digits)
    headers = {BINARY_HEADER: str(len(head))}
    return Answer(b"".join([head, *binary]), "application/octet-stream", headers, digits)
