"""The description and the answers agree, for requests that schemathesis makes of it."""

import base64
from typing import Any

import numpy as np
import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from mnist_cli.server.access import Access
from mnist_cli.server.app import create_app
from mnist_cli.server.processes import OpenClassifier
from mnist_cli.server.service import Service
from tests.benchmarks.form_sheets import printed, scanned
from tests.conftest import render_digit
from tests.server.conftest import DIGIT, Server, png
from tests.server.wire import END, FORM, JSON, PREDICT, part

BLANK = png(np.zeros((30, 30), np.uint8))
NO_DIGIT = png(np.linspace(250, 200, 300)[None, :].repeat(200, axis=0).astype(np.uint8))
SEVERAL = png(np.hstack([render_digit(digit) for digit in (3, 7)]))
RESULTS = "/v1/results"
FORM_OF = "/v1/form"
INFER = "/v2/models/{model}/infer"
TF = "/v1/models/{model}:predict"
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]

pictures = st.one_of(
    st.sampled_from([DIGIT, SEVERAL, NO_DIGIT, BLANK, DIGIT[:300], b""]), st.binary()
)
schemathesis.openapi.media_type("image/*", pictures)
schemathesis.openapi.media_type("application/pdf", pictures)
schemathesis.openapi.format("binary", pictures)


def nothing() -> OpenClassifier:
    raise NotImplementedError


def described() -> dict[str, Any]:
    """Return the description; an application has it before it is started."""
    app = create_app(Service(nothing, 1), Access()).app
    assert isinstance(app, FastAPI)
    return app.openapi()


schema = schemathesis.openapi.from_dict(described())
SETTINGS = settings(
    max_examples=20,  # beside the edges of all that is described, which are always tried
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


def references(document: object) -> set[str]:
    """Return what a part of a description refers to."""
    if isinstance(document, dict):
        own = {document["$ref"]} if isinstance(document.get("$ref"), str) else set()
        return own.union(*map(references, document.values()))
    return set().union(*map(references, document)) if isinstance(document, list) else set()


def test_the_description_that_is_served_is_whole(server: Server) -> None:
    document = server.client.get("/openapi.json").json()
    described_ = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}

    assert references(document) - described_ == set()
    assert document == described()


@schema.exclude(path=RESULTS).parametrize()
@SETTINGS
def test_answers_are_as_described(case: schemathesis.Case[Any], server: Server) -> None:
    case.call_and_validate(server.address, checks=CHECKS, timeout=30)


@schema.include(path=RESULTS).parametrize()
@settings(SETTINGS, max_examples=3)
def test_answers_to_records_are_as_described(case: schemathesis.Case[Any], server: Server) -> None:
    """To make one up takes a second."""
    case.call_and_validate(server.address, checks=CHECKS, timeout=30)


@schema.include(path_regex="{model}").parametrize()
@SETTINGS
def test_answers_about_the_model_there_is_are_as_described(
    case: schemathesis.Case[Any], server: Server
) -> None:
    """Chance does not find its name."""
    names = {"model": "mnist", "version": "bundled"}
    case.path_parameters = {name: names[name] for name in case.path_parameters}

    case.call_and_validate(server.address, checks=CHECKS, timeout=30)


TEXT, SHADOW = (base64.b64encode(picture).decode() for picture in (DIGIT, NO_DIGIT))
SEEN = png(render_digit(3, side=28, ink=255, paper=0))
SHEET = base64.b64encode(scanned(printed(0))).decode()
TENSOR = {"name": "images", "datatype": "UINT8", "shape": [1, 784], "data": [0] * 784}
FORM_OF_TWO = {
    "content": part(DIGIT) + part(b"hello") + END,
    "headers": {"Content-Type": FORM},
}
BINARY = {"parameters": {"binary_data_output": True}}


@pytest.mark.parametrize(
    ("path", "request_", "status"),
    [
        (PREDICT, {"content": DIGIT, "headers": {"Content-Type": "image/png"}}, 200),
        (PREDICT, {"json": {"image": TEXT}, "params": {"explain": "true", "top_k": "10"}}, 200),
        (PREDICT, {"json": {"images": [TEXT, "", TEXT]}, "params": {"explain": "true"}}, 200),
        (PREDICT, {"json": {"image": TEXT}, "params": {"layout": "single", "turn": "90"}}, 200),
        (PREDICT, {"json": {"image": TEXT}, "params": {"turn": "45"}}, 422),
        (PREDICT, {"json": {"images": [SHADOW, TEXT]}}, 200),
        (PREDICT, {"json": {"image": SHADOW}}, 422),
        (PREDICT, FORM_OF_TWO, 200),
        (PREDICT, {"content": DIGIT}, 415),
        (PREDICT, {"content": b"{", "headers": {"Content-Type": JSON}}, 400),
        (PREDICT, {"content": BLANK, "headers": {"Content-Type": "image/png"}}, 422),
        (PREDICT, {"json": {"images": [TEXT] * 17}}, 413),
        (PREDICT, {"json": {"image": TEXT}, "headers": {"Origin": "null"}}, 403),
        (FORM_OF, {"json": {"image": SHEET}, "params": {"turn": "0"}}, 200),
        (FORM_OF, {"json": {"image": TEXT}}, 422),
        (FORM_OF, {"json": {"form": {}}}, 422),
        ("/v1/layers", {"content": SEEN, "headers": {"Content-Type": "image/png"}}, 200),
        (INFER, {"json": {"inputs": [TENSOR], "id": "1"}}, 200),
        (INFER, {"json": {"inputs": [TENSOR]} | BINARY}, 200),
        (INFER, {"json": {"inputs": [TENSOR, TENSOR]}}, 422),
        (TF, {"json": {"instances": [[0] * 784]}}, 200),
        (TF, {"json": {"inputs": {"images": [[0] * 784]}}}, 200),
        (TF, {"json": {"inputs": [0]}}, 422),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_is_known_to_be_answered_is_as_described(
    server: Server, path: str, request_: dict[str, Any], status: int
) -> None:
    """Chance seldom makes a good picture or a whole tensor."""
    response = server.client.post(path.format(model="mnist"), **request_)

    assert response.status_code == status
    schema[path]["POST"].validate_response(response)
