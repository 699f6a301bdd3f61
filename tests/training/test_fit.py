from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_cli.core.config import DistortionConfig, ModelConfig, TrainConfig
from mnist_cli.core.data.dataset import Dataset, as_input, load_mnist, stratified_split
from mnist_cli.core.errors import DatasetError, ExitCode, StoppedError, TrainingError
from mnist_cli.core.metrics import unlikeness
from mnist_cli.core.models.model import forward
from mnist_cli.training import checkpoint
from mnist_cli.training.augmentation.outliers import outliers
from mnist_cli.training.checkpoint import State
from mnist_cli.training.fit import Fit, Progress, _is_stuck, fit
from mnist_cli.training.history import EpochRecord
from mnist_cli.training.material import class_weights

TINY = TrainConfig(
    model=ModelConfig(widths=(16,), dropout=0.1),
    distortion=DistortionConfig(rotation_deg=10, elastic_px=1),
    epochs=2,
    batch_size=32,
    validation_size=50,
    average_decay=0.9,
    label_smoothing=0.05,
)
CNN = TINY.override(arch="cnn", stem=3, blocks=((4,), (5,)), widths=(8,))


@pytest.fixture(scope="module")
def digits() -> Dataset:
    """6,000 of MNIST's training images."""
    data = load_mnist("train")
    return Dataset("part", "train", data.images[:6_000], data.labels[:6_000])


def first(digits: Dataset, n: int) -> Dataset:
    return replace(digits, images=digits.images[:n], labels=digits.labels[:n])


@pytest.fixture(scope="module")
def trained(digits: Dataset) -> Fit:
    return fit(TINY, first(digits, 600))


def same_weights(one: Fit, other: Fit) -> bool:
    pairs = zip(one.model.get_weights(), other.model.get_weights(), strict=True)
    return all(np.array_equal(a, b) for a, b in pairs)


def test_the_same_seed_ends_in_the_same_bits(digits: Dataset, trained: Fit) -> None:
    again = fit(TINY, first(digits, 600))

    assert same_weights(again, trained)
    assert [r.loss for r in again.history] == [r.loss for r in trained.history]
    assert np.array_equal(again.probabilities, trained.probabilities)


def test_another_seed_ends_elsewhere(digits: Dataset, trained: Fit) -> None:
    other = fit(TINY.override(seed=1), first(digits, 600))

    assert not same_weights(other, trained)
    assert not np.array_equal(other.labels, trained.labels)


def test_images_held_out_have_no_say_in_the_weights(digits: Dataset) -> None:
    data, config = first(digits, 600), TINY.override(epochs=1)
    _, validation = stratified_split(data.labels, 50, TINY.seed)
    noise = data.images.copy()
    noise[validation] = np.random.default_rng(0).integers(0, 256, (50, 28, 28))

    seen, unseen = fit(config, data), fit(config, replace(data, images=noise))

    assert same_weights(seen, unseen)
    assert np.array_equal(unseen.images, as_input(noise[validation]))


def test_a_fit_brings_what_calibration_needs(digits: Dataset, trained: Fit) -> None:
    _, validation = stratified_split(digits.labels[:600], 50, TINY.seed)
    right = trained.probabilities.argmax(axis=1) == trained.labels

    assert np.array_equal(trained.labels, digits.labels[validation])
    assert trained.images.shape == (50, 28, 28, 1)
    assert trained.probabilities == pytest.approx(forward(trained.model, trained.images))
    assert right.mean() == pytest.approx(trained.val_accuracy)


def test_the_history_has_a_row_an_epoch(trained: Fit) -> None:
    assert [r.epoch for r in trained.history] == [1, 2]
    for record in trained.history:
        assert 0 <= record.accuracy <= 1
        assert record.val_accuracy is not None
        assert record.val_accuracy * 50 == pytest.approx(round(record.val_accuracy * 50))
        assert record.val_loss is not None
        assert record.images_per_s * record.duration_s == pytest.approx(544)  # 17 steps of 32
        assert np.isfinite([record.loss, record.val_loss]).all()
    assert trained.history[1].loss < trained.history[0].loss
    assert trained.history[1].learning_rate < trained.history[0].learning_rate


