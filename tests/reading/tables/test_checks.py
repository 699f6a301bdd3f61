import re

import pytest

from mnist_cli.core.errors import UsageError
from mnist_cli.reading.tables.checks import parse_check


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("", "is not a sum"),
        ("sum(1..7)", "is not a sum"),
        ("8 = sum(1..7)", "is not a sum"),
        ("sum(7..1) = 8", "goes up: 1..7, not 7..1"),
        ("sum(1..7) = 3", "can't stand in column 3, which is one of those summed"),
        ("sum(rows 1..7) = row 7", "can't stand in row 7, which is one of those summed"),
        ("sum(rows 1..2) = 3", "of columns or of rows, not of both"),
        ("sum(0..2) = 3", "The first column is 1"),
        ("sum(rows 1..2) = row 0", "The first row is 1"),
    ],
)
def test_a_check_that_makes_no_sense_is_refused_and_the_reason_told(text: str, wrong: str) -> None:
    with pytest.raises(UsageError, match=re.escape(wrong)):
        parse_check(text)
