"""`Accept: text/csv` answers with the files that `mnist predict` writes."""

from pathlib import Path

import pytest

from tests.conftest import Cli
from tests.reading.sheets import sheet
from tests.server.conftest import DIGIT, Server, png
from tests.server.wire import MARKER, PREDICT, post

TABLE = png(sheet(3, 3, {(1, 1): "7", (1, 2): "2", (2, 1): "3", (2, 3): "6", (3, 3): "4"}))
CSV = {"Accept": "text/csv"}


@pytest.mark.parametrize("pictures", [{"table.png": TABLE}, {"=a.png": DIGIT, "b.png": b"no"}])
def test_it_is_what_the_command_line_writes(
    server: Server,
    mnist: Cli,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    pictures: dict[str, bytes],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MNIST_ARTIFACTS", raising=False)
    for name, picture in pictures.items():
        Path(name).write_bytes(picture)
    mnist("predict", *pictures, "--output", "results.csv", "--cells", "cells.csv")
    files = [("file", (name, picture)) for name, picture in pictures.items()]

    results = server.client.post(PREDICT, files=files, headers=CSV)
    cells = server.client.post(PREDICT, files=files, headers=CSV, params={"cells": "true"})

    assert results.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert results.content.decode() == Path("results.csv").read_bytes().decode()
    assert cells.content.decode() == Path("cells.csv").read_bytes().decode()


def test_a_picture_that_can_not_be_read_alone_is_a_problem(unharmed: Server) -> None:
    unharmed.send(post(b"no picture", Accept="text/csv")).check_problem(415)


@pytest.mark.parametrize(
    ("query", "accepted"),
    [
        ("cells=true", "*/*"),
        ("cells=true", "application/json, text/csv"),
        ("explain=1", "text/csv"),
    ],
)
def test_what_has_no_place_in_the_answer_is_refused(
    unharmed: Server, query: str, accepted: str
) -> None:
    unharmed.send(post(DIGIT, target=f"{PREDICT}?{query}", Accept=accepted)).check_problem(422)


def test_records_are_the_answer_where_both_will_do(server: Server) -> None:
    for accepted in ("*/*", "text/html, */*", "application/json;q=0.9, text/csv;q=0.1", MARKER):
        answer = server.send(post(DIGIT, Accept=accepted))
        assert answer.headers["Content-Type"] == "application/json"
