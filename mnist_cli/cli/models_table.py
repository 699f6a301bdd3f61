"""The versions of a store in rows and columns: sorted, printed, as CSV."""

import io
from enum import StrEnum
from typing import Any

from mnist_cli.cli import console
from mnist_cli.core.data.csv_rows import row_writer


class Column(StrEnum):
    """What versions are told apart by; the names are the heads of the table."""

    VERSION = "version"
    ALIASES = "aliases"
    ARCH = "arch"
    RECIPE = "recipe"
    SEED = "seed"
    EPOCHS = "epochs"
    PARAMETERS = "parameters"
    VAL = "val"
    FOLDS = "folds"
    WORN = "worn"
    TEST = "test"
    SIZE = "size"
    CREATED = "created"
    SET = "set"
    NOTE = "note"

    @property
    def key(self) -> str:
        """Its name in the records of `models list --json`."""
        keys = {
            Column.VAL: "val_accuracy",
            Column.FOLDS: "folds_accuracy",
            Column.WORN: "worn_accuracy",
            Column.TEST: "test_accuracy",
            Column.SIZE: "size_bytes",
        }
        return keys.get(self, self.value)


_MISSING = {
    Column.VAL: "none held out",
    Column.FOLDS: "",
    Column.WORN: "not measured",
    Column.TEST: "not measured",
}


def in_order(records: list[dict[str, Any]], column: Column) -> list[dict[str, Any]]:
    """Sort records upwards by a column; what is not known comes first."""

    def rank(record: dict[str, Any]) -> tuple[bool, Any]:
        value = record[column.key]
        if value is not None and column is Column.VERSION:
            value = int(value)
        return value is not None, 0 if value is None else value

    return sorted(records, key=rank)


def show_table(records: list[dict[str, Any]]) -> None:
    """Print records as a table for people."""
    rows = [[_shown(column, record[column.key]) for column in Column] for record in records]
    console.result_table(list(Column), *rows)


def show_csv(records: list[dict[str, Any]]) -> None:
    """Print records as CSV, with the names and values of `--json`; lists are joined by spaces."""
    text = io.StringIO(newline="")
    write_row = row_writer(text, line_end="\n")
    write_row(column.key for column in Column)
    for record in records:
        values = (record[column.key] for column in Column)
        write_row(" ".join(v) if isinstance(v, list) else v for v in values)
    console.result(text.getvalue().removesuffix("\n"))


def _shown(column: Column, value: Any) -> str:
    match column:
        case Column.VAL | Column.FOLDS | Column.WORN | Column.TEST:
            return _MISSING[column] if value is None else f"{100 * value:.2f} %"
        case Column.SIZE:
            return f"{value / 1e6:.1f} MB"
        case Column.PARAMETERS if value is not None:
            return f"{value:,}"
        case Column.ALIASES | Column.SET:
            return " ".join(value)
    return "" if value is None else str(value)
