import json
import time
from pathlib import Path
from typing import Any

import pytest

from mnist_cli.core.errors import ModelError
from mnist_cli.core.models.network_config import MAX_CALLS, check_network

PATH = Path("a.keras")
LAYER = {"module": "keras.layers", "class_name": "Dropout", "config": {"rate": 0.5}}


def network(layers: Any, kind: str = "Sequential") -> dict[str, Any]:
    return {"module": "keras", "class_name": kind, "config": {"name": "a", "layers": layers}}


def nested(depth: int) -> dict[str, Any]:
    return network([nested(depth - 1)] if depth > 1 else [LAYER])


def refusal(config: object) -> str:
    """Return the words that a config is refused with, at once."""
    started = time.perf_counter()
    with pytest.raises(ModelError) as caught:
        check_network(PATH, json.dumps(config).encode())
    assert time.perf_counter() - started < 2
    return caught.value.message


MANY = {
    "in a row": network([LAYER] * 9_000),
    "few in a row, each of them a row": network([network([LAYER] * 50)] * 50),
    "side by side": network([LAYER] * (MAX_CALLS + 1), "Functional"),
    "one that is called often": network([LAYER | {"inbound_nodes": [[]] * 30_000}], "Functional"),
    "a row that is called often": network(
        [network([LAYER] * 100) | {"inbound_nodes": [[]] * 300}], "Functional"
    ),
    "in place of an activation": network(
        [LAYER | {"config": {"activation": network([LAYER] * 9_000)}}]
    ),
}


@pytest.mark.parametrize("config", MANY.values(), ids=MANY.keys())
def test_layers_that_keras_would_call_for_long_are_refused(config: dict[str, Any]) -> None:
    assert "a.keras: too many layers" in refusal(config)


@pytest.mark.parametrize(
    "config",
    [
        pytest.param(network([LAYER] * 100), id="in a row"),
        pytest.param(network([LAYER] * 1_000, "Functional"), id="side by side"),
        pytest.param(nested(8), id="networks in networks"),
    ],
)
def test_layers_that_keras_builds_in_seconds_pass(config: dict[str, Any]) -> None:
    assert check_network(PATH, json.dumps(config).encode()) == config


def test_networks_deep_in_networks_are_refused() -> None:
    assert "a.keras: networks in networks, over 8 deep" in refusal(nested(9))


@pytest.mark.parametrize("layers", [None, "abc", {}, 3, [3], [None], [[]], ["Dense"]], ids=repr)
def test_layers_that_are_none_are_refused(layers: object) -> None:
    assert "its layers are no list of layers" in refusal(network(layers))


def test_a_network_without_layers_is_left_to_keras() -> None:
    config = {"class_name": "Sequential", "config": {"name": "a"}}

    assert check_network(PATH, json.dumps(config).encode()) == config
