import matplotlib as mpl
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from mnist_cli.reading.reader import Reader
from mnist_cli.reading.tables.columns import odd_marks, odd_several
from mnist_cli.reading.tables.tables import CellRead
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
        ("2915 29/5 67/9 3528", []),
        ("2915 29/5 6719", []),
        ("2915 -5 +67 3528", []),
        ("8 7.5 8 6 9 8.25 7 5", []),
        ("8 7.5 75 6 9 8 7", ["7.5"]),
        ("8 7.5 112 6 9 8 7", ["7.5"]),
        ("8 5- 6 9 8 7", ["5-"]),
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
