"""mnist form new, and predict --form: whole commands on sheets that are made up."""

import csv
import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from mnist_cli.core.choices import Turn
from mnist_cli.core.errors import ExitCode
from mnist_cli.reading.forms import form_ink, form_new
from mnist_cli.reading.forms.form_ink import Written
from mnist_cli.reading.forms.form_new import Made, make_form
from mnist_cli.reading.image import Picture
from mnist_cli.synthesis.digits import Digits
from mnist_cli.synthesis.sources import Source
from tests.benchmarks.form_sheets import (
    COLUMNS,
    NUMBER,
    ROWS,
    SCORE,
    TABLE,
    Sheet,
    filled,
    photographed,
    printed,
    scanned,
)
from tests.conftest import Cli, made_with

FIELDS = [
    f"--field=number={','.join(map(str, NUMBER))}",
    f"--field=score={','.join(map(str, SCORE))}",
    f"--field=marks={','.join(map(str, TABLE))}:{ROWS + 1}x{COLUMNS}",
]


@pytest.fixture(scope="module")
def digits() -> Digits:
    return Source(300, None, (), True, 0).open()


@pytest.fixture(scope="module")
def sheets(digits: Digits) -> list[Sheet]:
    return [filled(0, number, digits) for number in (1, 2)]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, sheets: list[Sheet]) -> Path:
    """A folder in which form.json is, and sheets/ with two sheets and a foreign one."""
    folder = tmp_path_factory.mktemp("form")
    (folder / "blank.png").write_bytes(scanned(printed(0)))
    ids = "".join(f"{s.fields['number', 1, 1]}\n" for s in sheets) + "999999"
    (folder / "ids.txt").write_text(ids)
    arguments = ("form", "new", "blank.png", "--name", "marks of May", *FIELDS, "--turn", "0")
    more = ("--columns", "marks=who,a,b,c,d", "--expect", "marks=0..999", "--id", "number=ids.txt")
    made_with(folder, *arguments, *more, "--annotate", "fields.png")
    (folder / "sheets").mkdir()
    for number, sheet in enumerate(sheets):
        content = photographed(np.random.default_rng(number), sheet.canvas)
        (folder / "sheets" / f"{number}.jpg").write_bytes(content)
    (folder / "sheets" / "other.png").write_bytes(scanned(printed(1)))
    return folder


@pytest.fixture
def form(made: Path, trained: Path) -> Path:
    """A copy of it to stand in."""
    return Path(shutil.copytree(made, trained, dirs_exist_ok=True))


@pytest.fixture(scope="module")
def known() -> dict[Any, Made]:
    """The forms that were made, by what they were made of."""
    return {}


@pytest.fixture(autouse=True)
def made_once(known: dict[Any, Made], monkeypatch: pytest.MonkeyPatch) -> None:
    """Make each form once: the tests differ in what is done with it, and looking takes seconds."""

    def make_once(
        name: str, picture: Picture, turn: Turn, fields: Sequence[str], *, is_blank: bool
    ) -> Made:
        key = name, picture.size, picture.grey.tobytes(), turn, tuple(fields), is_blank
        if key not in known:
            known[key] = make_form(name, picture, turn, fields, is_blank=is_blank)
        return known[key]

    monkeypatch.setattr(form_new, "make_form", make_once)


def of_filled(sheet: Sheet) -> tuple[str, ...]:
    """Return how a form is made from a sheet that is filled in, which is scanned."""
    Path("filled.png").write_bytes(scanned(sheet.canvas))
    return "form", "new", "filled.png", "--turn", "0", *FIELDS


def test_it_is_said_that_not_even_its_own_sheet_fits_a_form(form: Path, mnist: Cli) -> None:
    with Image.open("blank.png") as blank:
        flat = np.asarray(blank)
    rows, columns = np.mgrid[: flat.shape[0], : flat.shape[1]].astype(np.float32)
    bent = cv2.remap(flat, columns, rows + 14 * np.sin(columns / 60), cv2.INTER_LINEAR)
    Image.fromarray(bent).save("bent.png")

    fits = mnist("form", "new", "blank.png", "-o", "a.json", "--turn", "0", *FIELDS)
    bent_too = mnist("form", "new", "bent.png", "-o", "b.json", "--turn", "0", *FIELDS)

    assert "not even this sheet" not in fits.stderr
    assert "Warning: not even this sheet fits the form: it is bent, " in bent_too.stderr


