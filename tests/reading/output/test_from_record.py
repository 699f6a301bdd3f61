"""A reading from its record gives the rows that the reading itself gave."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_cli.core.data.dataset import Dataset
from mnist_cli.reading.output.entries import read_entries
from mnist_cli.reading.output.from_record import reading_of
from mnist_cli.reading.output.output import writing_results
from mnist_cli.reading.output.record import Reading
from mnist_cli.reading.reader import Reader
from tests.conftest import render_digit
from tests.server.sheet_pictures import ruled_sheet


@pytest.fixture(scope="module")
def reader() -> Reader:
    """One that doubts more than usual."""
    return Reader("bundled", min_confidence=0.999)


def rows(path: Path, *readings: Reading) -> list[list[str]]:
    with writing_results(path, force=True) as write:
        for reading in readings:
            write(reading)
    with path.open(newline="") as file:
        return list(csv.reader(file))


def again(reading: Reading) -> Reading:
    return reading_of(json.loads(json.dumps(reading.to_record())))


def test_tables_and_what_is_doubtful_in_them(
    reader: Reader, test_split: Dataset, tmp_path: Path
) -> None:
    reading = reader.read(ruled_sheet(test_split, 6, 4, seed=2)[0])

    expected = rows(tmp_path / "a.csv", reading)
    assert any("?" in text for row in expected for text in row)
    assert rows(tmp_path / "a.csv", again(reading)) == expected


def test_numbers_without_a_table_and_pictures_that_were_not_read(
    reader: Reader, test_split: Dataset, tmp_path: Path
) -> None:
    pages = [
        reader.read(ruled_sheet(test_split, 3, 3)[0]),
        reader.read(lines([12, 345])),
        reader.read(b"<html>", errors="record"),
    ]

    expected = rows(tmp_path / "a.csv", *pages)
    assert [row[1] for row in expected[1:6]] == ["1", "1", "1", "", ""]  # a table, and two lines
    assert expected[6][2].startswith("error: ")
    assert rows(tmp_path / "a.csv", *map(again, pages)) == expected
    alone = rows(tmp_path / "b.csv", pages[1], pages[2])
    assert rows(tmp_path / "b.csv", *map(again, pages[1:])) == alone


def lines(numbers: list[int]) -> NDArray[np.uint8]:
    """Draw a number a line."""
    paper = np.full((120 * len(numbers) + 80, 500), 255, np.uint8)
    for line, number in enumerate(numbers):
        for at, digit in enumerate(str(number)):
            top, left = 40 + 120 * line, 60 + 70 * at
            paper[top : top + 80, left : left + 80] &= render_digit(int(digit), 80)
    return paper


def test_of_what_was_put_right_on_the_page_it_is_not_said_what_was_read(
    reader: Reader, tmp_path: Path
) -> None:
    reading = reader.read(render_digit(7))
    record = reading.to_record() | {"text": "1"}
    record["digits"][0] |= {"digit": 1, "flags": ["corrected"]}

    heads, read, right = rows(tmp_path / "a.csv", reading, reading_of(record))

    assert [dict(zip(heads, row, strict=True))["read"] for row in (read, right)] == ["7", ""]
    assert [one.read for one in read_entries(tmp_path / "a.csv")] == ["7", None]
