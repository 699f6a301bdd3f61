"""Requests of the Open Inference Protocol that make no sense."""

import json
from typing import Any

import numpy as np
import pytest

from tests.server.conftest import Server
from tests.server.tensors import MODEL, infer, infer_binary, tensor
from tests.server.wire import JSON, MARKER, post

ONE = np.zeros((1, 784), np.uint8)
GOOD = tensor(ONE)
HALF = tensor(np.full((1, 784), 0.5, np.float32))


@pytest.mark.parametrize(
    ("document", "status"),
    [
        ([GOOD], 422),
        ({}, 422),
        ({"inputs": {}}, 422),
        ({"inputs": []}, 422),
        ({"inputs": [GOOD, GOOD]}, 422),
        ({"inputs": [MARKER]}, 422),
        ({"inputs": [GOOD | {"shape": [1, 27, 28]}]}, 422),
        ({"inputs": [GOOD | {"shape": [784]}]}, 422),
        ({"inputs": [GOOD | {"shape": [2, 784]}]}, 422),
        ({"inputs": [GOOD | {"shape": []}]}, 422),
        ({"inputs": [GOOD | {"shape": None}]}, 422),
        ({"inputs": [GOOD | {"shape": "1,784"}]}, 422),
        ({"inputs": [GOOD | {"shape": [1.0, 784]}]}, 422),
        ({"inputs": [GOOD | {"shape": [True, 784]}]}, 422),
        ({"inputs": [GOOD | {"shape": [-1, 784]}]}, 422),
        ({"inputs": [GOOD | {"shape": [0, 784], "data": []}]}, 422),
        ({"inputs": [GOOD | {"shape": [10_001, 784]}]}, 413),
        ({"inputs": [GOOD | {"shape": [10**30, 784]}]}, 413),
        ({"inputs": [GOOD | {"datatype": "INT8"}]}, 422),
        ({"inputs": [GOOD | {"datatype": [MARKER]}]}, 422),
        ({"inputs": [GOOD | {"datatype": None}]}, 422),
        ({"inputs": [GOOD | {"data": [[0] * 783, [0]]}]}, 422),
        ({"inputs": [GOOD | {"data": [0] * 783}]}, 422),
        ({"inputs": [GOOD | {"data": [0] * 785}]}, 422),
        ({"inputs": [GOOD | {"data": [0] * 783 + [256]}]}, 422),
        ({"inputs": [GOOD | {"data": [0] * 783 + [-1]}]}, 422),
        ({"inputs": [GOOD | {"data": [0] * 783 + [0.5]}]}, 422),
        ({"inputs": [GOOD | {"data": [0] * 783 + [10**30]}]}, 422),
        ({"inputs": [GOOD | {"data": [0] * 783 + [None]}]}, 422),
        ({"inputs": [GOOD | {"data": [False] * 784}]}, 422),
        ({"inputs": [GOOD | {"data": [0] * 783 + [True]}]}, 422),
        ({"inputs": [GOOD | {"data": [[0] * 784, [0] * 783 + [True]]}]}, 422),
        ({"inputs": [GOOD | {"data": ["0"] * 784}]}, 422),
        ({"inputs": [GOOD | {"data": MARKER}]}, 422),
        ({"inputs": [GOOD | {"data": {MARKER: 0}}]}, 422),
        ({"inputs": [GOOD | {"data": None}]}, 422),
        ({"inputs": [HALF | {"data": [0.5] * 783 + [1.001]}]}, 422),
        ({"inputs": [HALF | {"data": [0.5] * 783 + [-1e-9]}]}, 422),
        ({"inputs": [HALF | {"data": [0.5] * 783 + [1e300]}]}, 422),
        ({"inputs": [GOOD | {"parameters": {"binary_data_size": 784}}]}, 400),
        ({"inputs": [GOOD | {"parameters": {"binary_data_size": "784"}}]}, 422),
        ({"inputs": [GOOD], "outputs": [{"name": MARKER}]}, 422),
        ({"inputs": [GOOD], "outputs": [{"name": [MARKER]}]}, 422),
        ({"inputs": [GOOD], "outputs": [{"name": {}}]}, 422),
        ({"inputs": [GOOD], "outputs": [{}]}, 422),
        ({"inputs": [GOOD], "outputs": [{"name": "digit"}] * 2}, 422),
        ({"inputs": [GOOD], "outputs": MARKER}, 422),
        ({"inputs": [GOOD], "parameters": {"binary_data_output": "yes"}}, 422),
        ({"inputs": [GOOD], "parameters": {MARKER: 1}}, 422),
        ({"inputs": [GOOD], "parameters": {"priority": 1}}, 422),
        ({"inputs": [GOOD], "parameters": [MARKER]}, 422),
        ({"inputs": [GOOD], MARKER: 1}, 422),
        ({"inputs": [GOOD], "id": 7}, 422),
        ({"inputs": [GOOD], "model_name": MARKER}, 422),
        ({"inputs": [GOOD | {MARKER: 1}]}, 422),
        ({"inputs": [GOOD | {"name": MARKER}]}, 422),
        ({"inputs": [GOOD | {"parameters": {"classification": 3}}]}, 422),
        ({"inputs": [GOOD], "outputs": [{"name": "digit", MARKER: 1}]}, 422),
        ({"inputs": [GOOD], "outputs": [{"name": "digit", "parameters": {MARKER: 1}}]}, 422),
        ({"inputs": [HALF | {"datatype": "BF16"}]}, 422),
        ({"inputs": [HALF | {"datatype": "FP16", "data": [0.5] * 783 + [1e300]}]}, 422),
    ],
    ids=lambda value: json.dumps(value).replace("0, 0, ", "")[:120],
)
def test_a_request_that_makes_no_sense_says_why(
    unharmed: Server, document: object, status: int
) -> None:
    infer(unharmed, document).check_problem(status)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999", "0x1"])