def test_what_is_written_on_the_sheet_that_a_form_is_made_from_is_told(
    form: Path, sheets: list[Sheet], mnist: Cli
) -> None:
    options = of_filled(sheets[0])

    told = mnist(*options, "-o", "told.json")
    record = json.loads(mnist(*options, "-o", "record.json", "--json").stdout)
    blank = mnist("form", "new", "blank.png", "-o", "b.json", "--turn", "0", *FIELDS)

    number, first = sheets[0].fields["number", 1, 1], record["written"][0]
    assert first | {"text": ""} == {"field": "number", "row": 1, "column": 1, "text": ""}
    assert sum(a == b for a, b in zip(first["text"], number, strict=True)) >= len(number) - 1
    assert f"what looks like handwriting on this sheet: number: {first['text']}; " in told.stderr
    assert "A blank sheet makes a better form." in told.stderr
    assert {one["field"] for one in record["written"]} == {"number", "score", "marks"}
    assert "handwriting" not in blank.stderr


def test_of_a_sheet_that_is_said_to_be_blank_all_ink_in_tables_is_print(
    form: Path, sheets: list[Sheet], mnist: Cli
) -> None:
    options = of_filled(sheets[0])

    found = mnist(*options, "-o", "found.json")
    blank = mnist(*options, "-o", "blank.json", "--blank")

    of = {name: json.loads(Path(f"{name}.json").read_text()) for name in ("found", "blank")}
    by_hand, none = (len(one["fields"][2]["printed"]) for one in of.values())
    assert f"not taken for print: {none - by_hand} cells with ink\n" in found.stderr
    assert "--blank takes all ink" in found.stderr
    assert (of["found"]["filled"], of["blank"].get("filled", False)) == (True, False)
    assert "print" not in blank.stderr
    assert none > by_hand + 20


