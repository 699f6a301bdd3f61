"""A form's JSON file: written, read, and seen to make sense."""

import base64
import binascii
import difflib
import json
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from mnist_cli.core.errors import FormError, FormNotFoundError, UsageError
from mnist_cli.core.files import read_regular, write_bytes
from mnist_cli.reading.expectations import parse_expectation
from mnist_cli.reading.forms.forms import VERSION, Expected, Form, FormField
from mnist_cli.reading.tables.checks import parse_check
from mnist_cli.reading.tables.grid_of_size import MOST

MOST_BYTES = 64 * 2**20  # of a file
HOW = "`mnist form new SHEET` makes one of a picture of a sheet."
MOST_FIELDS = 1_000
RESERVED = frozenset({"path", "table", "error"})  # columns of results
MOST_CELLS = 50_000
LONGEST_SIDE = 4_000  # px of a form's picture
LONGEST_NAME = 100  # characters
KEYS = ("form", "name", "size", "fields", "checks", "picture", "filled", "blank")
FIELD_KEYS = ("name", "box", "expect", "columns", "across", "down", "printed", "id")


def write_form(path: Path, form: Form) -> None:
    """Write a form to a JSON file.

    Raises:
        StorageError: The disk is full, or the folder can't be written.
    """
    write_bytes(path, (json.dumps(form.to_record(), indent=1) + "\n").encode())


