"""What a reader is asked for: forms are opened, and what makes no sense is refused."""

from collections.abc import Sequence
from numbers import Real
from operator import index
from pathlib import Path
from typing import Any, Literal, get_args

from mnist_cli.core.choices import Invert, Layout, Turn
from mnist_cli.core.errors import UsageError
from mnist_cli.reading.expectations import KINDS, Expectation, expectation_of
from mnist_cli.reading.forms.forms import Form
from mnist_cli.reading.tables.checks import Check, parse_check
from mnist_cli.reading.tables.grid_of_size import MOST

MOST_LIKELY = 10  # digits that are reported of each


def form_of(form: Any) -> Form | Literal["sudoku"] | None:
    """Return a form that is built in or given, or what its file says.

    Raises:
        FormNotFoundError: There is no such file.
        FormError: It is no form, or one that makes no sense.
        UsageError: It is neither a form nor a path.
    """
    if form is None or isinstance(form, Form):
        return form
    if isinstance(form, str | Path):
        if form == "sudoku":
            return "sudoku"
        from mnist_cli.reading.forms.form_file import read_form  # no other reader needs it

        return read_form(Path(form))
    raise _unfit("form", "`sudoku`, the path of a form, or a Form", form)


def plain_options(
    top_k: Any, min_confidence: Any, invert: Any, layout: Any, turn: Any, digits_only: Any
) -> dict[str, Any]:
    """Return options by their names, with Python's own numbers for those of other libraries.

    Raises:
        UsageError: One is none that is known; the message says what it may be, and the hint how it
            is passed.
    """
    for name, value, kind in (("layout", layout, Layout), ("invert", invert, Invert)):
        if not (isinstance(value, str) and value in get_args(kind)):
            raise _unfit(name, _either(kind), value)
    degrees = turn if isinstance(turn, str) else _whole(turn)
    if degrees not in get_args(Turn):
        raise _unfit("turn", _either(Turn), turn)
    count = _whole(top_k)
    if count not in range(1, MOST_LIKELY + 1):
        raise _unfit("top_k", f"a whole number from 1 to {MOST_LIKELY}", top_k)
    is_number = isinstance(min_confidence, Real)
    if not (is_number and 0 <= min_confidence <= 1):
        raise _unfit("min_confidence", "a number from 0 to 1", min_confidence)
    if not isinstance(digits_only, bool):
        raise _unfit("digits_only", "True or False", digits_only)
    numbers = {"top_k": count, "min_confidence": float(min_confidence), "turn": degrees}
    return numbers | {"invert": invert, "layout": layout, "digits_only": digits_only}


def grid_of(grid: Any) -> tuple[int, int] | None:
    """Return how many rows and columns a table has, if that is given.

    Raises:
        UsageError: It is no such pair.
    """
    if grid is None:
        return None
    try:
        rows, columns = map(_whole, grid)
    except (TypeError, ValueError):
        rows = columns = None
    if not all(side in range(1, MOST + 1) for side in (rows, columns)):
        words = f"the table's rows and columns, up to {MOST} each, as (40, 8)"
        raise _unfit("grid", words, grid)
    return rows, columns


def expected_of(expect: Any) -> Expectation | None:
    """Return what is known to be written, if anything is.

    Raises:
        UsageError: It is none of the kinds, and no list of texts.
    """
    if not (expect is None or isinstance(expect, str) or _are_texts(expect)):
        raise _unfit("expect", f"{KINDS}, in quotes; or a list of the texts allowed", expect)
    return expectation_of(expect) if expect else None


def checks_of(form: Form | None, checks: Any) -> tuple[Check, ...]:
    """Return the sums of a form, and those that are asked for beside them.

    Raises:
        UsageError: They are no list of texts, or one makes no sense.
    """
    if not _are_texts(checks):
        raise _unfit("checks", 'a list of sums, as ["sum(1..7) = 8"]', checks)
    return tuple(map(parse_check, (*(form.checks if form else ()), *checks)))


def _unfit(name: str, words: str, value: object) -> UsageError:
    return UsageError(
        f"{name} must be {words}. Received: {value!r}.", hint="help(mnist_cli.Reader) explains it."
    )


def _either(kind: Any) -> str:
    """Return `'a', 'b' or 'c'` of a Literal."""
    *known, last = map(repr, get_args(kind))
    return f"{', '.join(known)} or {last}"


def _whole(value: Any) -> Any:
    """Return a whole number as an int, and None for what is none: 2.0 is none."""
    try:
        return index(value)
    except TypeError:
        return None


def _are_texts(values: Any) -> bool:
    is_list = isinstance(values, Sequence | set | frozenset) and not isinstance(values, str)
    return is_list and all(isinstance(value, str) for value in values)
