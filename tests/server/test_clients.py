"""Other people's clients, unchanged: Triton's over HTTP, KServe's, Prometheus's parser."""

import importlib.util
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from prometheus_client.parser import text_string_to_metric_families as plain

from mnist_cli.core.data.dataset import Dataset
from tests.server.conftest import Server

KINDS = {"UINT8": "u1", "FP16": "f2", "FP32": "f4", "FP64": "f8"}


@pytest.fixture(scope="module")
def images(test_split: Dataset) -> NDArray[np.uint8]:
    return test_split.images[:4]


@pytest.fixture
def triton(server: Server) -> Iterator[Any]:
    http = pytest.importorskip("tritonclient.http", exc_type=ImportError)
    with http.InferenceServerClient(server.address.removeprefix("http://")) as client:
        yield client


@pytest.mark.parametrize(
    ("kind", "binary"),  # the client sends FP16 as bytes alone
    [*((kind, True) for kind in KINDS), ("UINT8", False), ("FP32", False), ("FP64", False)],
)
@pytest.mark.parametrize("packed", [None, "gzip", "deflate"])
def test_tritons_client_over_http(
    triton: Any,
    images: NDArray[np.uint8],
    test_split: Dataset,
    kind: str,
    packed: str | None,
    binary: bool,
) -> None:
    from tritonclient import http

    values = images if kind == "UINT8" else images / 255
    tensor = http.InferInput("images", [4, 28, 28], kind)
    tensor.set_data_from_numpy(values.astype(KINDS[kind]), binary_data=binary)
    wanted = [
        http.InferRequestedOutput(name, binary_data=binary)
        for name in ("probabilities", "digit", "unsure")
    ]

    answer = triton.infer(
        "mnist",
        [tensor],
        outputs=wanted,
        request_id="a-1",
        request_compression_algorithm=packed,
        response_compression_algorithm=packed,
    )

    assert answer.as_numpy("digit").tolist() == test_split.labels[:4].tolist()
    assert answer.as_numpy("probabilities").shape == (4, 10)
    assert answer.as_numpy("unsure").dtype == bool
    assert answer.get_response()["id"] == "a-1"


def test_tritons_client_is_told_of_the_server(triton: Any) -> None:
    assert triton.is_server_live()
    assert triton.is_server_ready()
    assert triton.is_model_ready("mnist", "bundled")
    assert triton.get_server_metadata()["extensions"] == [
        *("binary_tensor_data", "statistics", "model_repository")
    ]
    assert triton.get_model_metadata("mnist")["versions"] == ["bundled"]
    (own,) = triton.get_inference_statistics("mnist")["model_stats"]
    assert own["version"] == "bundled"
    assert triton.get_inference_statistics()["model_stats"][0]["name"] == "mnist"
    assert triton.get_model_repository_index()[0]["state"] == "READY"
    for change in (triton.load_model, triton.unload_model):
        with pytest.raises(Exception, match="--load-from FILE"):
            change("mnist")


_KSERVE = """
import asyncio, sys
import numpy as np
from kserve import InferInput, InferRequest, InferenceRESTClient, RESTConfig

async def ask():
    address = sys.argv[1]
    images = np.zeros((2, 28, 28), np.uint8)
    tensor = InferInput("images", list(images.shape), "UINT8")
    tensor.set_data_from_numpy(images, binary_data=sys.argv[2] == "binary")
    async with InferenceRESTClient(RESTConfig(protocol="v2")) as client:
        assert await client.is_server_live(address)
        assert await client.is_server_ready(address)
        assert await client.is_model_ready(address, "mnist")
        request = InferRequest("mnist", [tensor])
        answer = await client.infer(address, request, model_name="mnist")
        print([(output.name, output.shape) for output in answer.outputs])

asyncio.run(ask())
"""


@pytest.mark.skipif(not importlib.util.find_spec("kserve"), reason="kserve is not installed")
@pytest.mark.parametrize("form", ["json", "binary"])
def test_kserves_client(server: Server, form: str) -> None:
    """In a process of its own: it brings messages of the same names as Triton's."""
    command = [sys.executable, "-c", _KSERVE, server.address, form]
    told = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    assert told.returncode == 0, told.stderr
    assert told.stdout.strip() == str([("probabilities", [2, 10]), ("digit", [2]), ("unsure", [2])])


def test_prometheus_reads_what_it_is_told(server: Server) -> None:
    server.read()
    answer = server.client.get("/metrics")
    families = {family.name: family for family in plain(answer.text)}

    assert "version=" in answer.headers["Content-Type"]
    assert {"mnist_requests", "mnist_request_duration_seconds", "mnist_digits"} <= families.keys()
    assert all(family.documentation for family in families.values())
    samples = families["mnist_requests"].samples
    assert any(sample.labels["route"] == "/v1/predict" for sample in samples)