def test_the_epoch_with_the_best_validation_is_chosen(trained: Fit) -> None:
    best = max(record.val_accuracy or 0 for record in trained.history)

    assert trained.val_accuracy == best
    assert trained.chosen_epoch == max(r.epoch for r in trained.history if r.val_accuracy == best)


def test_without_images_held_out_all_are_trained_on_and_the_last_weights_are_kept(
    digits: Dataset,
) -> None:
    data = first(digits, 608)
    states: list[State] = []
    config = TINY.override(validation_size=0)
    whole = fit(config, data, on_state=states.append)
    resumed = fit(config, data, state=checkpoint.from_bytes(checkpoint.to_bytes(states[1])))

    assert (whole.val_n, whole.val_accuracy, whole.chosen_epoch) == (0, None, 2)
    assert {(r.val_loss, r.val_accuracy) for r in whole.history} == {(None, None)}
    assert whole.history[0].images_per_s * whole.history[0].duration_s == pytest.approx(608)
    pairs = zip(whole.model.get_weights(), states[-1].best_weights, strict=True)
    assert all(np.array_equal(one, last) for one, last in pairs)
    assert not np.array_equal(states[1].best_weights[0], states[2].best_weights[0])
    assert same_weights(whole, resumed)
    assert np.array_equal(whole.images, as_input(data.images))  # it answers what it learnt from


def times_apart(history: list[EpochRecord]) -> list[EpochRecord]:
    return [replace(record, images_per_s=0, duration_s=0) for record in history]


@pytest.mark.parametrize(
    "config",
    [
        TINY.override(epochs=3, final_strength=0.5),
        CNN.override(precision="bfloat16"),
        CNN.override(towers=2),
    ],
    ids=["dense", "cnn in bfloat16", "towers of a cnn"],
)
def test_a_run_resumed_after_any_epoch_ends_in_the_same_bits(
    digits: Dataset, config: TrainConfig
) -> None:
    states: list[State] = []
    written: list[bytes] = []

    def keep(state: State) -> None:
        states.append(state)
        written.append(checkpoint.to_bytes(state))

    unbroken = fit(config, first(digits, 300), on_state=keep)

    assert [state.epoch for state in states] == list(range(config.epochs + 1))
    assert [checkpoint.to_bytes(state) for state in states] == written  # no later epoch moved them
    for state in map(checkpoint.from_bytes, written):
        later: list[State] = []
        resumed = fit(config, first(digits, 300), state=state, on_state=later.append)

        assert [s.epoch for s in later] == list(range(state.epoch + 1, config.epochs + 1))
        assert checkpoint.to_bytes(state) == written[state.epoch]
        assert same_weights(resumed, unbroken)
        assert times_apart(resumed.history) == times_apart(unbroken.history)
        assert resumed.history[: state.epoch] == unbroken.history[: state.epoch]
        assert resumed.chosen_epoch == unbroken.chosen_epoch
        assert np.array_equal(resumed.probabilities, unbroken.probabilities)
        assert resumed.train_s >= state.train_s


def test_what_is_published_is_of_float32_whatever_it_was_trained_in(digits: Dataset) -> None:
    coarse = fit(CNN.override(precision="bfloat16", epochs=1), first(digits, 300))
    exact = fit(CNN.override(epochs=1), first(digits, 300))

    assert {layer.compute_dtype for layer in coarse.model.layers} == {"float32"}
    assert {weights.dtype for weights in coarse.model.get_weights()} >= {np.dtype(np.float32)}
    assert not same_weights(coarse, exact)
    assert coarse.history[0].loss == pytest.approx(exact.history[0].loss, abs=0.02)


