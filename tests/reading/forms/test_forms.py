import copy
import json
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from mnist_cli.core.errors import FormError, FormNotFoundError, UsageError
from mnist_cli.reading.candidates import Found
from mnist_cli.reading.finder import Finder
from mnist_cli.reading.forms.form_file import parse_form, read_form, write_form
from mnist_cli.reading.forms.form_new import Made, make_form
from mnist_cli.reading.forms.forms import Form, FormField
from mnist_cli.reading.image import Picture, decode
from mnist_cli.reading.normalise import Grey
from tests.benchmarks.form_sheets import (
    COLUMNS,
    NUMBER,
    ROWS,
    TABLE,
    photographed,
    printed,
    scanned,
)
from tests.reading.sheets import SMALL_TABLE, small_form

PNG = cv2.imencode(".png", np.full((40, 60), 255, np.uint8))[1].tobytes()
BOX = FormField("number", (5.0, 15.0), (5.0, 50.0), expect=("17", "18"), is_id=True)
MARKS = FormField(
    *("marks", (20.0, 25.0, 35.0), (5.0, 25.0, 45.0), ("a", "b"), "0..10"),
    printed=frozenset({(1, 1), (1, 2)}),
)
FORM = Form("sheet", PNG, (BOX, MARKS), ("sum(1..1) = 2",), is_filled=True)


def test_a_form_comes_back_from_its_file_as_it_was(tmp_path: Path) -> None:
    write_form(tmp_path / "form.json", FORM)

    read = read_form(tmp_path / "form.json")

    assert (read.name, read.fields, read.checks, read.ids) == (
        *("sheet", (BOX, MARKS), ("sum(1..1) = 2",)),
        ("17", "18"),
    )
    assert read.picture.shape == (40, 60)
    assert read.is_filled
    assert read.sha256 == FORM.sha256


@cache
def flat() -> Picture:
    """Return a blank sheet that was scanned."""
    return decode(scanned(printed(0)))


@cache
def made_of_flat() -> Made:
    """Return the form that is made of it as it is ruled."""
    return make_form("marks", flat(), 0)


def changed(change: Callable[[Any], object]) -> Any:
    record = copy.deepcopy(FORM.to_record())
    change(record)
    return record


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda r: r.update(form=2), "version 1"),
        (lambda r: r.update(filled=1), "true or false"),
        (lambda r: r.update(filled=False, blank="no"), "true or false"),
        (lambda r: r.update(blank=True), "not both be true"),
        (lambda r: r.update(name=""), "a name has"),
        (lambda r: r.update(name="a\x1b[31m"), "a name has"),
        (lambda r: r.update(fields=[]), "1 to 1000"),
        (lambda r: r.update(fields={}), "1 to 1000"),
        (lambda r: r.update(checks="sum"), "list of texts"),
        (lambda r: r.update(checks=["sum(7)"]), "is not a sum"),
        (lambda r: r.update(picture="!"), "base64"),
        (lambda r: r.update(picture=None), "base64"),
        (lambda r: r.update(picture=""), "picture of form"),
        (lambda r: r["fields"].append(1), "must be an object"),
        (lambda r: r["fields"].append(r["fields"][0]), "would be called 'number'"),
        (lambda r: r["fields"][0].update(box=[1, 2, 3]), r"\[left, top, right, bottom\]"),
        (lambda r: r["fields"][0].update(box=[1, 2, 3, True]), "True is no place"),
        (lambda r: r["fields"][0].update(box=[1, 2, 3, float("nan")]), "nan is no place"),
        (lambda r: r["fields"][0].update(box=[9, 2, 3, 5]), "must grow"),
        (lambda r: r["fields"][0].update(box=[1, 2, 61, 5]), "beyond the picture, 60×40"),
        (lambda r: r["fields"][0].update(expect=7), "must be a text"),
        (lambda r: r["fields"][0].update(expect=[]), "must be a text"),
        (lambda r: r["fields"][0].update(expect="words"), "must be integer"),
        (lambda r: r["fields"][0].update(expect="6"), "an id is a box"),
        (lambda r: r["fields"][0].update(id=1), "an id is a box"),
        (lambda r: r["fields"][1].update(columns="ab"), "list of names"),
        (lambda r: r["fields"][1].update(columns=["a"]), "one more in down"),
        (lambda r: r["fields"][1].update(columns=["a", "a"]), "the same name"),
        (lambda r: r["fields"][1].update(columns=["a", "error"]), "the same name"),
        (lambda r: r["fields"][0].update(name="path"), "would be called 'path'"),
        (lambda r: r["fields"][0].update(box=[1, 1, 10**400, 5]), "no place"),
        (lambda r: r["fields"][1].update(expect=["1"], id=True), "an id is a box"),
        (lambda r: r["fields"][1].update(across=[20, 19, 35]), "must grow"),
        (
            lambda r: r["fields"].append(r["fields"][0] | {"name": "other"}),
            "one field alone",
        ),
        (lambda r: r["fields"][1].update(printed=[[1]]), "pairs, from 1"),
        (lambda r: r["fields"][1].update(printed=[[0, 1]]), "pairs, from 1"),
        (lambda r: r["fields"][1].update(printed=7), "pairs, from 1"),
    ],
)
def test_what_makes_no_sense_is_refused_with_why(change: Callable[[Any], object], why: str) -> None:
    with pytest.raises((FormError, UsageError), match=why):
        parse_form(changed(change))