def read_form(path: Path) -> Form:
    """Read a form from its JSON file.

    Raises:
        FormNotFoundError: There is no such file.
        FormError: It is no form, or one that makes no sense; the message says where.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise FormError(f"{path}: a form has at most {MOST_BYTES:,} bytes.")
        record = json.loads(read_regular(path, MOST_BYTES))
    except FileNotFoundError as error:
        raise FormNotFoundError(str(path)) from error
    except OSError as error:
        raise FormError(f"{path}: {error.strerror or error}.") from error
    except (ValueError, RecursionError) as error:
        raise FormError(f"{path}: no form, for it is no JSON ({error}).", hint=HOW) from error
    try:
        return parse_form(record)
    except (UsageError, FormError) as error:
        raise FormError(f"{path}: {error.message}", hint=error.hint) from error


def parse_form(record: Any) -> Form:
    """Return a form out of what its file holds.

    Raises:
        FormError: It makes no sense; the message says where.
        UsageError: A check or an expectation makes none.
    """
    record = _object(record, "a form")
    if record.get("form") != VERSION:
        raise FormError(f'no form of version {VERSION}: it has no "form": {VERSION}.', hint=HOW)
    _check_keys(record, KEYS, "a form")
    name, fields, checks = record.get("name"), record.get("fields"), record.get("checks", [])
    if not isinstance(fields, list) or not 0 < len(fields) <= MOST_FIELDS:
        raise FormError(f'"fields" must be a list of 1 to {MOST_FIELDS}.')
    if not isinstance(checks, list) or not all(isinstance(check, str) for check in checks):
        raise FormError('"checks" must be a list of texts.')
    for check in checks:
        parse_check(check)
    try:
        png = base64.b64decode(record.get("picture", ""), validate=True)
    except (TypeError, ValueError, binascii.Error) as error:
        raise FormError('"picture" must be a picture in base64.') from error
    told = [record.get(key, False) for key in ("filled", "blank")]
    if not all(isinstance(one, bool) for one in told) or all(told):
        raise FormError('"filled" and "blank" must be true or false, and not both be true.')
    form = Form(_name(name), png, tuple(map(_field, fields)), tuple(checks), *told)
    _check(form)
    return form


def _check(form: Form) -> None:
    """See that a form's fields go together.

    Raises:
        FormError: They don't.
    """
    height, width = form.picture.shape
    names = [field.name for field in form.fields]
    for field in form.fields:
        if names.count(field.name) > 1 or (not field.is_table and field.name in RESERVED):
            raise FormError(f"two columns of the results would be called {field.name!r}.")
        if any(r >= len(field.across) or c >= len(field.down) for r, c in field.printed):
            raise FormError(f"field {field.name!r}: print is noted in a cell that it has not.")
        if len(set(field.columns)) < len(field.columns) or RESERVED & set(field.columns):
            raise FormError(f"two columns of {field.name!r} would have the same name in results.")
        if field.down[-1] > width or field.across[-1] > height:
            raise FormError(f"field {field.name!r} reaches beyond the picture, {width}×{height}.")
    if sum(field.is_id for field in form.fields) > 1:
        raise FormError("one field alone can be the id.")
    if sum(field.nodes[..., 0].size for field in form.fields) > MOST_CELLS:
        raise FormError(f"a form has at most {MOST_CELLS:,} cells.")


def _object(value: Any, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise FormError(f"{what} must be an object.")
    return value


def _check_keys(record: dict[str, Any], known: Sequence[str], what: str) -> None:
    """Refuse a key that means nothing: what it was to do would be lost without a word."""
    for key in record:
        if key not in known:
            close = difflib.get_close_matches(key[:LONGEST_NAME], known, 1)
            raise FormError(
                f"{what} has no {key!r:.60}.",
                hint=f"Did you mean {close[0]!r}?" if close else f"It has {', '.join(known)}.",
            )


def _name(value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_NAME or not value.isprintable():
        raise FormError(f"a name has 1 to {LONGEST_NAME} letters. Received: {value!r}.")
    return value


def _field(value: Any) -> FormField:
    record = _object(value, "a field")
    name = _name(record.get("name"))
    _check_keys(record, FIELD_KEYS, f"field {name!r}")
    left, top, right, bottom = _places(record.get("box"), name, 4)
    columns = record.get("columns", [])
    if not isinstance(columns, list) or len(columns) > MOST:
        raise FormError(f"field {name!r}: columns must be a list of names, up to {MOST}.")
    across = _places(record.get("across"), name) if columns else (top, bottom)
    down = _places(record.get("down"), name) if columns else (left, right)
    if columns and len(down) != len(columns) + 1:
        raise FormError(f"field {name!r}: there must be one more in down than columns.")
    for places in (across, down):
        if any(after <= before for before, after in pairwise(places)):
            raise FormError(f"field {name!r}: places must grow from left to right, and down.")
    expect, is_id = _expected(record.get("expect"), name), record.get("id", False)
    if not isinstance(is_id, bool) or (is_id and (columns or not isinstance(expect, tuple))):
        raise FormError(f"field {name!r}: an id is a box, with the list of those expected.")
    printed = _printed(record.get("printed", []), name)
    return FormField(name, across, down, tuple(map(_name, columns)), expect, is_id, printed)


def _expected(expect: Any, name: str) -> Expected:
    """Return what is expected in a field."""
    if expect is None:
        return None
    is_list = isinstance(expect, list) and expect and all(isinstance(one, str) for one in expect)
    if not is_list and not isinstance(expect, str):
        raise FormError(f"field {name!r}: what is expected must be a text, or a list of texts.")
    expect = tuple(expect) if is_list else expect
    parse_expectation(expect)
    return expect  # type: ignore[no-any-return]


def _printed(cells: Any, name: str) -> frozenset[tuple[int, int]]:
    """Return the cells of a field that are printed."""
    try:
        found = {(row, column) for row, column in cells}
    except (TypeError, ValueError):
        found = {(0, 0)}
    if not all(type(at) is int and at > 0 for cell in found for at in cell):
        raise FormError(f"field {name!r}: what is printed must be [row, column] pairs, from 1.")
    return frozenset(found)


def _places(values: Any, name: str, count: int | None = None) -> tuple[float, ...]:
    """Return pixels of a field."""
    fits = isinstance(values, Sequence) and not isinstance(values, str)
    if not fits or (len(values) != count if count else not 2 <= len(values) <= MOST + 1):
        raise FormError(f"field {name!r}: a box is [left, top, right, bottom] in pixels.")
    for value in values:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not 0 <= value <= LONGEST_SIDE:
            raise FormError(f"field {name!r}: {value!r} is no place on the picture.")
    return tuple(map(float, values))
