"""The rows of `search.csv`: one a training without a fold."""

import csv
import hashlib
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from mnist_cli.core.config import TrainConfig
from mnist_cli.core.settings import as_text


@dataclass(frozen=True)
class Row:
    """How well the fold that a training left out was read.

    Attributes:
        recipe: As `dense/quick`.
        changes: What was set otherwise, as `--set` takes it, by spaces.
        config: Digest of the whole config, the seed apart.
        plain: That of the recipe as it stood then, without changes.
        images: How many of the 60,000 training images were taken.
        folds: Into how many folds they were parted.
        fold: The one that was left out, from 0.
        seed: Of the training.
        n: Images in the fold.
        nll: Negative log-likelihood in nats, after `temperature`.
        temperature: What makes the fold's labels most likely.
        train_s: Seconds in the loop.
        tool: Version of the tool.
        machine: Processor, cores and versions of the libraries.
        date: When it was done.
        misread: Indices of the images that were misread, among all 60,000, by spaces.
    """

    recipe: str
    changes: str
    config: str
    plain: str
    images: int
    folds: int
    fold: int
    seed: int
    n: int
    nll: float
    temperature: float
    train_s: float
    tool: str
    machine: str
    date: str
    misread: str

    @property
    def name(self) -> str:
        """What it is called in tables."""
        return f"{self.recipe} {self.changes}".rstrip()

    @property
    def key(self) -> tuple[str, int, int, int, int]:
        """What tells it from all other rows."""
        return self.config, self.images, self.folds, self.fold, self.seed

    @property
    def wrong(self) -> set[str]:
        """The images that were misread."""
        return set(self.misread.split())

    @property
    def accuracy(self) -> float:
        """Share of the fold that was read right."""
        return 1 - len(self.wrong) / self.n


def digest(config: TrainConfig) -> str:
    """Return what tells a config from others, whatever its seed is and its recipe's name.

    Only what differs from the defaults counts, so that a new setting leaves old rows as they are.
    """
    values = config.override(seed=0, recipe=TrainConfig.recipe).flat()
    usual = TrainConfig().flat()
    told = sorted(f"{k}={as_text(v)}" for k, v in values.items() if v != usual[k])
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:8]


def read_rows(path: Path) -> list[Row]:
    """Read a table; one that is not there has no rows."""
    if not path.exists():
        return []
    kinds = {field.name: field.type for field in fields(Row)}
    with path.open(newline="") as file:
        return [
            Row(**{name: kinds[name](text) for name, text in values.items()})  # type: ignore[operator]
            for values in csv.DictReader(file)
        ]


def add_row(path: Path, row: Row) -> None:
    """Append a row; a new table gets its head."""
    is_new = not path.exists()
    values = asdict(row) | {"nll": round(row.nll, 6)}
    with path.open("a", newline="") as file:
        writer = csv.DictWriter(file, list(values), lineterminator="\n")
        if is_new:
            writer.writeheader()
        writer.writerow(values)
