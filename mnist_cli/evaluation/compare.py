"""Whether one model reads better than another, as far as the same images can tell."""

import statistics
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_cli.core.data.dataset import Dataset
from mnist_cli.evaluation import evaluate as evaluation
from mnist_cli.evaluation.evaluate import Evaluation
from mnist_cli.evaluation.significance import SIGNIFICANCE, mcnemar_p_value
from mnist_cli.reading.classifier import Classifier

SPEED_IMAGES = 5_000  # at most, a round
SPEED_ROUNDS = 3


@dataclass(frozen=True)
class Side:
    """One of the two models.

    Attributes:
        evaluation: Its answers, and what follows from them.
        size_bytes: Size of the file that is read with.
        images_per_s: 28×28 arrays turned into probabilities a second.
    """

    evaluation: Evaluation
    size_bytes: int
    images_per_s: float

    @property
    def is_wrong(self) -> NDArray[np.bool_]:
        """(N,) where it reads another digit than the true one."""
        return np.not_equal(self.evaluation.predictions, self.evaluation.dataset.labels)

    @property
    def errors_by_digit(self) -> NDArray[np.int64]:
        """(10,) counts of the errors, by the true digit."""
        return np.bincount(self.evaluation.dataset.labels[self.is_wrong], minlength=10)

    def to_record(self) -> dict[str, Any]:
        """Return its part of the document of `models compare --json`."""
        record = self.evaluation.to_record()
        return {key: record[key] for key in ("model", "errors", "accuracy", "interval")} | {
            "size_bytes": self.size_bytes,
            "images_per_s": round(self.images_per_s, 1),
        }


@dataclass(frozen=True)
class Comparison:
    """Two models' answers to the same images, and what may be concluded."""

    a: Side
    b: Side

    @property
    def dataset(self) -> Dataset:
        """The images that both read."""
        return self.a.evaluation.dataset

    @property
    def only_a_wrong(self) -> int:
        """How many images A alone reads wrong."""
        return int((self.a.is_wrong & ~self.b.is_wrong).sum())

    @property
    def only_b_wrong(self) -> int:
        """How many images B alone reads wrong."""
        return int((self.b.is_wrong & ~self.a.is_wrong).sum())

    @property
    def both_wrong(self) -> int:
        """How many images both read wrong, alike or not."""
        return int((self.a.is_wrong & self.b.is_wrong).sum())

    @property
    def p_value(self) -> float:
        """How likely so uneven errors would be, were both models equally good."""
        return mcnemar_p_value(self.only_a_wrong, self.only_b_wrong)

    @property
    def better(self) -> str | None:
        """`a` or `b`, or None where no difference can be told."""
        if self.p_value >= SIGNIFICANCE:
            return None
        return "a" if self.only_a_wrong < self.only_b_wrong else "b"

    @property
    def conclusion(self) -> str:
        """What may be concluded, in words."""
        p = "p < 0.001" if self.p_value < 0.001 else f"p = {self.p_value:.3g}"
        if self.better:
            return f"{self.better.upper()} is better, {p}"
        return f"no difference can be told from {len(self.dataset):,} images ({p})"

    @property
    def differing(self) -> NDArray[np.int64]:
        """Indices of the images that they read differently, those first where both are sure."""
        a, b = self.a.evaluation, self.b.evaluation
        indices = np.flatnonzero(a.predictions != b.predictions)
        sureness = np.minimum(a.confidence, b.confidence)[indices]
        return indices[np.argsort(-sureness, kind="stable")]

    def to_record(self) -> dict[str, Any]:
        """Return the document of `models compare --json`."""
        of_a, of_b = self.a.errors_by_digit.tolist(), self.b.errors_by_digit.tolist()
        rows = zip(self.a.evaluation.per_class, of_a, of_b, strict=True)
        return {
            "a": self.a.to_record(),
            "b": self.b.to_record(),
            "data": self.a.evaluation.to_record()["data"],
            "n": len(self.dataset),
            "only_a_wrong": self.only_a_wrong,
            "only_b_wrong": self.only_b_wrong,
            "both_wrong": self.both_wrong,
            "p_value": float(f"{self.p_value:.6g}"),
            "significance": SIGNIFICANCE,
            "better": self.better,
            "conclusion": self.conclusion,
            "per_class": [
                {"label": row.label, "support": row.support, "errors_a": a, "errors_b": b}
                for row, a, b in rows
            ],
        }


def compare(a: Classifier, b: Classifier, dataset: Dataset) -> Comparison:
    """Let two models read the same images."""
    first, second = evaluation.evaluate(a, dataset), evaluation.evaluate(b, dataset)
    speeds = _measure_speeds(a, b, dataset)
    return Comparison(Side(first, a.size_bytes, speeds[0]), Side(second, b.size_bytes, speeds[1]))


def _measure_speeds(a: Classifier, b: Classifier, dataset: Dataset) -> tuple[float, float]:
    """Return images a second of each: medians of rounds taken in turns, after a first reading."""
    images = dataset.images[:SPEED_IMAGES]
    durations_s: tuple[list[float], list[float]] = ([], [])
    for _ in range(SPEED_ROUNDS):
        for classifier, own in zip((a, b), durations_s, strict=True):
            started = time.perf_counter()
            classifier.probabilities(images)
            own.append(time.perf_counter() - started)
    of_a, of_b = (len(images) / statistics.median(own) for own in durations_s)
    return of_a, of_b
