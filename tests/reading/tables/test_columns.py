import matplotlib as mpl
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from mnist_cli.reading.reader import Reader
from mnist_cli.reading.tables.columns import odd_marks, odd_several, with_odd_numbers
from mnist_cli.reading.tables.tables import CellRead, NumberRead
from tests.reading.sheets import MARGIN, sheet

FONT = f"{mpl.get_data_path()}/fonts/ttf/DejaVuSans.ttf"
PITCH = 200


def cells(texts: list[str], column: int = 1) -> list[CellRead]:
    box = ((0, 0), (9, 0), (9, 9), (0, 9))
    return [
        CellRead(row, column, text, text, 0.9, box, () if text else ("empty",))
        for row, text in enumerate(texts, 1)
    ]


@pytest.mark.parametrize(
    ("texts", "lacking"),
    [
        ("70.34 19.41 34.53 5557", ["5557"]),
        ("70.34 19.41 34,53 5557", ["5557"]),
        ("-70.34 19.41 +34.53 -5557", ["-5557"]),
        ("19.03. 04.03. 27.03. 05.03. 12.03. 08.03. 1903. 19.03", ["1903.", "19.03"]),
        ("1,070.34 1,219.41 1,234.53 1,555.01 121941", ["121941"]),
        ("70.34 19.41 34.53 57 5", []),
        ("70.34 19.41 5557", []),
        ("70.34 19.41 34.53 557 1200", []),
        ("70 19 34 5557", []),
        ("70.34 19.41 34.53 5.557", []),
        ("7.5 8.25 75 7.75 6.5 8", ["75"]),  # wherever the points are
        ("7.5 8.25 75 7.75 6.5 8 85", []),
        ("3.1.24 12.11.24 13.124 2.12.1998 26.4.24 1.9.95", ["13.124"]),
    ],
)
def test_a_number_that_lacks_the_marks_of_its_column_is_told(
    texts: str, lacking: list[str]
) -> None:
    told = odd_marks(cells(texts.split()))

    assert sorted(one.text for one in told if told[one] == "lacks_mark") == sorted(lacking)


@pytest.mark.parametrize(
    ("texts", "odd"),
    [
        ("2915 29/5 6719 3528", ["29/5"]),
        ("2915 29.5 -6719 3528", ["29.5"]),
        ("12 7 24 3 1/8", ["1/8"]),
        ("70.34 19.41 34.53 3.3164", ["3.3164"]),
        ("70.34 19.41 34.53 5.557", ["5.557"]),
        ("70.34 19.41 34.53 1,012.40", []),
        ("915 1,024 719 12,528,000", []),
        ("61208 06/619 61540 5883", ["06/619"]),  # no slash parts thousands
        ("2915 29/5 67/9 3528", []),
        ("2915 29/5 6719", []),
        ("2915 -5 +67 3528", []),
        ("8 7.5 8 6 9 8.25 7 5", []),
        ("8 7.5 75 6 9 8 7", ["7.5"]),
        ("8 7.5 112 6 9 8 7", ["7.5"]),
        ("8 5- 6 9 8 7", ["5-"]),
        ("23.1. 14.2. 5.3. 12.11. 3.12.", []),
        ("23.1. 14.2. 5.3. 12.11. 3.1.2.", ["3.1.2."]),
        ("11:05:43 09:45:11 10:20:33 12:30:15 11:05:4", ["11:05:4"]),
        ("1:19.92 2:54.56 3:10.62 2:28.53 1:199.2", ["1:199.2"]),
    ],
)
def test_so_is_one_that_has_a_mark_that_they_lack(texts: str, odd: list[str]) -> None:
    assert {
        one.text: flag for one, flag in odd_marks(cells(texts.split())).items()
    } == dict.fromkeys(odd, "odd_mark")


def test_of_several_marks_half_of_the_column_is_enough() -> None:
    dates = cells(["19.03.", "04.03.", "27.03.", "0503", "12.03", "0803"])

    assert [one.text for one in odd_marks(dates)] == ["0503", "12.03", "0803"]


def test_headings_and_cells_of_several_numbers_are_left_alone() -> None:
    heading, *numbers = cells(["2023", "70.34", "19.41", "34.53", "1015"])
    several = numbers.pop()._replace(text="10 15", flags=("several_numbers",))

    assert odd_marks([heading._replace(flags=("heading",)), *numbers, several]) == {}
    times = [
        one._replace(text=text, flags=("several_numbers",))
        for one, text in zip(numbers, ("12 30", "08 15", "09 45"), strict=True)
    ]
    assert odd_marks([*times, several._replace(text="1015", flags=())]) == {}


def test_each_column_has_its_own_marks() -> None:
    page = cells(["70.34", "19.41", "34.53", ""]) + cells(["5557", "1200", "", "80.10"], 2)

    assert odd_marks(page) == {}


@pytest.mark.parametrize(
    ("texts", "odd"),
    [
        (["12", "8 3", "7", "24"], ["8 3"]),
        (["12", "8 3", "7", "", "2 45", "24", "9", "10", "6"], ["8 3", "2 45"]),
        (["12", "8 3", "7"], []),
        (["12 30", "8 15", "945", "10 20", "7 05"], []),
        (["12", "8 3", "7", "24", "2 45", "9 1"], []),
        (["12", "8 3", "7", "24", "2 45"], ["8 3", "2 45"]),
    ],
)
def test_several_numbers_are_told_where_the_others_of_the_column_are_alone(
    texts: list[str], odd: list[str]
) -> None:
    column = [
        one._replace(flags=("several_numbers",)) if " " in one.text else one for one in cells(texts)
    ]

    assert {one.text: flag for one, flag in odd_several(column).items()} == dict.fromkeys(
        odd, "several_numbers"
    )


