"""28×28 images to outputs, by whichever protocol they come: what a worker does, and how long."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_cli.core.data.dataset import AnyImages
from mnist_cli.reading.answers import doubts
from mnist_cli.reading.classifier import Classifier
from mnist_cli.server import problems
from mnist_cli.server.jobs import Answer, Work
from mnist_cli.server.limits import MAX_TENSOR_IMAGES
from mnist_cli.server.loaded import chosen, named

MODEL = "mnist"
INPUT = "images"
OUTPUTS = {"probabilities": "FP32", "digit": "INT64", "unsure": "BOOL"}  # and their datatypes
INPUTS: dict[str, np.dtype[Any]] = {
    "UINT8": np.dtype("u1"),
    "FP16": np.dtype("<f2"),
    "FP32": np.dtype("<f4"),
    "FP64": np.dtype("<f8"),
}
SHAPES = ((784,), (28, 28), (28, 28, 1))  # of an image

Outputs = dict[str, NDArray[Any]]


def classified(
    classifier: Classifier,
    version: str | None,
    decode: Callable[[], AnyImages],
    encode: Callable[[str, Outputs], Answer],
) -> Answer:
    """Classify images; the same pixels give the same probabilities as a picture of them.

    Args:
        classifier: All that is loaded.
        version: Which of it is asked for, by number or alias; None for what reads pictures.
        decode: Returns the images, (N, 28, 28) uint8, or float32 in [0, 1].
        encode: Makes an answer of the version's name and, little endian, `probabilities`, (N, 10)
            float32, `digit`, (N,) int64, and `unsure`, (N,) bool.

    Raises:
        Problem: No such version is loaded; or what `decode` and `encode` raise.
    """
    own = chosen(classifier, version)
    times = [time.perf_counter_ns()]
    images = decode()
    times.append(time.perf_counter_ns())
    probabilities = own.probabilities(images)
    times.append(time.perf_counter_ns())
    digits, unsure = probabilities.argmax(axis=1), doubts(probabilities)
    outputs: Outputs = {
        "probabilities": probabilities.astype("<f4"),
        "digit": digits.astype("<i8"),
        "unsure": unsure,
    }
    name = named(own)
    answer = encode(name, outputs)
    times.append(time.perf_counter_ns())
    return replace(
        answer,
        digits=tuple(zip(digits.tolist(), unsure.tolist(), strict=True)),
        work=Work(name, len(images), *np.diff(times).tolist()),
    )


def checked_shape(given: object) -> tuple[int, ...]:
    """Return the shape of a batch of images, of whatever a client wrote for one.

    Raises:
        Problem: It is another one, or too many, or none.
    """
    shape = given if isinstance(given, Sequence) else ()
    if tuple(shape[1:]) not in SHAPES or not all(type(side) is int for side in shape):
        raise problems.unusable("The shape must be (N, 784), (N, 28, 28) or (N, 28, 28, 1).")
    if shape[0] < 1:
        raise problems.unusable("The batch holds no image.")
    if shape[0] > MAX_TENSOR_IMAGES:
        raise problems.too_large(f"At most {MAX_TENSOR_IMAGES} images a request.")
    return tuple(shape)


def as_images(values: NDArray[Any], shape: tuple[int, ...]) -> AnyImages:
    """Return (N, 28, 28) uint8, or float32 in [0, 1].

    Args:
        values: Flat, uint8 or floating point of any size.
        shape: As of `checked_shape`.

    Raises:
        Problem: There are more or fewer, or some out of range.
    """
    if values.size != math.prod(shape):
        raise problems.unusable("The count of values differs from the shape's.")
    images = values.reshape(-1, 28, 28)
    if values.dtype.kind == "u":
        return images
    if not 0 <= values.min() <= values.max() <= 1:  # nor of NaN
        raise problems.unusable("Floating-point values must be 0 to 1.")
    return images.astype(np.float32, copy=False)
