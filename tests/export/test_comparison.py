import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_cli.core.choices import ExportPrecision
from mnist_cli.core.data.dataset import Dataset
from mnist_cli.core.errors import ExitCode, ExportError
from mnist_cli.export.comparison import Comparison, Measured, Runner, compare

IMAGES = np.arange(4, dtype=np.uint8)[:, None, None].repeat(28, 1).repeat(28, 2)
FOUR = Dataset("four", "test", IMAGES, np.array([0, 1, 2, 2], np.uint8))


def answering(table: NDArray[np.float32]) -> Runner:
    """Run as a network would that knows the rows of a table by the first pixel."""

    def run(images: NDArray[np.float32]) -> NDArray[np.float32]:
        assert images.dtype == np.float32
        assert images.shape[1:] == (28, 28, 1)
        return np.take(table, np.rint(255 * images[:, 0, 0, 0]).astype(int), axis=0)

    return run


def table(*digits: int, sure: float = 1.0) -> NDArray[np.float32]:
    return np.eye(10, dtype=np.float32)[list(digits)] * np.float32(sure)


def test_the_numbers_are_those_counted_by_hand() -> None:
    answers = table(0, 1, 2, 3)
    answers[1] = 0.7 * answers[1] + 0.3 * table(5)[0]
    answers[2] = table(6)[0]

    found = compare((answering(table(0, 1, 2, 3)), 1_000), (answering(answers), 250), FOUR)

    assert found.n == 4
    assert found.largest_difference == 1
    assert found.changed == 1
    assert (found.keras.errors, found.keras.accuracy, found.keras.size_bytes) == (1, 0.75, 1_000)
    assert (found.export.errors, found.export.accuracy, found.export.size_bytes) == (2, 0.5, 250)
    assert found.export.us_per_image > 0


def found(difference: float, accuracy: float = 0.99) -> Comparison:
    before, after = Measured(100, 0.99, 400, 1.0), Measured(0, accuracy, 100, 1.0)
    return Comparison(10_000, before, after, difference, 7)


@pytest.mark.parametrize(
    ("precision", "good", "bad"),
    [
        ("float32", found(1e-5), found(1.1e-5)),
        ("float16", found(1e-2), found(1.1e-2)),
        ("float16", found(0), found(0, accuracy=0.98)),
        ("int8", found(0.9, accuracy=0.9851), found(0.1, accuracy=0.984)),
        ("int8", found(1.0, accuracy=1.0), found(float("nan"))),
    ],
)
def test_what_differs_too_much_is_refused(
    precision: ExportPrecision, good: Comparison, bad: Comparison
) -> None:
    good.check(precision)

    with pytest.raises(ExportError):
        bad.check(precision)


def test_a_refusal_holds_the_numbers() -> None:
    with pytest.raises(ExportError) as caught:
        found(0.123, accuracy=0.95).check("float16")

    assert caught.value.exit_code == ExitCode.REFUSED
    for number in ("0.12", "0.01 is allowed", "7 answers", "95.00 %", "99.00 %", "0.5 points"):
        assert number in caught.value.message
