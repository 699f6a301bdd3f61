import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mnist_cli.core.data.dataset import Dataset, Repeat, load_mnist, put_together
from mnist_cli.core.data.duplicates import (
    Duplicate,
    count_repeats,
    find_duplicates,
)


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


def test_images_that_are_there_again_are_told_apart_by_their_labels() -> None:
    a, b = (np.full((28, 28), grey, np.uint8) for grey in (1, 2))
    training = Dataset("own", "train", np.stack([a, b, a, a]), np.array([3, 4, 3, 5], np.uint8))

    assert list(training.repeats) == [Repeat(2, 0, contradicts=False), Repeat(3, 0, True)]
    assert count_repeats(training.repeats) == {"repeated": 1, "contradicting": 1}


def test_images_of_two_data_sets_are_repeats_by_their_own_names() -> None:
    image = np.full((1, 28, 28), 7, np.uint8)
    one, two = (Dataset(name, "train", image, np.zeros(1, np.uint8)) for name in ("a", "b"))
    both = put_together([one, two])

    assert list(both.repeats) == [Repeat(1, 0, contradicts=False)]
    assert [both.image_name(index) for index in (0, 1)] == ["a train 0", "b train 0"]


def test_mnist_repeats_no_image() -> None:
    assert count_repeats(load_mnist("train").repeats) == {}
