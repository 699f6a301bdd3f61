import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_cli.core.choices import Schedule
from mnist_cli.core.config import TrainConfig
from mnist_cli.core.tensorflow import keras, tf
from mnist_cli.training.optimizer import OPTIMIZERS, AdamW

STEPS_PER_EPOCH = 10
START = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32)
BIAS = np.ones(3, np.float32)


def gradients(step: int) -> list[NDArray[np.float32]]:
    rng = np.random.default_rng(step)
    return [rng.normal(size=shape).astype(np.float32) for shape in ((4, 3), (3,))]


def variables() -> list[tf.Variable]:
    return [tf.Variable(START), tf.Variable(BIAS)]


@pytest.mark.parametrize("weight_decay", [0.0, 0.5])
@pytest.mark.parametrize("name", ["adamw", "sgd"])
def test_steps_are_those_of_keras(name: str, weight_decay: float) -> None:
    config = TrainConfig(epochs=2, learning_rate=0.1, weight_decay=weight_decay)
    ours, theirs = variables(), [keras.Variable(START), keras.Variable(BIAS)]
    optimizer = OPTIMIZERS[name](ours, config, STEPS_PER_EPOCH)
    reference = {
        "adamw": keras.optimizers.AdamW(0.1, weight_decay=weight_decay),
        "sgd": keras.optimizers.SGD(0.1, 0.9, nesterov=True, weight_decay=weight_decay),
    }[name]
    reference.exclude_from_weight_decay([theirs[1]])

    for step in range(8):
        reference.learning_rate = float(optimizer.learning_rate(step))
        reference.apply([tf.constant(g) for g in gradients(step)], theirs)
        optimizer.apply([tf.constant(g) for g in gradients(step)], tf.constant(step))

    for mine, other in zip(ours, theirs, strict=True):
        assert mine.numpy() == pytest.approx(other.numpy(), abs=1e-5)


def test_the_first_step_goes_by_the_rate_against_the_sign() -> None:
    weights = variables()
    optimizer = AdamW(weights, TrainConfig(learning_rate=0.1, warmup_epochs=0), STEPS_PER_EPOCH)
    optimizer.apply([tf.constant(g) for g in gradients(0)], tf.constant(0))

    assert weights[0].numpy() == pytest.approx(START - 0.1 * np.sign(gradients(0)[0]), abs=1e-4)


@pytest.mark.parametrize(
    ("step", "share"),
    [
        (0, 1 / 11),
        (4, 5 / 11),
        (9, 10 / 11),
        (10, 1.0),
        (20, 0.75),  # a third of the fall: 0.5 + 0.5 cos 60°
        (25, 0.5),
        (30, 0.25),
        (40, 0.0),
        (50, 0.0),
    ],
)
def test_the_rate_rises_in_a_line_and_falls_by_half_a_cosine(step: int, share: float) -> None:
    config = TrainConfig(epochs=4, learning_rate=0.02, warmup_epochs=1)
    rate = AdamW(variables(), config, STEPS_PER_EPOCH).learning_rate(step)

    assert float(rate) == pytest.approx(0.02 * share, abs=1e-8)


@pytest.mark.parametrize(
    ("schedule", "step", "share"),
    [
        ("linear", 4, 5 / 11),
        ("linear", 10, 1.0),
        ("linear", 25, 0.5),
        ("linear", 40, 0.0),
        ("constant", 4, 5 / 11),
        ("constant", 10, 1.0),
        ("constant", 40, 1.0),
    ],
)
def test_other_schedules_rise_alike(schedule: Schedule, step: int, share: float) -> None:
    config = TrainConfig(epochs=4, learning_rate=0.02, schedule=schedule)
    rate = AdamW(variables(), config, STEPS_PER_EPOCH).learning_rate(step)

    assert float(rate) == pytest.approx(0.02 * share, abs=1e-8)


def test_a_short_run_warms_up_for_half_of_it_at_the_most() -> None:
    config = TrainConfig(epochs=1, learning_rate=1.0, warmup_epochs=3)
    rates = [float(AdamW(variables(), config, 10).learning_rate(step)) for step in range(10)]

    assert int(np.argmax(rates)) == 5
    assert rates[5] == pytest.approx(1.0)


@pytest.mark.parametrize("warmup_epochs", [0.0, 1.0])
def test_a_run_of_one_step_learns_something(warmup_epochs: float) -> None:
    config = TrainConfig(epochs=1, learning_rate=1.0, warmup_epochs=warmup_epochs)

    assert float(AdamW(variables(), config, 1).learning_rate(0)) > 0.5


def averaging(decay: float) -> tuple[tf.Variable, AdamW]:
    """Return a weight, and what averages it: from a start that is far away."""
    weight = tf.Variable([1000.0])
    return weight, AdamW([weight], TrainConfig(average_decay=decay), STEPS_PER_EPOCH)


def test_a_young_average_is_the_plain_mean_of_what_it_saw() -> None:
    weight, optimizer = averaging(0.9)
    means = []
    for step, value in enumerate([1.0, 3.0, 8.0, 0.0], 1):
        weight.assign([value])
        optimizer.average(tf.constant(step), tf.constant(1))
        means.append(float(optimizer.averages[0][0]))

    assert means == pytest.approx([1, 2, 4, 3])


def test_an_average_that_saw_enough_follows_its_decay() -> None:
    weight, optimizer = averaging(0.5)
    means = []
    for step, value in enumerate([4.0, 8.0, 0.0, 1.0], 1):
        weight.assign([value])
        optimizer.average(tf.constant(step), tf.constant(1))
        means.append(float(optimizer.averages[0][0]))

    assert means == pytest.approx([4, 6, 3, 2])  # from the third on half of what it was


@pytest.mark.parametrize(
    ("calls", "mean"),
    [
        ([(4, 8.0), (8, 2.0)], 5.0),  # four steps of each
        ([(4, 8.0), (5, 3.0)], 7.0),  # four and one
        ([(4, 8.0), (100, 8.0), (102, 0.0)], 6.48),  # 8 × 0.9²
        ([(4, 8.0), (104, 3.0)], 3.0002),  # 3 + 5 × 0.9¹⁰⁰, not 5 × 4/104
    ],
    ids=str,
)
def test_several_steps_count_as_many(calls: list[tuple[int, float]], mean: float) -> None:
    weight, optimizer = averaging(0.9)
    before = 0
    for step, value in calls:
        weight.assign([value])
        optimizer.average(tf.constant(step), tf.constant(step - before))
        before = step

    assert float(optimizer.averages[0][0]) == pytest.approx(mean, abs=1e-3)
    assert float(weight[0]) == calls[-1][1]


def test_without_an_average_the_weights_stand_for_it() -> None:
    weights = variables()
    plain = AdamW(weights, TrainConfig(), STEPS_PER_EPOCH)
    keeping = AdamW(weights, TrainConfig(average_decay=0.9), STEPS_PER_EPOCH)

    plain.average(tf.constant(1), tf.constant(1))

    assert plain.averages is weights
    assert np.array_equal(weights[0].numpy(), START)
    assert (len(plain.variables), len(keeping.variables)) == (4, 6)
