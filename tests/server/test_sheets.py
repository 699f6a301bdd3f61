"""What the page for pictures and sheets asks of the server beside reading."""

import base64
import csv
import io
import json
import tempfile
import time
from pathlib import Path
from typing import Any, Literal
from zipfile import ZipFile

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from openpyxl import load_workbook
from PIL import Image
from pillow_heif import from_pillow

from mnist_cli.api.data import open_data
from mnist_cli.core.data import picture_folders
from mnist_cli.core.files import locked
from mnist_cli.reading.output.output import writing_results
from mnist_cli.reading.reader import Reader
from mnist_cli.server.limits import MAX_KEPT, WORK_S
from mnist_cli.server.problems import Problem
from mnist_cli.server.sheets import SaveDigits, WriteResults
from tests.conftest import OneDigit, render_digit
from tests.server.conftest import DIGIT, Server, png, serving

PDF = {"Content-Type": "application/pdf"}


def pdf(*digits: int) -> bytes:
    """Return a PDF with a digit a page."""
    first, *others = (Image.fromarray(render_digit(digit)).convert("RGB") for digit in digits)
    buffer = io.BytesIO()
    first.save(buffer, "PDF", save_all=True, append_images=others)
    return buffer.getvalue()


def tiff(*digits: int) -> bytes:
    """Return a TIFF with a digit a page."""
    first, *others = (Image.fromarray(render_digit(digit)) for digit in digits)
    buffer = io.BytesIO()
    first.save(buffer, "TIFF", save_all=True, append_images=others)
    return buffer.getvalue()


def test_a_tiff_of_several_pages_gives_a_record_a_page_and_shows_each(server: Server) -> None:
    kind = {"Content-Type": "image/tiff"}
    read = server.client.post("/v1/predict", content=tiff(3, 7), headers=kind).json()
    alone = server.client.post("/v1/predict", content=tiff(3), headers=kind).json()
    shown = server.client.post("/v1/pages?page=2", content=tiff(3, 7), headers=kind)

    assert [(one["path"], one["text"], one["flags"]) for one in read] == [
        ("-#1", "3", []),
        ("-#2", "7", []),
    ]
    assert (alone["path"], alone["text"]) == ("-", "3")
    assert shown.headers["Page-Count"] == "2"
    assert server.read(shown.content).json()["text"] == "7"


def test_a_pdf_gives_a_record_a_page(server: Server) -> None:
    alone = server.client.post("/v1/predict", content=pdf(3, 7), headers=PDF)
    of_form = server.client.post(
        "/v1/predict", files=[("file", ("a.png", DIGIT)), ("file", ("scan.pdf", pdf(7)))]
    )

    assert [(one["path"], one["text"]) for one in alone.json()] == [("-#1", "3"), ("-#2", "7")]
    assert [(one["path"], one["text"]) for one in of_form.json()] == [
        ("a.png", "3"),
        ("scan.pdf#1", "7"),
    ]


def test_a_damaged_pdf_costs_itself_and_one_of_too_many_pages_is_refused(server: Server) -> None:
    damaged = server.client.post("/v1/predict", content=b"%PDF-1.7 no more", headers=PDF)
    long = server.client.post("/v1/predict", content=pdf(*[1] * 17), headers=PDF)

    assert damaged.status_code == 422
    assert "damaged" in damaged.json()["detail"]
    assert long.status_code == 413
    assert "At most 16 pages" in long.json()["detail"]


@pytest.mark.parametrize("page", [1, 2])
def test_a_page_of_a_pdf_is_shown_as_a_picture_that_is_read_alike(
    server: Server, page: int
) -> None:
    answer = server.client.post("/v1/pages", content=pdf(3, 7), headers=PDF, params={"page": page})

    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["Page-Count"] == "2"
    assert server.read(answer.content).json()["text"] == "37"[page - 1]


def test_a_tiff_is_shown_as_a_png_with_its_pixels(server: Server) -> None:
    buffer = io.BytesIO()
    Image.fromarray(render_digit(5)).save(buffer, "TIFF")

    assert np.array_equal(shown(server, buffer.getvalue(), "image/tiff"), render_digit(5))


def test_a_phones_heic_is_shown_as_a_png(server: Server) -> None:
    buffer = io.BytesIO()
    from_pillow(Image.fromarray(render_digit(5)).convert("RGB")).save(buffer)

    seen = shown(server, buffer.getvalue(), "image/heic").astype(int)
    assert np.abs(seen - render_digit(5)).mean() < 5


def shown(server: Server, content: bytes, kind: str) -> NDArray[np.uint8]:
    answer = server.client.post("/v1/pages", content=content, headers={"Content-Type": kind})
    return np.asarray(Image.open(io.BytesIO(answer.content)).convert("L"))


