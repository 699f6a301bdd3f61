"""An export and the network it was made of, on the same images."""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_cli.core.choices import ExportPrecision
from mnist_cli.core.data.dataset import Dataset, as_input
from mnist_cli.core.errors import ExportError

Runner = Callable[[NDArray[np.float32]], NDArray[np.float32]]  # (N, 28, 28, 1) to (N, 10)

BATCH = 500
# largest difference of a probability; int8 rounds each activation, so its accuracy counts instead
LARGEST_DIFFERENCE: dict[ExportPrecision, float] = {"float32": 1e-5, "float16": 1e-2}
LARGEST_LOSS = 0.005  # of accuracy


@dataclass(frozen=True)
class Measured:
    """How one form of a network does.

    Attributes:
        errors: How many images it reads wrong.
        accuracy: Share of right ones, in [0, 1].
        size_bytes: What it takes on disk.
        us_per_image: Microseconds an image, on all cores, in batches of 500.
    """

    errors: int
    accuracy: float
    size_bytes: int
    us_per_image: float


@dataclass(frozen=True)
class Comparison:
    """What an export changes.

    Attributes:
        n: How many images were read.
        keras: The network it was made of.
        export: The export.
        largest_difference: Of a probability.
        changed: Images whose most probable digit is another.
    """

    n: int
    keras: Measured
    export: Measured
    largest_difference: float
    changed: int

    def to_record(self) -> dict[str, Any]:
        """Return plain values, rounded."""
        return {
            "n": self.n,
            "largest_difference": float(f"{self.largest_difference:.3g}"),
            "changed": self.changed,
            "keras": _rounded(self.keras),
            "export": _rounded(self.export),
        }

    def check(self, precision: ExportPrecision) -> None:
        """Refuse an export that answers otherwise than its network.

        Raises:
            ExportError: It does; the message holds the numbers.
        """
        loss = self.keras.accuracy - self.export.accuracy
        allowed = LARGEST_DIFFERENCE.get(precision, float("inf"))
        if self.largest_difference <= allowed and loss <= LARGEST_LOSS:
            return
        limit = f"{allowed:g}" if precision in LARGEST_DIFFERENCE else "any"
        raise ExportError(
            f"The export answers otherwise than its network on {self.n:,} images: probabilities"
            f" differ by up to {self.largest_difference:.2g} ({limit} is allowed), {self.changed}"
            f" answers changed, accuracy {100 * self.export.accuracy:.2f} % instead of"
            f" {100 * self.keras.accuracy:.2f} % ({100 * LARGEST_LOSS:g} points may be lost).",
            hint="Nothing was written. Try another --precision or --format.",
        )


def compare(keras: tuple[Runner, int], export: tuple[Runner, int], dataset: Dataset) -> Comparison:
    """Run both on labelled images.

    Args:
        keras: What runs the network, and its size in bytes.
        export: The same of the export.
        dataset: The images.
    """
    expected, of_keras = _measured(*keras, dataset)
    answers, of_export = _measured(*export, dataset)
    return Comparison(
        n=len(dataset),
        keras=of_keras,
        export=of_export,
        largest_difference=float(np.abs(answers - expected).max()),
        changed=int((answers.argmax(axis=1) != expected.argmax(axis=1)).sum()),
    )


def _measured(
    run: Runner, size_bytes: int, dataset: Dataset
) -> tuple[NDArray[np.float32], Measured]:
    images = as_input(dataset.images)
    run(images[:BATCH])  # the first call prepares what the others use
    started = time.perf_counter()
    answers = np.concatenate([run(images[at : at + BATCH]) for at in range(0, len(images), BATCH)])
    us_per_image = 1e6 * (time.perf_counter() - started) / len(images)
    errors = int((answers.argmax(axis=1) != dataset.labels).sum())
    return answers, Measured(errors, 1 - errors / len(dataset), size_bytes, us_per_image)


def _rounded(measured: Measured) -> dict[str, Any]:
    return asdict(measured) | {
        "accuracy": round(measured.accuracy, 6),
        "us_per_image": round(measured.us_per_image, 2),
    }
