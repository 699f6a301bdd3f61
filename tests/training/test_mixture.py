from dataclasses import replace

import numpy as np
import pytest

from mnist_cli.core.data.dataset import Dataset, load_mnist, put_together, stratified_split
from mnist_cli.core.errors import DatasetError
from mnist_cli.training.mixture import split, warn_of_few_held_out, writers_split
from tests.conftest import Events


def named(name: str, n: int, seed: int = 0) -> Dataset:
    labels = np.random.default_rng(seed).integers(0, 10, n).astype(np.uint8)
    return Dataset(name, "train", np.zeros((n, 28, 28), np.uint8), labels)


def test_mnist_holds_out_the_same_images_alone_and_beside_others() -> None:
    mnist = load_mnist("train")
    training, held_out = stratified_split(mnist.labels, 5_000, 3)

    alone = split(mnist, 5_000, 3, 0.1)
    beside = split(put_together([mnist, named("own", 200)]), 5_000, 3, 0.1)

    assert np.array_equal(alone[0], training)
    assert np.array_equal(alone[1][0], held_out)
    assert np.array_equal(beside[1][0], held_out)
    assert np.array_equal(np.unique(beside[0][beside[0] < 60_000]), training)


def test_of_each_data_set_images_of_every_class_are_held_out_and_never_trained_on() -> None:
    data = put_together([named("large", 6_000), named("small", 240, seed=1)])
    training, (large, small) = split(data, 300, 0, 0.5)

    assert (len(large), len(small)) == (300, 20)
    assert set(data.labels[large]) == set(data.labels[small]) == set(range(10))
    assert large.max() < 6_000 <= small.min()
    assert not set(training) & {*large, *small}
    assert len({*training, *large, *small}) == len(data)


def test_of_a_data_set_of_writers_a_sixth_of_them_are_held_out_whole() -> None:
    own = replace(named("own", 240), writers=tuple(f"writer {n % 12}" for n in range(240)))
    training, (mnist, held_out) = split(put_together([named("mnist", 600), own]), 50, 0, 0.0)
    trained = {own.writers[n - 600] for n in training if n >= 600}
    tested = {own.writers[n - 600] for n in held_out}

    assert (len(mnist), len(held_out), len(tested)) == (50, 40, 2)
    assert not trained & tested
    assert len(trained | tested) == 12


def test_of_two_writers_one_is_held_out_and_another_seed_may_choose_the_other() -> None:
    splits = [writers_split(("a", "b", "a"), seed) for seed in range(8)]

    assert {tuple(held_out) for _, held_out in splits} == {(0, 2), (1,)}
    assert all(sorted([*kept, *held_out]) == [0, 1, 2] for kept, held_out in splits)


def test_of_one_writer_alone_images_are_held_out() -> None:
    own = replace(named("own", 240), writers=("ann",) * 240)

    assert np.array_equal(split(own, 20, 0, 0.0)[1][0], stratified_split(own.labels, 20, 0)[1])


def test_a_small_data_set_is_repeated_to_its_share() -> None:
    data = put_together([named("large", 6_000), named("small", 240)])
    training, _ = split(data, 600, 0, 0.2)

    counts = np.bincount(training, minlength=len(data))
    kept = 6_000 - 500, 240 - 20
    times = round(0.2 * sum(kept) / kept[1])
    assert times == 5
    assert set(counts[:6_000]) == {0, 1}
    assert set(counts[6_000:]) == {0, times}


@pytest.mark.parametrize(("sizes", "share"), [((6_000, 240), 0.0), ((600, 600), 0.4)])
def test_without_a_share_or_with_enough_images_nothing_is_repeated(
    sizes: tuple[int, int], share: float
) -> None:
    data = put_together([named("one", sizes[0]), named("other", sizes[1])])

    assert np.bincount(split(data, 100, 0, share)[0]).max() == 1


def test_a_data_set_of_one_image_is_refused() -> None:
    with pytest.raises(DatasetError, match="one: training needs at least 2 images"):
        split(put_together([named("large", 100), named("one", 1)]), 10, 0, 0.1)


def test_with_none_to_be_held_out_all_is_trained_on_writers_and_all(events: Events) -> None:
    own = replace(named("own", 240), writers=tuple(f"writer {n % 12}" for n in range(240)))
    data = put_together([named("large", 6_000), own])
    training, held_out = split(data, 0, 0, 0.0)
    warn_of_few_held_out(data, held_out)

    assert np.array_equal(training, np.arange(6_240))
    assert [len(part) for part in held_out] == [0, 0]
    assert not events.of("data.few_held_out")
    assert events.of("training.nothing_held_out")


def test_a_data_set_with_few_images_held_out_is_told(events: Events) -> None:
    data = put_together([named("large", 6_000), named("small", 600)])

    warn_of_few_held_out(data, split(data, 300, 0, 0.1)[1])

    assert events.of("data.few_held_out") == [
        {
            "data": "small",
            "held_out": 50,
            "means": "each image is 2.0 points of accuracy on them",
        }
    ]
