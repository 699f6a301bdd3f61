from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_cli.core.choices import Layout, Turn
from mnist_cli.core.data.dataset import Dataset
from mnist_cli.core.errors import PictureError
from mnist_cli.reading.candidates import Found
from mnist_cli.reading.find_page import find_page
from mnist_cli.reading.normalise import Grey
from mnist_cli.reading.page import BlankPictureError, NoDigitsError, Page
from mnist_cli.reading.standing import stood_upright
from mnist_cli.reading.tables.wanted import Wanted
from tests.conftest import handwritten
from tests.reading.looks import (
    BLANK,
    Knowing,
    around,
    candidate,
    find,
    finder,
    likeness,
    look_at,
    text,
)
from tests.reading.sheets import write_text

Floats = NDArray[np.floating]

SIDE = 600
ROWS, COLUMNS = np.mgrid[:SIDE, :SIDE]
NOTHING = Found((), (), (), (BLANK,))


@pytest.fixture(scope="module")
def three(test_split: Dataset) -> Grey:
    return np.asarray(test_split.images[test_split.labels == 3][0], np.uint8)


def paper(three: Grey, ink: float = 0.75, share: float = 0.7, grain: float = 3.0) -> Floats:
    """Write a 3 in the middle of grainy paper: (600, 600), 0 to 255."""
    side = round(share * SIDE)
    begin = (SIDE - side) // 2
    drawn = np.zeros((SIDE, SIDE))
    drawn[begin : begin + side, begin : begin + side] = 1 - handwritten(three, side) / 255
    return 225 * (1 - ink * drawn) + np.random.default_rng(0).normal(0, grain, (SIDE, SIDE))


def with_shadow(three: Grey) -> Floats:
    return paper(three) * np.where(COLUMNS + 0.4 * ROWS > 420, 0.55, 1.0)


def squared(three: Grey) -> Floats:
    return paper(three) * np.where((ROWS % 40 < 2) | (COLUMNS % 40 < 2), 0.6, 1.0)


def framed(three: Grey) -> Floats:
    away = np.maximum(np.abs(ROWS - 300), np.abs(COLUMNS - 300))
    return np.where((away > 240) & (away <= 246), 50, paper(three))


def on_a_table(three: Grey) -> Floats:
    table = np.random.default_rng(1).normal(90, 60, (75, 75))
    rough = cv2.resize(cv2.GaussianBlur(table, None, 2), (SIDE, SIDE))
    away = np.maximum(np.abs(ROWS - 300), np.abs(COLUMNS - 300))
    return np.where(away > 220, np.clip(rough, 30, 160), paper(three))


CONDITIONS: dict[str, Callable[[Grey], Floats]] = {
    "clean": paper,
    "pencil": lambda three: paper(three, ink=0.14),
    "coarse grain": lambda three: paper(three, grain=12),
    "small": lambda three: paper(three, share=0.12),
    "shadow with an edge": with_shadow,
    "squared paper": squared,
    "frame": framed,
    "paper on a table": on_a_table,
}


@pytest.mark.parametrize("condition", CONDITIONS)
@pytest.mark.parametrize("light_on_dark", [False, True])
def test_one_digit_is_found_whatever_the_paper(
    three: Grey, condition: str, light_on_dark: bool
) -> None:
    picture = np.clip(CONDITIONS[condition](three), 0, 255).astype(np.uint8)
    if light_on_dark and condition != "paper on a table":
        picture = 255 - picture

    (take,) = find(picture).takes

    assert likeness(take.normalised.image, three) > 0.8


def test_a_small_picture_is_shown_as_it_is_too(three: Grey) -> None:
    """A digit that fills it is no MNIST image, yet the classifier may make sense of all of it."""
    small = cv2.resize(three[4:24, 4:24], (28, 28), interpolation=cv2.INTER_AREA)
    page = find_page(small, Knowing(NOTHING))

    assert page.as_it_is == len(page.takes) == 2
    wholes = [take.normalised.image.tolist() for take in page.takes]
    assert wholes == [small.tolist(), (255 - small).tolist()]
    assert find_page(small, Knowing(NOTHING), Wanted(invert="no")).as_it_is == 1
    with pytest.raises(NoDigitsError):
        find_page(np.pad(small, 1), Knowing(NOTHING))


@pytest.mark.parametrize("shape", [(4, 4), (4, 128), (128, 4), (5, 33)])
def test_the_smallest_pictures_are_looked_at(shape: tuple[int, int]) -> None:
    tiny = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)

    try:
        assert find(tiny).takes
    except PictureError as error:
        assert error.code == "no_digits"  # noqa: PT017  both are right