def test_numbers_that_are_not_finite_are_refused(unharmed: Server, number: str) -> None:
    content = json.dumps({"inputs": [HALF]}).replace("0.5", number, 1).encode()

    unharmed.send(post(content, JSON, f"{MODEL}/infer")).check_problem(400, 422)


def binary(size: object, dtype: str = "UINT8") -> dict[str, Any]:
    """Return a request for one image, whose bytes follow."""
    told = {"name": "images", "datatype": dtype, "shape": [1, 784]}
    return {"inputs": [told | {"parameters": {"binary_data_size": size}}]}


@pytest.mark.parametrize(
    ("document", "content", "header", "status"),
    [
        (binary(784), bytes(783), "", 400),
        (binary(784), bytes(785), "", 400),
        (binary(-1), bytes(784), "", 400),
        (binary(3_135, "FP32"), bytes(3_135), "", 400),
        (binary(784, "FP32"), bytes(784), "", 422),
        (binary(3_136, "FP32"), b"\x00\x00\xc0\x7f" * 784, "", 422),
        (binary(3_136, "FP32"), b"\x00\x00\x80\x7f" * 784, "", 422),
        (binary(3_136, "FP32"), b"\x01\x00\x80\x3f" * 784, "", 422),
        (binary(1_567, "FP16"), bytes(1_567), "", 400),
        (binary(1_568, "FP16"), b"\x01\x3c" * 784, "", 422),
        (binary(6_272, "FP64"), b"\x00\x00\x00\x00\x00\x00\xf8\x7f" * 784, "", 422),
        (binary(784), bytes(784), "5", 400),
        (binary(784), bytes(784), "99999", 400),
        (binary(784), bytes(784), "-5", 400),
        (binary(784), bytes(784), "1e2", 400),
        (binary(784), bytes(784), "9" * 5_000, 400),
        (binary(784), bytes(784), "\xb2", 400),
        ({"inputs": [GOOD]}, bytes(784), "", 400),
    ],
)
def test_bytes_that_differ_from_what_is_told_of_them_are_refused(
    unharmed: Server, document: object, content: bytes, header: str, status: int
) -> None:
    infer_binary(unharmed, document, content, header).check_problem(status)
