"""The Open Inference Protocol, version 2, as KServe, Triton and MLServer speak it."""

import json

import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_cli import __version__
from mnist_cli.core.data.dataset import Dataset
from mnist_cli.reading.answers import doubts
from tests.server.conftest import Server, png
from tests.server.tensors import HEADER, MODEL, infer, infer_binary, tensor
from tests.server.wire import MARKER, Answer, get, post


@pytest.fixture(scope="module")
def images(test_split: Dataset) -> NDArray[np.uint8]:
    """Eight of MNIST's test images, (8, 28, 28)."""
    return test_split.images[:8]


def outputs(answer: Answer) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the probabilities and the digits of an answer."""
    assert answer.status == 200, answer.body
    probabilities, digits, unsure = answer.json()["outputs"]
    assert (probabilities["name"], probabilities["datatype"]) == ("probabilities", "FP32")
    assert (digits["name"], digits["datatype"]) == ("digit", "INT64")
    assert (unsure["name"], unsure["datatype"]) == ("unsure", "BOOL")
    rows = np.array(probabilities["data"]).reshape(probabilities["shape"])
    np.testing.assert_array_equal(unsure["data"], doubts(rows.astype(np.float32)))
    return rows, np.array(digits["data"]).reshape(digits["shape"])


@pytest.mark.parametrize(
    ("target", "answer"),
    [
        (
            "/v2",
            {
                "name": "mnist-cli",
                "version": __version__,
                "extensions": ["binary_tensor_data", "statistics", "model_repository"],
            },
        ),
        ("/v2/health/live", {"live": True}),
        ("/v2/health/ready", {"ready": True}),
        (f"{MODEL}/ready", {"name": "mnist", "ready": True}),
        (f"{MODEL}/versions/bundled/ready", {"name": "mnist", "ready": True}),
    ],
)
def test_it_says_what_it_is_and_that_it_is_ready(
    server: Server, target: str, answer: dict[str, object]
) -> None:
    got = server.client.get(target)

    assert (got.status_code, got.json()) == (200, answer)


@pytest.mark.parametrize("target", [MODEL, f"{MODEL}/versions/bundled"])
def test_the_model_says_what_it_takes_and_gives(server: Server, target: str) -> None:
    metadata = server.client.get(target).json()

    assert metadata["name"] == "mnist"
    assert metadata["versions"] == ["bundled"]
    assert metadata["inputs"] == [{"name": "images", "datatype": "UINT8", "shape": [-1, 28, 28]}]
    assert metadata["outputs"] == [
        {"name": "probabilities", "datatype": "FP32", "shape": [-1, 10]},
        {"name": "digit", "datatype": "INT64", "shape": [-1]},
        {"name": "unsure", "datatype": "BOOL", "shape": [-1]},
    ]


@pytest.mark.parametrize("model", [f"/v2/models/{MARKER}", f"{MODEL}/versions/{MARKER}"])
def test_an_unknown_model_is_404_with_the_names_of_what_there_is(
    server: Server, images: NDArray[np.uint8], model: str
) -> None:
    for answer in (
        server.send(get(model)),
        server.send(get(f"{model}/ready")),
        infer(server, {"inputs": [tensor(images)]}, model),
    ):
        problem = answer.check_problem(404)
        assert problem["code"] == "model_not_found"
        assert "There is mnist, of version bundled" in problem["error"]


def test_an_image_has_the_probabilities_that_its_picture_has(
    server: Server, images: NDArray[np.uint8], test_split: Dataset
) -> None:
    rows, digits = outputs(infer(server, {"inputs": [tensor(images)]}))

    assert digits.tolist() == test_split.labels[:8].tolist()
    np.testing.assert_allclose(rows.sum(axis=1), 1, atol=1e-5)
    for image, row in zip(images, rows, strict=True):
        (digit,) = server.read(png(image), top_k=10, layout="single").json()["digits"]
        told = [share for _, share in sorted(digit["top"])]
        np.testing.assert_allclose(row, told, atol=1e-4)


@pytest.mark.parametrize("shape", [(8, 784), (8, 28, 28), (8, 28, 28, 1)])
@pytest.mark.parametrize("nested", [False, True])
def test_every_shape_and_kind_of_number_gives_the_same(
    server: Server, images: NDArray[np.uint8], shape: tuple[int, ...], nested: bool
) -> None:
    expected, digits = outputs(infer(server, {"inputs": [tensor(images)]}))
    bytes_, floats = images.reshape(shape), images.reshape(shape).astype("f8") / 255

    for values in (bytes_, floats.astype("f4"), floats):
        rows, found = outputs(infer(server, {"inputs": [tensor(values, nested=nested)]}))
        np.testing.assert_allclose(rows, expected, atol=1e-5)
        assert found.tolist() == digits.tolist()


@pytest.mark.parametrize(
    ("dtype", "own"), [("UINT8", "u1"), ("FP16", "<f2"), ("FP32", "<f4"), ("FP64", "<f8")]
)
def test_tensors_come_and_go_as_bytes_too(
    server: Server, images: NDArray[np.uint8], dtype: str, own: str
) -> None:
    expected, digits = outputs(infer(server, {"inputs": [tensor(images)]}))
    raw = images.tobytes() if dtype == "UINT8" else (images / 255).astype(own).tobytes()
    told = {"name": "images", "datatype": dtype, "shape": [8, 784]}
    request = {
        "inputs": [told | {"parameters": {"binary_data_size": len(raw)}}],
        "parameters": {"binary_data_output": True},
    }
    answer = infer_binary(server, request, raw)

    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/octet-stream"
    at = int(answer.headers[HEADER])
    probabilities, digit, unsure = json.loads(answer.body[:at])["outputs"]
    assert probabilities["parameters"] == {"binary_data_size": 8 * 10 * 4}
    assert digit["parameters"] == {"binary_data_size": 8 * 8}
    assert unsure["parameters"] == {"binary_data_size": 8}
    assert "data" not in probabilities
    assert len(answer.body) == at + 320 + 64 + 8
    rows = np.frombuffer(answer.body[at : at + 320], "<f4").reshape(8, 10)
    np.testing.assert_allclose(rows, expected, atol=2e-3 if dtype == "FP16" else 1e-5)
    assert np.frombuffer(answer.body[at + 320 : -8], "<i8").tolist() == digits.tolist()
    assert set(answer.body[-8:]) <= {0, 1}


def test_each_output_may_be_asked_for_in_its_own_form(
    server: Server, images: NDArray[np.uint8]
) -> None:
    binary = {"name": "probabilities", "parameters": {"binary_data": True}}
    wanted = [{"name": "digit"}, binary]
    answer = infer(server, {"inputs": [tensor(images)], "outputs": wanted})
    only = infer(server, {"inputs": [tensor(images)], "outputs": [{"name": "digit"}]})

    digit, probabilities = json.loads(answer.body[: int(answer.headers[HEADER])])["outputs"]
    assert digit["data"] == only.json()["outputs"][0]["data"]
    assert probabilities["parameters"] == {"binary_data_size": 320}
    assert [output["name"] for output in only.json()["outputs"]] == ["digit"]


def test_the_answer_repeats_the_id_and_names_the_model(
    server: Server, images: NDArray[np.uint8]
) -> None:
    named = {"inputs": [tensor(images)], "id": "a-1", "model_name": "mnist"}  # as KServe's does
    told = infer(server, named).json()
    untold = infer(server, {"inputs": [tensor(images)]}, f"{MODEL}/versions/bundled").json()

    assert (told["id"], told["model_name"], told["model_version"]) == ("a-1", "mnist", "bundled")
    assert "id" not in untold


def test_json_without_a_content_type_is_json(server: Server, images: NDArray[np.uint8]) -> None:
    """Triton's own client sends none."""
    content = json.dumps({"inputs": [tensor(images)]}).encode()

    assert server.send(post(content, "", f"{MODEL}/infer")).status == 200


def test_ten_thousand_images_are_one_request(server: Server, test_split: Dataset) -> None:
    """And they are read as well as the model reads them elsewhere."""
    told = {"name": "images", "datatype": "UINT8", "shape": [10_000, 28, 28]}
    request = {
        "inputs": [told | {"parameters": {"binary_data_size": 7_840_000}}],
        "outputs": [{"name": "digit"}],
    }
    answer = infer_binary(server, request, test_split.images.tobytes())

    digits = np.array(answer.json()["outputs"][0]["data"])
    assert (digits == test_split.labels).mean() > 0.99