def test_the_weights_of_the_best_epoch_outlast_the_worse_ones_that_follow(digits: Dataset) -> None:
    guesses = np.random.default_rng(0).permutation(digits.labels[:300])  # nothing to be learnt
    data = replace(first(digits, 300), labels=guesses)
    config = TINY.override(dropout=0, average_decay=0, epochs=8, learning_rate=0.01)
    states: list[State] = []
    result = fit(config, data, on_state=states.append)

    best = [max(s.history, key=lambda r: (r.val_accuracy, r.epoch)).epoch for s in states[1:]]
    assert best != list(range(1, 9))
    for state, epoch in zip(states[1:], best, strict=True):
        weights = states[epoch].variables[: len(state.best_weights)]
        assert all(np.array_equal(a, b) for a, b in zip(state.best_weights, weights, strict=True))
    assert result.chosen_epoch == best[-1]
    pairs = zip(result.model.get_weights(), states[-1].best_weights, strict=True)
    assert all(np.array_equal(a, b) for a, b in pairs)


def test_progress_of_a_resumed_run_counts_the_epochs_before(digits: Dataset) -> None:
    states: list[State] = []
    fit(TINY, first(digits, 100), on_state=states.append)
    told: list[Progress] = []
    fit(TINY, first(digits, 100), state=states[1], on_progress=told.append)

    assert [p.epochs_done for p in told] == [2]
    assert told[0].val_accuracy == states[1].history[0].val_accuracy


def test_progress_is_told_up_to_the_end(digits: Dataset) -> None:
    told: list[Progress] = []
    fit(replace(TINY, batch_size=550, epochs=3), first(digits, 600), on_progress=told.append)

    assert [p.epochs_done for p in told] == [1, 2, 3]
    assert [p.epochs for p in told] == [3, 3, 3]
    assert told[0].val_accuracy is None
    assert told[1].val_accuracy is not None
    assert told[-1].left_s == 0


def test_what_check_stop_raises_ends_the_run(digits: Dataset) -> None:
    told: list[Progress] = []

    def check_stop() -> None:
        if len(told) == 2:
            raise StoppedError("Stopped by SIGTERM.", signal_number=15)

    with pytest.raises(StoppedError) as caught:
        fit(
            replace(TINY, epochs=50),
            first(digits, 600),
            on_progress=told.append,
            check_stop=check_stop,
        )

    assert len(told) == 2
    assert caught.value.exit_code == ExitCode.TERMINATED


def test_a_loss_that_is_no_number_ends_the_run_with_advice(digits: Dataset) -> None:
    # each step makes a kernel -99 times as large
    config = replace(TINY, learning_rate=10, weight_decay=10, batch_size=8)

    with pytest.raises(TrainingError, match="no number any more, in epoch 1 of 2") as caught:
        fit(config, first(digits, 600))

    assert "--learning-rate; it was 10" in caught.value.hint
    assert caught.value.exit_code == ExitCode.REFUSED


@pytest.mark.parametrize(("n", "batch_size"), [(2, 256), (20, 256), (3, 1)])
def test_a_data_set_smaller_than_a_batch_trains(digits: Dataset, n: int, batch_size: int) -> None:
    result = fit(replace(TINY, batch_size=batch_size, epochs=1), first(digits, n))

    assert len(result.labels) == 1
    assert np.isfinite(result.history[0].loss)
    assert all(np.isfinite(w).all() for w in result.model.get_weights())


@pytest.mark.parametrize("n", [0, 1])
def test_less_than_two_images_are_refused(digits: Dataset, n: int) -> None:
    with pytest.raises(DatasetError, match=f"at least 2 images. Received: {n}"):
        fit(TINY, first(digits, n))


def test_a_few_thousand_digits_are_learnt(digits: Dataset) -> None:
    config = TrainConfig(
        model=ModelConfig(widths=(128,)), epochs=6, batch_size=64, learning_rate=3e-3
    )
    result = fit(config, digits)

    assert len(result.labels) == 500  # a twelfth
    assert result.val_accuracy is not None
    assert result.val_accuracy > 0.90
    assert result.history[-1].accuracy > 0.96
    assert result.images_per_s > 0


