"""What a reader does with each picture: by which classifier, and what was asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from mnist_cli.core.choices import Invert, Layout, Turn
from mnist_cli.reading.classifier import Classifier
from mnist_cli.reading.expectations import Expectation
from mnist_cli.reading.forms.forms import Form
from mnist_cli.reading.tables.checks import Check

# options that are told as they were given
PLAIN_OPTIONS = ("top_k", "min_confidence", "invert", "layout", "turn", "digits_only", "expect")


@dataclass(frozen=True)
class Task:
    """What a reader does with each picture; as of `Reader`, but for these.

    Attributes:
        class_names: What the classifier's classes are called; none where they are digits.
        expected: What that says; None where nothing is.
        grid: Also of a sudoku.
        checks: Also those of a form.
    """

    classifier: Classifier
    class_names: tuple[str, ...]
    expect: str | Sequence[str] | None
    expected: Expectation | None
    top_k: int
    min_confidence: float
    invert: Invert
    layout: Layout
    turn: Turn
    digits_only: bool
    grid: tuple[int, int] | None
    form: Form | Literal["sudoku"] | None
    checks: tuple[Check, ...]

    @property
    def model(self) -> dict[str, str | None]:
        """Version and digest of the model."""
        return {"version": self.classifier.version, "sha256": self.classifier.sha256}

    @property
    def sheet(self) -> Form | None:
        """The form that sheets are laid over; None without one, and for sudokus."""
        return self.form if isinstance(self.form, Form) else None

    @property
    def is_sudoku(self) -> bool:
        """Whether each picture is of one."""
        return self.form == "sudoku"

    @property
    def may_be_sudoku(self) -> bool:
        """Whether a picture that looks like one is read by its rules: if nothing was asked for."""
        asked = self.grid or self.form or self.expect or self.checks or self.class_names
        return not asked and self.layout == "auto"

    @property
    def options(self) -> dict[str, Any]:
        """What was asked for, beside the classifier, by the names of the arguments."""
        return {name: getattr(self, name) for name in PLAIN_OPTIONS} | {
            "grid": self.grid and list(self.grid),
            "form": self.sheet.sha256 if self.sheet else self.form,
            "checks": [check.text for check in self.checks],
        }
