"""How a request has its pictures read."""

from dataclasses import dataclass, replace
from typing import Literal

from mnist_cli.core.choices import Invert, Layout, Turn
from mnist_cli.reading.classifier import Classifier
from mnist_cli.reading.config import CONFIG
from mnist_cli.reading.forms.form_file import parse_form
from mnist_cli.reading.reader import Reader
from mnist_cli.server import problems
from mnist_cli.server.json_bodies import parse
from mnist_cli.server.loaded import chosen
from mnist_cli.server.timing import Timed


@dataclass(frozen=True)
class Options:
    """How pictures are read, as `predict` has it.

    Attributes:
        top_k, layout, invert, turn, min_confidence, digits_only, expect, grid, checks: As Reader
            takes them.
        form: `sudoku`, or the JSON of a form.
        explain: Whether the 28×28 images and the diagnosis are added.
        version: Which of those that are loaded reads, by number or alias; None for the first.
        csv: Which `.csv` file of `mnist predict` is the answer; None for records.
    """

    top_k: int = 3
    layout: Layout = "auto"
    invert: Invert = "auto"
    turn: Turn = "auto"
    min_confidence: float = CONFIG.min_confidence
    digits_only: bool = False
    expect: str | None = None
    grid: tuple[int, int] | None = None
    form: Literal["sudoku"] | bytes | None = None
    checks: tuple[str, ...] = ()
    explain: bool = False
    version: str | None = None
    csv: Literal["results", "cells"] | None = None

    def with_form(self, form: bytes | None) -> "Options":
        """Return the same, for sheets of a form.

        Raises:
            Problem: Something was asked for that a form says itself.
        """
        if form is None:
            return self
        tables = {"form=sudoku": self.form, "grid": self.grid}
        if given := [name for name, value in tables.items() if value]:
            raise problems.unusable(
                f"A form of your own says what its tables are: leave {' and '.join(given)} out."
            )
        told = {"expect": self.expect, "layout": self.layout, "turn": self.turn}
        if given := [name for name, value in told.items() if value not in {None, "auto"}]:
            raise problems.unusable(f"A form says what a sheet is: leave {', '.join(given)} out.")
        return replace(self, form=form)

    def timed(self, classifier: Classifier) -> Timed:
        """Return which of those that are loaded is asked for, with a watch.

        Raises:
            Problem: That one is not loaded.
        """
        return Timed(chosen(classifier, self.version))

    def reader(self, classifier: Classifier) -> Reader:
        """Return what reads so.

        Raises:
            Problem: The form is no JSON.
            MnistError: It makes no sense.
        """
        form = self.form
        return Reader(
            classifier,
            top_k=self.top_k,
            min_confidence=self.min_confidence,
            invert=self.invert,
            layout=self.layout,
            turn=self.turn,
            digits_only=self.digits_only,
            expect=self.expect,
            grid=self.grid,
            form=parse_form(parse(form, "part `form`")) if isinstance(form, bytes) else form,
            checks=self.checks,
        )
