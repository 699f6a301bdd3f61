"""Keras models: built from a config, or opened from a file that has passed its pre-flight."""

import copy
import math
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_cli.core.config import ModelConfig
from mnist_cli.core.errors import MnistError, ModelError
from mnist_cli.core.files import storage_errors
from mnist_cli.core.models import model_file
from mnist_cli.core.quiet import native_output_hidden
from mnist_cli.core.tensorflow import keras, tf
from mnist_cli.core.text import first_line
from mnist_cli.core.unfinished import temporary_folder

FORWARD_BATCH = 1_000
IMAGE_SHAPES = {(28, 28, 1), (28, 28), (784,), (1, 28, 28)}  # that a network may take


def build_model(config: ModelConfig, dtype: str = "float32") -> Any:
    """Build an untrained network.

    Args:
        config: Layers, dropout, initialiser and towers.
        dtype: A Keras dtype policy, for all layers but the last ones, which stay in float32.

    Returns:
        A Keras model: (N, 28, 28, 1) float32 in [0, 1] to (N, 10) probabilities. A single tower is
        a `keras.Sequential` that ends in a Dense layer with softmax; the scores of several towers
        are averaged before the softmax.
    """
    layers, name = keras.layers, f"mnist_{config.arch}"
    image = keras.Input((28, 28, 1), name="image")
    if config.towers == 1:
        head = layers.Dense(10, activation="softmax", name="probabilities")
        return keras.Sequential([image, *_hidden_layers(config, dtype), head], name=name)
    scores = []
    for number in range(1, config.towers + 1):
        tower = f"tower_{number}_"
        head = layers.Dense(10, name=f"{tower}scores")
        signal = image
        for layer in (*_hidden_layers(config, dtype, tower), head):
            signal = layer(signal)
        scores.append(signal)
    averaged = layers.Average(name="scores")(scores)
    return keras.Model(image, layers.Softmax(name="probabilities")(averaged), name=name)


def heads(model: Any) -> list[Any]:
    """Return the Dense layers, one a tower, that score the classes in what `build_model` built."""
    dense = (layer for layer in model.layers if isinstance(layer, keras.layers.Dense))
    return [layer for layer in dense if layer.name.endswith(("probabilities", "_scores"))]


def _hidden_layers(config: ModelConfig, dtype: str, prefix: str = "") -> list[Any]:
    layers = keras.layers
    hidden = {"activation": "relu", "kernel_initializer": config.initializer, "dtype": dtype}
    network: list[Any] = []
    if config.stem:
        stem = layers.Conv2D(
            config.stem, 5, strides=2, padding="same", name=f"{prefix}stem", **hidden
        )
        network.append(stem)
    for block, filters in enumerate(config.blocks, 1):
        if block > 1:
            network.append(layers.MaxPooling2D(2, name=f"{prefix}pool_{block}", dtype=dtype))
        for number, count in enumerate(filters, 1):
            name = f"{prefix}block_{block}_{number}"
            network.append(layers.Conv2D(count, 3, padding="same", name=name, **hidden))
    network.append(layers.Flatten(name=f"{prefix}flatten", dtype=dtype))
    for number, width in enumerate(config.widths, 1):
        network.append(layers.Dense(width, name=f"{prefix}hidden_{number}", **hidden))
        if config.dropout:
            network.append(
                layers.Dropout(config.dropout, name=f"{prefix}dropout_{number}", dtype=dtype)
            )
    return network


def open_model(path: Path) -> tuple[Any, bytes]:
    """Open a `.keras` or `.h5` file, checking it before Keras sees it.

    The bytes that were checked are the bytes that are opened.

    Returns:
        A Keras model that takes 28×28 images (784 values each) and gives ten values each, and
        the content of its file.

    Raises:
        ModelNotFoundError: No file is there.
        ModelError: The file is damaged, unsafe, too large, or made for another task.
        StorageError: The folder for temporary files is full.
    """
    content, config = model_file.read_checked(path)
    with temporary_folder() as folder:
        checked = folder / ("model.keras" if path.suffix.lower() == ".keras" else "model.h5")
        with storage_errors(checked):
            checked.write_bytes(content)
        with refusing(path):
            model = _load(path, checked, config, model_file.keras_version(path, content))
    shapes = [tuple(tensor.shape) for tensor in (*model.inputs, *model.outputs)]
    if len(shapes) != 2 or image_shape(model) not in IMAGE_SHAPES or shapes[1] != (None, 10):
        raise ModelError(
            f"{path}: expected 28×28 grey images in and 10 classes out. "
            f"Received: {' to '.join(map(str, shapes))}."
        )
    return model, content


