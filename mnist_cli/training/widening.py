"""Weights of a narrow network for a wider one that answers alike, to train on with.

What was learned so far is kept: each channel of a wider layer is one of the narrow layer, and
what looks at it shares its weight among all that are the same. The shares differ, so that the
copies come to learn different things.

Source: Chen et al. 2016, "Net2Net", arXiv:1511.05641.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_cli.core.tensorflow import keras

Pair = tuple[NDArray[np.float32], NDArray[np.float32]]  # kernel (H, W, I, O) and bias (O,)
Origins = NDArray[np.int64]  # of each channel of a tensor, which one of the narrow network it is

SEED = 0  # decides how copies share a weight
LEAST, MOST = 0.5, 1.5  # of a copy's share, before they are brought to a sum of 1


def widened(pairs: Sequence[Pair], model: Any) -> list[Pair]:
    """Return weights as a network takes them that is as wide as that of the weights, or wider.

    Args:
        pairs: Of each convolution, in their order; any batch normalization folded in.
        model: The network: convolutions, sums and concatenations of what they answer, and what
            leaves channels alone.

    Raises:
        ValueError: It is narrower, or has other layers or sizes.
    """
    generator = np.random.default_rng(SEED)
    origins: dict[int, Origins] = {}
    wide: list[Pair] = []
    for layer in model.layers:
        seen = [origins[id(tensor)] for tensor in _inputs(layer)]
        if isinstance(layer, keras.layers.Conv2D) and len(wide) < len(pairs):
            kernel, bias = pairs[len(wide)]
            own = _origins(layer.filters, len(bias))
            wide.append((_spread(kernel, seen[0], own, generator), bias[own]))
            if wide[-1][0].shape != tuple(layer.kernel.shape):
                raise ValueError(f"{layer.name} is of another network.")
        else:
            own = _joined(layer, seen)
        origins[id(layer.output)] = own
    if len(wide) < len(pairs) or len(own) != len(pairs[-1][1]):
        raise ValueError("It has more weights, or fewer answers.")
    return wide


def _inputs(layer: Any) -> list[Any]:
    if isinstance(layer, keras.layers.InputLayer):
        return []
    return layer.input if isinstance(layer.input, list) else [layer.input]


def _origins(count: int, narrow: int) -> Origins:
    if count < narrow:
        raise ValueError(f"{count} channels can't hold {narrow}.")
    return np.arange(count) % narrow


def _joined(layer: Any, seen: Sequence[Origins]) -> Origins:
    """Return where the channels come from of a layer that convolves nothing."""
    if not seen:
        return np.arange(layer.output.shape[-1])
    if isinstance(layer, keras.layers.Concatenate):
        before = np.cumsum([0, *(one.max() + 1 for one in seen[:-1])])
        return np.concatenate([one + at for one, at in zip(seen, before, strict=True)])
    fits = layer.output.shape[-1] == len(seen[0])
    if not fits or any(not np.array_equal(one, seen[0]) for one in seen):
        raise ValueError(f"{layer.name} does more than to add up.")
    return seen[0]


def _spread(
    kernel: NDArray[np.float32], seen: Origins, own: Origins, generator: np.random.Generator
) -> NDArray[np.float32]:
    """Return a kernel for more channels, of which those that are copies share their weights."""
    if seen.max(initial=-1) + 1 != kernel.shape[2]:
        raise ValueError("A kernel takes another number of channels.")
    shares = generator.uniform(LEAST, MOST, (len(seen), len(own)))
    sums = np.zeros((kernel.shape[2], len(own)))
    np.add.at(sums, seen, shares)
    return np.asarray(kernel[:, :, seen][..., own] * (shares / sums[seen]), np.float32)
