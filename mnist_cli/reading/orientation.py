"""Whether the images of a data set lie as MNIST's do: upright, and white on black."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from mnist_cli.core import log
from mnist_cli.core.data.dataset import Dataset, Images
from mnist_cli.core.metrics import wilson_interval
from mnist_cli.core.store.versions import BUNDLED, open_version
from mnist_cli.reading.classifier import LiteRTClassifier

LOOKED_AT = 500  # images, evenly through the data set
WELL_READ, LEAST_READ = 0.9, 0.5  # of them; of what shows no digits less, however it lies

WAYS: dict[str, Callable[[Images], Images]] = {
    "transposed": lambda images: images.transpose(0, 2, 1),
    "inverted": lambda images: 255 - images,
    "transposed and inverted": lambda images: 255 - images.transpose(0, 2, 1),
}


def upright(dataset: Dataset) -> Dataset:
    """Turn images that lie otherwise than MNIST's, as EMNIST's files do, and say so.

    The model in the package reads some of them each way. They are changed if it so reads more than
    half of them as their labels say, and surely more than as they are. Pictures were brought to
    MNIST's form before, and stay.
    """
    if dataset.paths:
        return dataset
    some = np.unique(np.linspace(0, len(dataset) - 1, LOOKED_AT, dtype=np.int64))
    images, labels = dataset.images[some], dataset.labels[some]
    classifier = LiteRTClassifier(open_version(BUNDLED))

    def count_right(seen: Images) -> int:
        return int((classifier.probabilities(seen).argmax(axis=1) == labels).sum())

    as_it_is = count_right(images)
    if as_it_is > WELL_READ * len(some):
        return dataset
    right = {way: count_right(turn(images)) for way, turn in WAYS.items()}
    best = max(right, key=lambda way: right[way])
    surely_better = wilson_interval(right[best], len(some))[0] > max(
        LEAST_READ, wilson_interval(as_it_is, len(some))[1]
    )
    if not surely_better:
        return dataset
    log.warning(
        "data.images_turned",
        data=dataset.name,
        split=dataset.split,
        they_were=best,
        read_before=f"{as_it_is} of {len(some)}",
        read_now=f"{right[best]} of {len(some)}",
    )
    return replace(
        dataset,
        images=np.ascontiguousarray(WAYS[best](dataset.images)),
        non_digits=np.ascontiguousarray(WAYS[best](dataset.non_digits)),
    )
