import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mnist_cli.core.dataset import Dataset, load_mnist
from mnist_cli.core.duplicates import Duplicate, find_duplicates


def named(images: NDArray[np.uint8]) -> Dataset:
    return Dataset("own", "train", images, np.zeros(len(images), np.uint8))


def as_jpeg(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "JPEG", quality=75)
    return np.asarray(Image.open(buffer))


def test_mnist_has_no_test_image_among_its_training_images(test_split: Dataset) -> None:
    assert find_duplicates(load_mnist("train"), test_split) == []


def test_nor_nearly_so(test_split: Dataset) -> None:
    """Its nearest pair: 7.5 grey levels apart, further than what counts as nearly equal."""
    data = load_mnist("train")

    assert find_duplicates(named(data.images[:5_000]), test_split) == []


def test_a_copy_is_found_and_so_is_its_jpeg(test_split: Dataset) -> None:
    one = load_mnist("train").images[0]
    images = np.stack([one, test_split.images[18], as_jpeg(test_split.images[3])])

    assert find_duplicates(named(images), test_split) == [
        Duplicate(1, 18, exact=True),
        Duplicate(2, 3, exact=False),
    ]


def test_of_many_images_equal_ones_alone_are_looked_for(test_split: Dataset) -> None:
    images = np.concatenate(
        [load_mnist("train").images[:5_000], test_split.images[:1], [as_jpeg(test_split.images[1])]]
    )

    assert find_duplicates(named(images), test_split) == [Duplicate(5_000, 0, exact=True)]