@pytest.mark.parametrize(
    ("change", "why", "hint"),
    [
        (lambda r: r.update(check=["sum(1..1) = 2"]), "a form has no 'check'", "mean 'checks'?"),
        (lambda r: r.update({"\x1b": 1}), "a form has no", "It has form, name, size, fields"),
        (lambda r: r["fields"][0].update(ids=True), "field 'number' has no 'ids'", "mean 'id'?"),
        (lambda r: r["fields"][1].update(expected="1"), "has no 'expected'", "mean 'expect'?"),
        (lambda r: r["fields"][1].update({"x" * 10**6: 1}), "has no 'xxx", "It has name, box"),
    ],
)
def test_a_key_that_means_nothing_is_refused_with_the_nearest_that_does(
    change: Callable[[Any], object], why: str, hint: str
) -> None:
    with pytest.raises(FormError, match=why) as caught:
        parse_form(changed(change))

    assert hint in caught.value.hint
    assert len(caught.value.message) < 200


@pytest.mark.parametrize("content", [b"", b"[1]", b"{", b"\xff", b"[" * 100_000])
def test_a_file_that_is_no_form_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "form.json"
    path.write_bytes(content)

    with pytest.raises(FormError, match=r"form\.json: "):
        read_form(path)


def test_a_form_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(FormNotFoundError, match="No form"):
        read_form(tmp_path / "form.json")


def test_a_table_that_is_ruled_becomes_a_field() -> None:
    form = made_of_flat().form

    table = next(field for field in form.fields if field.is_table)
    assert (table.name, len(table.across), table.columns) == ("table", ROWS + 2, tuple("12345"))
    height, _ = form.picture.shape
    scale = height / 1_400
    assert table.down[0] == pytest.approx(scale * TABLE[0], abs=6)
    assert table.across[-1] == pytest.approx(scale * TABLE[3], abs=6)
    names = {(row, 1) for row in range(1, ROWS + 2)}
    assert names <= table.printed <= names | {(1, column) for column in range(1, COLUMNS + 1)}


