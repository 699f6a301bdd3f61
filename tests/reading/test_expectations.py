from collections.abc import Callable
from pathlib import Path

import pytest

from mnist_cli.core.errors import ExitCode, UsageError
from mnist_cli.reading.expectations import (
    marks_of,
    parse_expectation,
    read_allowed,
    read_expectation,
)
from mnist_cli.reading.expected_readings import (
    choose,
    digit_readings,
    doubtful_readings,
    mark_readings,
)


@pytest.mark.parametrize(
    ("expected", "good", "bad"),
    [
        ("integer", ["0", "-5", "008807"], ["3.14", "", "1-2", "-"]),
        ("decimal", ["3.14", "2,5", "1,234.50", "-7", "1,234"], ["3.1.4", "12/3", "."]),
        (
            "date",
            ["12/07/2024", "2024-07-12", "24.12.99", "07/31/2024"],
            ["31/02/2024", "12/07", "1-23456789012-34"],
        ),
        # in boxes, without marks; 1 for a slash
        ("date", ["12072024", "07311999", "20240712"], ["120724", "12107124", "31022024"]),
        ("time", ["9:45", "23:59", "07.30", "1:02:03"], ["24:00", "9:60", "945"]),
        (
            "time",
            ["2:23.90", "1:02.45", "59:59.9", "1:02:03.250", "10:07.5"],
            ["2:60.10", "60:00.10", "24:00:00.1", "1:2:03.5", "2:23.9000", "2:23,90", "2.23.90"],
        ),
        ("phone", ["2159152578", "+49(30)123456", "030/12-34"], ["123", "12a45"]),
        ("6", ["123456"], ["12345", "1234567", "12.456"]),
        ("0..100", ["0", "99.5", "100"], ["101", "-1", "x"]),
        ("-5..5", ["-5", "3"], ["6"]),
        (["17", "4-2"], ["17", "4-2"], ["18"]),
    ],
)
def test_what_is_expected_fits_or_does_not(
    expected: str | list[str], good: list[str], bad: list[str]
) -> None:
    fits = parse_expectation(expected)

    assert [text for text in good if not fits(text)] == []
    assert [text for text in bad if fits(text)] == []


@pytest.mark.parametrize("text", ["", "digits", "0", "100..0", "..5", "123", "a..b"])
def test_what_nobody_could_expect_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="integer, decimal"):
        parse_expectation(text)


def test_a_file_names_what_is_allowed(tmp_path: Path) -> None:
    path = tmp_path / "allowed.txt"
    path.write_text("\ufeff17\n\n 42 \n17\n", "utf-8")

    assert read_allowed(path) == ["17", "42"]


@pytest.mark.parametrize(
    "content",
    [
        b'"Number";"Name"\r\n"42";"Ann"\r\n017;Bob; \r\n;;\r\n',
        "Number\tName\n42\tAnn\n017\tBob\n".encode("utf-16"),
        b"42,Ann\n017,Bob\n",
    ],
)
def test_a_list_that_a_spreadsheet_saved_allows_its_first_column(
    tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "students.csv"
    path.write_bytes(content)

    assert read_allowed(path) == ["017", "42"]


@pytest.mark.parametrize("content", [b"", b"\n \n", b"\xff\xfe\x00"])
def test_a_file_that_allows_nothing_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "allowed.txt"
    path.write_bytes(content)

    with pytest.raises(UsageError, match=r"allowed\.txt"):
        read_allowed(path)


def test_nobody_can_tell_decimal_commas_from_two_columns(tmp_path: Path) -> None:
    path = tmp_path / "allowed.csv"
    path.write_text("3,14\n2,71\n")

    with pytest.raises(UsageError, match="'3,14': is that one number, or are there two columns"):
        read_allowed(path)

    path.write_text("price\n3,14\n2,71\n")
    assert read_allowed(path) == ["2", "3"]


@pytest.mark.parametrize("read", [read_expectation, lambda name: read_allowed(Path(name))])
def test_a_list_that_is_not_there_is_told_as_any_file_is(read: Callable[[str], object]) -> None:
    with pytest.raises(UsageError) as raised:
        read("missing.csv")

    assert raised.value.exit_code == ExitCode.NOT_FOUND
    assert "missing.csv" in raised.value.message
    assert "Errno" not in raised.value.message
    assert raised.value.hint


def test_what_is_neither_a_kind_nor_a_file_is_told_to_be_neither() -> None:
    with pytest.raises(UsageError, match="integer, decimal") as raised:
        read_expectation("no such file.txt")

    assert "file" in str(raised.value.hint)


def test_the_likeliest_reading_that_fits_is_chosen() -> None:
    signs = [digit_readings([(7, 0.6), (1, 0.4)]), digit_readings([(9, 0.9), (4, 0.1)])]

    choice = choose(signs, parse_expectation("0..20"))

    assert choice.symbols == ("1", "9")
    assert choice.is_expected
    assert choice.confidence == pytest.approx(0.9)


def test_where_none_fits_the_likeliest_stays_and_is_not_expected() -> None:
    choice = choose([digit_readings([(7, 0.9), (8, 0.1)])], parse_expectation("0..5"))

    assert (choice.symbols, choice.is_expected) == (("7",), False)


def test_a_far_fetched_reading_is_not_believed() -> None:
    choice = choose([digit_readings([(7, 0.99), (1, 0.01)])], parse_expectation("0..5"))

    assert not choice.is_expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("454", "0..100"),
        ("454", ["54", "454454", "054"]),
        ("45:41", "time"),
        ("39/12/99", "date"),
        ("4-4", "integer"),
        ("454", "2"),
    ],
)
def test_what_can_not_be_believed_is_not_put_in_place_of_what_was_read(
    written: str, expected: str | list[str]
) -> None:
    """Each digit is one of the others by one chance in 200, so that 454 may be 054."""
    signs = [
        digit_readings([(int(sign), 0.955), *((other, 0.005) for other in range(10))])
        if sign.isdigit()
        else mark_readings(sign, 0.9)
        for sign in written
    ]

    choice = choose(signs, parse_expectation(expected))

    assert ("".join(choice.symbols), choice.is_expected) == (written, False)


def test_a_doubtful_mark_may_be_none() -> None:
    digit = digit_readings([(3, 1.0)])

    doubtful = choose([digit, mark_readings(".", 0.4), digit], parse_expectation("integer"))
    sure = choose([digit, mark_readings(".", 0.9), digit], parse_expectation("integer"))

    assert doubtful.symbols == ("3", "", "3")
    assert not sure.is_expected


@pytest.mark.parametrize(
    ("expected", "marks"),
    [("integer", "+-"), ("time", ":."), ("6", ""), ("-5..5", "-.,"), (["1/2", "3:4"], "/:")],
)
def test_it_is_known_which_marks_may_be_written(expected: str | list[str], marks: str) -> None:
    assert marks_of(expected) == marks


def test_what_may_be_no_digit_is_a_mark_where_that_is_expected() -> None:
    one, other = digit_readings([(1, 1.0)]), digit_readings([(5, 1.0)])
    doubtful = doubtful_readings([(8, 0.2), (3, 0.1)], {":": 0.3, ".": 0.1})

    time = choose([one, other, doubtful, one, other], parse_expectation("time"))
    length = choose([one, doubtful, other], parse_expectation("2"))

    assert time.symbols == ("1", "5", ":", "1", "5")
    assert length.symbols == ("1", "", "5")
    assert sum(doubtful.values()) == pytest.approx(1)
