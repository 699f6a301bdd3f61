import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mnist_cli.core.data.dataset import Dataset
from mnist_cli.core.errors import DatasetError, DatasetNotFoundError
from mnist_cli.reading.output.corrections import NO_DIGIT, Corrections, corrections
from mnist_cli.reading.output.entries import read_entries
from mnist_cli.reading.output.output import writing_cells, writing_results
from mnist_cli.reading.output.record import Reading
from mnist_cli.reading.reader import Reader
from tests.conftest import handwritten
from tests.reading.sheets import MARGIN, PITCH, sheet

TEXTS = {(1, 1): "7", (1, 2): "2", (2, 1): "3", (2, 3): "6", (3, 3): "4"}


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "marks.png"
    Image.fromarray(sheet(3, 3, TEXTS)).save(path)
    return path


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader("bundled", min_confidence=0.0)


def gone_over(path: Path, changes: dict[str, str], reader: Reader) -> Corrections:
    """Put texts in place of others in the column `text` of a file, and learn from it."""
    with path.open(newline="") as file:
        heads, *rows = csv.reader(file)
    at = heads.index("text")
    for row in rows:
        row[at] = changes.get(row[at], row[at])
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([heads, *rows])
    return corrections(read_entries(path), reader)


def without_read(path: Path) -> Path:
    """Make a file such as earlier versions wrote."""
    lines = list(csv.reader(path.read_text().splitlines()))
    assert lines[0][-1] == "read"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(line[:-1] for line in lines)
    return path


def written(reading: Reading, path: Path) -> Path:
    with writing_cells(path, force=False) as write:
        write(reading)
    return path


