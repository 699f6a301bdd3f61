"""Bodies of JSON that are of another form, however large: refused soon, and in plain words."""

import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from mnist_cli.server import infer_request, record_schemas, sheet_schemas
from mnist_cli.server.infer_request import InferRequest
from mnist_cli.server.json_bodies import validated
from mnist_cli.server.problems import Problem
from mnist_cli.server.sheet_schemas import LabelledImages
from mnist_cli.server.sheets import SaveDigits, WriteResults
from mnist_cli.server.tensors import from_json
from tests.conftest import OneDigit
from tests.server.wire import MARKER

GOOD = {"name": "images", "datatype": "UINT8", "shape": [1, 784], "data": [0] * 784}
LISTS = [
    (model, name)
    for module in (infer_request, record_schemas, sheet_schemas)
    for model in vars(module).values()
    if isinstance(model, type) and issubclass(model, BaseModel) and model is not BaseModel
    for name, told in model.model_json_schema().get("properties", {}).items()
    if told.get("type") == "array"
]


def refusal(validate: Callable[[Any], Any], given: object) -> Problem:
    with pytest.raises(Problem) as caught:
        validated(validate, given)
    assert MARKER not in caught.value.detail
    return caught.value


def test_the_lists_are_those_that_bodies_hold() -> None:
    assert {"inputs", "outputs", "shape", "digits", "cells", "corners", "top", "box"} <= {
        name for _, name in LISTS
    }


@pytest.mark.parametrize(("model", "name"), LISTS, ids=str)
def test_of_a_list_that_is_wrong_throughout_one_item_is_told(
    model: type[BaseModel], name: str
) -> None:
    """Each that is told costs half a kilobyte, and 32 MB hold millions."""
    with pytest.raises((ValidationError, Problem)) as caught:
        model.model_validate({name: [object()] * 1_000})

    if isinstance(caught.value, ValidationError):
        told = [error for error in caught.value.errors() if error["loc"][0] == name]
        assert len(told) == 1


def test_of_records_that_are_all_wrong_one_is_told() -> None:
    told = WriteResults(b"[" + b"1," * 1_000 + b"1]", "csv")

    with pytest.raises(Problem) as caught:
        told.answer(OneDigit(3))

    assert isinstance(caught.value.__cause__, ValidationError)
    assert caught.value.__cause__.error_count() == 1


@pytest.mark.parametrize(
    "told",
    [
        WriteResults(b'[{"x":[' + b"{}," * 100_000 + b"{}]}]", "csv"),
        SaveDigits(b'{"digits":[{"x":[' + b"{}," * 100_000 + b"{}]}]}"),
    ],
)
def test_what_lacks_its_fields_is_not_copied_for_each(told: WriteResults | SaveDigits) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(Problem, match="It is missing"):
            told.answer(OneDigit(3))
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak_bytes < 100 * 100_000  # an object is 64


def test_numbers_that_are_nested_one_by_one_take_no_set_each() -> None:
    rows = [[0]] * 100_000
    tracemalloc.start()
    try:
        from_json(rows, "iu")
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak_bytes < 100 * len(rows)  # a set is 216


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        ([GOOD], "The body: It must be an object."),
        ({}, "inputs: It is missing."),
        ({"inputs": []}, "inputs: There must be 1 at least."),
        ({"inputs": [GOOD, GOOD]}, "inputs: There may be 1 at most."),
        ({"inputs": [MARKER]}, "inputs.0: It must be an object."),
        ({"inputs": [GOOD], "parameters": []}, "parameters: It must be an object."),
        ({"inputs": [GOOD], "outputs": [{}]}, "outputs.0.name: It is missing."),
        (
            {"inputs": [GOOD], "outputs": [{"name": "digit"}] * 4},
            "outputs: There may be 3 at most.",
        ),
        ({"inputs": [GOOD | {"datatype": MARKER}]}, "'UINT8', 'FP16', 'FP32' or 'FP64'."),
    ],
    ids=lambda value: str(value)[-60:],
)
def test_what_is_wrong_is_told_in_plain_words(request_: object, words: str) -> None:
    problem = refusal(InferRequest.model_validate, request_)

    assert problem.code == "unusable"
    assert problem.detail.endswith(words)


@pytest.mark.parametrize(
    "shape", [[1.0, 784], [True, 784], [1, 28, 28, True], [1, 27, 28], [], {}, MARKER, [[]] * 1_000]
)
def test_which_shapes_there_are_is_told_of_any_other(shape: object) -> None:
    problem = refusal(InferRequest.model_validate, {"inputs": [GOOD | {"shape": shape}]})

    assert problem.detail == "The shape must be (N, 784), (N, 28, 28) or (N, 28, 28, 1)."


@pytest.mark.parametrize(
    ("request_", "place"),
    [
        ({MARKER: 1}, "in the request"),
        ({"parameters": {MARKER: 1}}, "in the parameters"),
        ({"inputs": [GOOD | {MARKER: 1}]}, "in the tensor"),
        ({"inputs": [GOOD | {"parameters": {MARKER: 1}}]}, "in the parameters of the tensor"),
        ({"outputs": [{MARKER: 1}]}, "in the output"),
        ({"outputs": [{"parameters": {MARKER: 1}}]}, "in the parameters of an output"),
    ],
)
def test_where_a_name_is_not_known_is_told(request_: dict[str, Any], place: str) -> None:
    problem = refusal(InferRequest.model_validate, {"inputs": [GOOD]} | request_)

    assert problem.code == "unknown_name"
    assert problem.detail.startswith(f"A name {place} is not known.")


def test_null_is_the_same_as_nothing() -> None:
    asked: dict[str, Any] = {"inputs": [GOOD]}
    nothing = dict.fromkeys(("outputs", "id", "model_name", "parameters"))

    assert validated(InferRequest.model_validate, asked | nothing) == validated(
        InferRequest.model_validate, asked
    )


def test_digits_that_are_missing_are_told() -> None:
    assert refusal(LabelledImages.model_validate, {}).detail == "digits: It is missing."
