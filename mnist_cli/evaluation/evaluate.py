"""How good a model is on labelled images, with the uncertainty of each number."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_cli.core import calibration, metrics
from mnist_cli.core.data.class_names import DIGITS
from mnist_cli.core.data.dataset import Dataset
from mnist_cli.core.metrics import ClassMetrics
from mnist_cli.evaluation.robustness import Robustness, measure_robustness
from mnist_cli.reading.classifier import Classifier


@dataclass(frozen=True)
class Evaluation:
    """A model's answers on a data set, and what follows from them.

    Attributes:
        dataset: The labelled images.
        probabilities: (N, 10) float32, the model's answers.
        predictions: (N,) uint8, the most probable digits.
        model: Version and digest of the model.
        errors: How many predictions are wrong.
        accuracy: Share of right ones, in [0, 1].
        interval: Its 95 % Wilson interval.
        nll: Mean negative log-likelihood, in nats.
        brier: Brier score, in [0, 2].
        ece: Expected calibration error in 15 bins, in [0, 1].
        per_class: Precision, recall, F1 and support of each digit.
        confusion: (10, 10) counts; the row is the true digit.
        confused: True digit, predicted digit and count of the most frequent errors.
        robustness: What corrupted images do to it, if that was asked for.
        class_names: What the ten classes are called.
    """

    dataset: Dataset
    probabilities: NDArray[np.float32]
    predictions: NDArray[np.uint8]
    model: dict[str, str | None]
    errors: int
    accuracy: float
    interval: tuple[float, float]
    nll: float
    brier: float
    ece: float
    per_class: list[ClassMetrics]
    confusion: NDArray[np.int64]
    confused: list[tuple[int, int, int]]
    robustness: Robustness | None = None
    class_names: tuple[str, ...] = DIGITS

    @property
    def wrong(self) -> NDArray[np.int64]:
        """Indices of the images that were read wrong, the most confident mistake first."""
        indices = np.flatnonzero(self.predictions != self.dataset.labels)
        return indices[np.argsort(-self.confidence[indices], kind="stable")]

    @property
    def confidence(self) -> NDArray[np.float32]:
        """(N,) probabilities of the predicted digits."""
        return np.asarray(self.probabilities.max(axis=1))

    def to_record(self) -> dict[str, Any]:
        """Return the document of `evaluate --json`."""
        data = self.dataset
        record = {
            "model": self.model,
            "data": {"name": data.name, "split": data.split, "sha256": data.sha256},
            "n": len(data),
            "errors": self.errors,
            "accuracy": round(self.accuracy, 6),
            "interval": [round(bound, 6) for bound in self.interval],
            "nll": round(self.nll, 6),
            "brier": round(self.brier, 6),
            "ece": round(self.ece, 6),
            "per_class": [_rounded(asdict(row)) for row in self.per_class],
            "confusion": self.confusion.tolist(),
            "confused": [list(row) for row in self.confused],
        }
        return record | ({"robustness": self.robustness.to_record()} if self.robustness else {})


def evaluate(
    classifier: Classifier, dataset: Dataset, *, with_robustness: bool = False
) -> Evaluation:
    """Measure a model on labelled images, and on corruptions of them too if asked to."""
    probabilities = classifier.probabilities(dataset.images)
    labels = dataset.labels
    predictions = probabilities.argmax(axis=1).astype(np.uint8)
    right = int((predictions == labels).sum())
    confusion = metrics.confusion_matrix(predictions, labels)
    return Evaluation(
        dataset=dataset,
        probabilities=probabilities,
        predictions=predictions,
        model={"version": classifier.version, "sha256": classifier.sha256},
        errors=len(labels) - right,
        accuracy=right / len(labels),
        interval=metrics.wilson_interval(right, len(labels)),
        nll=metrics.negative_log_likelihood(probabilities, labels),
        brier=metrics.brier_score(probabilities, labels),
        ece=calibration.expected_calibration_error(probabilities, labels),
        per_class=metrics.per_class(confusion, classifier.class_names),
        confusion=confusion,
        confused=metrics.most_confused(confusion),
        robustness=measure_robustness(classifier, dataset) if with_robustness else None,
        class_names=classifier.class_names,
    )


def _rounded(row: dict[str, Any]) -> dict[str, Any]:
    return {key: round(v, 6) if isinstance(v, float) else v for key, v in row.items()}
