import matplotlib as mpl
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from mnist_cli.reading.reader import Reader
from mnist_cli.reading.tables.columns import lacking_marks
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
    assert sorted(one.text for one in lacking_marks(cells(texts.split()))) == sorted(lacking)


def test_each_column_has_its_own_marks() -> None:
    page = cells(["70.34", "19.41", "34.53", ""]) + cells(["5557", "1200", "", "80.10"], 2)

    assert lacking_marks(page) == frozenset()


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
    assert unsure < 0.75 < sure
    assert unsure <= 0.1  # however sure its digits are
