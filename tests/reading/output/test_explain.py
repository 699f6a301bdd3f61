from dataclasses import replace
from pathlib import Path
from typing import get_args

import cv2
import numpy as np
import pytest

from mnist_cli.core.data.dataset import Dataset
from mnist_cli.reading.candidates import Found
from mnist_cli.reading.output.explain import LEFT_OUT_WORDS, Explainer, explain
from mnist_cli.reading.output.record import Reading
from mnist_cli.reading.reader import Reader
from mnist_cli.server.record_schemas import LeftOut
from tests.conftest import OneDigit
from tests.reading.looks import Knowing, around, candidate, look_at
from tests.reading.test_reader import png


@pytest.fixture
def reading(monkeypatch: pytest.MonkeyPatch, test_split: Dataset) -> Reading:
    """A page with a 7 of ink, and of what a finder may say besides."""
    drawn = np.zeros((240, 240), np.uint8)
    drawn[20:216, 20:216] = cv2.resize(test_split.images[0], (196, 196))
    ink = drawn > 127
    look = look_at(ink)
    digits = (
        candidate(around(ink), "7", look=look),
        candidate((200, 200, 230, 236), "5", 0.6, look=look),
    )
    mark = candidate((180, 180, 190, 190), ".", look=look)
    doubtful = candidate((2, 4, 20, 40), "1", 0.2, look=look)
    found = Found(digits, (mark,), (doubtful,), (look,))
    monkeypatch.setattr("mnist_cli.reading.reader.Finder", lambda **_: Knowing(found))
    return Reader(OneDigit(7)).read_many_bytes([("seven.png", png(255 - drawn))])[0]


def test_it_is_said_what_was_left_out_and_why(reading: Reading) -> None:
    words = explain(reading)

    assert "seven.png: read as 7," in words
    assert (
        "Left out: what looks like '1' in the box from (2, 4) to (20, 40), too unlikely to be one."
        in words
    )
    assert (
        "Left out: what looks like '5' in the box from (200, 200) to (230, 236), without ink"
        in words
    )


def test_the_record_tells_the_same(reading: Reading) -> None:
    record = reading.to_record()

    assert record["left_out"] == [
        {"box": [2, 4, 20, 40], "symbol": "1", "score": 0.2, "reason": "unlikely"},
        {"box": [200, 200, 230, 236], "symbol": "5", "score": 0.6, "reason": "no_ink"},
    ]
    assert record["marks"] == [{"text": ".", "confidence": 0.9, "box": [180, 180, 190, 190]}]
    assert {one["reason"] for one in record["left_out"]} < LEFT_OUT_WORDS.keys()


def test_marks_are_named(reading: Reading) -> None:
    assert "Marks were found too: ." in explain(reading)
    assert "Marks" not in explain(reading._replace(marks=()))


def test_it_is_said_that_a_picture_was_turned(reading: Reading) -> None:
    assert reading.page
    turned = reading._replace(page=replace(reading.page, turned=3), turned=270)

    assert "The picture was turned clockwise by 270° to be read." in explain(turned)
    assert "turned" not in explain(reading)


def test_the_finders_maps_are_among_the_steps(reading: Reading, tmp_path: Path) -> None:
    Explainer(tmp_path / "why").write(reading)

    assert sorted(path.name for path in (tmp_path / "why/0001-seven").iterdir()) == [
        "1-grey.png",
        "2-digits.png",
        "3-ink.png",
        "4-strokes.png",
        "5-digit.png",
        "contact-sheet.png",
        "explanation.txt",
    ]


def test_there_are_words_for_each_reason_that_something_is_left_out_for() -> None:
    assert set(LEFT_OUT_WORDS) == set(get_args(LeftOut.model_fields["reason"].annotation))
