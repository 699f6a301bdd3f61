"""TensorFlow Serving's `predict` over REST: rows (`instances`) or columns (`inputs`) of images."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_cli.core.data.dataset import AnyImages
from mnist_cli.reading.classifier import Classifier
from mnist_cli.server import problems
from mnist_cli.server.classify import INPUT, Outputs, as_images, checked_shape, classified
from mnist_cli.server.jobs import Answer
from mnist_cli.server.json_bodies import json_bytes, parse
from mnist_cli.server.tensors import from_json, in_json

SIGNATURE = "serving_default"
_SEND = f'Send {{"instances": [IMAGE, …]}}, or {{"inputs": {{"{INPUT}": [IMAGE, …]}}}}.'


@dataclass(frozen=True)
class Predict:
    """A request to classify 28×28 images.

    Attributes:
        body: JSON.
        version: Which is asked, by number or alias; None for what reads pictures.
    """

    body: bytes
    version: str | None = None

    def answer(self, classifier: Classifier) -> Answer:
        """Classify them."""
        by_row = False

        def decode() -> AnyImages:
            nonlocal by_row
            request = _request(self.body)
            by_row = "instances" in request
            values = _numbers(_rows(request["instances"]) if by_row else _column(request["inputs"]))
            return as_images(values.ravel(), checked_shape(values.shape))

        def encode(_: str, outputs: Outputs) -> Answer:
            columns = {name: in_json(values).tolist() for name, values in outputs.items()}
            document: dict[str, Any] = {"outputs": columns}
            if by_row:
                rows = zip(*columns.values(), strict=True)
                document = {"predictions": [dict(zip(columns, row, strict=True)) for row in rows]}
            return Answer(json_bytes(document))

        return classified(classifier, self.version, decode, encode)


def _request(body: bytes) -> dict[str, Any]:
    request = parse(body)
    if not isinstance(request, dict):
        raise problems.unusable(_SEND)
    problems.check_names(request, ("signature_name", "instances", "inputs"), "request")
    if len(request.keys() & {"instances", "inputs"}) != 1:
        raise problems.unusable(_SEND)
    if request.get("signature_name", SIGNATURE) != SIGNATURE:
        raise problems.unusable(f"The one signature is {SIGNATURE}.")
    return request


def _rows(instances: object) -> list[Any]:
    """Return the images of a list of them, each by itself or under its tensor's name."""
    if not isinstance(instances, list) or not instances:
        raise problems.unusable(_SEND)
    return [_column(one) for one in instances]


def _column(named: object) -> Any:
    """Return what stands under the tensor's name, or by itself."""
    if not isinstance(named, dict):
        return named
    problems.check_names(named, (INPUT,), "tensor")
    if INPUT not in named:
        raise problems.unusable(_SEND)
    return named[INPUT]


def _numbers(data: object) -> NDArray[Any]:
    """Return uint8 where there are whole numbers over 1, else float64 that should be in [0, 1].

    JSON has one kind of number, and JavaScript writes 1.0 as 1. An image of 0 to 255 whose
    brightest pixel is 1 is black, so nothing is lost by taking it for the other kind.
    """
    values = from_json(data, "iuf")
    if values.dtype.kind in "iu" and values.size and values.max() > 1:
        if not 0 <= values.min() <= values.max() <= 255:
            raise problems.unusable("Whole numbers must be 0 to 255.")
        return values.astype(np.uint8)
    return values.astype(np.float64)
