"""What is printed is what was given, and never markup."""

import pytest
from rich.table import Table

from mnist_cli.cli import console
from mnist_cli.core.errors import StoppedError, UsageError


def test_a_name_is_neither_markup_nor_a_picture(capsys: pytest.CaptureFixture[str]) -> None:
    table = Table("name")
    table.add_row("[/foo] [red]x[/red] :smile:")

    console.result_rich(table)

    assert "[/foo] [red]x[/red] :smile:" in capsys.readouterr().out


def test_what_a_person_stopped_is_no_error(capsys: pytest.CaptureFixture[str]) -> None:
    console.error(StoppedError("Stopped by SIGINT.", signal_number=2, hint="Go on."))
    console.error(UsageError("No.", hint="Yes."))

    assert capsys.readouterr().err == "Stopped by SIGINT. Go on.\nerror: No. Yes.\n"


def test_a_table_holds_no_control_characters(capsys: pytest.CaptureFixture[str]) -> None:
    console.result_table(("name", "n"), ("\x1b[31mred", "1"))

    assert capsys.readouterr().out.splitlines()[1].split() == ["\\x1b[31mred", "1"]
