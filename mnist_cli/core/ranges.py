"""What each figure of a run's config may be."""

from typing import get_args

from mnist_cli.core.choices import Arch, ClassWeights, Initializer, Optimizer, Precision, Schedule
from mnist_cli.core.errors import UsageError

MAX_SEED = 2**32 - 1
MAX_UNITS = 10_000
FEWEST_HELD_OUT = 10  # images: of fewer, neither accuracy nor temperature mean anything
RANGE_HELD_OUT = f"0, or {FEWEST_HELD_OUT} to 60000"

RANGES: dict[str, tuple[float, float]] = {  # lowest and highest of each number
    "stem": (0, MAX_UNITS),
    "dropout": (0, 0.95),
    "towers": (1, 100),
    "rotation_deg": (0, 180),
    "scale": (0, 0.9),
    "shear": (0, 2),
    "shift_px": (0, 28),
    "elastic_px": (0, 28),
    "elastic_sigma_px": (0.5, 28),
    "final_strength": (0, 1),
    "probability": (0.001, 1),
    "stroke": (0, 2),
    "outline": (0, 2),
    "erasure": (0, 2),
    "spots": (0, 2),
    "clutter": (0, 2),
    "lines": (0, 2),
    "borders": (0, 2),
    "blur": (0, 2),
    "haze": (0, 2),
    "contrast": (0, 2),
    "noise": (0, 2),
    "glyph_variants": (0, 1),
    "outliers": (0, 1),
    "epochs": (1, 100_000),
    "patience": (0, 100_000),
    "batch_size": (1, 60_000),
    "learning_rate": (5e-324, 10),  # over 0
    "warmup_epochs": (0, 100_000),
    "weight_decay": (0, 10),
    "label_smoothing": (0, 0.95),
    "average_decay": (0, 0.999_999),
    "least_share": (0, 0.95),
    "validation_size": (0, 60_000),
    "seed": (0, MAX_SEED),
}
CHOICES: dict[str, tuple[str, ...]] = {
    "arch": get_args(Arch),
    "initializer": get_args(Initializer),
    "optimizer": get_args(Optimizer),
    "schedule": get_args(Schedule),
    "class_weights": get_args(ClassWeights),
    "precision": get_args(Precision),
}
OPTIONS = ("epochs", "patience", "batch_size", "learning_rate", "seed")  # of `mnist train`


def range_words(name: str) -> str:
    """Return what a figure may be, as `0 to 0.95`."""
    if name in CHOICES:
        return ", ".join(CHOICES[name])
    low, high = RANGES[name]
    return f"over 0, up to {high:g}" if 0 < low < 1e-300 else f"{low:.10g} to {high:.10g}"


def check(name: str, good: bool, received: object, expected: str) -> None:
    """Refuse a value that is not good, by its name.

    Raises:
        UsageError: It is not.
    """
    if not good:
        raise UsageError(f"{name} must be {expected}. Received: {received}.")


def check_figures(config: object) -> None:
    """Refuse numbers out of their range, and words that are no choice.

    Raises:
        UsageError: There is one.
    """
    for name, value in vars(config).items():
        shown = f"--{name.replace('_', '-')}" if name in OPTIONS else name
        if name in CHOICES:
            check(shown, value in CHOICES[name], value, range_words(name))
        elif name in RANGES:
            low, high = RANGES[name]
            check(shown, low <= value <= high, value, range_words(name))