def written_sheet(test_split: Dataset, rows: int, columns: int, cell: int = 70) -> tuple[Grey, str]:
    """Write MNIST's digits in rows: the sheet, and what is on it, a row a line."""
    count = rows * columns
    images, labels = test_split.images[:count], test_split.labels[:count].reshape(rows, columns)
    cells = np.stack([handwritten(image, cell, 30, 235) for image in images])
    sheet = cells.reshape(rows, columns, cell, cell).swapaxes(1, 2)
    sheet = np.pad(sheet.reshape(rows * cell, columns * cell), 40, constant_values=235)
    return sheet, "\n".join("".join(map(str, row)) for row in labels.tolist())


def check_sheet(page: Page, said: str) -> None:
    """See that all digits stand where they were written, and are taken for what they are.

    The finder alone mistakes some: reading does not rely on its word alone.
    """
    found = text(page)
    assert [len(line) for line in found.split("\n")] == [len(line) for line in said.split("\n")]
    assert np.mean([one == other for one, other in zip(found, said, strict=True)]) > 0.85


def test_a_sheet_is_read_line_by_line(test_split: Dataset) -> None:
    sheet, said = written_sheet(test_split, 4, 6)
    page = find(sheet)

    check_sheet(page, said)
    assert [take.line for take in page.takes] == [line for line in range(4) for _ in range(6)]


@pytest.mark.parametrize("quarters", [0, 1, 3])  # on its head it looks upright to this finder
def test_a_turned_sheet_is_read_as_it_was_upright(test_split: Dataset, quarters: int) -> None:
    sheet, said = written_sheet(test_split, 4, 6)
    page = find(np.rot90(sheet, quarters))

    assert page.turned == quarters
    check_sheet(page, said)
    np.testing.assert_array_equal(page.grey, sheet)


