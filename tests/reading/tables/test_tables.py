import csv
import io
import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from mnist_cli.core.choices import Layout
from mnist_cli.core.errors import SpreadsheetError, UsageError
from mnist_cli.reading.normalise import Grey
from mnist_cli.reading.output.explain import explain
from mnist_cli.reading.output.output import as_csv, writing_cells, writing_results
from mnist_cli.reading.output.record import Reading
from mnist_cli.reading.output.review import LAST, Review
from mnist_cli.reading.reader import Reader
from mnist_cli.reading.tables.sudoku import CELLS
from mnist_cli.reading.tables.tables import JUST_SURE, NumberRead, TableRead
from tests.conftest import render_digit
from tests.reading.sheets import MARGIN, PITCH, photographed, sheet, write_text
from tests.reading.tables.test_sudoku import PUZZLE, SOLVED

TEXTS = {
    (1, 1): "7", (1, 2): "2", (1, 4): "1", (2, 2): "0", (2, 3): "5", (3, 1): "7", (3, 4): "6",
    (4, 1): "2", (4, 2): "1", (4, 3): "0", (4, 4): "7",
}  # fmt: skip


@pytest.fixture(scope="module")
def reader() -> Reader:
    """Return the package's, whatever stands in a store."""
    return Reader("bundled")


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sheets") / "marks.png"
    Image.fromarray(photographed(sheet(4, 4, TEXTS), 4, 0.06)).save(path)
    return path


@pytest.fixture(scope="module")
def reading(reader: Reader, picture: Path) -> Reading:
    return reader.read(picture)


def test_a_table_is_read_cell_by_cell(reading: Reading) -> None:
    (table,) = reading.tables

    assert (table.rows, table.columns) == (4, 4)
    assert {(cell.row, cell.column): cell.text for cell in table.cells if cell.text} == TEXTS
    assert all(("empty" in cell.flags) == (not cell.text) for cell in table.cells)


def test_the_numbers_of_a_cell_that_is_unsure_are_unsure(picture: Path) -> None:
    read = Reader("bundled", checks=["sum(1..2) = 4"]).read(picture)

    (table,) = read.tables
    told = [cell for cell in table.cells if cell.text]
    assert [one.text for one in read.numbers] == [cell.text for cell in told]
    assert [one.unsure for one in read.numbers] == ["unsure" in cell.flags for cell in told]
    assert {one.unsure for one in read.numbers} == {True, False}


def test_a_plain_stroke_alone_in_a_cell_is_a_1_or_is_told(reader: Reader) -> None:
    texts = {(row, column): str((row + column) % 9 + 1) for row in range(1, 8) for column in (1, 3)}
    page = sheet(7, 3, texts)
    for row in range(5):
        x, top = MARGIN + PITCH + 20 + 3 * row, MARGIN + row * PITCH + 14
        cv2.line(page, (x + row, top), (x - row, top + 32), 70, 1 + row % 4)

    (table,) = reader.read(page).tables

    strokes = [cell for cell in table.cells if cell.column == 2 and cell.row <= 5]
    assert sum(cell.text == "1" for cell in strokes) >= 3
    assert all(cell.text == "1" or "unsure" in cell.flags for cell in strokes)


def test_the_rows_of_a_table_are_lines_of_the_text(reading: Reading) -> None:
    assert reading.text == "7 2 1\n0 5\n7 6\n2 1 0 7"
    assert [number.text for number in reading.numbers] == reading.text.split()
    assert [digit.line for digit in reading.digits] == [0, 0, 0, 1, 1, 2, 2, 3, 3, 3, 3]
    assert [digit.number for digit in reading.digits] == list(range(11))


def test_the_record_of_a_table_is_that_of_the_design(reading: Reading) -> None:
    (table,) = json.loads(json.dumps(reading.to_record()))["tables"]

    assert set(table) == {"corners", "rows", "columns", "name", "cells"}
    assert set(table["cells"][0]) == {"row", "column", "text", "confidence", "box", "flags"}
    assert [len(corner) for corner in table["corners"]] == [2, 2, 2, 2]
    cells = [(cell["row"], cell["column"]) for cell in table["cells"]]
    assert cells == [(row, column) for row in range(1, 5) for column in range(1, 5)]