def test_a_name_that_begins_a_formula_is_found_again(
    reader: Reader, picture: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    picture.rename("=1+1.png")
    reading = reader.read("=1+1.png")
    path = written(reading, tmp_path / "cells.csv")
    texts = [cell.text for cell in reading.tables[0].cells if cell.text]

    assert {entry.path for entry in read_entries(path)} == {"./=1+1.png"}
    assert [one.digit for one in gone_over(path, {texts[1]: "5"}, reader).digits] == [5]


def test_a_text_that_would_begin_a_formula_is_read_back(
    reader: Reader, picture: Path, tmp_path: Path
) -> None:
    reading = reader.read(picture)
    table = reading.tables[0]
    cells = (table.cells[0]._replace(text="-5-3"), *table.cells[1:])
    path = written(reading._replace(tables=(table._replace(cells=cells),)), tmp_path / "cells.csv")

    assert ",'-5-3," in path.read_text()
    assert read_entries(path)[0].text == "-5-3"


def test_what_is_put_right_gives_images_with_labels(
    reader: Reader, picture: Path, tmp_path: Path
) -> None:
    reading = reader.read(picture)
    texts = [cell.text for cell in reading.tables[0].cells if cell.text]
    assert len(texts) == len(TEXTS)
    path = written(reading, tmp_path / "cells.csv")

    changes = {texts[1]: "5", texts[2]: "1,?", texts[3]: "55", texts[4]: "x"}
    found = gone_over(path, changes, reader)

    assert [one.digit for one in found.digits] == [5]
    np.testing.assert_array_equal(found.digits[0].image, reading.digits[1].image)
    reasons = [reason for _, _, reason in found.left_out]
    assert reasons == ["a ? is left in '1,?'", "2 written, 1 found", "'x' is no text of digits"]


def test_marks_put_right_are_told_not_to_be_learned(
    reader: Reader, picture: Path, tmp_path: Path
) -> None:
    reading = reader.read(picture)
    texts = [cell.text for cell in reading.tables[0].cells if cell.text]
    path = written(reading, tmp_path / "cells.csv")

    found = gone_over(path, {texts[1]: f"-{texts[1]}", texts[2]: f" {texts[2]}"}, reader)

    assert found.digits == []
    reasons = [reason for _, _, reason in found.left_out]
    assert reasons == ["its marks or spaces alone differ, and these are not learned"]


@pytest.mark.parametrize("is_old", [False, True])
def test_what_expect_read_otherwise_is_no_correction(
    reader: Reader, tmp_path: Path, test_split: Dataset, is_old: bool
) -> None:
    """The first cell holds a 7 that may be a 1."""
    page = sheet(3, 3, {place: text for place, text in TEXTS.items() if text != "7"})
    inner = slice(MARGIN + 7, MARGIN + PITCH - 7)
    page[inner, inner] &= handwritten(test_split.images[3277], PITCH - 14)
    picture = tmp_path / "marks.png"
    Image.fromarray(page).save(picture)
    expecting = Reader("bundled", min_confidence=0.0, expect=["1", "2", "3", "4", "6"])
    reading, plain = expecting.read(picture), reader.read(picture)
    assert [plain.digits[at].digit for at in (0, 1)] == [7, 2]
    assert reading.tables[0].cells[0].text == "1"
    path = written(reading, tmp_path / "cells.csv")

    found = gone_over(without_read(path) if is_old else path, {"2": "5"}, reader)

    assert [one.digit for one in found.digits] == ([reading.digits[0].digit, 5] if is_old else [5])
    assert found.left_out == []


def test_what_is_put_right_as_it_is_read_now_is_learnt(
    picture: Path, reader: Reader, tmp_path: Path
) -> None:
    reading = reader.read(picture)
    table = reading.tables[0]
    cells = (table.cells[0]._replace(text="1"), *table.cells[1:])  # as another model read it
    path = written(reading._replace(tables=(table._replace(cells=cells),)), tmp_path / "cells.csv")

    assert [one.digit for one in gone_over(path, {"1": "7"}, reader).digits] == [7]


def test_rows_may_be_sorted_and_deleted(reader: Reader, picture: Path, tmp_path: Path) -> None:
    path = written(reader.read(picture), tmp_path / "cells.csv")
    heads, *rows = path.read_text().splitlines()
    path.write_text("\n".join([heads, *rows[:0:-1]]))

    found = gone_over(path, {}, reader)

    assert (found.digits, found.left_out) == ([], [])


def test_a_file_of_another_picture_of_that_name_teaches_nothing(
    reader: Reader, picture: Path, tmp_path: Path
) -> None:
    places = [(row, column) for row in (1, 2, 3, 4) for column in (1, 2, 3)]
    for name, shift in (("first", 0), ("second", 4)):
        texts = {place: "234567"[(at + shift) % 6] for at, place in enumerate(places)}
        Image.fromarray(sheet(4, 3, texts)).save(picture)
        written(reader.read(picture), tmp_path / f"{name}.csv")

    found = corrections(read_entries(tmp_path / "first.csv"), reader)

    assert (found.places, found.digits) == (0, [])
    ((_, _, reason),) = found.left_out
    assert "most of it reads otherwise now" in reason


def test_a_place_in_which_nothing_stands_teaches_no_digit(
    reader: Reader, picture: Path, tmp_path: Path
) -> None:
    path = written(reader.read(picture), tmp_path / "cells.csv")
    other = written(reader.read(picture), tmp_path / "other.csv")

    emptied = gone_over(path, {"7": ""}, reader)
    one_of_them = gone_over(other, {"7": "", "2": "222"}, reader)

    assert [reason for _, _, reason in emptied.left_out] == [NO_DIGIT]
    assert emptied.are_emptied
    assert not one_of_them.are_emptied


@pytest.mark.parametrize("text", ["02-Jan", "O3", "seven"])
def test_what_is_no_text_of_digits_teaches_nothing(
    reader: Reader, picture: Path, tmp_path: Path, text: str
) -> None:
    reading = reader.read(picture)
    first = next(cell.text for cell in reading.tables[0].cells if cell.text)

    found = gone_over(written(reading, tmp_path / "cells.csv"), {first: text}, reader)

    assert found.digits == []
    assert "is no text of digits" in found.left_out[0][2]


def test_whole_pictures_are_put_right_too(reader: Reader, picture: Path, tmp_path: Path) -> None:
    reading = Reader(reader.classifier, layout="line", min_confidence=0.0).read(picture)
    path = tmp_path / "results.csv"
    with writing_results(path, force=False) as write:
        write(reading)
        write(reader.read(tmp_path / "none.png", errors="record"))
    other = "".join(str((int(sign) + 1) % 10) for sign in reading.text if sign.isdigit())

    found = gone_over(path, {reading.text: other}, reader)

    assert "".join(str(one.digit) for one in found.digits) == other
    assert (found.places, found.left_out) == (1, [])


def changed_page(reader: Reader, folder: Path, *changes: tuple[str, str]) -> Corrections:
    """Put numbers right in the text of a picture that was read without a table."""
    texts = {(1, 1): "7", (1, 3): "2", (2, 1): "3", (2, 3): "6", (3, 3): "4"}
    Image.fromarray(sheet(3, 3, texts)).save(folder / "page.png")
    reading = Reader(reader.classifier, layout="page", min_confidence=0.0).read(folder / "page.png")
    text = reading.text
    assert text.split() == list(texts.values())
    with writing_results(folder / "results.csv", force=False) as write:
        write(reading)
    for old, new in changes:
        text = text.replace(old, new)
    return gone_over(folder / "results.csv", {reading.text: text}, reader)


def test_of_a_page_the_numbers_that_were_changed_are_learned_and_no_others(
    reader: Reader, tmp_path: Path
) -> None:
    found = changed_page(reader, tmp_path, ("2", "5"), ("6", "9"))

    assert [one.digit for one in found.digits] == [5, 9]
    assert (found.places, found.left_out) == (2, [])


def test_a_number_put_right_to_what_its_neighbour_was_is_learned_where_it_stands(
    reader: Reader, tmp_path: Path
) -> None:
    found = changed_page(reader, tmp_path, ("7 2", "2 9"))

    assert [one.digit for one in found.digits] == [2, 9]
    assert (found.places, found.left_out) == (2, [])


@pytest.mark.parametrize("is_old", [False, True])
def test_a_question_mark_that_is_left_is_told(
    reader: Reader, picture: Path, tmp_path: Path, *, is_old: bool
) -> None:
    path = written(reader.read(picture), tmp_path / "cells.csv")

    found = gone_over(without_read(path) if is_old else path, {"2": "2?"}, reader)

    assert [reason for _, _, reason in found.left_out] == ["a ? is left in '2?'"]


def test_a_digit_that_is_taken_out_of_a_page_leaves_the_others_where_they_were(
    reader: Reader, tmp_path: Path
) -> None:
    """The second one may be a letter; the fourth one has more digits than were found."""
    found = changed_page(reader, tmp_path, ("2", ""), ("3", "8"), ("6", "66"), ("4", "?"))

    assert [one.digit for one in found.digits] == [8]
    reasons = [reason for _, _, reason in found.left_out]
    assert reasons == [NO_DIGIT, "2 written, 1 found", "a ? is left in '?'"]


def test_a_picture_that_is_gone_is_said_once(reader: Reader, picture: Path, tmp_path: Path) -> None:
    path = written(reader.read(picture), tmp_path / "cells.csv")
    picture.unlink()

    found = gone_over(path, {}, reader)

    assert not found.digits
    assert [line for line, _, _ in found.left_out] == [2]


def test_of_a_picture_that_is_left_out_the_places_that_were_changed_count(
    reader: Reader, picture: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.png"
    other.write_bytes(picture.read_bytes())
    path = tmp_path / "cells.csv"
    with writing_cells(path, force=False) as write:
        for one in (picture, other):
            write(reader.read(one))
    texts = [cell.text for cell in reader.read(picture).tables[0].cells if cell.text]
    entries = [
        one._replace(text="5") if one.path == str(picture) and one.text in texts[1:3] else one
        for one in read_entries(path)
    ]
    changed = [one.line for one in entries if one.text != one.read]
    picture.unlink()
    other.unlink()

    found = corrections(entries, reader)

    assert len(changed) == found.lost == 2
    assert [line for line, path, _ in found.left_out if path == str(picture)] == changed
    assert [path for _, path, _ in found.left_out].count(str(other)) == 1


def test_print_of_a_form_that_is_read_now_makes_no_other_picture(
    reader: Reader, tmp_path: Path
) -> None:
    places = [(row, column) for row in (1, 2, 3, 4) for column in (1, 2, 3)]
    texts = {place: "234567"[at % 6] for at, place in enumerate(places)}
    picture = tmp_path / "marks.png"
    Image.fromarray(sheet(4, 3, texts)).save(picture)
    entries = [
        one._replace(text="", read="", is_printed=True) if at > 2 else one
        for at, one in enumerate(read_entries(written(reader.read(picture), tmp_path / "c.csv")))
    ]

    found = corrections([entries[0]._replace(text="9"), *entries[1:]], reader)

    assert ([one.digit for one in found.digits], found.left_out) == ([9], [])


CELLS = b"path,table,row,column,text,confidence,flags,box\n"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"a,b\n1,2\n",
        b"\xff\xfe",
        b"path,table,1\nx.png,1,3\n",
        b"path;ok;text;confidence;flags;error\n",
        CELLS.decode().encode("utf-16-le"),  # without its mark
        CELLS + b"\xe4.png",
        CELLS + b"x.png,1,1,1,7,,,{}\n",
        CELLS + b"x.png,1,1,1,7,,," + 9_999 * b"[" + b"\n",
        CELLS + b"x.png,1,1,1,7\n",
        CELLS + b'"x',
    ],
)
def test_a_file_of_another_kind_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other.csv"
    path.write_bytes(content)

    with pytest.raises(DatasetError, match=r"other\.csv: expected a \.csv file"):
        read_entries(path)