@pytest.mark.parametrize(
    ("content", "kind", "page", "status", "words"),
    [
        (pdf(3), "application/pdf", 2, 422, "No page 2"),
        (DIGIT, "image/png", 2, 422, "a picture has one"),
        (b"<html>", "image/png", 1, 415, "HTML"),
        (DIGIT, "text/plain", 1, 415, "image/* or application/pdf"),
        (png(np.zeros((2, 2), np.uint8)), "image/png", 1, 422, "too small"),
    ],
)
def test_what_can_not_be_shown_is_refused(
    server: Server, content: bytes, kind: str, page: int, status: int, words: str
) -> None:
    answer = server.client.post(
        "/v1/pages", content=content, headers={"Content-Type": kind}, params={"page": page}
    )

    assert answer.status_code == status
    assert words in answer.json()["detail"]


@pytest.fixture(scope="module")
def explained(server: Server) -> dict[str, Any]:
    record: dict[str, Any] = server.read(explain="true", top_k=10).json()
    return record


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_records_become_the_file_that_predict_writes(
    server: Server, tmp_path: Path, kind: str
) -> None:
    sheet = tmp_path / "sheet.png"
    sheet.write_bytes(png(ruled(4, 3)))
    reader = Reader("bundled", min_confidence=0.9999)  # so that some are unsure
    with writing_results(expected := tmp_path / f"expected.{kind}", force=False) as write:
        write(reader.read(sheet))
    record = reader.read(sheet).to_record()

    answer = server.client.post("/v1/results", json=[record], params={"format": kind})

    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Disposition"] == f'attachment; filename="digits.{kind}"'
    (tmp_path / f"got.{kind}").write_bytes(answer.content)
    assert rows_of(tmp_path / f"got.{kind}") == rows_of(expected)


def test_what_was_put_right_is_in_the_file(server: Server, explained: dict[str, Any]) -> None:
    corrected = explained | {"text": "8", "path": "=photo.png"}

    lines = server.client.post("/v1/results", json=[corrected]).text.splitlines()

    assert lines[1].startswith("./=photo.png,True,8,")  # no formula


def test_corrected_digits_are_a_zip_that_is_a_data_set(
    server: Server, explained: dict[str, Any], tmp_path: Path
) -> None:
    (image,) = explained["explanation"]["images"]
    digits = [{"digit": 8, "image": image}, {"digit": 8, "image": image}]

    answer = server.client.post("/v1/corrected", json={"digits": digits})

    with ZipFile(io.BytesIO(answer.content)) as archive:
        archive.extractall(tmp_path)
    data = open_data(str(tmp_path / "corrected"), "train")
    assert data.labels.tolist() == [8]  # the same digit is in it once
    seen = np.asarray(Image.open(io.BytesIO(base64.b64decode(image))))
    assert np.array_equal(data.images[0], seen)


def test_kept_digits_are_added_and_the_last_word_counts(
    explained: dict[str, Any], tmp_path: Path
) -> None:
    (image,) = explained["explanation"]["images"]
    other = base64.b64encode(plain(render_digit(7, side=28))).decode()
    with serving(tmp_path, "--keep", "corrected", "--workers", 2) as server:
        assert server.client.get("/v1/kept").json() == {"folder": "corrected", "most": 1_000}
        for digit in (3, 8):
            told = {"digits": [{"digit": digit, "image": image}, {"digit": 7, "image": other}]}
            assert server.client.post("/v1/kept", json=told).json() == {"kept": 2}
        bad = {"digits": [{"digit": 1, "image": image}, {"digit": 7, "image": "AAAA"}]}
        assert server.client.post("/v1/kept", json=bad).status_code == 422  # none of them

    data = open_data(str(tmp_path / "corrected"), "train")
    assert data.labels.tolist() == [7, 8]
    assert {path.name for path in (tmp_path / "corrected").iterdir()} == {"3", "7", "8"}


