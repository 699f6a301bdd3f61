"""Look through the config of a model file, before Keras builds a network by it.

Only plain layers pass, and no more of them than Keras builds within seconds.
"""

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from mnist_cli.core.errors import ModelError
from mnist_cli.core.models import keras_parts

# Calls of layers as Keras builds a network, 0.5 ms each: 140 layers in a row, or thousands of a
# functional one. Adding to a Sequential, it calls all its layers anew.
MAX_CALLS = 20_000
MAX_DEPTH = 8  # of networks in networks


def check_network(path: Path, config: bytes) -> dict[str, Any]:
    """Read a network's config, if Keras may build it.

    Args:
        path: The file that it stands in.
        config: JSON.

    Raises:
        ModelError: It is damaged, holds what is no plain part of Keras, or too many layers.
    """
    network = _parsed(path, config)
    _check_classes(path, network)
    _check_layers(path, network)
    return network


def _parsed(path: Path, config: bytes) -> dict[str, Any]:
    try:
        network = json.loads(config, parse_float=_finite, parse_constant=_finite)
    except (ValueError, RecursionError) as error:
        raise ModelError(
            f"{path}: the model file is damaged (its config is no JSON: {error})."
        ) from error
    if not isinstance(network, dict) or not isinstance(network.get("config"), dict):
        raise ModelError(f"{path}: the model file is damaged (its config is no network).")
    if network.get("class_name") not in keras_parts.MODELS:
        raise ModelError(f"{path}: holds a {network.get('class_name')}, not a model.")
    return cast("dict[str, Any]", network)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is no number")
    return number


def _check_classes(path: Path, network: dict[str, Any]) -> None:
    """Refuse any object that is not a plain part of Keras."""
    for part in _parts(network):
        if not _is_plain(part):
            what = f"{part.get('module') or 'keras'}.{part.get('class_name')}"
            raise ModelError(
                f"{path}: contains {what[:100]}, which is not among the plain Keras layers"
                " that are opened (it might run code).",
                hint="Use Keras's own layers, without Lambda; or export the model as ONNX.",
            )


def _parts(network: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield every object in a config; `compile_config` is left out: it is never opened."""
    waiting: list[Any] = [{k: v for k, v in network.items() if k != "compile_config"}]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting.extend(value)
        elif isinstance(value, dict):
            waiting.extend(value.values())
            yield value


def _is_plain(described: dict[str, Any]) -> bool:
    """Tell whether a part of a config describes nothing, or a plain part of Keras."""
    name, module = described.get("class_name", "Dense"), described.get("module") or "keras"
    if not isinstance(name, str) or not isinstance(module, str):
        return False
    own = ">" in str(described.get("registered_name"))
    return name in keras_parts.PLAIN and module.split(".")[0] == "keras" and not own


def _check_layers(path: Path, network: dict[str, Any]) -> None:
    """Refuse a network that Keras would build for long, wherever its layers stand."""
    calls = 0
    for part in _parts(network):
        if _is_network(part):
            in_a_row = part.get("class_name") == "Sequential"
            calls += _size(path, part) * (len(part["config"]["layers"]) if in_a_row else 1)
    if calls > MAX_CALLS:
        raise ModelError(
            f"{path}: too many layers: to build it, Keras would call layers {calls:,} times; at"
            f" most {MAX_CALLS:,} times are waited for.",
            hint="Use a network of fewer layers.",
        )


def _size(path: Path, network: dict[str, Any], depth: int = 1) -> int:
    """Return how many layers one call of a network calls."""
    layers = network["config"]["layers"]
    if depth > MAX_DEPTH:
        raise ModelError(f"{path}: networks in networks, over {MAX_DEPTH} deep.")
    if not isinstance(layers, list) or not all(isinstance(layer, dict) for layer in layers):
        raise ModelError(f"{path}: the model file is damaged (its layers are no list of layers).")
    size = 0
    for layer in layers:
        nodes = layer.get("inbound_nodes")
        calls = max(1, len(nodes)) if isinstance(nodes, list) else 1
        size += calls * (_size(path, layer, depth + 1) if _is_network(layer) else 1)
    return size


def _is_network(described: dict[str, Any]) -> bool:
    return isinstance(described.get("config"), dict) and "layers" in described["config"]
