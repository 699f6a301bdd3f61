from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_cli.core.data.dataset import Dataset, load_mnist
from mnist_cli.core.models.attribution import expected_gradients, log_odds_gradients
from mnist_cli.core.models.file_classifier import Known
from mnist_cli.core.models.graph_classifier import BASELINES, KerasClassifier
from mnist_cli.core.store.versions import H5, KERAS, open_version
from mnist_cli.core.tensorflow import keras

RANDOM = np.random.default_rng(0)
Images = NDArray[np.float32]


def log_odds(
    probabilities: NDArray[np.float32], digits: NDArray[np.integer]
) -> NDArray[np.float64]:
    """Of (N, 10) and (N,)."""
    chosen = probabilities.astype(np.float64)[np.arange(len(digits)), digits]
    return np.asarray(np.log(chosen / (1 - chosen)))


def test_the_pixels_of_a_linear_score_bring_their_weight_times_their_change() -> None:
    weights = RANDOM.normal(size=(28, 28, 1)).astype(np.float32)
    images, baselines = (RANDOM.random((n, 28, 28, 1), np.float32) for n in (2, 30))

    def gradients(points: Images, digit: int) -> Images:
        return np.broadcast_to(weights * digit, points.shape)

    found = expected_gradients(gradients, images, np.array([1, 3]), baselines)

    expected = weights * (images - baselines.mean(axis=0))
    assert found[0] == pytest.approx(expected[0, ..., 0], abs=1e-5)
    assert found[1] == pytest.approx(3 * expected[1, ..., 0], abs=1e-5)


def test_the_gradients_are_those_of_the_log_odds() -> None:
    last = keras.layers.Dense(10)
    model = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Flatten(), last])
    image = RANDOM.random((1, 28, 28, 1), np.float32)
    kernel, bias = (weight.astype(np.float64) for weight in last.get_weights())
    logits = (image.reshape(-1) @ kernel + bias) / 2
    others = np.exp(logits) * (np.arange(10) != 4)

    run = log_odds_gradients(model, temperature=2.0)

    expected = (kernel[:, 4] - kernel @ (others / others.sum())) / 2
    assert run(image, 4).reshape(-1) == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("name", [KERAS, H5])
def test_the_attributions_add_up_to_what_the_image_has_over_others(
    store_path: Path, test_split: Dataset, name: str
) -> None:
    version = open_version(store_path / "1")
    classifier = KerasClassifier(version.path / name, Known("1", version.temperature))
    images, digits = test_split.images[:12], np.arange(12) % 10  # right answers and wrong ones
    train = load_mnist("train")
    others = np.concatenate([train.images[train.labels == d][:BASELINES] for d in range(10)])

    attributions = classifier.attributions(images, digits)

    mean = [log_odds(classifier.probabilities(others), np.full(100, d)).mean() for d in digits]
    scores = log_odds(classifier.probabilities(images), digits)
    assert attributions.shape == (12, 28, 28)
    assert attributions.sum(axis=(1, 2)) == pytest.approx(scores - mean, abs=0.15)


def test_a_pixel_that_is_the_same_everywhere_brings_nothing(
    store_path: Path, test_split: Dataset
) -> None:
    classifier = KerasClassifier(store_path / "1" / KERAS)

    corner = classifier.attributions(test_split.images[:2], np.array([7, 2]))[:, :2, :2]

    assert not corner.any()


def test_a_model_of_logits_and_of_other_pixels_gives_the_same(
    store_path: Path, test_split: Dataset, tmp_path: Path
) -> None:
    ours = KerasClassifier(store_path / "1" / KERAS)
    model = keras.saving.load_model(store_path / "1" / KERAS, compile=False)
    model.layers[-1].activation = keras.activations.linear
    image = keras.Input((28, 28, 1))
    theirs = keras.Model(image, model(keras.layers.Rescaling(1 / 255)(image)))
    theirs.save(tmp_path / "theirs.keras")
    images, digits = test_split.images[:3], test_split.labels[:3]

    found = KerasClassifier(tmp_path / "theirs.keras").attributions(images, digits)

    assert found == pytest.approx(ours.attributions(images, digits), abs=1e-3)