def _load(path: Path, checked: Path, config: dict[str, Any], version: str) -> Any:
    """Load a file that was checked, with Keras 3, else with the Keras 2 that made it."""
    try:
        # of Keras 2, files say in their layers what Keras 3 wants said otherwise
        with native_output_hidden(), warnings.catch_warnings(action="ignore"):
            with keras.StatelessScope(initialize_variables=False):
                check_size(path, config, keras)
            return keras.saving.load_model(checked, compile=False, safe_mode=True)
    except (MnistError, MemoryError):
        raise
    except Exception:
        if version.startswith("3"):
            raise
        from mnist_cli.core.models import legacy_keras

        return legacy_keras.load(path, checked, config)


def image_shape(model: Any) -> tuple[int, ...]:
    """Return the shape of one image as a model takes it; rows of any number are 28."""
    return tuple(28 if size is None else size for size in model.inputs[0].shape[1:])


def check_size(path: Path, config: dict[str, Any], library: Any) -> None:
    """Count the weights and outputs a config asks for; call it where nothing is allocated.

    Args:
        path: The file.
        config: Of the network.
        library: Keras 3, or Keras 2.

    Raises:
        ModelError: They are too many.
    """
    kind = library.Sequential if config["class_name"] == "Sequential" else library.Model
    outline = kind.from_config(copy.deepcopy(config["config"]))  # Keras changes what it reads
    if not outline.built:
        raise ModelError(f"{path}: the network does not say what goes into it.")
    parameters = sum(math.prod(variable.shape) for variable in outline.variables)
    values = _values_per_image(outline)
    if max(parameters, values) > model_file.MAX_PARAMETERS:
        keras.utils.clear_session()  # forget the variables that wait to be allocated
        raise ModelError(
            f"{path}: {parameters} parameters and {values} values an image; at most"
            f" {model_file.MAX_PARAMETERS} of each are opened."
        )


def _values_per_image(model: Any) -> int:
    """Add up what the layers give for one image."""
    values = 0
    for layer in model.layers:
        outputs = keras.tree.flatten(layer.output)
        values += sum(math.prod(output.shape[1:]) for output in outputs)
        values += _values_per_image(layer) if hasattr(layer, "layers") else 0
    return values


@contextmanager
def refusing(path: Path) -> Iterator[None]:
    """Turn whatever Keras raises into a refusal that names the file."""
    try:
        yield
    except (MnistError, MemoryError):
        raise
    except Exception as error:
        raise ModelError(
            f"{path}: Keras {keras.__version__} can't open it ({first_line(error)}).",
            hint="Was it saved by another version of Keras? Save it again, or train anew.",
        ) from error


def forward(model: Any, images: NDArray[np.float32]) -> NDArray[np.float32]:
    """Run a model on images once; for more, keep what `compiled` returns.

    Args:
        model: A Keras model as `open_model` returns it.
        images: (N, 28, 28, 1) float32, in the form that the model takes.

    Returns:
        (N, 10) float32, what the model's last layer gives.
    """
    return compiled(model, image_shape(model))(images)


def compiled(
    model: Any, shape: tuple[int, ...]
) -> Callable[[NDArray[np.float32]], NDArray[np.float32]]:
    """Return what runs a model of images of some shape as `forward` does; its graph is built once.

    What it gives in half precision becomes float32.
    """
    graph = tf.function(
        lambda batch: tf.cast(model(batch, training=False), tf.float32),
        input_signature=[tf.TensorSpec((None, *shape), tf.float32)],
        autograph=False,
    )

    def run(images: NDArray[np.float32]) -> NDArray[np.float32]:
        shaped = images.reshape(-1, *shape)
        starts = range(0, len(shaped), FORWARD_BATCH)
        parts = [graph(tf.constant(shaped[at : at + FORWARD_BATCH])).numpy() for at in starts]
        return np.concatenate(parts)

    return run
