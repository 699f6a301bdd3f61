"""What a network is trained on: images, the probabilities to learn, and what each image counts."""

import numpy as np
from numpy.typing import NDArray

from mnist_cli.core.config import TrainConfig
from mnist_cli.core.data.dataset import Dataset
from mnist_cli.core.metrics import CLASSES
from mnist_cli.training.augmentation.glyph_variants import with_glyph_variants
from mnist_cli.training.augmentation.outliers import outliers

NO_DIGIT = CLASSES  # the label of what shows none; no answer is right


def material(
    dataset: Dataset, training: NDArray[np.int64], config: TrainConfig
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return the images to train on: the given ones, variants of them, and what is no digit."""
    images, labels = dataset.images[training], dataset.labels[training]
    made = outliers(images, labels, round(config.outliers * len(labels)), config.seed)
    others = np.concatenate([made, dataset.non_digits])
    images, labels = with_glyph_variants(images, labels, config.glyph_variants, config.seed)
    no_digit = np.full(len(others), NO_DIGIT, np.uint8)
    return np.concatenate([images, others]), np.append(labels, no_digit)


def target_probabilities(smoothing: float) -> NDArray[np.float32]:
    """Return the probabilities to learn, (11, 10): a row a class; no digit is all alike."""
    of_digits = np.eye(CLASSES) * (1 - smoothing) + smoothing / CLASSES
    return np.vstack([of_digits, np.full(CLASSES, 1 / CLASSES)]).astype(np.float32)


def class_weights(labels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return what an image of each class counts, (11,): all of a class alike; no digit counts 1.

    A class without images counts 0.
    """
    counts = np.bincount(labels, minlength=NO_DIGIT + 1)[:CLASSES]
    share = counts.sum() / max(1, np.count_nonzero(counts))
    weights = np.divide(share, counts, out=np.zeros(CLASSES), where=counts > 0)
    return np.append(weights, 1).astype(np.float32)
