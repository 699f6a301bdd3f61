"""The records of one task as one file: Parquet, or JSON lines."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq

from mnist_cli.cluster import filesystems
from mnist_cli.cluster.filesystems import opened, reached
from mnist_cli.cluster.packed import PARQUET
from mnist_cli.core.outputs import SHARD_BEGINS
from mnist_cli.reading.output.record import Reading
from mnist_cli.reading.tables.checks import Failure

LINES = ".jsonl"
ROWS = 1_000  # held at a time


def name_of(number: int, folder: str) -> str:
    """Return a shard's name: JSON lines where the folder's name ends in `.jsonl`, else Parquet."""
    return f"{SHARD_BEGINS}{number:06}{LINES if folder.lower().endswith(LINES) else PARQUET}"


def is_shard(name: str) -> bool:
    """Tell by its name whether a file is a shard."""
    return name.startswith(SHARD_BEGINS)


def write_shard(
    place: str, readings: Iterable[Reading], class_names: tuple[str, ...]
) -> Counter[str]:
    """Write the record of each reading, a thousand at a time; the shard appears once it is whole.

    Args:
        place: Path or URL of a `.jsonl` or `.parquet` file.
        readings: What was read.
        class_names: What the model's classes are called; none where they are digits.

    Returns:
        How many failed by each code, and under "" how many were read.

    Raises:
        StorageError: It can't be written.
    """
    counts: Counter[str] = Counter()
    records = _counted((reading.to_record() for reading in readings), counts)
    if place.endswith(LINES):
        write = partial(_write_lines, records=records)
    else:
        write = partial(_write_parquet, records=records, schema=_schema(bool(class_names)))
    filesystems.write(place, write)
    return counts


def count_records(place: str) -> Counter[str] | None:
    """Count what is in a finished shard as `write_shard` does; None if it is no whole one.

    Raises:
        StorageError: It can't be reached.
    """
    counts: Counter[str] = Counter()
    with reached(place):
        try:
            with opened(place) as file:
                errors = (
                    _errors_in_lines(file) if place.endswith(LINES) else _errors_in_parquet(file)
                )
                counts.update(error["code"] if error else "" for error in errors)
        except (FileNotFoundError, KeyError, TypeError, ValueError, pa.ArrowException):
            return None
    return counts


def _counted(records: Iterable[dict[str, Any]], counts: Counter[str]) -> Iterator[dict[str, Any]]:
    for record in records:
        counts[record["error"]["code"] if record["error"] else ""] += 1
        yield record


def _write_lines(path: Path, records: Iterator[dict[str, Any]]) -> None:
    with path.open("w", encoding="utf-8") as file:
        for record in records:
            file.write(json.dumps(record) + "\n")


def _write_parquet(path: Path, records: Iterator[dict[str, Any]], schema: pa.Schema) -> None:
    with pq.ParquetWriter(path, schema, compression="zstd") as file:
        while rows := list(islice(records, ROWS)):
            file.write_batch(pa.RecordBatch.from_pylist(rows, schema))


def _schema(with_labels: bool) -> pa.Schema:
    """Return the columns, which hold just what the record of `predict --json` holds."""
    text, box = pa.string(), pa.list_(pa.int32())
    digit = {
        "digit": pa.int8(),
        "confidence": pa.float64(),
        "top": pa.list_(pa.list_(pa.float64())),  # pairs of a digit and its probability
        "box": box,
        "unsure": pa.bool_(),
        "flags": pa.list_(text),
        "line": pa.int32(),
        "number": pa.int32(),
        "printed": pa.bool_(),
    } | ({"label": text} if with_labels else {})
    number = {
        "text": text,
        "box": box,
        "confidence": pa.float64(),
        "unsure": pa.bool_(),
        "line": pa.int32(),
    }
    corners = pa.list_(pa.list_(pa.int32()))
    cell = {
        "row": pa.int32(),
        "column": pa.int32(),
        "text": text,
        "confidence": pa.float64(),
        "box": corners,
        "flags": pa.list_(text),
    }
    table = {
        "corners": corners,
        "rows": pa.int32(),
        "columns": pa.int32(),
        "name": text,
        "cells": pa.list_(pa.struct(cell)),
    }
    field = {"name": text} | {key: cell[key] for key in ("text", "confidence", "flags")}
    failure = dict.fromkeys(Failure._fields, text) | {"table": pa.int32()}
    mark = {"text": text, "confidence": pa.float64(), "box": box}
    left_out = {"box": box, "symbol": text, "score": pa.float64(), "reason": text}
    return pa.schema(
        {
            "path": text,
            "ok": pa.bool_(),
            "text": text,
            "digits": pa.list_(pa.struct(digit)),
            "numbers": pa.list_(pa.struct(number)),
            "fields": pa.list_(pa.struct(field)),
            "tables": pa.list_(pa.struct(table)),
            "checks": pa.list_(pa.struct(failure)),
            "marks": pa.list_(pa.struct(mark)),
            "left_out": pa.list_(pa.struct(left_out)),
            "turned": pa.int16(),
            "solution": pa.list_(text),
            "flags": pa.list_(text),
            "model": pa.struct({"version": text, "sha256": text}),
            "error": pa.struct({"code": text, "message": text, "hint": text}),
        }
    )


def _errors_in_lines(file: IO[bytes]) -> Iterator[dict[str, str] | None]:
    return (json.loads(line)["error"] for line in file)


def _errors_in_parquet(file: IO[bytes]) -> Iterator[dict[str, str] | None]:
    for batch in pq.ParquetFile(file).iter_batches(columns=["error"]):
        yield from batch.column("error").to_pylist()
