"""What a training made, and who reads pictures better now."""

from dataclasses import asdict, dataclass
from typing import Any

from mnist_cli.core.metrics import wilson_interval
from mnist_cli.core.store.versions import Version
from mnist_cli.evaluation.significance import SIGNIFICANCE


@dataclass(frozen=True)
class TrainResult:
    """What `mnist train` reports.

    Attributes:
        version: Its number.
        path: Its folder.
        run: The run that made it.
        val_accuracy: Share of the images held out that it reads right, in [0, 1]; None where
            nothing was held out.
        epochs: How many it was trained for.
        train_s: Seconds in the loop.
        images_per_s: Training images a second.
        val_n: How many images were held out; 0 where that isn't known.
        folds_n: How many images its recipe's cross-validation read, where that is known of a
            version that held nothing out; 0 otherwise.
        folds_accuracy: Share of these that were read right.
        worn_n: How many images held out it read worn as pictures are.
        worn_accuracy: Share of these that it reads right; None where that was not measured.
        reader: The version that read pictures when this one was made, or None.
        reader_worn_accuracy: Share of them that the reader reads right.
        reads_better: Whether it reads them better than the reader; None where no difference can
            be told, or nothing was compared.
    """

    version: str
    path: str
    run: str
    val_accuracy: float | None
    epochs: int
    train_s: float
    images_per_s: float
    val_n: int = 0
    folds_n: int = 0
    folds_accuracy: float | None = None
    worn_n: int = 0
    worn_accuracy: float | None = None
    reader: str | None = None
    reader_worn_accuracy: float | None = None
    reads_better: bool | None = None

    @classmethod
    def of(cls, published: Version) -> "TrainResult":
        """Read it out of a version's manifest; a figure that it does not state is 0 or None."""
        manifest = published.manifest
        metrics = manifest["metrics"]
        return cls(
            version=published.name,
            path=str(published.path),
            run=manifest["run"],
            val_accuracy=metrics["val_accuracy"],
            epochs=metrics.get("epochs", manifest["config"].get("epochs", 0)),
            train_s=metrics.get("train_s", 0.0),
            images_per_s=metrics.get("images_per_s", 0.0),
            val_n=metrics.get("val_n", 0),
            **_of_folds(metrics.get("folds")),
            **_of_worn(metrics.get("worn")),
        )

    @property
    def val_interval(self) -> tuple[float, float] | None:
        """The 95 % Wilson interval of the accuracy; None where it isn't known of how many."""
        if not self.val_n or self.val_accuracy is None:
            return None
        return wilson_interval(round(self.val_accuracy * self.val_n), self.val_n)

    def to_record(self) -> dict[str, Any]:
        """Return the document of `train --json`."""
        places = {"train_s": 2, "images_per_s": 1}
        record = {
            name: round(value, places.get(name, 6)) if isinstance(value, float) else value
            for name, value in asdict(self).items()
        }
        interval = self.val_interval
        return record | {"val_interval": interval and [round(bound, 6) for bound in interval]}


def _of_folds(folds: dict[str, Any] | None) -> dict[str, Any]:
    """Return what a manifest says of a recipe's cross-validation."""
    if not folds:
        return {}
    return {"folds_n": folds["n"], "folds_accuracy": folds["right"] / folds["n"]}


def _of_worn(worn: dict[str, Any] | None) -> dict[str, Any]:
    """Return what a manifest's counts of worn images come to."""
    if not worn:
        return {}
    n, right = worn["n"], worn["right"]
    own = {"worn_n": n, "worn_accuracy": right / n}
    if not {"reader", "reader_right", "p_value"} <= worn.keys():
        return own
    others = worn["reader_right"]
    return own | {
        "reader": worn["reader"],
        "reader_worn_accuracy": others / n,
        "reads_better": right > others if worn["p_value"] < SIGNIFICANCE else None,
    }
