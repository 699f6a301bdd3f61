import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_cli.core.config import TrainConfig
from mnist_cli.core.tensorflow import keras, tf
from mnist_cli.training.optimizer import AdamW

STEPS_PER_EPOCH = 10
START = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32)
BIAS = np.ones(3, np.float32)


def gradients(step: int) -> list[NDArray[np.float32]]:
    rng = np.random.default_rng(step)
    return [rng.normal(size=shape).astype(np.float32) for shape in ((4, 3), (3,))]


def variables() -> list[tf.Variable]:
    return [tf.Variable(START), tf.Variable(BIAS)]


@pytest.mark.parametrize("weight_decay", [0.0, 0.5])
def test_steps_are_those_of_keras(weight_decay: float) -> None:
    config = TrainConfig(epochs=2, learning_rate=0.1, weight_decay=weight_decay)
    ours, theirs = variables(), [keras.Variable(START), keras.Variable(BIAS)]
    optimizer = AdamW(ours, config, STEPS_PER_EPOCH)
    reference = keras.optimizers.AdamW(0.1, weight_decay=weight_decay)
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


def test_a_short_run_warms_up_for_half_of_it_at_the_most() -> None:
    config = TrainConfig(epochs=1, learning_rate=1.0, warmup_epochs=3)
    rates = [float(AdamW(variables(), config, 10).learning_rate(step)) for step in range(10)]

    assert int(np.argmax(rates)) == 5
    assert rates[5] == pytest.approx(1.0)


@pytest.mark.parametrize("warmup_epochs", [0.0, 1.0])
def test_a_run_of_one_step_learns_something(warmup_epochs: float) -> None:
    config = TrainConfig(epochs=1, learning_rate=1.0, warmup_epochs=warmup_epochs)

    assert float(AdamW(variables(), config, 1).learning_rate(0)) > 0.5


def test_the_average_forgets_its_start_and_then_follows_its_decay() -> None:
    config = TrainConfig(learning_rate=0.1, average_decay=0.3)
    weights = variables()
    optimizer = AdamW(weights, config, STEPS_PER_EPOCH)
    expected = START.copy()

    for step in range(8):
        optimizer.apply([tf.constant(g) for g in gradients(step)], tf.constant(step))
        decay = min(0.3, (step + 1) / (step + 11))  # 1/11, 2/12, 3/13, 4/14, then 0.3
        expected = decay * expected + (1 - decay) * weights[0].numpy()

    assert optimizer.averages[0].numpy() == pytest.approx(expected, abs=1e-5)


def test_without_an_average_the_weights_stand_for_it() -> None:
    weights = variables()
    plain = AdamW(weights, TrainConfig(), STEPS_PER_EPOCH)
    averaging = AdamW(weights, TrainConfig(average_decay=0.9), STEPS_PER_EPOCH)

    assert plain.averages is weights
    assert (len(plain.variables), len(averaging.variables)) == (4, 6)
