"""Forms over REST: made of a sheet, sent with others, checked."""

import base64
import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mnist_cli.reading.forms.form_new import make_form
from mnist_cli.reading.image import decode
from tests.benchmarks.form_sheets import NUMBER, scanned
from tests.conftest import Cli
from tests.reading.sheets import small_form
from tests.server.conftest import DIGIT, Server
from tests.server.form_pictures import blank, of_another_form, photo, sheet
from tests.server.wire import JSON, PREDICT

MAKE = "/v1/form"
FIELD = f"number={','.join(map(str, NUMBER))}"


@pytest.fixture(scope="module")
def form(server: Server) -> Any:
    """What the server makes of a blank sheet, its fields named and known."""
    kind = {"Content-Type": "image/png"}
    answer = server.client.post(
        MAKE, content=blank(), headers=kind, params={"turn": "0", "name": "marks"}
    )
    assert answer.status_code == 200
    made = answer.json()
    made["fields"][0] |= {"name": "number", "expect": "6"}
    made["fields"][1] |= {"name": "score", "expect": "integer"}
    return made


def base64_of(content: bytes) -> str:
    return base64.b64encode(content).decode()


def refusal(server: Server, path: str, document: object) -> str:
    """Return why a document is refused."""
    answer = server.client.post(path, json=document)
    assert (answer.status_code, answer.headers["Content-Type"]) == (422, "application/problem+json")
    return str(answer.json()["detail"])


def test_a_form_is_made_as_by_the_command(server: Server) -> None:
    blank = small_form()
    expected = make_form("marks", decode(blank), 0).form.to_record()
    ways: list[dict[str, Any]] = [
        {"content": blank, "headers": {"Content-Type": "image/png"}},
        {"files": {"file": ("blank.png", blank)}},
        {"json": {"image": base64_of(blank)}},
    ]

    for way in ways:
        answer = server.client.post(MAKE, params={"turn": "0", "name": "marks"}, **way)
        assert answer.json() == json.loads(json.dumps(expected))


def test_a_field_is_given_as_to_the_command(server: Server) -> None:
    kind = {"Content-Type": "image/png"}
    answer = server.client.post(
        MAKE, content=blank(), headers=kind, params={"turn": "0", "field": FIELD}
    )

    assert [field["name"] for field in answer.json()["fields"]] == ["number"]


def test_sheets_are_read_by_a_form_however_it_comes(server: Server, form: Any) -> None:
    text = json.dumps(form)
    file = ("file", ("sheet.jpg", photo()))
    records = [
        server.client.post(PREDICT, files=[file, ("form", ("form.json", text, JSON))]).json(),
        server.client.post(PREDICT, files=[file], data={"form": text}).json(),
        server.client.post(PREDICT, json={"image": base64_of(photo()), "form": form}).json(),
    ]

    assert records[0]["fields"] == records[1]["fields"] == records[2]["fields"]
    assert {field["name"]: field["text"] for field in records[0]["fields"]} == {
        "number": sheet().fields["number", 1, 1],
        "score": sheet().fields["score", 1, 1],
    }
    (table,) = (table for table in records[0]["tables"] if table["name"] == "table")
    assert (table["rows"], table["columns"]) == (11, 5)


def test_the_boxes_of_a_form_are_numbered_in_the_file_of_records(server: Server, form: Any) -> None:
    record = server.client.post(PREDICT, json={"image": base64_of(photo()), "form": form}).json()

    text = server.client.post("/v1/results", json=[record]).text

    boxes = [row for row in csv.reader(text.splitlines()) if row[1] in {"1", "2"}]
    read = [row[2].rstrip(" ?") for row in boxes]
    assert read == [sheet().fields[name, 1, 1] for name in ("number", "score")]


def test_of_several_sheets_each_has_its_record_or_says_that_it_does_not_fit(
    server: Server, form: Any
) -> None:
    files = [("file", ("a.jpg", photo())), ("file", ("b.png", of_another_form()))]
    fits, other = server.client.post(
        PREDICT, files=[*files, ("form", ("form.json", json.dumps(form)))]
    ).json()

    assert fits["ok"]
    assert other["error"]["code"] == "does_not_fit"


