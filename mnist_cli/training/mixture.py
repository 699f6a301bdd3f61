"""Which images a run trains on, and which it holds out, of one data set or of several."""

import numpy as np
from numpy.typing import NDArray

from mnist_cli.core.dataset import Dataset, stratified_split

Indices = NDArray[np.int64]


def split(
    dataset: Dataset, validation_size: int, seed: int, least_share: float
) -> tuple[Indices, list[Indices]]:
    """Hold images out, and repeat those of a small data set, which would drown in a large one.

    Each data set is split by itself. So MNIST's images held out are the same alone and beside
    others: a version that goes on from another is validated on what neither was trained on.

    Args:
        dataset: One data set, or several put together.
        validation_size: How many to hold out of each; a twelfth of it at the most.
        seed: The same seed gives the same split.
        least_share: Of all images to train on, in [0, 1): a data set with fewer is repeated, as a
            whole, until it has about that many.

    Returns:
        Indices to train on, and those to validate on, of each data set.

    Raises:
        DatasetError: A data set has fewer than two images.
    """
    training, validation, before = [], [], 0
    for source in dataset.sources:
        kept, held_out = stratified_split(source.labels, validation_size, seed)
        training.append(kept + before)
        validation.append(held_out + before)
        before += len(source)
    wanted = least_share * sum(map(len, training))
    times = [max(1, round(wanted / len(kept))) for kept in training]
    repeated = [np.tile(kept, count) for kept, count in zip(training, times, strict=True)]
    return np.concatenate(repeated), validation