def test_a_second_number_in_a_cell_is_unsure_on_a_page() -> None:
    picture = Image.fromarray(sheet(5, 1, {}, pitch=PITCH))
    pen, font = ImageDraw.Draw(picture), ImageFont.truetype(FONT, 40)
    for row, text in enumerate(["12", "24", "8", "37", "56"]):
        pen.text((MARGIN + 30, MARGIN + row * PITCH + 80), text, 40, font)
    pen.text((MARGIN + 120, MARGIN + 2 * PITCH + 80), "3", 40, font)

    (table,) = Reader("bundled", layout="table").read(np.asarray(picture)).tables

    assert [cell.text for cell in table.cells] == ["12", "24", "8 3", "37", "56"]
    told = [(cell.flags, cell.shown) for cell in table.cells if "unsure" in cell.flags]
    assert told == [(("several_numbers", "unsure"), "8 3 ?")]


def test_on_a_page_it_is_unsure() -> None:
    texts = ["70.34", "19.41", "34.53", "5557", "28.06"]
    picture = Image.fromarray(sheet(len(texts), 1, {}, pitch=PITCH))
    pen, font = ImageDraw.Draw(picture), ImageFont.truetype(FONT, 40)
    for row, text in enumerate(texts):
        pen.text((MARGIN + 30, MARGIN + row * PITCH + 80), text, 40, font)

    (table,) = Reader("bundled", layout="table").read(np.asarray(picture)).tables

    assert [cell.text for cell in table.cells] == texts
    told = [(cell.text, cell.flags) for cell in table.cells if "unsure" in cell.flags]
    assert told == [("5557", ("unsure", "lacks_mark"))]
    sure, unsure = table.cells[0].confidence, table.cells[3].confidence
    assert unsure < 0.1
    assert sure > 0.75


def numbers(text: str, left: tuple[int, ...] = (0,), step: int = 15) -> list[NumberRead]:
    """Return numbers of lines of text, 20 px high, `step` px of each sign wide, in columns."""
    return [
        NumberRead(
            text=one,
            box=(x, 40 * row, x + step * len(one), 40 * row + 20),
            confidence=0.9,
            unsure=False,
            line=row,
            doubtful_text=one,
            in_table=False,
        )
        for row, line in enumerate(text.split("; "))
        for x, one in zip(left, line.split(), strict=True)
    ]


@pytest.mark.parametrize(
    ("text", "left", "unsure"),
    [
        ("1:19.92; 2:54.56; 234.61; 3:10.62; 2:28.53", (0,), ["234.61"]),
        ("1:19.92; 2:54.56; 234.61; 3:10.62; 2:28.53", (40,), ["234.61"]),
        ("1 3.49; 2 12.50; 3 349; 4 8.20; 5 1.05", (0, 60), ["349"]),
        ("3.49 1:05; 12.50 2:10; 349 3:20; 8.20 4:40; 1.05 505", (0, 200), ["349", "505"]),
        ("1:19.92; 2:54.56; 234.61", (0,), []),  # of three, two may be alike by chance
        ("349; 12; 3.49; 820; 105", (0,), []),  # a mark too many is none that is lost
        ("1:19.92 2:54.56 3:10.62 2:28.53 234.61", (0, 200, 400, 600, 800), []),  # one line
    ],
)
def test_in_a_list_a_number_that_lacks_a_mark_of_the_others_is_unsure(
    text: str, left: tuple[int, ...], unsure: list[str]
) -> None:
    told = [one for one in with_odd_numbers(numbers(text, left)) if one.unsure]

    assert sorted(one.text for one in told) == sorted(unsure)
    assert all(one.confidence == pytest.approx(0.09) for one in told)


def test_numbers_that_stand_anywhere_or_in_a_table_are_no_list() -> None:
    some = numbers("1:19.92; 2:54.56; 234.61; 3:10.62; 2:28.53")
    moved = [
        one._replace(box=(200 * at, one.box[1], 200 * at + 50 + 90 * at, one.box[3]))
        for at, one in enumerate(some)
    ]
    in_table = [one._replace(in_table=True) for one in some]

    assert not any(one.unsure for one in with_odd_numbers(moved))
    assert not any(one.unsure for one in with_odd_numbers(in_table))


def test_on_a_page_without_a_table_it_is_unsure_too() -> None:
    picture = Image.new("L", (500, 700), 235)
    texts = ["1:19.92", "2:54.56", "234.61", "3:10.62", "2:28.53"]
    for row, text in enumerate(texts):
        ImageDraw.Draw(picture).text((80, 60 + 120 * row), text, 40, ImageFont.truetype(FONT, 40))

    reading = Reader("bundled", layout="page").read(np.asarray(picture))

    assert [one.text for one in reading.numbers] == texts
    assert [one.unsure for one in reading.numbers] == [text == "234.61" for text in texts]