def test_the_records_are_those_of_the_command(
    server: Server, form: Any, mnist: Cli, tmp_path: Path
) -> None:
    (tmp_path / "form.json").write_text(json.dumps(form))
    (tmp_path / "sheet.jpg").write_bytes(photo())
    by_cli = json.loads(
        mnist(
            *("predict", tmp_path / "sheet.jpg", "--form", tmp_path / "form.json", "--json"),
            *("--model", "bundled"),
        ).stdout
    )
    by_rest = server.client.post(PREDICT, json={"image": base64_of(photo()), "form": form}).json()

    assert by_rest | {"path": ""} == by_cli | {"path": ""}


def test_a_form_that_was_drawn_is_checked_and_its_print_noted(server: Server, form: Any) -> None:
    (table,) = (field for field in form["fields"] if "columns" in field)
    assert table["printed"]
    drawn = form | {"fields": [table | {"printed": []}]}

    answer = server.client.post(MAKE, json={"form": drawn})

    assert answer.json()["fields"] == [table]


def test_a_form_of_a_blank_sheet_stays_one_when_its_print_is_noted_anew(server: Server) -> None:
    picture = decode(scanned(sheet().canvas))  # on which much looks like handwriting
    made = json.loads(json.dumps(make_form("marks", picture, 0, is_blank=True).form.to_record()))

    answer = server.client.post(MAKE, json={"form": made})

    assert made["blank"]
    assert answer.json() == made


WRONG: dict[str, tuple[Callable[[Any], object], str]] = {
    "no object": (lambda _: [], "A form must be an object"),
    "another version": (lambda form: form | {"form": 2}, "No form of version 1"),
    "no field": (lambda form: form | {"fields": []}, "a list of 1 to 1000"),
    "a key that it has not": (lambda form: form | {"feilds": 1}, "Did you mean 'fields'?"),
    "beyond the picture": (
        lambda form: form | {"fields": [{"name": "a", "box": [0, 0, 3999, 9]}]},
        "reaches beyond the picture",
    ),
    "no picture": (lambda form: form | {"picture": "AAAA"}, "The picture of form 'marks'"),
    "an expectation of no kind": (
        lambda form: form | {"fields": [{"name": "a", "box": [0, 0, 9, 9], "expect": "?"}]},
        "What is expected must be",
    ),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_form_that_makes_no_sense_is_refused_in_the_librarys_words(
    unharmed: Server, form: Any, wrong: str
) -> None:
    spoil, words = WRONG[wrong]

    sent = {"image": base64_of(photo()), "form": spoil(form)}
    assert words in refusal(unharmed, PREDICT, sent)
    assert words in refusal(unharmed, MAKE, {"form": spoil(form)})


def test_what_makes_no_sense_together_is_refused(unharmed: Server, form: Any) -> None:
    one = [("form", ("form.json", json.dumps(form)))]
    file = ("file", ("three.png", DIGIT))

    refused: list[tuple[list[Any], str]] = [
        ([file, *one, *one], "Sheets have one form"),
        (one, "holds no file"),
        ([file] * 17, "At most 16 pictures"),
    ]
    for files, detail in refused:
        answer = unharmed.client.post(PREDICT, files=files)
        assert answer.status_code in {413, 422}
        assert detail in answer.json()["detail"]
    for query, named in (({"form": "sudoku"}, "form=sudoku"), ({"grid": "9x9"}, "grid")):
        answer = unharmed.client.post(PREDICT, files=[file, *one], params=query)
        assert f": leave {named} out" in answer.json()["detail"]
    for query in ({"expect": "6"}, {"layout": "line"}, {"turn": "0"}):
        answer = unharmed.client.post(PREDICT, files=[file, *one], params=query)
        assert answer.status_code == 422
        assert f"leave {next(iter(query))} out" in answer.json()["detail"]
    assert "one picture alone" in unharmed.client.post(MAKE, files=[file, file]).json()["detail"]
    assert "Send" in refusal(unharmed, MAKE, {"image": base64_of(DIGIT), "form": form})


def test_a_form_that_is_no_json_is_malformed(unharmed: Server) -> None:
    files = [("file", ("three.png", DIGIT)), ("form", ("form.json", b"{"))]

    assert unharmed.client.post(PREDICT, files=files).status_code == 400


def test_a_sheet_without_rules_says_what_to_do(unharmed: Server) -> None:
    kind = {"Content-Type": "image/png"}
    answer = unharmed.client.post(MAKE, content=DIGIT, headers=kind)

    assert answer.json()["code"] == "form_invalid"
    assert "no box is ruled" in answer.json()["detail"]
