"""Marks and numbers along lines, by the network of the package."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from mnist_cli.core.errors import ModelError
from mnist_cli.core.finder_maps import MARKS, SYMBOLS
from mnist_cli.core.strips import COUNT, STRIDE, Strip, channel
from mnist_cli.reading import line_network
from mnist_cli.reading.candidates import Candidate, Found, Look
from mnist_cli.reading.config import CONFIG
from mnist_cli.reading.known_marks import is_over
from mnist_cli.reading.line_network import LineNetwork
from mnist_cli.reading.numbers import doubtful_marks, may_lack_mark
from mnist_cli.reading.output.explain import warnings
from mnist_cli.reading.reader import Reader
from mnist_cli.reading.seen_line import SeenLine
from tests.reading.looks import finder
from tests.reading.sheets import MARGIN, sheet, write_text

FONT = str(Path(mpl.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf")
LOOK = Look(np.empty((0, 0, 0), np.float32), 1.0, 0)


def printed(text: str, size: int = 48, spread: int = 0, turn: float = 0) -> np.ndarray:
    """A line of print, dark on light, its characters `spread` px farther apart."""
    picture = Image.new("L", (1000, 200), 235)
    face, x = ImageFont.truetype(FONT, size), 60.0
    for sign in text:
        ImageDraw.Draw(picture).text((x, 80), sign, 40, face)
        x += face.getlength(sign) + spread
    return np.asarray(picture.rotate(turn, fillcolor=235))


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader(turn=0)


@pytest.mark.parametrize(
    "text", ["3.14", "-528", "12/07/2024", "16:45", "1,250.75", "48+25=73", "(0712)83-56", "25%"]
)
@pytest.mark.parametrize("size", [24, 60])
def test_numbers_keep_their_marks(reader: Reader, text: str, size: int) -> None:
    assert reader.read(printed(text, size)).text == text


@pytest.mark.parametrize(
    ("joined", "expect", "texts", "unsure"),
    [
        (0.9, None, ["12"], [False]),
        (0.6, None, ["12"], [True]),
        (0.4, None, ["1", "2"], [True, True]),
        (0.1, None, ["1", "2"], [False, False]),
        (0.1, "2", ["12"], [True]),  # that it is expected does not make it surer
    ],
)
def test_a_number_is_unsure_where_its_neighbours_may_be_of_it_or_not(
    monkeypatch: pytest.MonkeyPatch,
    joined: float,
    expect: str | None,
    texts: list[str],
    unsure: list[bool],
) -> None:
    monkeypatch.setattr(line_network.Along, "joined", lambda _self, _one, _other: joined)

    reading = Reader(turn=0, expect=expect).read(printed("12"))

    assert [one.text for one in reading.numbers] == texts
    assert [one.unsure for one in reading.numbers] == unsure
    told = [line for line in warnings(reading) if "may be two, or a part of one" in line]
    assert len(told) == sum(unsure)


@pytest.mark.parametrize(
    ("options", "is_unsure"),
    [
        ({}, True),
        ({"digits_only": True}, False),
        ({"expect": "integer"}, False),
        ({"expect": "decimal"}, True),
    ],
)
def test_that_a_mark_may_be_missed_matters_where_marks_are_told(
    monkeypatch: pytest.MonkeyPatch, options: dict[str, Any], *, is_unsure: bool
) -> None:
    monkeypatch.setattr(SeenLine, "_mark_between", lambda *_: CONFIG.lost)
    page = sheet(3, 2, {}, pitch=160)
    for row, column, at in np.ndindex(3, 2, 2):
        write_text(page, "4", MARGIN + 160 * column + 20 + 50 * at, MARGIN + 160 * row + 45, 70)

    table, line = (Reader(turn=0, **options).read(one) for one in (page, printed("12")))

    assert [one.unsure for one in line.numbers] == [is_unsure]
    filled = [cell for cell in table.tables[0].cells if cell.text]
    assert {"unsure" in cell.flags for cell in filled} == {is_unsure}


def test_that_marks_are_left_out_makes_no_number_unsure() -> None:
    parts = Reader(turn=0, digits_only=True).read(printed("12.34", 60)).numbers

    assert [(one.text, one.unsure) for one in parts] == [("12", False), ("34", False)]


@pytest.mark.parametrize(
    ("expect", "text", "spread"),
    [("integer", "-528", 20), ("date", "12/07/2024", 14), ("phone", "0712-835", 14)],
)
def test_what_is_expected_is_joined_as_what_is_not(expect: str, text: str, spread: int) -> None:
    assert Reader(turn=0, expect=expect).read(printed(text, spread=spread)).text == text


@pytest.mark.parametrize(
    ("text", "parts"), [("3.14", "3 14"), ("12/07/2024", "12 07 2024"), ("48+25=73", "48 25 73")]
)
def test_without_marks_a_number_is_parted_where_they_are(text: str, parts: str) -> None:
    assert Reader(turn=0, digits_only=True).read(printed(text)).text == parts


def test_a_list_is_not_joined_across_its_commas_as_sure(reader: Reader) -> None:
    for size in (24, 36, 48):
        reading = reader.read(printed("2,4,6,8", size))
        assert reading.text == "2,4,6,8" or any(number.unsure for number in reading.numbers)


def test_single_digits_in_rows_and_columns_are_a_table() -> None:
    page = np.full((600, 600), 235, np.uint8)
    for row, digits in enumerate(("123", "456", "789")):
        page[60 + 150 * row : 260 + 150 * row] = np.minimum(
            page[60 + 150 * row : 260 + 150 * row], printed(digits, spread=40)[:, :600]
        )

    (table,) = Reader(turn=0).read(page).tables
    assert (table.rows, table.columns) == (3, 3)


def test_boxes_of_marks_stay_in_the_picture(reader: Reader) -> None:
    reading = reader.read(printed("-528")[60:150, 60:190])

    assert all(
        left >= 0 and top >= 0 and right <= 130 and bottom <= 90
        for left, top, right, bottom in (mark.box for mark in reading.marks)
    )


def test_a_line_that_slants_keeps_them_too(reader: Reader) -> None:
    assert reader.read(printed("26.11.2024", turn=6)).text == "26.11.2024"


def test_digits_spaced_out_evenly_are_one_number(reader: Reader) -> None:
    assert reader.read(printed("507724", spread=14)).text == "507724"


def test_what_stands_apart_are_several(reader: Reader) -> None:
    assert reader.read(printed("12   340  56")).text == "12 340 56"


def candidate(box: tuple[float, float, float, float], *, digit: bool = True) -> Candidate:
    symbols = np.full(len(SYMBOLS), 1 / len(SYMBOLS), np.float32)
    edges = np.array(box, np.float64)
    return Candidate(0.3, edges, symbols, digit, 0.5, np.zeros(4, np.float32), LOOK)


def test_a_digit_that_the_finder_doubted_is_one_if_its_line_says_so() -> None:
    picture = printed("48 2", 60)
    found = finder().find(picture)
    digits = sorted(found.digits, key=lambda digit: digit.middle[0])
    doubted = replace(digits[1], score=0.2)
    nothing = candidate((500.0, 90.0, 530.0, 140.0))

    along = LineNetwork().look(
        picture, Found((digits[0], digits[2]), (), (doubted, nothing), found.looks)
    )

    wanted = [digits[0], digits[2], doubted]
    assert {one.middle for one in along.found.digits} == {one.middle for one in wanted}
    assert along.found.left_out == (nothing,)
    assert (along.joined(digits[0], doubted) or 0) > 0.5
    assert along.joined(digits[0], nothing) is None


def test_a_page_without_digits_is_left_as_it_is() -> None:
    nothing = Found((), (), (), (LOOK,))

    assert LineNetwork().look(np.zeros((50, 50), np.uint8), nothing).found is nothing


def test_a_damaged_network_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_network, "ASSET", replace(line_network.ASSET, folder=tmp_path))

    with pytest.raises(ModelError, match=r"lines\.tflite: No such file"):
        LineNetwork().look(printed("12"), finder().find(printed("12")))


def logit(share: float) -> float:
    return float(np.log(share / (1 - share)))


def told(**shares: float) -> tuple[SeenLine, Candidate]:
    """A line of two digits, and what the network says of the second's place."""
    digits = [candidate((100.0, 100.0, 120.0, 140.0)), candidate((130.0, 100.0, 150.0, 140.0))]
    strip = Strip.of(np.array([digit.edges for digit in digits]))
    columns = np.full((-(-strip.width // STRIDE), COUNT), -9.0, np.float32)
    columns[:, channel("mark_box")] = columns[:, channel("digit_box")] = 0
    line = SeenLine(strip, columns, digits)
    at = int(line.columns_at(digits[1:])[0])
    for name, share in shares.items():
        columns[at, channel(name).start] = logit(share)
    return line, digits[1]


@pytest.mark.parametrize(("mark", "digit", "is_mark"), [(0.9, 0.6, True), (0.7, 0.8, False)])
def test_a_digit_is_a_mark_where_that_is_likelier_and_then_no_sure_one(
    mark: float, digit: float, is_mark: bool
) -> None:
    line, second = told(mark=mark, digit=digit)
    own = line.put_right([], (300, 300))

    assert (second in own) != is_mark
    assert [one.score for one in own if not one.is_digit] == ([0.64] if is_mark else [])


@pytest.mark.parametrize(
    ("symbol", "left", "is_kept"),
    [(",", 128, True), (",", 134, False), (",", 145, True), ("-", 128, False)],
)
def test_a_point_or_comma_may_lie_in_a_corner_of_its_digits_box(
    symbol: str, left: float, *, is_kept: bool
) -> None:
    """As it does beside a digit that slants; nearer to the middle it would be the digit itself."""
    shares = np.zeros(len(SYMBOLS), np.float32)
    shares[SYMBOLS.index(symbol)] = 1
    digit = candidate((130, 100, 150, 140))
    mark = replace(candidate((left, 130, left + 6, 139), digit=False), symbols=shares)

    assert is_over(mark, digit) != is_kept


@pytest.mark.parametrize(("between", "is_doubted"), [(0.1, False), (0.6, True)])
def test_a_number_that_may_lack_a_mark_is_unsure(between: float, *, is_doubted: bool) -> None:
    line, _ = told(digit=0.99)
    first, last = (int(at) for at in line.columns_at(line.digits))
    line.columns[(first + last) // 2, channel("mark").start] = logit(between)

    number = tuple(line.named(line.digits))

    assert [one.mark_after for one in number] == pytest.approx([between, 0], abs=0.01)
    assert may_lack_mark(number) == is_doubted
    assert not may_lack_mark(number[:1])


@pytest.mark.parametrize(
    ("digit", "joined", "is_letter"), [(0.2, 0.1, True), (0.2, 0.9, False), (0.5, 0.1, False)]
)
def test_what_is_neither_a_digit_nor_of_a_number_is_a_letter(
    digit: float, joined: float, *, is_letter: bool
) -> None:
    line, second = told(digit=digit)
    columns = [int(at) for at in line.columns_at(line.digits)]
    line.columns[columns[0], channel("digit")] = logit(0.9)
    line.columns[slice(*columns), channel("joined")] = logit(joined)

    letters = list(line.letters())
    assert letters == ([second] if is_letter else [])


def test_letters_are_left_out_and_told() -> None:
    """Of two digits alone, which may be all there is, none is one."""
    picture = printed("17 M", 60)
    found = finder().find(printed("17 0", 60))
    three = replace(found, digits=found.digits[:3], left_out=())

    whole, few = (
        LineNetwork().look(picture, replace(three, digits=some)).found
        for some in (three.digits, tuple(sorted(three.digits, key=lambda one: -one.middle[0])[:2]))
    )

    assert len(three.digits) == 3
    (letter,) = whole.letters
    assert letter.middle == max(one.middle for one in three.digits)
    assert letter in whole.left_out
    assert few.letters == ()


@pytest.mark.parametrize(("score", "is_mark"), [(0.5, True), (0.7, False)])
def test_of_a_digit_half_as_high_as_the_others_the_finder_says_too_what_it_is(
    score: float, is_mark: bool
) -> None:
    line, second = told(mark=0.6, digit=0.1)
    small = replace(second, edges=np.array([130.0, 110.0, 150.0, 130.0]), score=score)

    own = replace(line, digits=[line.digits[0], small]).put_right([], (300, 300))
    assert (small in own) != is_mark


def test_finder_and_line_network_name_a_digit_together() -> None:
    line, second = told(digit=0.99)
    first = line.digits[0]
    doubtful = np.array([*[0.45, 0.55], *[0.0] * (len(SYMBOLS) - 2)], np.float32)
    for one, shown in ((first, 0), (second, 7)):
        line.columns[int(line.columns_at([one])[0]), channel("which")][shown] = 0

    names = list(line.named([replace(first, symbols=doubtful), second]))
    assert [one.symbol for one in names] == ["0", "7"]
    for one, before in zip(names, (doubtful, second.symbols), strict=True):
        assert one.symbols[:10].sum() == pytest.approx(before[:10].sum())
        assert one.symbols[10:].tolist() == before[10:].tolist()  # a mark is as likely as it was


@pytest.mark.parametrize("there", [0.99, 0.02])
def test_a_digit_keeps_how_likely_it_is_one_in_its_line(there: float) -> None:
    line, second = told(digit=there)

    (named,) = line.named([second])
    assert named.in_line == pytest.approx(there)
    assert named.score == second.score


def test_a_mark_that_only_the_finder_sees_counts_and_is_no_sure_one() -> None:
    seen = replace(candidate((122.0, 130.0, 127.0, 140.0), digit=False), score=0.9)
    line, _ = told(digit=0.99)

    (kept,) = (one for one in line.put_right([seen], (300, 300)) if not one.is_digit)
    assert (kept.middle, kept.score) == (seen.middle, 0.64)


@pytest.mark.parametrize(("sign", "stays"), [("%", False), ("+", True)])
def test_a_ring_of_a_percent_sign_is_no_digit(sign: str, *, stays: bool) -> None:
    line, ring = told(digit=0.99)
    at = int(line.columns_at([candidate((152.0, 100.0, 156.0, 140.0))])[0])
    line.columns[at, channel("mark")][MARKS.index(sign)] = logit(0.9)
    line.columns[at, channel("mark_box")][2:] = np.log(1.6)

    own = line.put_right([], (300, 300))

    (mark,) = (one for one in own if not one.is_digit)
    assert mark.edges[0] < ring.middle[0] < mark.edges[2]
    assert (ring in own) == stays
    assert line.digits[0] in own


def test_a_stroke_that_is_a_digit_on_its_line_is_one() -> None:
    stroke = candidate((160.0, 100.0, 175.0, 140.0))
    line, _ = told(digit=0.99)
    assert stroke not in line.put_right([stroke], (300, 300))

    line.columns[int(line.columns_at([stroke])[0]), channel("digit").start] = logit(0.8)
    assert stroke in line.put_right([stroke], (300, 300))


@pytest.mark.parametrize(("digit", "score"), [(0.05, 0.9), (0.3, 0.64)])
def test_a_slash_that_may_be_a_one_is_no_sure_one(digit: float, score: float) -> None:
    line, _ = told()
    line.columns[-3, channel("mark")][MARKS.index("/")] = logit(0.9)
    line.columns[-3, channel("digit").start] = logit(digit)

    (slash,) = (one for one in line.put_right([], (300, 300)) if not one.is_digit)
    assert slash.symbol == "/"
    assert slash.score == pytest.approx(score, abs=1e-3)


@pytest.mark.parametrize(("share", "is_read"), [(0.9, True), (0.6, False)])
def test_a_digit_that_the_finder_missed_is_read_where_its_line_is_clear(
    share: float, is_read: bool
) -> None:
    line, _ = told(digit=0.99)
    line.columns[-3, channel("digit").start] = logit(share)

    own = line.put_right([], (300, 300))
    assert len(own) == 2 + is_read
    assert all(one.score < CONFIG.digit for one in own[2:])


def test_a_number_with_a_mark_that_may_be_none_is_unsure() -> None:
    sure, doubted = (
        (
            candidate((100.0, 100.0, 120.0, 140.0)),
            replace(candidate((122.0, 118.0, 128.0, 122.0), digit=False), score=score),
            candidate((130.0, 100.0, 150.0, 140.0)),
        )
        for score in (0.9, 0.64)
    )

    assert not doubtful_marks(sure)
    assert doubtful_marks(doubted) == {doubted[1]}
