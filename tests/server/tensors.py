"""Requests of the Open Inference Protocol."""

import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.server.conftest import Server
from tests.server.wire import JSON, Answer, post

MODEL = "/v2/models/mnist"
KINDS = {np.dtype("u1"): "UINT8", np.dtype("f4"): "FP32", np.dtype("f8"): "FP64"}
HEADER = "Inference-Header-Content-Length"


def tensor(values: NDArray[Any], *, nested: bool = False, **more: object) -> dict[str, Any]:
    """Return a tensor as JSON has it."""
    data = values if nested else values.ravel()
    kind = KINDS[values.dtype]
    return {"name": "images", "datatype": kind, "shape": list(values.shape)} | {
        "data": data.tolist(),
        **more,
    }


def infer(server: Server, document: object, model: str = MODEL) -> Answer:
    return server.send(post(json.dumps(document).encode(), JSON, f"{model}/infer"))


def infer_binary(server: Server, document: object, binary: bytes, header: str = "") -> Answer:
    """Send JSON and, after it, bytes."""
    head = json.dumps(document).encode()
    told = {"Inference_Header_Content_Length": header or str(len(head))}
    return server.send(post(head + binary, "application/octet-stream", f"{MODEL}/infer", **told))
