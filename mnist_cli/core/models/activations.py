"""What the last hidden layer of a Keras model makes of images."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_cli.core.errors import ModelError
from mnist_cli.core.models.model import forward
from mnist_cli.core.tensorflow import keras

MAX_VALUES = 50_000  # an image, in its last hidden layer; 2,000 images of them take 400 MB


def last_hidden(model: Any, images: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return what the layer that scores the classes takes in.

    Args:
        model: A Keras model as `open_model` returns it.
        images: (N, 28, 28, 1) float32, in the form that the model takes.

    Returns:
        (N, D) float32; of towers whose scores are averaged, the hidden layers side by side.

    Raises:
        ModelError: The model has no hidden layer, or one of more values than are kept.
    """
    network = _up_to_the_scores(model)
    if not network.weights:
        raise ModelError(
            "The model scores the pixels directly: it has no hidden layer.",
            hint="`mnist plot weights` draws what it looks at.",
        )
    width = network.output.shape[1]
    if width > MAX_VALUES:
        raise ModelError(
            f"The last hidden layer has {width:,} values an image; at most {MAX_VALUES:,} are used."
        )
    return forward(network, images)


def _up_to_the_scores(model: Any) -> Any:
    """Return the part of a model that ends before the layers that score, its output flat."""
    layers, name = keras.layers, f"{model.name}_hidden"  # unlike any layer's own
    flat = [
        layers.Flatten(name=f"{name}_{number}")(tensor)
        for number, tensor in enumerate(_hidden_tensors(model.outputs[0]), 1)
    ]
    joined = layers.Concatenate(name=f"{name}_all")(flat) if len(flat) > 1 else flat[0]
    return keras.Model(model.inputs, joined, name=name)


def _hidden_tensors(tensor: Any) -> list[Any]:
    """Walk back from a tensor to the first layers with kernels; return what goes into them."""
    # Keras has no public way from a tensor to the call that made it
    layer, call, _ = tensor._keras_history  # noqa: SLF001
    sources = layer._inbound_nodes[call].input_tensors  # noqa: SLF001
    if hasattr(layer, "layers"):  # a network in the network
        return [_up_to_the_scores(layer)(sources)]
    if not sources or any(len(weight.shape) > 1 for weight in layer.weights):
        return sources or [tensor]
    found = [hidden for source in sources for hidden in _hidden_tensors(source)]
    return list({id(hidden): hidden for hidden in found}.values())
