"""`POST /v1/layers` shows a network at work; `Server-Timing` says how long the network took."""

import base64
import json
import re
import time
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL.ImageFile import ImageFile

from mnist_cli.core.data.dataset import Dataset
from mnist_cli.core.store import store
from mnist_cli.reading.opening import open_classifier
from mnist_cli.server.layer_jobs import Look
from mnist_cli.server.problems import Problem
from tests.conftest import OneDigit
from tests.server.conftest import DIGIT, Server, png, serving

LAYERS = "/v1/layers"
BUNDLED = {"stem": [24, 14, 14], "block_1_1": [40, 14, 14], "pool_2": [40, 7, 7]} | {
    "block_2_1": [80, 7, 7],
    "hidden_1": [192, 1, 1],
}


def look(server: Server, image: NDArray[np.uint8], **query: str) -> httpx.Response:
    kind = {"Content-Type": "image/png"}
    return server.client.post(LAYERS, content=png(image), headers=kind, params=query)


def maps_of(layer: dict[str, Any]) -> Any:
    """Return what a layer answered, (filters, rows, columns)."""
    scaled = np.frombuffer(base64.b64decode(layer["maps"]), np.uint8) / 255
    return (layer["low"] + scaled * (layer["high"] - layer["low"])).reshape(layer["shape"])


@pytest.fixture
def seven(test_split: Dataset) -> NDArray[np.uint8]:
    return np.asarray(test_split.images[0])


def test_the_layers_of_the_bundled_network_are_those_of_its_config(
    server: Server, seven: NDArray[np.uint8]
) -> None:
    shown = look(server, seven).json()

    assert {layer["name"]: layer["shape"] for layer in shown["layers"]} == BUNDLED
    assert shown["digit"] == 7
    assert shown["model"]["version"] == "bundled"


def test_pooling_shows_the_greatest_of_four(server: Server, seven: NDArray[np.uint8]) -> None:
    layers = {layer["name"]: maps_of(layer) for layer in look(server, seven).json()["layers"]}

    fours = layers["block_1_1"].reshape(40, 7, 2, 7, 2).max(axis=(2, 4))
    assert np.abs(fours - layers["pool_2"]).max() < 0.01 * fours.max()
    for maps in layers.values():
        assert maps.min() >= 0
        assert maps.max() > 0


def test_evidence_stands_on_ink_and_its_signs_are_what_covering_does(
    server: Server, seven: NDArray[np.uint8], tmp_path: Path
) -> None:
    """Covered where most is for the answer, it falls more than where most is against it."""
    evidence = look(server, seven).json()["evidence"]
    values = np.array(evidence["values"])
    classifier = open_classifier("bundled", store.DEFAULT_ARTIFACTS, threads=1)

    def covered(at: int) -> float:
        row, column = divmod(at, 28)
        image = seven.copy()
        image[max(0, row - 2) : row + 2, max(0, column - 2) : column + 2] = 0
        return float(classifier.probabilities(image[None])[0, 7])

    assert not values[seven == 0].any()
    assert covered(int(values.argmax())) < covered(int(values.argmin()))
    assert evidence["for"].startswith(("at ", "on ", "in "))


def test_what_is_spoken_for_can_be_said(server: Server, seven: NDArray[np.uint8]) -> None:
    own, other = look(server, seven).json(), look(server, seven, digit="1").json()

    assert other["digit"] == 1
    assert other["probability"] < own["probability"]
    assert other["evidence"]["values"] != own["evidence"]["values"]


def test_a_blank_image_has_no_evidence(server: Server) -> None:
    evidence = look(server, np.zeros((28, 28), np.uint8)).json()["evidence"]

    assert (evidence["for"], evidence["against"]) == ("", "")


def test_other_pictures_are_refused(unharmed: Server) -> None:
    kind = {"Content-Type": "image/png"}
    large = unharmed.client.post(LAYERS, content=DIGIT, headers=kind)
    assert (large.status_code, "28×28" in large.json()["detail"]) == (422, True)
    assert unharmed.client.post(LAYERS, json={}).status_code == 415
    assert unharmed.client.post(LAYERS, content=b"?", headers=kind).status_code == 422
    assert look(unharmed, np.zeros((28, 28), np.uint8), digit="10").status_code == 422


def test_a_large_picture_is_refused_undecoded(monkeypatch: pytest.MonkeyPatch) -> None:
    """It goes before what is read, and so must cost little."""
    large = png(np.zeros((8_000, 8_000), np.uint8))
    monkeypatch.setattr(ImageFile, "load", lambda _: pytest.fail("decoded"))

    with pytest.raises(Problem, match="28×28"):
        Look(large).answer(OneDigit(4))


def test_a_dense_version_shows_its_units(
    store_path: Path, tmp_path: Path, seven: NDArray[np.uint8]
) -> None:
    with serving(tmp_path, "--model", store_path / "1") as server:
        layers = look(server, seven).json()["layers"]

    assert [layer["name"] for layer in layers][:1] == ["hidden_1"]
    assert {tuple(layer["shape"][1:]) for layer in layers} == {(1, 1)}


def test_a_classifier_that_is_not_litert_s_shows_evidence_alone(seven: NDArray[np.uint8]) -> None:
    shown = json.loads(Look(png(seven)).answer(OneDigit(4)).body)

    assert shown["layers"] == []
    assert shown["digit"] == 4
    assert not np.any(shown["evidence"]["values"])  # it says the same of every image


def test_the_network_s_share_of_the_time_is_told(server: Server) -> None:
    started = time.perf_counter()
    told = server.read().headers["Server-Timing"]
    passed_ms = 1e3 * (time.perf_counter() - started)

    found = re.fullmatch(r"read;dur=([\d.]+), network;dur=([\d.]+)", told)
    assert found
    read_ms, network_ms = map(float, found.groups())
    assert 0 < network_ms < read_ms + network_ms < passed_ms
