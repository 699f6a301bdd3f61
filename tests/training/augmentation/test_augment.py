from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_cli.core.config import DistortionConfig
from mnist_cli.core.data.dataset import Dataset, as_input
from mnist_cli.core.tensorflow import tf
from mnist_cli.training.augmentation.augment import (
    CENTRE,
    Distorter,
    elastic_basis,
    pack_neighbours,
)

NOISE = np.random.default_rng(0).integers(0, 256, (3, 28, 28)).astype(np.uint8)
STRONG = DistortionConfig(
    rotation_deg=15, scale=0.15, shear=0.1, shift_px=2, elastic_px=1.5, elastic_sigma_px=6
)
ROWS, COLUMNS = np.divmod(np.arange(784), 28)


def distort(
    images: NDArray[np.uint8],
    config: DistortionConfig,
    seed: int = 0,
    copies: int = 1,
    progress: float = 0.0,
) -> NDArray[np.float32]:
    """Return (copies * N, 28, 28), drawn in one batch."""
    indices = tf.constant(np.tile(np.arange(len(images)), copies), tf.int32)
    batch = Distorter(images, config).batch(indices, tf.constant([seed, 1], tf.int64), progress)
    return np.asarray(batch.numpy()[..., 0])


def sample_at(
    images: NDArray[np.uint8], rows: NDArray[np.float64], columns: NDArray[np.float64]
) -> NDArray[np.float32]:
    positions = np.broadcast_to(np.stack([rows, columns]), (len(images), 2, 784))
    indices = tf.range(len(images))
    sampled = Distorter(images, STRONG)._sample(indices, tf.constant(positions, tf.float32))
    return np.asarray(sampled.numpy()[..., 0])


def test_a_distortion_of_nothing_gives_exactly_what_a_model_validates_on() -> None:
    assert np.array_equal(distort(NOISE, DistortionConfig()), as_input(NOISE)[..., 0])
    assert DistortionConfig(elastic_sigma_px=3, final_strength=0).is_none
    assert not DistortionConfig(shear=0.1).is_none


def test_a_distortion_falls_to_its_final_strength_in_a_line(test_split: Dataset) -> None:
    images = test_split.images[:8]
    fading = replace(STRONG, final_strength=0.5)
    halved = {n: getattr(STRONG, n) / 2 for n in ("rotation_deg", "scale", "shear", "shift_px")}
    half = replace(STRONG, **halved, elastic_px=STRONG.elastic_px / 2)

    assert np.array_equal(distort(images, fading), distort(images, STRONG))
    assert np.array_equal(distort(images, STRONG, progress=1), distort(images, STRONG))
    at_the_end = distort(images, fading, progress=1)
    assert at_the_end == pytest.approx(distort(images, half), abs=1e-4)
    half_way = distort(images, replace(STRONG, final_strength=0), progress=0.5)
    assert half_way == pytest.approx(at_the_end, abs=1e-6)
    nothing = distort(images, replace(STRONG, final_strength=0), progress=1)
    assert nothing == pytest.approx(images / 255, abs=1e-6)


@pytest.mark.parametrize(("down", "right"), [(1, 0), (0, 1), (2, 3), (5, 5)])
def test_a_shift_by_whole_pixels_moves_the_image(down: int, right: int) -> None:
    moved = sample_at(NOISE, ROWS - down, COLUMNS - right)

    assert moved[:, down:, right:] == pytest.approx(
        NOISE[:, : 28 - down, : 28 - right] / 255, abs=1e-6
    )


def test_half_a_pixel_is_the_mean_of_two() -> None:
    between = sample_at(NOISE, ROWS + 0.0, COLUMNS + 0.5)
    expected = (NOISE[:, :, :-1] / 510) + (NOISE[:, :, 1:] / 510)

    assert between[:, :, :-1] == pytest.approx(expected, abs=1e-6)


def test_outside_the_edge_goes_on() -> None:
    far = sample_at(NOISE, ROWS - 100.0, COLUMNS + 0.0)

    assert far == pytest.approx(np.repeat(NOISE[:, :1] / 255, 28, axis=1), abs=1e-6)


