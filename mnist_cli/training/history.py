"""What is kept of each epoch."""

import csv
import io
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from mnist_cli.core.files import write_bytes


@dataclass(frozen=True)
class EpochRecord:
    """A row of `history.csv`; accuracies are fractions, `loss` is what was minimised.

    `loss` and `accuracy` are means over the epoch, on distorted images and while the weights
    still move, so they may well be worse than `val_loss` and `val_accuracy`, which are None where
    nothing is held out.
    """

    epoch: int
    loss: float
    accuracy: float
    val_loss: float | None
    val_accuracy: float | None
    learning_rate: float
    images_per_s: float
    duration_s: float


def write_history(path: Path, history: list[EpochRecord]) -> None:
    """Write a CSV with a row an epoch.

    Raises:
        StorageError: The disk is full, or the folder can't be written.
    """
    table = io.StringIO(newline="")
    rows = csv.DictWriter(table, [field.name for field in fields(EpochRecord)])
    rows.writeheader()
    for record in history:
        row = asdict(record)
        rows.writerow({k: round(v, 6) if isinstance(v, float) else v for k, v in row.items()})
    write_bytes(path, table.getvalue().encode())
