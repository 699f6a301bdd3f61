"""What a network takes and gives is found out: linear readers that learnt each form, in NumPy."""

import time
from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_cli.core.data.dataset import Dataset, as_input, load_mnist
from mnist_cli.core.errors import ModelError
from mnist_cli.core.models.conventions import UNKNOWN, Convention, ModelHead, ModelInput
from mnist_cli.core.models.network_io import prepared, probabilities
from mnist_cli.core.models.trial import MANY, Run, find_convention
from tests.conftest import Events

Scores = NDArray[np.float32]


def softmax(regression: Scores) -> Scores:
    return np.asarray(probabilities(10 * regression, ModelHead.LOGITS))


HEADS: dict[ModelHead, Callable[[Scores], Scores]] = {
    ModelHead.SOFTMAX: softmax,
    ModelHead.LOGITS: lambda regression: 10 * regression,
    ModelHead.SIGMOID: lambda regression: (1 + np.tanh(5 * regression - 2.5)) / 2,
    ModelHead.ONE_HOT: lambda regression: regression,
}


def learnt(form: ModelInput, head: ModelHead) -> Run:
    """Return what reads images in one form."""
    kernel = kernel_of(form)
    return lambda images: HEADS[head]((flat(images) @ kernel).astype(np.float32))


def kernel_of(form: ModelInput) -> NDArray[np.float64]:
    """Return (785, 10): a ridge regression to one-hot labels, its biases last."""
    images, labels = training_images()
    pixels = flat(prepared(images, form))
    strength = 10 * np.square(pixels).mean()
    gram = pixels.T @ pixels + strength * np.eye(785)
    return np.linalg.solve(gram, pixels.T @ np.eye(10)[labels])


@cache
def training_images() -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """Some that no form is found out by."""
    data = load_mnist("train")
    return as_input(data.images[2_000:6_000]), data.labels[2_000:6_000]


def flat(images: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return (N, 785): the pixels, and a bias of their size."""
    pixels = images.reshape(len(images), -1).astype(np.float64)
    return np.hstack([pixels, np.full((len(pixels), 1), np.abs(pixels).max())])


def accuracy(run: Run, form: ModelInput, data: Dataset) -> float:
    answers = run(prepared(as_input(data.images[:2_000]), form))
    return float((answers.argmax(axis=1) == data.labels[:2_000]).mean())


@pytest.mark.parametrize(
    ("form", "head"),
    [*((form, ModelHead.SOFTMAX) for form in ModelInput), *((ModelInput.SIGNED, h) for h in HEADS)],
)
def test_each_form_and_each_kind_of_answer_is_found_out(
    form: ModelInput, head: ModelHead, test_split: Dataset, events: Events
) -> None:
    run = learnt(form, head)

    fit = find_convention(run, UNKNOWN, "mine.keras")

    lost = accuracy(run, form, test_split) - accuracy(run, fit.input, test_split)
    assert lost <= 0.003
    assert fit.head == head
    (told,) = events.of("model.fits")
    assert (told["input"], told["images"]) == (fit.input, MANY)
    assert told["next_best"] != told["input"]
    assert fit.accuracy > 0.8


def test_what_is_stated_is_not_found_out(events: Events) -> None:
    run = learnt(ModelInput.SIGNED, ModelHead.SOFTMAX)

    fit = find_convention(run, Convention(ModelInput.CENTRED, ModelHead.LOGITS), "mine.keras")

    assert (fit.input, fit.head) == (ModelInput.CENTRED, ModelHead.LOGITS)
    assert "next_best" not in events.of("model.fits")[0]


def test_a_head_alone_may_be_stated() -> None:
    run = learnt(ModelInput.INVERTED, ModelHead.ONE_HOT)

    fit = find_convention(run, Convention(head=ModelHead.LOGITS), "mine.keras")

    assert (fit.input, fit.head) == (ModelInput.INVERTED, ModelHead.LOGITS)


def test_what_reads_nothing_in_any_form_is_told_as_such(events: Events) -> None:
    noise = np.random.default_rng(0).normal(size=(785, 10))

    fit = find_convention(lambda images: (flat(images) @ noise).astype(np.float32), UNKNOWN, "a.h5")

    assert fit.input is ModelInput.UNIT
    (told,) = events.of("model.barely_reads_mnist")
    assert told["accuracy"] < 0.5
    assert "--model-input" in told["advice"]


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_form_that_makes_no_numbers_is_passed_over(bad: float) -> None:
    """As a network that takes logarithms, or multiplies large pixels in half precision."""
    read = learnt(ModelInput.UNIT, ModelHead.SOFTMAX)

    def run(images: Scores) -> Scores:
        is_wrong = images.min() < 0 or images.max() > 1
        return np.full((len(images), 10), bad, np.float32) if is_wrong else read(images)

    assert find_convention(run, UNKNOWN, "a.h5").input is ModelInput.UNIT


@pytest.mark.parametrize(
    ("stated", "words"),
    [(UNKNOWN, "in every form"), (Convention(ModelInput.BYTES), "given pixels as 0..255")],
)
def test_answers_that_are_no_numbers_are_refused(stated: Convention, words: str) -> None:
    with pytest.raises(ModelError, match=rf"a\.h5: .* not finite, {words}") as caught:
        find_convention(lambda images: np.full((len(images), 10), np.nan), stated, "a.h5")

    assert "--model-input" in caught.value.hint


def test_it_takes_little_beside_the_network() -> None:
    run = learnt(ModelInput.UNIT, ModelHead.SOFTMAX)
    started = time.perf_counter()

    find_convention(run, UNKNOWN, "mine.keras")

    assert time.perf_counter() - started < 3