def test_a_batch_reads_the_images_that_it_is_asked_for() -> None:
    distorter = Distorter(NOISE, DistortionConfig())
    batch = distorter.batch(tf.constant([2, 0, 2]), tf.constant([0, 0], tf.int64))

    assert batch.shape == (3, 28, 28, 1)
    assert batch.numpy()[..., 0] == pytest.approx(NOISE[[2, 0, 2]] / 255, abs=1e-6)


def test_the_seed_decides_the_distortion(test_split: Dataset) -> None:
    images = test_split.images[:8]
    first, again, other = (distort(images, STRONG, seed) for seed in (1, 1, 2))

    assert np.array_equal(first, again)
    assert np.abs(first - other).max() > 0.1


def test_copies_of_an_image_in_one_batch_differ(test_split: Dataset) -> None:
    copies = distort(test_split.images[:1], STRONG, copies=5)

    assert all(np.abs(copies[0] - copy).max() > 0.1 for copy in copies[1:])


@pytest.mark.parametrize("field", ["rotation_deg", "scale", "shear", "shift_px", "elastic_px"])
def test_each_part_of_a_distortion_moves_something(test_split: Dataset, field: str) -> None:
    images = test_split.images[:20]
    config = replace(DistortionConfig(), **{field: getattr(STRONG, field)})

    assert np.abs(distort(images, config) - images / 255).mean() > 0.005


def test_pixels_stay_between_paper_and_ink() -> None:
    extreme = replace(STRONG, rotation_deg=180, shift_px=28, elastic_px=20)
    distorted = distort(NOISE, extreme, copies=50)

    assert distorted.dtype == np.float32
    assert np.isfinite(distorted).all()
    assert distorted.min() >= 0
    assert distorted.max() <= 1


def test_digits_are_never_mirrored(test_split: Dataset) -> None:
    image = test_split.images[test_split.labels == 2][:1]
    mean = distort(image, STRONG, copies=400).mean(axis=0).ravel()
    plain, left_right, up_down = (
        np.corrcoef(mean, view.ravel())[0, 1]
        for view in (image[0], image[0][:, ::-1], image[0][::-1])
    )

    assert plain > 0.7
    assert plain > max(left_right, up_down) + 0.2


def test_a_digit_stays_about_its_centre(test_split: Dataset) -> None:
    image = test_split.images[test_split.labels == 0][:1]
    mean = distort(image, STRONG, copies=400).mean(axis=0)
    before = image[0] / image.sum()
    after = mean / mean.sum()

    for weights in (ROWS.reshape(28, 28), COLUMNS.reshape(28, 28)):
        assert (after * weights).sum() == pytest.approx((before * weights).sum(), abs=0.4)


def test_a_rotation_turns_about_the_middle() -> None:
    dot = np.zeros((1, 28, 28), np.uint8)
    dot[0, 13:15, 13:15] = 255
    turned = distort(dot, DistortionConfig(rotation_deg=180), copies=50)

    assert CENTRE == 13.5
    assert turned[:, 13:15, 13:15].min() > 0.5
    assert turned[:, :11].max() == 0


@pytest.mark.parametrize("sigma", [2.0, 4.0, 6.0])
def test_the_elastic_field_has_variance_1_and_is_smooth(sigma: float) -> None:
    basis = elastic_basis(sigma)
    field = (np.random.default_rng(0).normal(size=(2_000, len(basis))) @ basis).reshape(-1, 28, 28)

    assert field.var() == pytest.approx(1, abs=0.05)
    neighbours = np.corrcoef(field[:, 14, 14], field[:, 14, 15])[0, 1]
    assert neighbours == pytest.approx(np.exp(-1 / (4 * sigma**2)), abs=0.02)


def test_a_smooth_field_has_few_directions() -> None:
    assert elastic_basis(6.0).shape == (13, 784)


def test_a_word_packs_a_pixel_and_its_neighbours() -> None:
    words = pack_neighbours(NOISE).numpy().view(np.uint8).reshape(3, 28, 28, 4)

    assert np.array_equal(words[..., 0], NOISE)
    assert np.array_equal(words[:, :, :-1, 1], NOISE[:, :, 1:])
    assert np.array_equal(words[:, :-1, :, 2], NOISE[:, 1:])
    assert np.array_equal(words[:, :-1, :-1, 3], NOISE[:, 1:, 1:])
    assert not words[:, :, -1, 1].any()
    assert not words[:, -1, :, 2].any()
