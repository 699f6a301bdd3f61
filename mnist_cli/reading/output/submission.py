"""A table of images to what Kaggle takes: `ImageId,Label`, a row an image, from 1."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from mnist_cli.core.data.csv_file import read_unlabelled_csv
from mnist_cli.core.errors import DatasetError
from mnist_cli.core.files import write_bytes
from mnist_cli.reading.classifier import Classifier

HEADS = "ImageId,Label"
AT_ONCE = 10_000  # images, which take 30 MB as floats


def write_submission(source: Path, target: Path, open_classifier: Callable[[], Classifier]) -> int:
    """Read each image of a table, and write what it shows in its order.

    Args:
        source: A row of pixels an image.
        target: The `.csv`.
        open_classifier: Opens who reads, once the table was found to be one.

    Returns:
        How many images there are.

    Raises:
        DatasetError: The table is damaged, or of another shape.
        StorageError: The disk is full, or the folder can't be written.
    """
    try:
        images = read_unlabelled_csv(source)
    except OSError as error:
        raise DatasetError(f"{source}: {error.strerror}.") from error
    classifier = open_classifier()
    parts = (images[at : at + AT_ONCE] for at in range(0, len(images), AT_ONCE))
    digits = np.concatenate([classifier.probabilities(part).argmax(axis=1) for part in parts])
    lines = [HEADS, *(f"{number},{digit}" for number, digit in enumerate(digits.tolist(), 1))]
    write_bytes(target, ("\n".join(lines) + "\n").encode())
    return len(digits)