@pytest.mark.parametrize(
    ("separator", "line_end", "encoding"),
    [
        (",", "\n", "utf-8-sig"),
        (";", "\r\n", "utf-8"),
        ("\t", "\r\n", "utf-16"),
        (",", "\r", "utf-16-be"),
    ],
)
def test_what_spreadsheets_save_is_taken(
    tmp_path: Path, separator: str, line_end: str, encoding: str
) -> None:
    corners = [[0, 0], [9, 0], [9, 9], [0, 9]]
    rows: list[list[object]] = [
        ["path", "table", "row", "column", "text", "confidence", "flags", "box", "my notes"],
        ["\xe4.png", 1, 1, 1, "3,14", "0,98", "", json.dumps(corners), ""],
        [""] * 9,
        ["\xe4.png", 1, 2, 1, "2", "0,5", "", json.dumps(corners)],
        [],
        [""] * 9,
    ]
    file = io.StringIO(newline="")
    write = csv.writer(
        file, delimiter=separator, lineterminator=line_end, quoting=csv.QUOTE_ALL
    ).writerow
    for row in rows:
        write(row)
    text = ("\ufeff" if encoding == "utf-16-be" else "") + file.getvalue()
    path = tmp_path / "cells.csv"
    path.write_bytes(text.encode(encoding))

    entries = read_entries(path)

    assert [(one.line, one.path, one.text) for one in entries] == [
        (2, "\xe4.png", "3,14"),
        (4, "\xe4.png", "2"),
    ]
    assert all(one.corners is not None and one.corners.tolist() == corners for one in entries)


def test_a_picture_that_was_not_read_is_passed_over_in_every_language(tmp_path: Path) -> None:
    path = tmp_path / "results.csv"
    heads = "path;ok;text;confidence;unsure;flags;error\n"
    path.write_text(f"{heads}a;FALSCH;;;;;no picture\nb;WAHR;7;0,99;FALSCH;;\n")

    assert [one.path for one in read_entries(path)] == ["b"]


def test_lines_are_those_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "results.csv"
    path.write_text('path,ok,text,confidence,unsure,flags,error\na,True,"7\n8",,,,\nb,True,9,,,,\n')

    assert [(one.line, one.text) for one in read_entries(path)] == [(2, "7\n8"), (4, "9")]


def test_a_path_that_is_too_long_is_a_picture_that_is_not_there(
    reader: Reader, tmp_path: Path
) -> None:
    path = tmp_path / "cells.csv"
    box = '"[[0, 0], [9, 0], [9, 9], [0, 9]]"'
    path.write_bytes(CELLS + 5_000 * b"x" + b".pdf#3,1,1,1,7,,," + box.encode())

    assert len(corrections(read_entries(path), reader).left_out) == 1


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(DatasetNotFoundError, match="No such file"):
        read_entries(tmp_path / "none.csv")
