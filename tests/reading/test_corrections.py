import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from mnist_cli import store
from mnist_cli.core.errors import DatasetError, DatasetNotFoundError
from mnist_cli.reading.classifier import Classifier, LiteRTClassifier
from mnist_cli.reading.corrections import Corrections, corrections, read_entries
from mnist_cli.reading.output import writing_cells, writing_results
from mnist_cli.reading.reader import Reader
from tests.reading.sheets import MARGIN, PITCH, sheet, write_text

TEXTS = {(1, 1): "7", (1, 2): "2", (2, 1): "3", (2, 3): "6", (3, 3): "4"}


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "marks.png"
    Image.fromarray(sheet(3, 3, TEXTS)).save(path)
    return path


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader(bundled(), min_confidence=0.0)


def bundled() -> Classifier:
    """Return the package's, whatever stands in a store."""
    found = store.resolve("bundled", Path("nowhere"))
    assert not isinstance(found, Path)
    return LiteRTClassifier(found)


def gone_over(path: Path, changes: dict[str, str], reader: Reader) -> Corrections:
    """Put texts in place of others in the fields of a file, and learn from it."""
    with path.open(newline="") as file:
        rows = [[changes.get(text, text) for text in row] for row in csv.reader(file)]
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    return corrections(read_entries(path), reader)


@pytest.mark.parametrize("writing", [writing_cells, writing_results])
def test_what_is_put_right_gives_images_with_labels(
    reader: Reader, picture: Path, tmp_path: Path, writing: Any
) -> None:
    reading = reader.read(picture)
    texts = [cell.text for cell in reading.tables[0].cells if cell.text]
    assert len(texts) == len(TEXTS)
    path = tmp_path / "results.csv"
    with writing(path, force=False) as write:
        write(reading)

    found = gone_over(path, {texts[1]: "5", texts[3]: "55", texts[4]: "?"}, reader)

    assert [one.digit for one in found.digits] == [5]
    assert (found.changed, found.confirmed, found.still_open) == (1, 0, 1)
    reasons = [(entry.text, reason) for entry, reason in found.unmatched]
    assert reasons == [("55", "1 digits were found, for 2")]
    images = [digit.image for digit in reading.digits]
    assert np.array_equal(found.digits[0].image, images[1])


def test_lines_and_whole_pictures_are_put_right_too(
    reader: Reader, picture: Path, tmp_path: Path
) -> None:
    line = Reader(reader.classifier, layout="line", min_confidence=0.0)
    text = line.read(picture).text
    path = tmp_path / "results.csv"
    with writing_results(path, force=False) as write:
        write(line.read(picture))
    other = "".join(str((int(sign) + 1) % 10) for sign in text if sign.isdigit())

    found = gone_over(path, {text: other}, line)

    assert "".join(str(one.digit) for one in found.digits) == other
    assert (found.changed, found.confirmed, found.unmatched) == (1, 0, [])


def test_what_stands_beside_a_table_is_a_line_of_its_own(reader: Reader, tmp_path: Path) -> None:
    page = sheet(3, 3, TEXTS)
    write_text(page, "8", MARGIN, 10, PITCH)
    Image.fromarray(page).save(tmp_path / "marks.png")
    reading = reader.read(tmp_path / "marks.png")
    (loose,) = (one.text for one in reading.numbers if not one.in_table)
    path = tmp_path / "rows.csv"
    with writing_results(path, force=False) as write:
        write(reading)

    found = gone_over(path, {loose: "5"}, reader)

    assert [one.digit for one in found.digits] == [5]


def test_what_is_left_as_it_is_teaches_what_was_unsure(
    reader: Reader, picture: Path, tmp_path: Path
) -> None:
    path = tmp_path / "cells.csv"
    with writing_cells(path, force=False) as write:
        write(reader.read(picture))
    doubting = Reader(reader.classifier, min_confidence=1.0)

    assert gone_over(path, {}, reader).digits == []
    assert gone_over(path, {}, doubting).confirmed == len(TEXTS)


def test_a_picture_that_is_gone_costs_its_own_places(
    reader: Reader, picture: Path, tmp_path: Path
) -> None:
    path = tmp_path / "cells.csv"
    with writing_cells(path, force=False) as write:
        write(reader.read(picture))
    picture.unlink()

    found = gone_over(path, {}, reader)

    assert not found.digits
    assert len(found.unmatched) == 9


@pytest.mark.parametrize(
    "content",
    [b"", b"a,b\n1,2\n", b"\xff\xfe", b"path,table,1\nx.png,one,3\n", b'path,table,1\n"x'],
)
def test_a_file_of_another_kind_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other.csv"
    path.write_bytes(content)

    with pytest.raises(DatasetError, match=r"other\.csv: expected a \.csv file"):
        read_entries(path)


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(DatasetNotFoundError, match="No such file"):
        read_entries(tmp_path / "none.csv")
