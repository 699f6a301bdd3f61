import csv
import io

import pytest

from mnist_cli.core.data.csv_rows import as_path, as_text, decoded, from_text, row_writer, rows_in


@pytest.mark.parametrize(
    "text",
    [
        "=cmd()",
        "+A1",
        "-A1+2",
        "@SUM(A1)",
        "\tx",
        "\r=1+1",
        '=""',
        "=1+1",
        "-5-3",
        "+49 123",
        "-?5",
    ],
)
def test_what_would_begin_a_formula_is_text(text: str) -> None:
    assert as_text(text) == f"'{text}"
    assert as_path(text) == f"./{text}"
    assert from_text(as_text(text)) == text


@pytest.mark.parametrize("text", ["-5", "+1,5", "-", "7\n-2", "", "a=b", "x -y", "?", "'a", "'"])
def test_a_number_and_what_begins_otherwise_stays_as_it_is(text: str) -> None:
    assert as_text(text) == from_text(text) == text


def test_a_row_keeps_its_numbers_and_loses_its_formulas() -> None:
    file = io.StringIO(newline="")
    write_row = row_writer(file)
    write_row(["=a", "-5", -0.5, None, True])
    write_row(['@b"', "a,b"])

    assert list(csv.reader(file.getvalue().splitlines())) == [
        ["'=a", "-5", "-0.5", "", "True"],
        ["'@b\"", "a,b"],
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_what_spreadsheets_save_is_text(encoding: str) -> None:
    assert decoded("ä;7".encode(encoding)) == "ä;7"


@pytest.mark.parametrize("content", [b"PK\x03\x04\xff", "ä;7".encode("latin-1"), b"a\0;\0"])
def test_what_is_no_text_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match="neither in UTF-8 nor in UTF-16"):
        decoded(content)


def test_standard_input_has_no_path() -> None:
    assert as_path("-") == "-"


def test_rows_are_divided_by_what_divides_their_heads() -> None:
    assert list(rows_in(["a;b\n", '"1,5;"; 2\n', ";\n", "\n", '"7\n', '8";9\n', "x;\n"])) == [
        (1, ["a", "b"]),
        (2, ["1,5;", " 2"]),
        (5, ["7\n8", "9"]),
        (7, ["x", ""]),
    ]
    assert list(rows_in(["path\n", "a;b.png\n"])) == [(1, ["path"]), (2, ["a;b.png"])]
    assert list(rows_in(['"a;b;c",d\n'])) == [(1, ["a;b;c", "d"])]
    assert list(rows_in([])) == []


def test_the_first_line_may_be_empty_or_say_what_divides_cells() -> None:
    rows = [["a", "b"], ["1,5", "2"]]

    assert list(rows_in(["\n", "a;b\n", "1,5;2\n"])) == [(2, rows[0]), (3, rows[1])]
    assert list(rows_in(["sep=;\r\n", "a;b\r\n", "1,5;2\r\n"])) == [(2, rows[0]), (3, rows[1])]


def test_quotes_in_the_midst_of_a_cell_are_damage_where_that_is_asked() -> None:
    lines = ["path\n", '"a".png\n']

    assert list(rows_in(lines)) == [(1, ["path"]), (2, ["a.png"])]
    with pytest.raises(csv.Error):
        list(rows_in(lines, strict=True))