def test_a_table_that_lies_on_its_side_has_corners_of_the_picture(
    reader: Reader, picture: Path, tmp_path: Path
) -> None:
    with Image.open(picture) as image:
        image.rotate(90, expand=True).save(tmp_path / "turned.png")

    turned = Reader(reader.classifier, turn=90).read(tmp_path / "turned.png")

    assert turned.text == "7 2 1\n0 5\n7 6\n2 1 0 7"
    (table,) = turned.tables
    (left, top), (right, bottom) = table.corners[0], table.corners[2]
    assert left < right
    assert top > bottom  # the upper left corner of what was read lies at the picture's lower left


def test_a_csv_has_the_rows_and_columns_of_the_paper(reading: Reading, tmp_path: Path) -> None:
    with writing_results(tmp_path / "a.csv", force=False) as write:
        write(reading)

    with (tmp_path / "a.csv").open(newline="") as file:
        heads, *rows = csv.reader(file)
    assert heads == ["path", "table", "1", "2", "3", "4"]
    assert [row[1:] for row in rows] == [
        ["1", "7", "2", "", "1"],
        ["1", "", "0", "5", ""],
        ["1", "7", "", "", "6"],
        ["1", "2", "1", "0", "7"],
    ]


def test_a_spreadsheet_holds_text_alone(reading: Reading, tmp_path: Path) -> None:
    import openpyxl

    with writing_results(tmp_path / "a.xlsx", force=False) as write:
        write(reading)

    sheet_ = openpyxl.load_workbook(tmp_path / "a.xlsx").active
    values = [[cell.value for cell in row] for row in sheet_.iter_rows()]
    assert values[0] == ["path", "table", "1", "2", "3", "4"]
    assert values[3][2:] == ["7", None, None, "6"]


@pytest.mark.parametrize(("row", "length"), [(16_383, 1), (1, 32_768)])
def test_what_a_spreadsheet_can_not_hold_is_refused_and_not_lost(
    tmp_path: Path, row: int, length: int
) -> None:
    number = NumberRead("1" * length, (0, 0, 1, 1), 1.0, False, 0, "1" * length, False)
    table = TableRead(((0, 0),) * 4, 1, 1, (), "")
    wide = Reading("a.png", "", (), (), {}, numbers=(number,) * row, tables=(table,))

    with (
        pytest.raises(SpreadsheetError, match="16,384 columns") as caught,
        writing_results(tmp_path / "a.xlsx", force=False) as write,
    ):
        write(wide)

    assert ".csv" in caught.value.hint
    assert list(tmp_path.iterdir()) == []


def test_a_number_that_may_be_two_has_a_question_mark_and_its_picture_is_unsure() -> None:
    number = NumberRead("12", (0, 0, 1, 1), 0.9, False, 0, "12", False)
    told = [number.doubted(whole, 0.9) for whole in (0.8, 0.9)]
    table = TableRead(((0, 0),) * 4, 1, 1, (), "")
    beside = Reading("a.png", "12 12", (), (), {}, numbers=tuple(told), tables=(table,))

    assert [one.confidence for one in told] == pytest.approx([0.72, 0.81])
    assert list(csv.reader(as_csv([beside]).splitlines()))[-1] == ["a.png", "", "12 ?", "12"]
    (row,) = csv.DictReader(as_csv([beside._replace(tables=())]).splitlines())
    assert row["unsure"] == "True"


