"""Fields as they are given with a sheet, and the same on the form."""

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnist_cli.core.errors import UsageError
from mnist_cli.reading.forms.forms import FormField
from mnist_cli.reading.forms.laid import Box, Laid
from mnist_cli.reading.tables.grid_of_size import parse_size


@dataclass(frozen=True, eq=False)
class Given:
    """A field as `--field` takes it.

    Attributes:
        name: What it is called.
        box: Where it is, in pixels of the picture.
        size: Rows and columns of a table; None of a box.
    """

    name: str
    box: Box
    size: tuple[int, int] | None

    def on_form(self, laid: Laid, shape: tuple[int, ...]) -> FormField:
        """Return the field on the form, whose picture has this shape.

        Raises:
            UsageError: Nothing of it lies there.
        """
        (x0, y0), (x1, y1) = laid.box_on_form(self.box).clip(0, shape[1::-1]).tolist()
        if min(x1 - x0, y1 - y0) < 1:
            raise _beyond(self.name, laid.size)
        rows, columns = self.size or (1, 1)
        return FormField(
            self.name.strip(),
            rounded(np.linspace(y0, y1, rows + 1)),
            rounded(np.linspace(x0, x1, columns + 1)),
            numbered(columns) if self.size else (),
        )


def parse_given(text: str, size: tuple[int, int]) -> Given:
    """Read `NAME=LEFT,TOP,RIGHT,BOTTOM`, with `:ROWSxCOLUMNS` after it if it is a table.

    Args:
        text: What is given.
        size: Width and height of the picture.

    Raises:
        UsageError: It is none, is empty, or reaches beyond the picture.
    """
    pattern = r"([^=]+)=(\d+),(\d+),(\d+),(\d+)(?::(\d+[xX×]\d+))?"
    found = re.fullmatch(pattern, text.strip())
    if not found:
        raise UsageError(
            f"A field is NAME=LEFT,TOP,RIGHT,BOTTOM or, of a table, the same with :ROWSxCOLUMNS."
            f" Received: {text!r}.",
        )
    box = np.array(found.groups()[1:5], np.float64).reshape(2, 2)
    if (box[1] <= box[0]).any() or (box[1] > size).any():
        raise _beyond(found[1], size)
    return Given(found[1], box, parse_size(found[6]) if found[6] else None)


def _beyond(name: str, size: tuple[int, int]) -> UsageError:
    wide, high = size
    return UsageError(f"Field {name!r} is empty, or lies beyond the picture, {wide}×{high}.")


def numbered(columns: int) -> tuple[str, ...]:
    """Return the names of columns that have none."""
    return tuple(map(str, range(1, columns + 1)))


def rounded(places: NDArray[np.float64]) -> tuple[float, ...]:
    """Return places as a form's file holds them."""
    return tuple(round(float(place), 1) for place in places)