@pytest.mark.parametrize("seed", [8, 14])
def test_a_sheet_that_lies_on_a_dark_desk_keeps_its_boxes(seed: int) -> None:
    """As a whole it looks like a light 0, which tells nothing of its ink."""
    form = make_form("marks", decode(photographed(np.random.default_rng(seed), printed(0))), 0).form

    sizes = [(len(field.across) - 1, len(field.columns)) for field in form.fields]
    assert sizes == [(1, 0), (1, 0), (ROWS + 1, COLUMNS)]


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_a_field_is_given_in_pixels_of_the_picture_however_it_lies(turn: Any) -> None:
    upright = flat().grey
    lying = np.ascontiguousarray(np.rot90(upright, turn // 90))
    left, top, right, bottom = NUMBER
    marked = np.zeros_like(upright)
    marked[top:bottom, left:right] = 1
    rows, columns = np.nonzero(np.rot90(marked, turn // 90))
    box = columns.min(), rows.min(), columns.max() + 1, rows.max() + 1
    picture = decode(cv2.imencode(".png", lying)[1].tobytes())

    form = make_form("sheet", picture, turn, [f"number={','.join(map(str, box))}"]).form

    (field,) = form.fields
    scale = form.picture.shape[0] / upright.shape[0]
    found = np.array([field.down[0], field.across[0], field.down[-1], field.across[-1]])
    np.testing.assert_allclose(found / scale, NUMBER, atol=8)


def photo(seed: int) -> Picture:
    return decode(photographed(np.random.default_rng(seed), printed(0)))


def large() -> Picture:
    turned = cv2.resize(np.rot90(flat().grey, 3), None, fx=3.5, fy=3.5)
    return decode(cv2.imencode(".jpg", turned)[1].tobytes())


# a sheet as it may be given, and how it is turned
LYING: dict[str, tuple[Callable[[], Picture], Any]] = {
    "flat": (flat, 0),
    "turned and large": (large, 270),
    "photograph 3": (partial(photo, 3), 0),
    "photograph 6": (partial(photo, 6), 90),
    "photograph 2": (partial(photo, 2), 270),
}


def told(made: Made) -> list[str]:
    """Return the fields of a form as `--field` takes them."""
    sizes = {f.name: f":{len(f.across) - 1}x{len(f.columns)}" for f in made.form.fields}
    return [
        f"{field.name}={','.join(map(str, made.laid.box_on_picture(field)))}"
        f"{sizes[field.name] if field.is_table else ''}"
        for field in made.form.fields
    ]


@pytest.mark.parametrize("way", LYING)
def test_a_field_that_is_given_back_as_it_was_told_is_the_same(way: str) -> None:
    open_picture, turn = LYING[way]
    picture = open_picture()
    made = make_form("sheet", picture, turn) if way != "flat" else made_of_flat()

    again = make_form("sheet", picture, turn, told(made))

    before, after = ([field.box for field in one.form.fields] for one in (made, again))
    assert len(before) > 1
    np.testing.assert_allclose(after, before, atol=2)
    assert told(again) == told(made)


def test_a_table_that_is_given_is_divided_evenly_or_along_its_rules() -> None:
    picture = decode(small_form())
    box = ",".join(map(str, SMALL_TABLE))

    (even,) = make_form("sheet", picture, 0, [f"t={box}:4x3"]).form.fields
    (ruled,) = make_form("sheet", picture, 0, [f"t={box}:3x2"]).form.fields
    (found,) = (f for f in make_form("sheet", picture, 0).form.fields if f.is_table)

    assert even.columns == tuple("123")
    assert np.ptp(np.diff(even.across)) < 0.3
    assert (ruled.across, ruled.down) == (found.across, found.down)


@pytest.mark.parametrize("text", ["a", "a=1,2,3", "a=5,5,5,9", "a=0,0,5000,9", "a=1,2,30,40:0x3"])
def test_a_field_that_makes_no_sense_is_refused_before_the_sheet_is_looked_at(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Finder, "find", None)

    with pytest.raises(UsageError):
        make_form("sheet", flat(), 0, ["whole=0,0,1000,1400", text])


def test_what_a_sheet_shows_is_found_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Finding takes the most time of all: once on the sheet, and once on it laid flat."""
    seen: list[tuple[int, ...]] = []
    find = Finder.find

    def counted(finder: Finder, grey: Grey) -> Found:
        seen.append(grey.shape)
        return find(finder, grey)

    monkeypatch.setattr(Finder, "find", counted)
    picture = decode(small_form())
    made = make_form("marks", picture, 0)

    assert seen == [picture.grey.shape, made.form.picture.shape]


def test_a_sheet_without_rules_needs_fields() -> None:
    blank = cv2.imencode(".png", np.full((300, 200), 230, np.uint8))[1].tobytes()

    with pytest.raises(FormError, match="no table and no box"):
        make_form("sheet", decode(blank), 0)


def test_the_file_is_plain_json(tmp_path: Path) -> None:
    write_form(tmp_path / "form.json", FORM)

    record = json.loads((tmp_path / "form.json").read_text())

    assert record["fields"][0]["box"] == [5, 5, 50, 15]
    assert record["fields"][1]["columns"] == ["a", "b"]