@pytest.mark.parametrize("layout", ["table", "page"])
def test_a_number_is_unsure_as_a_whole_where_each_digit_is_sure(
    reader: Reader, layout: Layout
) -> None:
    pitch = 460
    page = sheet(3, 2, {}, pitch=pitch)
    for row, column in np.ndindex(3, 2):
        for at in range(8):
            x, y = MARGIN + column * pitch + 20 + 50 * at, MARGIN + row * pitch + 195
            write_text(page, "4", x, y, 70)
    reading = reader.read(page)
    number, digits = reading.numbers[0], [digit.confidence for digit in reading.digits[:8]]
    least = (number.confidence ** (1 / JUST_SURE) + min(digits)) / 2

    told = Reader(reader.classifier, min_confidence=least, layout=layout).read(page)

    assert number.text == "44444444"
    assert "?" not in told.numbers[0].doubtful_text
    assert told.numbers[0].unsure
    for table in told.tables:
        cell = table.cells[0]
        assert (cell.text, cell.shown) == ("44444444", "44444444 ?")
        between = cell.confidence**0.5  # for a digit; the cell is less sure, and sure enough
        (other,) = Reader(reader.classifier, min_confidence=between).read(page).tables
        assert other.cells[0].shown == "44444444"


def test_each_cell_is_a_row_with_its_corners(reading: Reading, tmp_path: Path) -> None:
    with writing_cells(tmp_path / "cells.csv", force=False) as write:
        write(reading)

    with (tmp_path / "cells.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 16
    assert rows[5]["row"] == rows[5]["column"] == "2"
    assert rows[5]["text"] == "0"
    assert len(json.loads(rows[5]["box"])) == 4
    assert rows[2]["flags"] == "empty"


def test_what_a_picture_failed_with_is_in_the_spreadsheet_too(
    reader: Reader, reading: Reading, tmp_path: Path
) -> None:
    with writing_results(tmp_path / "a.csv", force=False) as write:
        write(reading)
        write(reader.read(tmp_path / "missing.png", errors="record"))

    assert "missing.png,,error: " in (tmp_path / "a.csv").read_text()


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    with (
        pytest.raises(UsageError, match=r"\.csv, \.xlsx or \.jsonl"),
        writing_results(tmp_path / "a.ods", force=False),
    ):
        pass
    with (
        pytest.raises(UsageError, match=r"--cells must end in \.csv"),
        writing_cells(tmp_path / "a.txt", force=False),
    ):
        pass


def test_a_size_that_no_table_has_is_told(reader: Reader, tmp_path: Path, digit_png: Path) -> None:
    failed = Reader(reader.classifier, grid=(9, 9)).read(digit_png, errors="record")

    assert failed.error is not None
    assert failed.error.code == "no_table"
    assert "without a size" in failed.error.hint


def test_where_a_sudoku_is_missing_no_grid_is_spoken_of(reader: Reader, digit_png: Path) -> None:
    failed = Reader(reader.classifier, form="sudoku").read(digit_png, errors="record")

    assert failed.error is not None
    assert "without this form" in failed.error.hint
    assert "grid" not in failed.error.hint


def test_a_table_in_a_frame_is_read_once(reader: Reader, tmp_path: Path) -> None:
    page = sheet(4, 4, TEXTS)
    page[20:23, 20:-20] = page[-23:-20, 20:-20] = 60
    page[20:-20, 20:23] = page[20:-20, -23:-20] = 60
    Image.fromarray(page).save(tmp_path / "framed.png")

    reading = Reader(reader.classifier, layout="table").read(tmp_path / "framed.png")

    assert len(reading.digits) == len(TEXTS)
    assert [(table.rows, table.columns) for table in reading.tables] == [(4, 4)]


@pytest.mark.parametrize(("layout", "tables"), [("auto", [(4, 4)]), ("table", [(4, 2), (4, 4)])])
def test_a_table_that_is_cut_off_is_left_out_beside_a_whole_one(
    reader: Reader, tmp_path: Path, layout: Layout, tables: list[tuple[int, int]]
) -> None:
    beside = sheet(4, 4, {(1, 1): "3", (2, 2): "6"})[:, : MARGIN + 2 * PITCH + PITCH // 4]
    Image.fromarray(np.hstack([sheet(4, 4, TEXTS), beside])).save(tmp_path / "open book.png")

    reading = Reader(reader.classifier, layout=layout).read(tmp_path / "open book.png")

    assert sorted((table.rows, table.columns) for table in reading.tables) == tables
    out = [one for one in reading.left_out if one.reason == "cut_off"]
    assert len(out) == (0 if layout == "table" else 2)
    assert ("table_cut_off" in reading.flags) == (layout == "auto")
    assert len(reading.digits) + len(out) == len(TEXTS) + 2


@pytest.mark.parametrize("margin", [6, 25, 60])
def test_a_whole_table_is_read_however_near_to_the_edge(
    reader: Reader, tmp_path: Path, margin: int
) -> None:
    small = sheet(3, 3, {(1, 1): "3", (2, 2): "6"})[:, : MARGIN + 3 * PITCH + margin]
    page = np.full((MARGIN * 2 + 4 * PITCH, 2 * MARGIN + 4 * PITCH + small.shape[1]), 225, np.uint8)
    page[:, : 2 * MARGIN + 4 * PITCH] = sheet(4, 4, TEXTS)
    page[: small.shape[0], -small.shape[1] :] = small
    Image.fromarray(page).save(tmp_path / "two.png")

    reading = reader.read(tmp_path / "two.png")

    assert sorted((table.rows, table.columns) for table in reading.tables) == [(3, 3), (4, 4)]
    assert "table_cut_off" not in reading.flags


def test_cells_that_the_picture_cuts_are_unsure(reader: Reader, tmp_path: Path) -> None:
    """Halves of digits were sure, and where a first digit was lost the cell was surely empty."""
    texts = {(row, column): "38"[row % 2] for row in (1, 2, 3, 4) for column in (1, 2, 3)}
    page = sheet(4, 4, texts)[:, : MARGIN + 2 * PITCH + PITCH // 2]
    Image.fromarray(page).save(tmp_path / "half.png")

    (table,) = reader.read(tmp_path / "half.png").tables

    assert (table.rows, table.columns) == (4, 3)
    for cell in table.cells:
        assert ("cut_off" in cell.flags) == (cell.column == 3)
        assert "unsure" in cell.flags or cell.column < 3


def test_a_table_that_is_cut_off_is_read_where_none_is_whole(
    reader: Reader, tmp_path: Path
) -> None:
    page = sheet(4, 4, TEXTS)[: MARGIN + 3 * PITCH + PITCH // 4]
    Image.fromarray(page).save(tmp_path / "upper half.png")

    reading = reader.read(tmp_path / "upper half.png")

    assert len(reading.tables) == 1
    assert reading.flags == ()
    assert len(reading.digits) == len([place for place in TEXTS if place[0] < 4])


@pytest.mark.parametrize(("side", "is_sure"), [(36, False), (76, True)])
def test_a_cell_of_numbers_of_very_different_heights_is_unsure(
    reader: Reader, side: int, *, is_sure: bool
) -> None:
    pitch = 200
    page = sheet(4, 2, {(1, 1): "4", (2, 1): "6", (3, 1): "8", (4, 1): "3"}, pitch=pitch)
    for row, digit in enumerate("8390"):
        left, top = MARGIN + pitch, MARGIN + row * pitch
        write_text(page, "2", left + 15, top + 60 - side // 2, side)
        write_text(page, digit, left + 110, top + 100, 84)

    (table,) = Reader(reader.classifier, min_confidence=0.75).read(page).tables

    two = [cell for cell in table.cells if cell.column == 2]
    assert [cell.text for cell in two] == ["2 8", "2 3", "2 9", "2 0"]
    assert {("unsure" not in cell.flags) for cell in two} == {is_sure}


LINED = [[str(22 + (37 * row + 11 * at) % 78) for at in range(3)] for row in range(8)]


def lined_paper(texts: dict[tuple[int, int], str], *, is_open: bool = False) -> Grey:
    """Draw eight lines and a margin, and write what stands in which place, of eight.

    The lines may be open at the left.
    """
    gone = [*range(3, 9), *([1] if is_open else [])]
    inner = tuple(f"down {rule} row {row}" for rule in gone for row in range(1, 9))
    return sheet(8, 8, texts, without=inner)


@pytest.mark.parametrize(("layout", "shapes"), [("auto", []), ("table", [(8, 2)])])
def test_lined_paper_with_a_margin_is_no_table_unless_one_is_asked_for(
    reader: Reader, layout: Layout, shapes: list[tuple[int, int]]
) -> None:
    texts = {(r + 1, 3 + r % 2 + 2 * at): LINED[r][at] for r in range(8) for at in range(3)}

    reading = Reader(reader.classifier, layout=layout).read(lined_paper(texts))

    assert [(table.rows, table.columns) for table in reading.tables] == shapes
    if not shapes:
        assert len(reading.text.splitlines()) == 8
        assert {number.line for number in reading.numbers} == set(range(8))


@pytest.mark.parametrize(("is_open", "shapes"), [(True, []), (False, [(8, 2)])])
def test_neither_is_it_one_with_something_beside_it_where_no_rule_ends_its_lines(
    reader: Reader, shapes: list[tuple[int, int]], *, is_open: bool
) -> None:
    texts = {(r + 1, 3 + r % 2 + 2 * at): LINED[r][at] for r in range(8) for at in range(3)}
    paper = lined_paper(texts, is_open=is_open)
    for row in range(8):  # as a desk beside it has, or as names
        at = MARGIN + 8, MARGIN + row * PITCH + 12
        cv2.line(paper, at, (at[0] + 20, at[1] + 12), 60, 2)

    reading = reader.read(paper)

    assert [(table.rows, table.columns) for table in reading.tables] == shapes
    assert len(reading.text.splitlines()) == 8


@pytest.mark.parametrize(("numbers", "shapes"), [(3, []), (2, [(8, 2)])])
def test_neither_are_the_pages_of_an_open_book_whose_lines_hold_more_than_two_numbers(
    reader: Reader, numbers: int, shapes: list[tuple[int, int]]
) -> None:
    texts = {
        (r + 1, page + 1 + r % 2 + 2 * at): LINED[r][at]
        for r in range(8)
        for page in (0, 6)
        for at in range(numbers)
    }
    inner = tuple(f"down {rule} row {row}" for rule in range(2, 13) for row in range(1, 9))

    book = sheet(8, 12, texts, without=tuple(side for side in inner if "down 7 " not in side))
    reading = reader.read(book)

    assert [(table.rows, table.columns) for table in reading.tables] == shapes
    assert len(reading.text.splitlines()) == 8


@pytest.mark.parametrize(("margin", "columns"), [({}, 3), ({(r, 1): "5" for r in range(1, 9)}, 2)])
def test_numbers_below_each_other_on_lined_paper_are_a_table(
    reader: Reader, margin: dict[tuple[int, int], str], columns: int
) -> None:
    texts = {(r + 1, 3 + 2 * at): LINED[r][at] for r in range(8) for at in range(3)}

    (table,) = Reader(reader.classifier).read(lined_paper(texts | margin)).tables

    assert (table.rows, table.columns) == (8, columns)  # with numbered lines by the rules


def test_a_table_that_was_asked_for_and_is_not_there_is_told(
    reader: Reader, tmp_path: Path, digit_png: Path
) -> None:
    asked = Reader(reader.classifier, layout="table").read(digit_png)

    assert (asked.flags, asked.tables, asked.text) == (("no_table",), (), "3")
    assert "No table was found" in explain(asked)


def test_a_picture_of_28_pixels_is_one_number_whatever_is_expected(reader: Reader) -> None:
    image = Image.fromarray(render_digit(3, 28, paper=200))
    buffer = io.BytesIO()
    image.save(buffer, "PNG")

    reading = Reader(reader.classifier, expect="integer").read(buffer.getvalue())

    assert [number.text for number in reading.numbers] == [reading.text]


def test_an_empty_table_is_an_answer(reader: Reader, tmp_path: Path) -> None:
    Image.fromarray(photographed(sheet(4, 3, {}), 3, 0.05)).save(tmp_path / "blank.png")

    reading = Reader(reader.classifier, layout="table").read(tmp_path / "blank.png")

    assert reading.error is None
    (table,) = reading.tables
    assert (table.rows, table.columns) == (4, 3)
    assert all("empty" in cell.flags and not cell.text for cell in table.cells)
    assert explain(reading).startswith(f"{tmp_path / 'blank.png'}: a table without a digit.")


def test_what_is_expected_decides_and_marks(reader: Reader, picture: Path) -> None:
    reading = Reader(reader.classifier, expect="0..3").read(picture)

    written = {(cell.row, cell.column): cell for cell in reading.tables[0].cells}
    for place, text in TEXTS.items():
        cell = written[place]
        assert ("unexpected" in cell.flags) <= ("unsure" in cell.flags)
        assert cell.text == text if text in "0123" else "unsure" in cell.flags
    assert any("unexpected" in cell.flags for cell in written.values())


def test_a_sudoku_is_read_and_solved(reader: Reader, tmp_path: Path) -> None:
    texts = {(at // 9 + 1, at % 9 + 1): str(digit) for at, digit in enumerate(PUZZLE) if digit}
    Image.fromarray(photographed(sheet(9, 9, texts), 5, 0.08)).save(tmp_path / "sudoku.png")

    reading = Reader(reader.classifier, form="sudoku").read(tmp_path / "sudoku.png")

    (table,) = reading.tables
    assert tuple(int(cell.text or 0) for cell in table.cells) == PUZZLE
    assert "".join(reading.solution) == "".join(map(str, SOLVED))


def test_rules_beside_a_sudoku_are_none_of_its_own(reader: Reader, tmp_path: Path) -> None:
    texts = {(at // 9 + 1, at % 9 + 1): str(digit) for at, digit in enumerate(PUZZLE) if digit}
    page = np.pad(sheet(9, 9, texts), ((100, 100), (0, 300)), constant_values=225)
    left, right, top, low = MARGIN, MARGIN + 9 * PITCH, 100, 180 + 9 * PITCH
    for y in range(top, low + 1, 40):  # boxes of other heights, in a frame around both
        cv2.line(page, (right, y), (right + 230, y), 40, 2)
    for y in (top, low):
        cv2.line(page, (left, y), (right, y), 40, 2)
    for x in (left, right, right + 100, right + 230):
        cv2.line(page, (x, top), (x, low), 40, 2)
    Image.fromarray(page).save(tmp_path / "sudoku.png")

    reading = Reader(reader.classifier, form="sudoku").read(tmp_path / "sudoku.png")

    assert tuple(int(cell.text or 0) for cell in reading.tables[0].cells) == PUZZLE


def with_words(page: Grey) -> Grey:
    """Print a headline over a sheet, and write a number under it."""
    headed = np.pad(page, ((120, 0), (0, 0)), constant_values=225)
    cv2.putText(headed, "Fill in the numbers, 1 to 9", (150, 110), 0, 1.0, 40, 2)
    for at, digit in enumerate("47"):
        write_text(headed, digit, 250 + 32 * at, headed.shape[0] - 75, 60)
    return headed


def test_print_that_is_left_out_beside_a_table_is_told(reader: Reader) -> None:
    bare = np.pad(sheet(4, 4, TEXTS), ((120, 0), (0, 0)), constant_values=225)
    headed = cv2.putText(bare.copy(), "Page 7", (150, 60), 0, 1.4, 40, 3)

    without, reading = reader.read(bare), reader.read(headed)

    assert "beside_table" not in without.flags
    assert "beside_table" in reading.flags
    assert "beside_table" in {one.reason for one in reading.left_out}
    assert reading.text == without.text


def test_a_sudoku_is_recognised_and_read_by_its_rules(reader: Reader, tmp_path: Path) -> None:
    texts = {(at // 9 + 1, at % 9 + 1): str(digit) for at, digit in enumerate(SOLVED)}
    texts[5, 5] = "3"  # it should be a 5
    Image.fromarray(with_words(sheet(9, 9, texts))).save(tmp_path / "sudoku.png")

    reading = reader.read(tmp_path / "sudoku.png")

    assert "sudoku" in reading.flags
    (table,) = reading.tables
    wrong = [at for at, cell in enumerate(table.cells) if int(cell.text or 0) != SOLVED[at]]
    assert set(wrong) <= {40}
    assert "contradicts" in table.cells[40].flags
    assert reading.text.splitlines()[0] == "5 3 4 6 7 8 9 1 2"
    assert reading.text.splitlines()[-1] == "47"  # a note
    beside = [one for one in reading.left_out if one.reason == "beside_table"]
    assert all(one.box[1] < 240 for one in beside)  # of the headline


NO_SUDOKUS = {
    "repeats": {
        (row, column): str(1 + column % 3) for row in range(1, 10) for column in range(1, 10)
    },
    "ranks": {  # each row a permutation
        (row, column): str(1 + (4 * column + row * row) % 9)
        for row in range(1, 10)
        for column in range(1, 10)
    },
    "zeros": {(at // 9 + 1, at % 9 + 1): str(digit) for at, digit in enumerate(PUZZLE)},
}


@pytest.mark.parametrize("texts", NO_SUDOKUS.values(), ids=NO_SUDOKUS)
def test_a_table_of_nine_by_nine_may_be_no_sudoku(
    reader: Reader, tmp_path: Path, texts: dict[tuple[int, int], str]
) -> None:
    Image.fromarray(sheet(9, 9, texts)).save(tmp_path / "marks.png")

    reading = reader.read(tmp_path / "marks.png")

    assert "sudoku" not in reading.flags
    assert len(reading.digits) > CELLS - 4


def test_a_sudoku_beside_another_table_is_a_table(reader: Reader, tmp_path: Path) -> None:
    texts = {(at // 9 + 1, at % 9 + 1): str(digit) for at, digit in enumerate(SOLVED)}
    small = sheet(3, 3, {(1, 1): "7", (1, 2): "2", (2, 2): "3", (2, 3): "6", (3, 3): "4"})
    page = np.full((720, 720 + 360), 225, np.uint8)
    page[:, :720], page[:360, 720:] = sheet(9, 9, texts), small
    Image.fromarray(page).save(tmp_path / "two.png")

    reading = reader.read(tmp_path / "two.png")

    assert "sudoku" not in reading.flags
    assert sorted(len(table.cells) for table in reading.tables) == [9, 81]


def test_a_zero_in_a_sudoku_is_never_a_sure_answer(reader: Reader, tmp_path: Path) -> None:
    texts = {(at // 9 + 1, at % 9 + 1): str(digit) for at, digit in enumerate(SOLVED)}
    texts[2, 3] = "0"
    Image.fromarray(sheet(9, 9, texts)).save(tmp_path / "sudoku.png")

    reading = reader.read(tmp_path / "sudoku.png")

    assert "sudoku" in reading.flags
    assert "unsure" in reading.tables[0].cells[11].flags


def test_marks_beside_a_sudoku_can_be_left_out(reader: Reader, tmp_path: Path) -> None:
    texts = {(at // 9 + 1, at % 9 + 1): str(digit) for at, digit in enumerate(SOLVED)}
    page = with_words(sheet(9, 9, texts))
    cv2.circle(page, (281, page.shape[0] - 35), 2, 40, -1)  # 4.7
    Image.fromarray(page).save(tmp_path / "sudoku.png")

    reading = Reader(reader.classifier, digits_only=True).read(tmp_path / "sudoku.png")

    assert set(reading.text) <= set("0123456789 \n")


@pytest.mark.parametrize("how", [{"layout": "table"}, {"grid": (9, 9)}, {"expect": "1..9"}])
def test_a_sudoku_is_a_table_where_that_is_asked_for(
    reader: Reader, tmp_path: Path, how: dict[str, Any]
) -> None:
    texts = {(at // 9 + 1, at % 9 + 1): str(digit) for at, digit in enumerate(SOLVED)}
    Image.fromarray(sheet(9, 9, texts)).save(tmp_path / "sudoku.png")

    reading = Reader(reader.classifier, **how).read(tmp_path / "sudoku.png")

    assert "sudoku" not in reading.flags
    assert len(reading.digits) == CELLS


def test_the_page_to_check_shows_what_is_unsure_and_asks_nobody(
    reader: Reader, picture: Path, tmp_path: Path
) -> None:
    doubting = Reader(reader.classifier, min_confidence=1.0).read(picture)
    review = Review(tmp_path / "review")
    review.add(doubting, picture.read_bytes())
    review.add(reader.read(tmp_path / "<b>.png", errors="record"), b"")

    page = review.write().read_text()

    unsure = sum("unsure" in cell.flags for cell in doubting.tables[0].cells)
    assert unsure >= len(TEXTS)
    assert f"{unsure} of 16 answers to check, on 2 pictures" in page
    assert page.count("<li>") == unsure + 1
    assert "row 1, column 1" in page
    assert "&lt;b&gt;.png" in page
    assert "http" not in page.replace("http-equiv", "")
    assert "<script" not in page


def test_what_lies_beyond_the_picture_can_be_reviewed(
    reader: Reader, picture: Path, tmp_path: Path
) -> None:
    """A form has cells where a sheet was cut off."""
    reading = reader.read(picture)
    (table,) = reading.tables
    away = ((9_000, 9_000), (9_100, 9_000), (9_100, 9_050), (9_000, 9_050))
    cell = table.cells[0]._replace(box=away, flags=("cut_off", "unsure"))
    review = Review(tmp_path / "review")

    review.add(reading._replace(tables=(table._replace(cells=(cell,)),)), picture.read_bytes())

    assert "cut off, unsure" in review.write().read_text()


def test_what_lies_outside_of_tables_is_reviewed_last(
    reader: Reader, picture: Path, tmp_path: Path
) -> None:
    doubting = Reader(reader.classifier, min_confidence=1.0).read(picture)
    heading = NumberRead("4071", (0, 0, 40, 20), 0.01, True, 8, "????", in_table=False)
    review, alone = Review(tmp_path / "review"), Review(tmp_path / "alone")

    review.add(doubting._replace(numbers=(heading,)), picture.read_bytes())
    alone.add(doubting._replace(numbers=(heading,), tables=()), picture.read_bytes())
    main, beside = review.write().read_text().split(f"<h2>{LAST}</h2>")

    assert "row 1, column 1" in main
    assert "line 9" not in main
    assert ("4071" in beside, beside.count("<li>")) == (True, 1)
    assert "outside of tables" not in alone.write().read_text()


@pytest.mark.parametrize(("words", "is_last"), [(3, True), (2, False)])
def test_what_is_unsure_in_a_column_of_words_is_reviewed_last(
    words: int, is_last: bool, reader: Reader, picture: Path, tmp_path: Path
) -> None:
    reading = reader.read(picture)
    (table,) = reading.tables
    cells = tuple(
        cell._replace(text="", doubtful_text="", flags=("not_a_digit", "unsure"))
        if cell.column == 2 and cell.row <= words
        else cell._replace(text="7", doubtful_text="?", flags=("unsure",))
        for cell in table.cells
    )
    review = Review(tmp_path / "review")

    review.add(reading._replace(tables=(table._replace(cells=cells),)), picture.read_bytes())
    main, *last = review.write().read_text().split(f"<h2>{LAST}</h2>")

    assert bool(last) == is_last
    assert ("row 1, column 2<" in main) != is_last
    assert "row 4, column 2<" in main
    if last:
        assert last[0].count("<li>") == words
