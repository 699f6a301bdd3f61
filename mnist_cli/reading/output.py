"""Readings to a .csv or .jsonl file, whole or not at all."""

import csv
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from mnist_cli.core.errors import UsageError
from mnist_cli.core.files import check_output, replacing
from mnist_cli.reading.results import Reading

COLUMNS = ("path", "ok", "text", "confidence", "unsure", "flags", "error")


@contextmanager
def writing_results(
    path: Path | None, *, force: bool, inputs: Sequence[str] = ()
) -> Iterator[Callable[[Reading], None]]:
    """Yield what writes a reading to `path`; the file appears once all of them are in it.

    Args:
        path: A `.csv` or `.jsonl` file, or None to write nothing.
        force: Whether an existing file is replaced.
        inputs: What is read, and never replaced.

    Raises:
        UsageError: The suffix is neither.
        ConflictError: The file exists, and `force` is off; or it is an input.
        StorageError: The disk is full, or the folder can't be written.
    """
    if path is None:
        yield lambda _reading: None
        return
    writers = {".csv": _csv_writer, ".jsonl": _json_writer}
    if path.suffix.lower() not in writers:
        raise UsageError(f"--output must end in .csv or .jsonl. Received: {str(path)!r}.")
    check_output(path, force=force, inputs=inputs)
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        yield writers[path.suffix.lower()](file)


def _csv_writer(file: IO[str]) -> Callable[[Reading], None]:
    rows = csv.DictWriter(file, COLUMNS)
    rows.writeheader()

    def write(reading: Reading) -> None:
        rows.writerow(
            {
                "path": _no_formula(reading.path),
                "ok": reading.error is None,
                "text": reading.text,
                "confidence": min((digit.confidence for digit in reading.digits), default=""),
                "unsure": any(digit.unsure for digit in reading.digits),
                "flags": " ".join(
                    dict.fromkeys((*reading.flags, *(f for d in reading.digits for f in d.flags)))
                ),
                "error": reading.error.message if reading.error else "",
            }
        )

    return write


def _no_formula(path: str) -> str:
    """Return a path that no spreadsheet takes for a formula, and that means the same file."""
    return f"./{path}" if path.startswith(("=", "+", "-", "@")) and path != "-" else path


def _json_writer(file: IO[str]) -> Callable[[Reading], None]:
    return lambda reading: print(json.dumps(reading.to_record()), file=file)
