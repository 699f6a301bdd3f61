"""What each figure of a run's config may be."""

from dataclasses import Field, dataclass, field, fields
from typing import Any, Literal, TypeVar, get_args, get_origin

from mnist_cli.core.errors import UsageError

MAX_SEED = 2**32 - 1
MAX_UNITS = 10_000
FEWEST_HELD_OUT = 10  # images: of fewer, neither accuracy nor temperature mean anything
RANGE_HELD_OUT = f"0, or {FEWEST_HELD_OUT} to 60000"

T = TypeVar("T")

OPTIONS = ("epochs", "patience", "batch_size", "learning_rate", "seed")  # of `mnist train`


def figure(default: T, lowest: float, highest: float, unit: str = "") -> T:
    """Return a field of a config: its default, what it may be, and what it counts or measures."""
    return field(default=default, metadata={"range": (lowest, highest), "unit": unit})


def choices_of(figure: Field[Any]) -> tuple[str, ...]:
    """Return the words that a figure may be; none of a number."""
    return get_args(figure.type) if get_origin(figure.type) is Literal else ()


def range_words(figure: Field[Any]) -> str:
    """Return what a figure may be, as `0 to 0.95`; nothing where it is no word and no number."""
    if "range" not in figure.metadata:
        return ", ".join(choices_of(figure))
    low, high = figure.metadata["range"]
    return f"over 0, up to {high:g}" if 0 < low < 1e-300 else f"{low:.10g} to {high:.10g}"


def check(name: str, good: bool, received: object, expected: str) -> None:
    """Refuse a value that is not good, by its name.

    Raises:
        UsageError: It is not.
    """
    if not good:
        raise UsageError(f"{name} must be {expected}. Received: {received}.")


@dataclass(frozen=True)
class Checked:
    """A config, a dataclass: numbers out of their range, and words that are no choice, are refused.

    Raises:
        UsageError: There is one.
    """

    def __post_init__(self) -> None:
        for figure in fields(self):
            name, value = figure.name, getattr(self, figure.name)
            shown = f"--{name.replace('_', '-')}" if name in OPTIONS else name
            if choices := choices_of(figure):
                check(shown, value in choices, value, range_words(figure))
            elif "range" in figure.metadata:
                low, high = figure.metadata["range"]
                check(shown, low <= value <= high, value, range_words(figure))
