"""How errors grow as images get worse: MNIST-C's fifteen families, and sweeps of strengths."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_cli.core import log, metrics
from mnist_cli.core.data.dataset import Dataset
from mnist_cli.evaluation.corruptions import CORRUPTIONS, corrupted
from mnist_cli.evaluation.sweeps import SWEEPS, Sweep, swept
from mnist_cli.reading.classifier import Classifier

SEED = 0
SWEPT_IMAGES = 2_500  # of a sweep: 34 strengths of 10,000 images would take a minute by themselves

Mistakes = NDArray[np.bool_]  # (N,), True where an image is read wrong
ImagesToMistakes = Callable[[NDArray[np.uint8]], Mistakes]


@dataclass(frozen=True)
class Rate:
    """How many of `n` images are read wrong."""

    errors: int
    n: int

    @property
    def error(self) -> float:
        """The share of them, in [0, 1]."""
        return self.errors / self.n

    @property
    def interval(self) -> tuple[float, float]:
        """Its 95 % Wilson interval."""
        return metrics.wilson_interval(self.errors, self.n)

    def to_record(self) -> dict[str, Any]:
        """Return the counts and what follows from them."""
        return {
            "errors": self.errors,
            "n": self.n,
            "error": round(self.error, 6),
            "interval": [round(bound, 6) for bound in self.interval],
        }


@dataclass(frozen=True)
class Curve:
    """A sweep: strengths, ascending, the one that changes nothing among them, and their errors."""

    name: str
    unit: str
    neutral: float
    points: list[tuple[float, Rate]]


@dataclass(frozen=True)
class Robustness:
    """Errors on images that were made worse, always in the same way.

    Attributes:
        clean: The errors on the images as they are.
        families: The errors on each of MNIST-C's corruptions of all images.
        mean_error: The mean of the families' errors.
        interval: Its 95 % interval: other images, the same families.
        curves: The errors of each sweep, on `SWEPT_IMAGES` of the images at most.
    """

    clean: Rate
    families: dict[str, Rate]
    mean_error: float
    interval: tuple[float, float]
    curves: list[Curve]

    @property
    def by_error(self) -> list[tuple[str, Rate]]:
        """The families, the worst first."""
        return sorted(self.families.items(), key=lambda family: -family[1].errors)

    def relative(self, error: float) -> float | None:
        """Return how many times the clean error this is; None if there is no clean error."""
        return error / self.clean.error if self.clean.errors else None

    def to_record(self) -> dict[str, Any]:
        """Return `robustness` in the document of `evaluate --json`."""
        return {
            "seed": SEED,
            "clean": self.clean.to_record(),
            "mean_error": round(self.mean_error, 6),
            "interval": [round(bound, 6) for bound in self.interval],
            "relative": self._relative_rounded(self.mean_error),
            "families": [
                {"name": name} | rate.to_record() | {"relative": self._relative_rounded(rate.error)}
                for name, rate in self.families.items()
            ],
            "sweeps": [
                {
                    "name": curve.name,
                    "unit": curve.unit,
                    "neutral": curve.neutral,
                    "points": [{"strength": at} | rate.to_record() for at, rate in curve.points],
                }
                for curve in self.curves
            ],
        }

    def _relative_rounded(self, error: float) -> float | None:
        ratio = self.relative(error)
        return None if ratio is None else round(ratio, 4)


def measure_robustness(classifier: Classifier, dataset: Dataset) -> Robustness:
    """Measure a model on corrupted images; the same images and model give the same numbers.

    Args:
        classifier: The model.
        dataset: Clean images; a sweep takes some of them, evenly spaced.

    Source: Mu and Gilmer 2019, arXiv:1906.02337, for the families.
    """

    def mistakes(images: NDArray[np.uint8], labels: NDArray[np.uint8]) -> Mistakes:
        return np.asarray(classifier.probabilities(images).argmax(axis=1) != labels)

    clean = mistakes(dataset.images, dataset.labels)
    wrong = {}
    for name in CORRUPTIONS:
        wrong[name] = mistakes(corrupted(dataset.images, name, SEED), dataset.labels)
        log.event("robustness.family", name=name, error=float(wrong[name].mean()))
    by_image = np.mean(list(wrong.values()), axis=0)  # (N,), the share of families misread
    step = -(-len(dataset) // SWEPT_IMAGES)
    images, labels = dataset.images[::step], dataset.labels[::step]
    curves = [
        _curve(name, sweep, images, _rate(clean[::step]), lambda worn: mistakes(worn, labels))
        for name, sweep in SWEEPS.items()
    ]
    return Robustness(
        clean=_rate(clean),
        families={name: _rate(found) for name, found in wrong.items()},
        mean_error=float(by_image.mean()),
        interval=metrics.mean_interval(by_image),
        curves=curves,
    )


def _curve(
    name: str, sweep: Sweep, images: NDArray[np.uint8], clean: Rate, mistakes: ImagesToMistakes
) -> Curve:
    points = {
        strength: _rate(mistakes(swept(images, name, strength, SEED)))
        for strength in sweep.strengths
    }
    worst = max(rate.error for rate in points.values())
    log.event("robustness.sweep", name=name, worst_error=worst)
    return Curve(name, sweep.unit, sweep.neutral, sorted((points | {sweep.neutral: clean}).items()))


def _rate(mistakes: Mistakes) -> Rate:
    return Rate(int(mistakes.sum()), len(mistakes))