def test_what_a_killed_server_has_added_is_put_in_its_place_at_the_next_start(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "corrected"
    (folder / ".adding").mkdir(parents=True)
    (folder / "7").mkdir()
    (folder / ".adding" / "7-a.png").write_bytes(plain(render_digit(7, side=28)))
    with serving(tmp_path, "--keep", "corrected", "--workers", 1):
        assert [path.name for path in folder.rglob("*")] == ["7", "a.png"]


def test_a_folder_that_can_not_be_written_gets_none_of_them(
    explained: dict[str, Any], tmp_path: Path
) -> None:
    (image,) = explained["explanation"]["images"]
    other = base64.b64encode(plain(render_digit(7, side=28))).decode()
    (tmp_path / "corrected").mkdir()
    (tmp_path / "corrected" / "8").touch()
    with serving(tmp_path, "--keep", "corrected", "--workers", 1) as server:
        told = {"digits": [{"digit": 7, "image": other}, {"digit": 8, "image": image}]}
        answer = server.client.post("/v1/kept", json=told)

    assert answer.status_code == 507
    assert "Can't write" in answer.json()["detail"]
    assert list((tmp_path / "corrected").rglob("*.png")) == []


def test_as_many_as_a_request_may_have_are_kept_in_a_third_of_its_time(tmp_path: Path) -> None:
    """More are refused before one is written."""
    random = np.random.default_rng(0)
    images = [plain(one) for one in random.integers(0, 256, (MAX_KEPT + 1, 28, 28), np.uint8)]
    digits = [{"digit": 3, "image": base64.b64encode(image).decode()} for image in images]
    with serving(tmp_path, "--keep", "corrected", "--workers", 1) as server:
        more = server.client.post("/v1/kept", json={"digits": digits})
        assert more.status_code == 422
        assert not (tmp_path / "corrected").exists()
        began_s = time.monotonic()
        answer = server.client.post("/v1/kept", json={"digits": digits[1:]})
        took_s = time.monotonic() - began_s

    assert answer.json() == {"kept": MAX_KEPT}
    assert took_s < WORK_S / 3


def test_a_folder_that_others_write_to_is_not_waited_for_without_end(
    explained: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picture_folders, "HELD_S", 0.1)
    told = {"digits": [{"digit": 3, "image": explained["explanation"]["images"][0]}]}

    with locked(tmp_path), pytest.raises(Problem) as caught:
        SaveDigits(json.dumps(told).encode(), tmp_path).answer(OneDigit(3))

    assert caught.value.status == 503


def test_without_keep_nothing_is_kept(server: Server, explained: dict[str, Any]) -> None:
    told = {"digits": [{"digit": 3, "image": explained["explanation"]["images"][0]}]}

    assert server.client.get("/v1/kept").json()["folder"] is None
    assert server.client.post("/v1/kept", json=told).json()["code"] == "not_kept"


@pytest.mark.parametrize("size", [10**9, 10])
def test_a_table_that_is_no_sheets_is_refused(
    server: Server, explained: dict[str, Any], size: int
) -> None:
    corner = [[0, 0]] * 4
    cell = {"row": 11, "column": 1, "text": "1", "confidence": 1, "box": corner, "flags": []}
    table = {"corners": corner, "rows": size, "columns": size, "name": "", "cells": [cell]}

    answer = server.client.post("/v1/results", json=[explained | {"tables": [table]}])

    assert answer.status_code == (422 if size == 10 else 413)


@pytest.mark.parametrize("count", [2_000, 20])
def test_tables_that_are_large_together_are_refused(
    server: Server, explained: dict[str, Any], count: int
) -> None:
    """A kilobyte of them would be gigabytes of cells."""
    table = {"corners": [], "rows": 200, "columns": 200, "name": "", "cells": []}

    answer = server.client.post("/v1/results", json=[explained | {"tables": [table] * count}])

    assert answer.status_code == 413
    assert "100000 cells of tables a request" in answer.json()["detail"]


def test_what_would_make_a_far_larger_file_is_refused(
    server: Server, explained: dict[str, Any]
) -> None:
    """Each of a thousand rows names its picture, and has as many cells as the longest."""
    table = {"corners": [], "rows": 200, "columns": 1, "name": "", "cells": []}
    (number,) = explained["numbers"]
    long_name = explained | {"tables": [table] * 100, "path": "n" * 10_000}
    long_row = explained | {"tables": [table] * 100, "numbers": [number] * 10_000}

    for record in (long_name, long_row):
        answer = server.client.post("/v1/results", json=[record])
        assert answer.status_code == 413
        assert "over 32 MB" in answer.json()["detail"]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_files_are_written_where_no_disk_can_be(
    explained: dict[str, Any], monkeypatch: pytest.MonkeyPatch, kind: Literal["csv", "xlsx"]
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", "/nowhere")

    assert WriteResults(json.dumps([explained]).encode(), kind).answer(OneDigit(3)).body


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("results", "{", 400),
        ("results", '[{"path": 1}]', 422),
        ("corrected", '{"digits": []}', 422),
        ("corrected", '{"digits": [{"digit": 10, "image": ""}]}', 422),
        ("corrected", '{"digits": [{"digit": 1, "image": "?"}]}', 422),
    ],
)
def test_a_body_of_another_form_is_refused(
    server: Server, path: str, body: str, status: int
) -> None:
    kind = {"Content-Type": "application/json"}

    answer = server.client.post(f"/v1/{path}", content=body, headers=kind)

    assert answer.status_code == status
    assert answer.json()["detail"]


def ruled(rows: int, columns: int, side: int = 60) -> NDArray[np.uint8]:
    """Draw a ruled table with a printed digit a cell."""
    digits = [render_digit(at % 10, side, share=0.6) for at in range(rows * columns)]
    cells = [np.hstack(digits[at : at + columns]) for at in range(0, rows * columns, columns)]
    paper = np.pad(np.vstack(cells), 40, constant_values=255)
    for at in range(max(rows, columns) + 1):
        line = 40 + at * side
        if at <= rows:
            paper[line - 1 : line + 1, 40 : 40 + columns * side] = 0
        if at <= columns:
            paper[40 : 40 + rows * side, line - 1 : line + 1] = 0
    return paper


def rows_of(path: Path) -> list[list[str]]:
    if path.suffix == ".csv":
        with path.open(newline="") as file:
            return list(csv.reader(file))
    sheet = load_workbook(path).active
    return [[str(value) for value in row] for row in sheet.iter_rows(values_only=True)]


def plain(image: NDArray[np.uint8]) -> bytes:
    """Return a PNG as the server itself writes them."""
    return bytes(cv2.imencode(".png", image)[1].tobytes())
