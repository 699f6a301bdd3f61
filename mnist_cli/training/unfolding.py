"""Weights out of a finder or a line network that was published: to train on with, and mix in.

Its `.tflite` file has each batch normalization folded into the convolution before it, or, where
that looks at every second place or fewer, into a product and a sum behind it. A kernel and a bias
are left, which any mean and deviation can be taken out of again; those of some images are.
"""

from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import NDArray

from mnist_cli.core.errors import ModelError, WeightsNotFoundError
from mnist_cli.core.tensorflow import keras
from mnist_cli.training.widening import Pair, widened

AT_ONCE = 8  # images


def weights_content(path: Path, files: str) -> bytes:
    """Return the content of a file of weights.

    Args:
        path: The file.
        files: What may be passed, for the hint.

    Raises:
        WeightsNotFoundError: There is no such file, or it can't be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise WeightsNotFoundError(
            f"No weights at {str(path)!r}: {error.strerror}.",
            hint=f"Pass the {files} of an earlier training.",
        ) from error


def published_weights(path: Path, model: Any) -> list[Pair]:
    """Return the weights of a `.tflite` file that was made of a network's like, or a narrower one.

    Args:
        path: The file.
        model: As `build_finder` or `build_lines` makes it.

    Raises:
        WeightsNotFoundError: There is no such file, or it can't be read.
        ModelError: It is damaged, or of another network.
    """
    content = weights_content(path, ".tflite file")
    try:
        pairs = _convolutions(content)
    except Exception as error:  # whatever a damaged file leads the reader of its format to
        raise ModelError(f"{path}: no weights of a network ({error!r}).") from error
    convolutions = _layers(model, keras.layers.Conv2D)
    if [kernel.shape for kernel, _ in pairs] == [tuple(c.kernel.shape) for c in convolutions]:
        return pairs
    try:
        return widened(pairs, model)
    except ValueError as error:
        raise ModelError(f"{path}: weights of another network.") from error


def mixed(begun: list[Any], ended: list[Any], share: float) -> list[Any]:
    """Return each weight between what a training on began with and ended with.

    It keeps most of what was learned, and forgets less.

    Args:
        begun: Weights of all variables, statistics of batches among them.
        ended: The same.
        share: Of the former, in [0, 1].

    Source: Wortsman et al. 2022, arXiv:2109.01903.
    """
    return [share * first + (1 - share) * last for first, last in zip(begun, ended, strict=True)]


def unfold(pairs: list[Pair], model: Any, images: NDArray[np.uint8]) -> None:
    """Give a network weights that were published, and statistics of batches again.

    Args:
        pairs: As `published_weights` returns them.
        model: What they fit.
        images: (N, H, W, C), to take the statistics from.
    """
    convolutions = _layers(model, keras.layers.Conv2D)
    norms = _layers(model, keras.layers.BatchNormalization)
    for convolution, norm, (kernel, bias) in zip_longest(convolutions, norms, pairs):
        if norm is None:  # the last one
            convolution.set_weights([kernel, bias])
            continue
        convolution.set_weights([kernel])
        one = np.ones_like(bias)
        norm.set_weights([one, bias, 0 * one, one - norm.epsilon])  # as if there were none
    seen = keras.Model(model.input, [convolution.output for convolution in convolutions[:-1]])
    told = zip(norms, pairs[:-1], _statistics(seen, images), strict=True)
    for norm, (_, bias), (mean, variance) in told:
        norm.set_weights([np.sqrt(variance + norm.epsilon), bias + mean, mean, variance])


def _layers(model: Any, kind: type) -> list[Any]:
    return [layer for layer in model.layers if isinstance(layer, kind)]


def _convolutions(content: bytes) -> list[Pair]:
    """Return each convolution's kernel and bias, in their order."""
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(content))
    graph = model.subgraphs[0]
    kinds, tensors = schema.BuiltinOperator, graph.tensors
    steps = [(model.operatorCodes[op.opcodeIndex].builtinCode, op) for op in graph.operators]
    halves = {op.outputs[0]: op.inputs[0] for kind, op in steps if kind == kinds.DEQUANTIZE}

    def values(at: int) -> NDArray[np.float32]:
        tensor = tensors[halves[at]]
        data = np.asarray(model.buffers[tensor.buffer].data, np.uint8)
        return data.view(np.float16).astype(np.float32).reshape(tensor.shape)

    found: list[Pair] = []
    for kind, op in steps:
        if kind == kinds.CONV_2D:
            found += [(values(op.inputs[1]).transpose(1, 2, 3, 0), values(op.inputs[2]))]
        elif kind in {kinds.MUL, kinds.ADD} and op.inputs[1] in halves:  # what is not folded in
            (kernel, bias), own = found[-1], values(op.inputs[1])
            found[-1] = (kernel * own, bias * own) if kind == kinds.MUL else (kernel, bias + own)
    return found


def _statistics(model: Any, images: NDArray[np.uint8]) -> list[Pair]:
    """Return mean and variance of each channel of a network's answers, over all places."""
    sums: list[Any] = [0.0] * len(model.outputs)
    for at in range(0, len(images), AT_ONCE):
        some = model(images[at : at + AT_ONCE].astype(np.float32) / 255, training=False)
        for number, answer in enumerate(some):
            flat = np.asarray(answer, np.float64).reshape(-1, answer.shape[-1])
            sums[number] += np.stack([flat.mean(axis=0), (flat**2).mean(axis=0)]) * len(some[0])
    moments = (total / len(images) for total in sums)
    return [(mean, square - mean**2) for mean, square in moments]
