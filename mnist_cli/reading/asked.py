"""What a reader is asked for: forms are opened, and what makes no sense is refused."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from mnist_cli.core.choices import Invert, Layout, Turn
from mnist_cli.core.errors import UsageError
from mnist_cli.reading.expectations import KINDS, Expectation, expectation_of
from mnist_cli.reading.forms.forms import Form
from mnist_cli.reading.tables.checks import Check, parse_check
from mnist_cli.reading.tables.grid_of_size import MOST

if TYPE_CHECKING:
    from mnist_cli.reading.task import Task

MOST_LIKELY = 10  # digits that are reported of each


def form_of(form: Any) -> Form | Literal["sudoku"] | None:
    """Return a form that is built in or given, or what its file says.

    Raises:
        FormNotFoundError: There is no such file.
        FormError: It is no form, or one that makes no sense.
        UsageError: It is neither a form nor a path.
    """
    if form is None or form == "sudoku" or isinstance(form, Form):
        return form  # type: ignore[no-any-return]
    if isinstance(form, str | Path):
        from mnist_cli.reading.forms.form_file import read_form  # no other reader needs it

        return read_form(Path(form))
    raise _unfit("form", "`sudoku`, the path of a form, or a Form", form)


def check_asked(task: "Task") -> None:
    """See that each option is one that is known.

    Raises:
        UsageError: One is not; the message says what it may be, and the hint how it is passed.
    """
    for name, kind in (("layout", Layout), ("turn", Turn), ("invert", Invert)):
        if (value := getattr(task, name)) not in (allowed := get_args(kind)):
            known = ", ".join(map(repr, allowed[:-1]))
            raise _unfit(name, f"{known} or {allowed[-1]!r}", value)
    if not _is_within(task.top_k, 1, MOST_LIKELY) or task.top_k != int(task.top_k):
        raise _unfit("top_k", f"a whole number from 1 to {MOST_LIKELY}", task.top_k)
    if not _is_within(task.min_confidence, 0, 1):
        raise _unfit("min_confidence", "a number from 0 to 1", task.min_confidence)
    if task.grid is not None and not _is_size(task.grid):
        words = f"the table's rows and columns, up to {MOST} each, as (40, 8)"
        raise _unfit("grid", words, task.grid)


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


def _is_within(value: Any, low: float, high: float) -> bool:
    try:
        return bool(low <= value <= high)
    except (TypeError, ValueError):
        return False


def _is_size(grid: Any) -> bool:
    try:
        rows, columns = grid
    except (TypeError, ValueError):
        return False
    return all(side in range(1, MOST + 1) for side in (rows, columns))


def _are_texts(values: Any) -> bool:
    is_list = isinstance(values, Sequence | set | frozenset) and not isinstance(values, str)
    return is_list and all(isinstance(value, str) for value in values)
