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
from mnist_cli.reading.tables.sums import Failure

LINES = ".jsonl"
ROWS = 1_000  # held at a time

TEXT, SHARE, YES, WHOLE = pa.string(), pa.float64(), pa.bool_(), pa.int32()
BOX = pa.list_(WHOLE)  # left, top, right, bottom
CORNERS = pa.list_(BOX)  # four points


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
                errors = _errors_in_parquet(file)
                if place.endswith(LINES):
                    errors = (json.loads(line)["error"] for line in file)
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


def _list_of(**columns: pa.DataType) -> pa.DataType:
    """Return the type of a list of objects with these entries."""
    return pa.list_(pa.struct(columns))


def _schema(with_labels: bool) -> pa.Schema:
    """Return the columns, which hold just what the record of `predict --json` holds."""
    flags, likely = pa.list_(TEXT), pa.list_(pa.list_(SHARE))  # pairs of a digit, its probability
    label = {"label": TEXT} if with_labels else {}
    failed = dict.fromkeys(Failure._fields, TEXT) | {"table": WHOLE, "cells": pa.list_(BOX)}
    cells = _list_of(row=WHOLE, column=WHOLE, text=TEXT, confidence=SHARE, box=CORNERS, flags=flags)
    columns = {
        "path": TEXT,
        "ok": YES,
        "text": TEXT,
        "digits": _list_of(
            digit=pa.int8(),
            confidence=SHARE,
            top=likely,
            box=BOX,
            unsure=YES,
            **{"flags": flags, "line": WHOLE, "number": WHOLE, "printed": YES, **label},
        ),
        "numbers": _list_of(text=TEXT, box=BOX, confidence=SHARE, unsure=YES, line=WHOLE),
        "fields": _list_of(name=TEXT, text=TEXT, confidence=SHARE, flags=flags),
        "tables": _list_of(corners=CORNERS, rows=WHOLE, columns=WHOLE, name=TEXT, cells=cells),
        "checks": _list_of(**failed),
        "marks": _list_of(text=TEXT, confidence=SHARE, box=BOX),
        "left_out": _list_of(box=BOX, symbol=TEXT, score=SHARE, reason=TEXT),
        "turned": pa.int16(),
        "solution": pa.list_(TEXT),
        "flags": flags,
        "model": pa.struct({"version": TEXT, "sha256": TEXT}),
        "error": pa.struct({"code": TEXT, "message": TEXT, "hint": TEXT}),
    }
    return pa.schema(columns)


def _errors_in_parquet(file: IO[bytes]) -> Iterator[dict[str, str] | None]:
    for batch in pq.ParquetFile(file).iter_batches(columns=["error"]):
        yield from batch.column("error").to_pylist()