def test_a_few_cells_that_look_filled_in_are_told_too(
    form: Path, mnist: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Print of a blank sheet, and too little to call it filled in."""
    monkeypatch.setattr(form_ink, "written_in", lambda *_: [Written("marks", 2, 1, "0", True)])

    made = mnist("form", "new", "blank.png", "-o", "b.json", "--turn", "0", *FIELDS)

    assert "not taken for print: 1 cell with ink (marks, row 2, column 1: 0)\n" in made.stderr
    assert "Is it blank? Then --blank" in made.stderr
    assert "better form" not in made.stderr


def test_a_form_says_if_its_sheet_was_turned(form: Path, sheets: list[Sheet], mnist: Cli) -> None:
    Path("filled.png").write_bytes(scanned(sheets[0].canvas))
    with Image.open("filled.png") as image:
        image.rotate(90, expand=True).save("lying.png")

    told = mnist("form", "new", "lying.png", "-o", "b.json")
    as_asked = mnist("form", "new", "lying.png", "-o", "c.json", "--turn", "90")

    assert "was turned by 90° clockwise. --turn 0 takes it as it is." in told.stderr
    assert "was turned" not in as_asked.stderr


def test_a_form_says_what_it_has(form: Path, mnist: Cli) -> None:
    made = mnist("form", "new", "blank.png", "-o", "b.json", "--turn", "0", *FIELDS)

    assert f"number: box, at {','.join(map(str, NUMBER))}\n" in made.stdout
    assert f"marks: {ROWS + 1}×{COLUMNS} table, at {','.join(map(str, TABLE))}" in made.stdout
    assert "form: b.json" in made.stderr


def test_places_are_in_pixels_of_the_picture_wherever_they_are_told(form: Path, mnist: Cli) -> None:
    with Image.open("blank.png") as image:
        image.resize((1_500, 2_100)).rotate(90, expand=True).save("lying.png")
    options = ("form", "new", "lying.png", "--turn", "90", "-o", "b.json")

    told = mnist(*options, "--annotate", "lying-fields.png", "--force")
    record = json.loads(mnist(*options, "--force", "--json").stdout)

    left, top, right, bottom = (1.5 * edge for edge in TABLE)
    lying = [top, 1_500 - right, bottom, 1_500 - left]
    (table,) = (field for field in record["fields"] if "columns" in field)
    np.testing.assert_allclose(table["box"], lying, atol=4)
    np.testing.assert_allclose(table["across"], np.linspace(1.5 * 300, 1_500, ROWS + 2), atol=4)
    assert f"table, at {','.join(map(str, table['box']))}" in told.stdout
    assert record["size"] == [2_100, 1_500]
    with Image.open("lying-fields.png") as drawn, Image.open("lying.png") as sheet:
        assert drawn.size == sheet.size
        changed = np.any(np.asarray(drawn) != np.asarray(sheet.convert("RGB")), axis=2)
    assert changed[round(lying[1]), round(lying[0]) : round(lying[2])].mean() > 0.9


def test_sheets_become_one_table_and_a_foreign_one_is_refused_by_name(
    form: Path, mnist: Cli, sheets: list[Sheet]
) -> None:
    read = mnist(
        "predict", "sheets", "--model", "bundled", "--form", "form.json", "--output", "results.csv"
    )

    rows = list(csv.reader(Path("results.csv").read_text().splitlines()))
    assert rows[0] == ["path", "number", "score", "table", "who", "a", "b", "c", "d", "error"]
    assert len(rows) == 1 + 2 * (ROWS + 1) + 1
    assert [row[0] for row in rows[1:]] == (ROWS + 1) * ["sheets/0.jpg"] + (ROWS + 1) * [
        "sheets/1.jpg"
    ] + ["sheets/other.png"]
    assert "does not fit form 'marks of May'" in rows[-1][-1]
    assert "sheets/other.png: it does not fit" in read.stderr
    assert read.exit_code == ExitCode.REFUSED
    own = {("marks" if k[0] == "table" else k[0], *k[1:]): v for k, v in sheets[0].fields.items()}
    right = sum(
        rows[row][3 + column] == text
        for (name, row, column), text in own.items()
        if name == "marks"
    )
    assert right >= 0.8 * (len(own) - 2)
    assert rows[1][1] == own["number", 1, 1]


def test_who_is_missing_and_who_comes_twice_is_told(form: Path, mnist: Cli) -> None:
    read = mnist(
        "predict", "sheets/0.jpg", "sheets/0.jpg", "--model", "bundled", "--form", "form.json"
    )

    assert "no sheet of 2 of 3: " in read.stderr
    assert "999999" in read.stderr
    assert "several sheets of " in read.stderr
    assert "sheets/0.jpg, sheets/0.jpg" in read.stderr
    assert "number " in read.stdout
    assert f"marks of {ROWS + 1}×{COLUMNS}" in read.stdout


def test_the_record_has_fields_and_named_tables_in_the_pictures_pixels(
    form: Path, mnist: Cli, sheets: list[Sheet]
) -> None:
    record = json.loads(
        mnist(
            "predict", "sheets/0.jpg", "--model", "bundled", "--form", "form.json", "--json"
        ).stdout
    )

    assert [field["name"] for field in record["fields"]] == ["number", "score"]
    assert record["fields"][0]["text"] == sheets[0].fields["number", 1, 1]
    names = [(table["name"], table["rows"], table["columns"]) for table in record["tables"]]
    assert names == [("number", 1, 1), ("score", 1, 1), ("marks", ROWS + 1, COLUMNS)]
    (left, top), _, (right, bottom), _ = record["tables"][2]["corners"]
    assert all(0 <= edge <= 1_600 for edge in (left, top, right, bottom))
    labels = [cell for cell in record["tables"][2]["cells"] if cell["column"] == 1]
    assert sum(cell["flags"] == ["printed"] for cell in labels) >= ROWS - 1
    assert all(cell["text"] == "" or "unsure" in cell["flags"] for cell in labels)
    inside = [digit["box"] for digit in record["digits"]]
    assert all(0 <= box[0] < box[2] <= 1_600 and 0 <= box[1] < box[3] <= 1_600 for box in inside)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--form", "none.json"], ExitCode.NOT_FOUND, "No form 'none.json'"),
        (["--form", "ids.txt"], ExitCode.REFUSED, "ids.txt: "),
        (
            ["--model", "bundled", "--form", "form.json", "--grid", "2x2"],
            ExitCode.USAGE,
            "leave --grid out",
        ),
        (
            ["--model", "bundled", "--form", "form.json", "--expect", "6"],
            ExitCode.USAGE,
            "leave --expect out",
        ),
        (
            ["--model", "bundled", "--form", "form.json", "--solve"],
            ExitCode.USAGE,
            "--solve is for",
        ),
    ],
)
def test_what_does_not_go_with_a_form_is_told(
    form: Path, mnist: Cli, arguments: list[str], code: ExitCode, words: str
) -> None:
    read = mnist("predict", "sheets/0.jpg", *arguments)

    assert (read.exit_code, words in read.stderr) == (code, True), read.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["-o", "form.txt"], "ends in .json"),
        (["-o", "b.json", "--annotate", "a.jpg"], "ends in .png"),
        (["-o", "b.json", "--expect", "who=6"], "The fields are field 1, field 2, table"),
        (["-o", "b.json", "--expect", "table=words"], "must be integer"),
        (["-o", "b.json", "--columns", "table=a,b"], "has 5 columns"),
        (["-o", "b.json", "--check", "sum(1)"], "is not a sum"),
        (["-o", "b.json", "--check", "sum(rows 1..20) = row 21"], "No table of the form has so"),
        (["-o", "b.json", "--check", "sum(1..5) = 6"], "so many columns"),
    ],
)
def test_a_form_that_makes_no_sense_is_not_written(
    form: Path, mnist: Cli, arguments: list[str], words: str
) -> None:
    made = mnist("form", "new", "blank.png", "--turn", "0", *arguments)

    assert made.exit_code == ExitCode.USAGE
    assert words in made.stderr
    assert not Path("b.json").exists()


def test_a_form_replaces_no_file_unasked_and_never_its_sheet(form: Path, mnist: Cli) -> None:
    assert mnist("form", "new", "blank.png").exit_code == ExitCode.CONFLICT
    assert mnist("form", "new", "blank.png", "--force", *FIELDS, "--turn", "0").exit_code == 0
    again = ("form", "new", "blank.png", "-o", "c.json", "--annotate", "blank.png", "--force")
    assert mnist(*again).exit_code == ExitCode.CONFLICT


def test_what_was_put_right_on_sheets_of_a_form_is_learned_by_the_form(
    form: Path, mnist: Cli, sheets: list[Sheet]
) -> None:
    """The number stands in a box beside the table; the first column is print, which is not read."""
    reads = ("--model", "bundled", "--form", "form.json")
    mnist("predict", "sheets/0.jpg", "sheets/1.jpg", *reads, "--cells", "cells.csv")
    heads, *rows = csv.reader(Path("cells.csv").read_text().splitlines())
    (text, read), number = (heads.index("text"), heads.index("read")), rows[0][4]
    assert number == sheets[0].fields["number", 1, 1]
    rows[0][text] = "".join(str((int(digit) + 1) % 10) for digit in number)
    kept = [row[:read] for row in (heads, rows[0], *(row for row in rows if "printed" in row[6]))]
    for name, lines in (("cells.csv", [heads, *rows]), ("old.csv", kept)):
        with Path(name).open("w", newline="") as file:
            csv.writer(file).writerows(lines)

    def corrected(name: str, *options: str) -> dict[str, int]:
        told = json.loads(mnist("data", "corrected", name, name[:-4], *options, "--json").stdout)
        return {key: told[key] for key in ("digits", "places", "left_out")}

    learned = {"digits": len(number), "places": 1, "left_out": 0}
    assert corrected("cells.csv", *reads) == learned
    assert corrected("old.csv", *reads) == learned
