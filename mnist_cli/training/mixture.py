"""Which images a run trains on, and which it holds out, of one data set or of several."""

import numpy as np
from numpy.typing import NDArray

from mnist_cli.core import log
from mnist_cli.core.data.dataset import Dataset, stratified_split
from mnist_cli.core.errors import DatasetError

Indices = NDArray[np.int64]
FEW = 100  # the 95 % interval of an accuracy of 95 % is then 9 points wide


def split(
    dataset: Dataset, validation_size: int, seed: int, least_share: float
) -> tuple[Indices, list[Indices]]:
    """Hold images out, and repeat those of a small data set, which would drown in a large one.

    Each data set is split by itself. So MNIST's images held out are the same alone and beside
    others: a version that goes on from another is validated on what neither was trained on. A data
    set of several writers is split by these: what is asked is how hands are read that are new.

    Args:
        dataset: One data set, or several put together.
        validation_size: How many to hold out of each, at most a twelfth; of writers a sixth is;
            0 holds nothing out.
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
        if 0 < len(source) < 2 and len(dataset.sources) > 1:
            raise DatasetError(
                f"{source.name}: training needs at least 2 images of each data set. Received: 1.",
                hint="Add some to it, or leave it out.",
            )
        kept, held_out = _split_source(source, validation_size, seed)
        training.append(kept + before)
        validation.append(held_out + before)
        before += len(source)
    wanted = least_share * sum(map(len, training))
    times = [max(1, round(wanted / len(kept))) for kept in training]
    repeated = [np.tile(kept, count) for kept, count in zip(training, times, strict=True)]
    return np.concatenate(repeated), validation


def _split_source(source: Dataset, validation_size: int, seed: int) -> tuple[Indices, Indices]:
    """Split one data set, by its writers if there are several."""
    if validation_size and len(set(source.writers)) > 1:
        return writers_split(source.writers, seed)
    return stratified_split(source.labels, validation_size, seed)


def warn_of_few_held_out(dataset: Dataset, validation: list[Indices]) -> None:
    """Say of which data sets there are too few images held out to measure by, or that none is.

    Args:
        dataset: One data set, or several put together.
        validation: What `split` holds out of each.
    """
    if not any(map(len, validation)):
        log.event("training.nothing_held_out", means="the last epoch's weights are kept")
        return
    for source, held_out in zip(dataset.sources, validation, strict=True):
        if len(held_out) < FEW:
            log.warning(
                "data.few_held_out",
                data=source.name,
                held_out=len(held_out),
                means=f"each image is {100 / len(held_out):.1f} points of accuracy on them",
            )


def writers_split(writers: tuple[str, ...], seed: int) -> tuple[Indices, Indices]:
    """Split indices into training and validation, all images of a writer on the same side.

    Args:
        writers: (N,) who wrote each image, two writers at the least.
        seed: The same seed gives the same split.

    Returns:
        Indices to train on, and those of a sixth of the writers, of one at the least, to validate
        on; both sorted.
    """
    names = sorted(set(writers))
    chosen = np.random.default_rng(seed).choice(names, max(1, len(names) // 6), replace=False)
    held_out = np.isin(writers, chosen)
    return np.flatnonzero(~held_out), np.flatnonzero(held_out)