def test_scaling_is_by_255_alone() -> None:
    images = np.arange(784, dtype=np.uint16).astype(np.uint8).reshape(1, 28, 28)
    result = as_input(images)

    assert result.shape == (1, 28, 28, 1)
    assert result.dtype == np.float32
    assert result[0, 9, 3, 0] == 1.0  # pixel 255


def test_what_shows_no_digit_is_doubted_and_counts_for_no_accuracy(digits: Dataset) -> None:
    config = TrainConfig(
        model=ModelConfig(widths=(128,)),
        outliers=0.5,
        epochs=4,
        batch_size=64,
        validation_size=50,
    )
    data = first(digits, 3_000)
    fitted = fit(config, data)
    others = outliers(digits.images[3_000:], digits.labels[3_000:], 200, seed=9)

    def doubt(images: NDArray[np.uint8]) -> float:
        return float(unlikeness(forward(fitted.model, as_input(images))).mean())

    assert fitted.history[-1].accuracy > 0.9  # of the digits: a third of all images are none
    assert doubt(others) > 2 * doubt(digits.images[3_000:3_200])


def test_variants_and_wear_end_in_the_same_bits_too(digits: Dataset) -> None:
    config = CNN.override(glyph_variants=0.5, outliers=0.2, haze=1.0, lines=1.0, noise=1.0)
    one, other = (fit(config, first(digits, 600)) for _ in range(2))

    assert same_weights(one, other)


# when it ends, and what counts


def test_a_run_ends_once_patience_does(digits: Dataset) -> None:
    still = TINY.override(learning_rate=1e-30, average_decay=0.0, epochs=9)

    short = fit(still.override(patience=2), first(digits, 600))
    history = fit(TINY.override(epochs=3, patience=3), first(digits, 600)).history

    # of epochs that are equally good the last one is the best: nothing is stuck then
    assert [record.epoch for record in short.history] == list(range(1, 10))
    assert len(history) == 3


@pytest.mark.parametrize(
    ("accuracies", "patience", "stuck"),
    [
        ([], 1, False),
        ([0.5], 1, False),
        ([0.5, 0.4], 1, True),
        ([0.5, 0.5], 1, False),
        ([0.5, 0.4, 0.4], 3, False),
        ([0.5, 0.4, 0.4, 0.4], 3, True),
        ([0.5, 0.4, 0.6, 0.1], 2, False),
        ([0.5, 0.1, 0.1, 0.1], 0, False),
    ],
)
def test_patience_counts_epochs_since_the_best(
    accuracies: list[float], patience: int, stuck: bool
) -> None:
    history = [
        EpochRecord(number, 1.0, 0.1, 1.0, accuracy, 0.1, 1.0, 1.0)
        for number, accuracy in enumerate(accuracies, 1)
    ]

    assert _is_stuck(history, patience) is stuck


def test_balanced_classes_count_alike() -> None:
    labels = np.repeat([0, 1, 3, 10], [30, 10, 20, 7]).astype(np.uint8)

    weights = class_weights(labels)

    assert weights.tolist() == pytest.approx([20 / 30, 2, 0, 1, 0, 0, 0, 0, 0, 0, 1])
    assert weights[[0, 1, 3]] @ [30, 10, 20] == pytest.approx(60)


def test_a_rare_class_is_found_where_classes_are_balanced(digits: Dataset) -> None:
    rare = np.flatnonzero(digits.labels == 1)[20:]
    kept = np.setdiff1d(np.flatnonzero(digits.labels < 2), rare)
    data = replace(digits, images=digits.images[kept], labels=digits.labels[kept])
    config = TINY.override(epochs=1, learning_rate=3e-4, batch_size=64, validation_size=300)

    plain, balanced = (
        fit(config.override(class_weights=choice), data) for choice in ("none", "balanced")
    )

    ones = plain.labels == 1
    assert ones.any()
    shares = [float(run.probabilities[ones, 1].mean()) for run in (plain, balanced)]
    assert shares[0] < shares[1]
