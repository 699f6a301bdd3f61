"""Options of a reader, from Python."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mnist_cli.core.errors import ExitCode, FormError, FormNotFoundError, UsageError
from mnist_cli.reading.forms.form_file import write_form
from mnist_cli.reading.forms.forms import Form, FormField
from mnist_cli.reading.reader import Reader
from tests.conftest import OneDigit
from tests.reading.sheets import small_form


def reader(**options: Any) -> Reader:
    return Reader(OneDigit(7), **options)


@pytest.mark.parametrize("as_given", [str, Path])
def test_a_form_is_opened_by_its_path(tmp_path: Path, as_given: type) -> None:
    form = Form("sheet", small_form(), (FormField("number", (40.0, 80.0), (30.0, 150.0)),))
    write_form(tmp_path / "form.json", form)

    opened = reader(form=as_given(tmp_path / "form.json"))

    assert opened.form is not None
    assert opened.form.sha256 == form.sha256
    assert opened.options == reader(form=form).options


def test_a_form_that_is_not_there_or_none_is_told_as_on_the_command_line(tmp_path: Path) -> None:
    (tmp_path / "none.json").write_text("{}")

    with pytest.raises(FormNotFoundError) as missing:
        reader(form=str(tmp_path / "missing.json"))
    with pytest.raises(FormError, match="no form of version") as none:
        reader(form=tmp_path / "none.json")
    assert "mnist form new" in none.value.hint
    assert missing.value.exit_code == ExitCode.NOT_FOUND
    assert "mnist form new" in missing.value.hint


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("form", {"form": 1}, "form must be `sudoku`, the path of a form, or a Form."),
        ("form", np.array(["sudoku", "form.json"]), "form must be `sudoku`, the path of a form"),
        ("layout", "foo", "layout must be 'auto', 'single', 'line', 'page' or 'table'."),
        ("layout", np.array(["line", "page"]), "layout must be 'auto', 'single', 'line', "),
        ("turn", 45, "turn must be 'auto', 0, 90, 180 or 270."),
        ("turn", 90.0, "turn must be 'auto', 0, 90, 180 or 270."),
        ("turn", np.array([0, 90]), "turn must be 'auto', 0, 90, 180 or 270."),
        ("turn", "90", "turn must be 'auto', 0, 90, 180 or 270."),
        ("invert", "maybe", "invert must be 'auto', 'yes' or 'no'."),
        ("min_confidence", 7, "min_confidence must be a number from 0 to 1."),
        ("min_confidence", float("nan"), "min_confidence must be a number from 0 to 1."),
        ("min_confidence", "0.5", "min_confidence must be a number from 0 to 1."),
        ("min_confidence", np.array([0.5]), "min_confidence must be a number from 0 to 1."),
        ("digits_only", "no", "digits_only must be True or False."),
        ("top_k", 0, "top_k must be a whole number from 1 to 10."),
        ("top_k", 2.0, "top_k must be a whole number from 1 to 10."),
        ("top_k", 2.5, "top_k must be a whole number from 1 to 10."),
        ("grid", "3x3", "grid must be the table's rows and columns, up to 200 each, as (40, 8)."),
        ("grid", (0, 3), "grid must be the table's rows and columns"),
        ("grid", (4.0, 5.0), "grid must be the table's rows and columns"),
        ("grid", 9, "grid must be the table's rows and columns"),
        ("expect", 6, "expect must be integer, decimal,"),
        ("expect", [6], "expect must be integer, decimal,"),
        ("checks", "sum(1..7) = 8", 'checks must be a list of sums, as ["sum(1..7) = 8"].'),
    ],
)
def test_what_an_option_may_be_is_told(option: str, value: object, words: str) -> None:
    with pytest.raises(UsageError) as refused:
        reader(**{option: value})

    assert refused.value.message.startswith(words)
    assert refused.value.message.endswith(f"Received: {value!r}.")
    assert refused.value.hint


def test_whole_numbers_of_numpy_become_pythons_own() -> None:
    given = reader(
        top_k=np.int64(2), turn=np.int64(90), grid=np.array([4, 5]), min_confidence=np.float32(0.5)
    )

    plain = reader(top_k=2, turn=90, grid=(4, 5), min_confidence=0.5)
    assert json.dumps(given.options) == json.dumps(plain.options)
