"""TensorFlow Serving's REST interface."""

import json
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_cli.core.data.dataset import Dataset
from tests.server.conftest import Server
from tests.server.tensors import infer, tensor
from tests.server.wire import MARKER, post

MODEL = "/v1/models/mnist"


@pytest.fixture(scope="module")
def images(test_split: Dataset) -> NDArray[np.uint8]:
    return test_split.images[:4]


def predict(server: Server, document: object, model: str = MODEL) -> Any:
    # curl -d says so, and TensorFlow Serving's own examples are of it
    kind = "application/x-www-form-urlencoded"
    return server.send(post(json.dumps(document).encode(), kind, f"{model}:predict"))


@pytest.mark.parametrize("shape", [(784,), (28, 28), (28, 28, 1)])
@pytest.mark.parametrize("scale", [1, 255])
def test_rows_have_the_probabilities_of_the_other_protocol(
    server: Server, images: NDArray[np.uint8], shape: tuple[int, ...], scale: int
) -> None:
    rows, digits, unsure = infer(server, {"inputs": [tensor(images)]}).json()["outputs"]
    values = images.reshape(-1, *shape) / scale if scale > 1 else images.reshape(-1, *shape)

    for instances in (values.tolist(), [{"images": one} for one in values.tolist()]):
        got = predict(server, {"signature_name": "serving_default", "instances": instances})
        predictions = got.json()["predictions"]
        told = [one["probabilities"] for one in predictions]
        np.testing.assert_allclose(np.ravel(told), rows["data"], atol=1e-5)
        assert [one["digit"] for one in predictions] == digits["data"]
        assert [one["unsure"] for one in predictions] == unsure["data"]


def test_columns_are_answered_by_columns(server: Server, images: NDArray[np.uint8]) -> None:
    by_name = predict(server, {"inputs": {"images": images.tolist()}}).json()["outputs"]
    by_place = predict(server, {"inputs": images.tolist()}, f"{MODEL}/versions/bundled").json()
    rows = predict(server, {"instances": images.tolist()}, f"{MODEL}/labels/bundled").json()

    assert by_name == by_place["outputs"]
    assert by_name["digit"] == [one["digit"] for one in rows["predictions"]]


def test_numbers_that_javascript_writes_without_a_point_are_shares(server: Server) -> None:
    image = np.zeros((28, 28), int)
    image[5:23, 13:16] = 1
    whole = predict(server, {"instances": [image.tolist()]}).json()
    shares = predict(server, {"instances": [image.astype(float).tolist()]}).json()

    assert whole == shares
    assert whole["predictions"][0]["digit"] == 1


@pytest.mark.parametrize("path", [MODEL, f"{MODEL}/versions/bundled", f"{MODEL}/labels/bundled"])
def test_its_versions_are_told(server: Server, path: str) -> None:
    assert server.client.get(path).json() == {
        "model_version_status": [
            {
                "version": "bundled",
                "state": "AVAILABLE",
                "status": {"error_code": "OK", "error_message": ""},
            }
        ]
    }


@pytest.mark.parametrize("path", [f"/v1/models/{MARKER}", f"{MODEL}/versions/{MARKER}"])
def test_what_is_not_loaded_is_404(unharmed: Server, path: str) -> None:
    assert unharmed.client.get(path).status_code == 404
    predict(unharmed, {"instances": [[0] * 784]}, path).check_problem(404)


@pytest.mark.parametrize(
    ("document", "status"),
    [
        ([], 422),
        ({}, 422),
        ({"instances": []}, 422),
        ({"instances": [[0] * 784], "inputs": []}, 422),
        ({"instances": [[0] * 784], MARKER: 1}, 422),
        ({"instances": [[0] * 784], "signature_name": MARKER}, 422),
        ({"instances": [[0] * 783]}, 422),
        ({"instances": [[0] * 784, [0] * 783]}, 422),
        ({"instances": [[0] * 783 + [256]]}, 422),
        ({"instances": [[0] * 783 + [-1]]}, 422),
        ({"instances": [[0.5] * 783 + [2]]}, 422),
        ({"instances": [[0] * 783 + [True]]}, 422),
        ({"instances": [[0] * 783 + [MARKER]]}, 422),
        ({"instances": [{MARKER: [0] * 784}]}, 422),
        ({"instances": [{"images": {"images": [0] * 784}}]}, 422),
        ({"instances": [{"b64": MARKER}]}, 422),
        ({"inputs": [0] * 784}, 422),
        ({"inputs": {}}, 422),
        ({"inputs": MARKER}, 422),
        ({"inputs": {"images": [[0] * 784], MARKER: 0}}, 422),
        ({"instances": [[]] * 10_001}, 422),
        ({"instances": None}, 422),
    ],
    ids=lambda value: json.dumps(value).replace("0, 0, ", "").replace("[], ", "")[:80],
)
def test_a_request_that_makes_no_sense_says_why(
    unharmed: Server, document: object, status: int
) -> None:
    predict(unharmed, document).check_problem(status)


def test_what_is_no_json_is_malformed(unharmed: Server) -> None:
    unharmed.send(post(b"{", target=f"{MODEL}:predict")).check_problem(400)
