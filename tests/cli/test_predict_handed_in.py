"""Whose sheets `mnist predict` says are missing."""

import logging

import pytest

from mnist_cli.cli.predict_handed_in import HandedIn
from mnist_cli.core import log
from mnist_cli.core.errors import PictureError
from mnist_cli.reading.forms.forms import Form, FormField
from mnist_cli.reading.output.record import Reading
from mnist_cli.reading.tables.tables import CellRead, TableRead

WHO = FormField("who", (0.0, 10.0), (0.0, 10.0), expect=("101", "102", "103", "104"), is_id=True)
FORM = Form("sheet", b"", (WHO,))
MODEL: dict[str, str | None] = {"version": "1", "sha256": ""}


def of(who: str, *flags: str) -> Reading:
    """Return the reading of a sheet."""
    corners = ((0, 0), (9, 0), (9, 9), (0, 9))
    cell = CellRead(1, 1, who, who, 0.9, corners, flags)
    box = TableRead(corners, 1, 1, (cell,), "who")
    return Reading(f"{who}.png", who, (), (), MODEL, tables=(box,))


def told(capsys: pytest.CaptureFixture[str], *readings: Reading) -> list[str]:
    handed_in = HandedIn(FORM)
    for reading in readings:
        handed_in.add(reading)
    capsys.readouterr()
    handed_in.show()
    return capsys.readouterr().err.splitlines()


def test_who_may_have_handed_in_is_not_missing(capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys, of("101"), of("102", "unsure")) == [
        "whose sheet it is is unsure: 102.png",
        "no sheet of 2 of 4: 103, 104",
    ]


def test_one_sheet_is_no_stack_of_which_others_are_missing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    unread = Reading("b.png", "", (), (), MODEL, PictureError("it does not fit."))

    assert told(capsys, of("101"), unread) == []


def test_quiet_does_without_those_missing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    log.to_stderr(logging.WARNING, "text")
    try:
        assert told(capsys, of("101"), of("102"), of("102")) == [
            "several sheets of 102: 102.png, 102.png"
        ]
    finally:
        log.to_stderr(logging.INFO, "text")