@pytest.mark.parametrize("quarters", range(4))
def test_a_digit_alone_is_never_turned(three: Grey, quarters: int) -> None:
    try:
        page = find(np.rot90(handwritten(three), quarters))
    except NoDigitsError:
        assert quarters
    else:
        assert page.turned == 0


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_a_page_can_be_told_how_to_be_turned(three: Grey, turn: Turn) -> None:
    assert turn != "auto"
    page = find(np.rot90(handwritten(three), turn // 90), turn=turn)

    (take,) = page.takes
    assert page.turned == turn // 90
    assert likeness(take.normalised.image, three) > 0.8


PICTURE = (264, 400)  # rows and columns


def two(test_split: Dataset) -> tuple[Grey, Found]:
    """Write a 7 and, smaller and lower, a 2: with what a finder says."""
    drawn = np.zeros(PICTURE, np.uint8)
    drawn[20:216, 100:296] = cv2.resize(test_split.images[0], (196, 196))
    drawn[176:260, 310:394] = cv2.resize(test_split.images[1], (84, 84))
    ink = drawn > 127
    left, right = ink.copy(), ink.copy()
    left[:, 300:] = right[:, :300] = False
    look = look_at(ink)
    digits = candidate(around(left), "7", look=look), candidate(around(right), "2", look=look)
    return 255 - drawn, Found(digits, (), (), (look,))


@pytest.mark.parametrize(
    ("layout", "said"), [("auto", "7\n2"), ("page", "7\n2"), ("line", "72"), ("single", "7")]
)
def test_the_layout_decides_what_is_read(test_split: Dataset, layout: Layout, said: str) -> None:
    picture, found = two(test_split)
    page = find_page(picture, Knowing(found), Wanted(layout=layout))

    assert text(page) == said
    assert (page.flags == ("several_digits",)) is (layout == "single")


def test_where_one_digit_is_asked_for_the_others_are_told(test_split: Dataset) -> None:
    picture, found = two(test_split)
    page = find_page(picture, Knowing(found), Wanted(layout="single"))

    (other,) = page.left_out
    assert (other.symbol, other.reason, other.box) == ("2", "another_digit", found.digits[1].box)
    assert other.to_record() == {
        "box": list(found.digits[1].box),
        "symbol": "2",
        "score": 0.9,
        "reason": "another_digit",
    }


def test_what_is_unlikely_or_without_ink_is_told(test_split: Dataset) -> None:
    picture, found = two(test_split)
    look = found.looks[0]
    empty, doubtful = (
        candidate((10, 10, 60, 90), "5", look=look),
        candidate((10, 120, 60, 200), "6", score=0.2, look=look),
    )
    found = Found((*found.digits, empty), (), (doubtful,), found.looks)
    page = find_page(picture, Knowing(found))

    assert [(one.symbol, one.reason) for one in page.left_out] == [
        ("6", "unlikely"),
        ("5", "no_ink"),
    ]
    assert len(page.takes) == 2


@pytest.mark.parametrize(("shift", "count"), [(24, 1), (70, 2)])
def test_two_boxes_with_one_1_in_both_are_one_digit(shift: int, count: int) -> None:
    """The first is narrow, and the other begins at its stroke or beside it, where another is."""
    ink = np.zeros((256, 256), np.bool_)
    for left in {100, 100 + shift - shift % 70}:
        ink[60:196, left : left + 20] = True
    look = look_at(ink)
    one, same = (
        candidate((left, 60, left + 36, 196), "1", score=score, look=look)
        for left, score in ((84, 0.9), (84 + shift - 4, 0.8))
    )
    page = find_page(
        np.where(ink, 20, 230).astype(np.uint8), Knowing(Found((one, same), (), (), (look,)))
    )

    assert len(page.takes) == count
    assert page.takes[0].candidate is one
    assert [each.reason for each in page.left_out] == ["no_ink"] * (2 - count)


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_page_that_may_lie_is_looked_at_from_the_likeliest_sides(
    test_split: Dataset, quarters: int
) -> None:
    picture, found = two(test_split)
    look = found.looks[0]
    third = candidate((10, 10, 60, 90), "5", look=look)
    standing = Found((*found.digits, third), (), (), (look,))
    turns = np.full(4, -5.0)
    turns[quarters] = 0
    lying = Found(tuple(replace(one, turns=turns) for one in standing.digits), (), (), (look,))
    seen = Knowing(lying, standing, lying)
    page = find_page(np.ascontiguousarray(np.rot90(picture, quarters)), seen)

    assert page.turned == quarters
    assert text(page) == "7\n2"
    np.testing.assert_array_equal(page.grey, picture)


@pytest.mark.parametrize(
    ("count", "as_it_lies", "turned", "quarters"),
    [
        *((3, 0.5, 0.65, 0), (3, 0.5, 0.7, 2)),
        *((16, 0.5, 0.56, 0), (16, 0.5, 0.6, 2)),
        *((100, 0.5, 0.52, 0), (100, 0.5, 0.54, 2)),
        *((100, 0.05, 0.072, 0), (100, 0.05, 0.078, 2)),
    ],
)
def test_of_many_digits_fewer_need_to_be_won_for_a_page_to_be_turned(
    count: int, as_it_lies: float, turned: float, quarters: int
) -> None:
    def seen(stand: float) -> Found:
        """See digits of which that share stands, and the others are on their head."""
        turns = np.log(np.array([stand, 1e-3, 1 - stand, 1e-3]))
        return Found(
            (replace(candidate((1, 1, 9, 9), score=1.0), turns=turns),) * count, (), (), ()
        )

    finder = Knowing(seen(as_it_lies), seen(turned), seen(0.01))
    assert stood_upright(np.zeros((9, 9), np.uint8), finder, "auto")[0] == quarters


def test_faint_ink_is_flagged(test_split: Dataset) -> None:
    picture, found = two(test_split)
    faint = (200 + picture.astype(float) * 30 / 255).astype(np.uint8)

    assert find_page(faint, Knowing(found)).flags == ("low_contrast",)
    assert find_page(picture, Knowing(found)).flags == ()


def test_without_a_digit_a_picture_is_blank_or_has_none(test_split: Dataset) -> None:
    picture, _ = two(test_split)

    with pytest.raises(NoDigitsError, match="no digit was found"):
        find_page(picture, Knowing(NOTHING))
    with pytest.raises(BlankPictureError):
        find_page(np.full(PICTURE, 200, np.uint8), Knowing(NOTHING))


def test_one_finder_sees_the_same_every_time(test_split: Dataset) -> None:
    """Pictures of other sizes in between change nothing of it."""
    sheet, _ = written_sheet(test_split, 2, 3)
    first = find(sheet)
    find(np.pad(sheet, 100, mode="edge"))

    again = find_page(sheet, finder())

    assert [take.normalised.box for take in again.takes] == [
        take.normalised.box for take in first.takes
    ]


def test_digits_of_a_line_have_each_other_for_neighbours() -> None:
    page = np.full((160, 420), 225, np.uint8)
    for digit, x in (("4", 60), ("7", 120), ("5", 320)):
        write_text(page, digit, x, 40, 80)

    first, second, far = sorted(find(page).takes, key=lambda take: take.normalised.box)

    assert first.neighbours.digits == (second.candidate,)
    assert second.neighbours.digits == (first.candidate,)
    assert far.neighbours.digits == ()
