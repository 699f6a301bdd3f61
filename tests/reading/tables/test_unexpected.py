"""Which cells are told to hold what is not expected of them."""

import pytest

from mnist_cli.reading.expectations import parse_expectation
from mnist_cli.reading.tables.tables import CellRead, TableRead
from mnist_cli.reading.tables.unexpected import with_unexpected

AREA = (0, 0), (9, 0), (9, 9), (0, 9)


@pytest.mark.parametrize(
    ("text", "flags", "told"),
    [
        ("7", (), ()),
        ("", ("empty",), ("empty",)),
        ("26", (), ("unsure", "unexpected")),  # in print, which is never read otherwise
        ("13 7", ("several_numbers",), ("several_numbers", "unsure", "unexpected")),
        ("3 7", ("several_numbers",), ("several_numbers",)),
        ("26", ("unsure", "unexpected"), ("unsure", "unexpected")),
        ("26", ("heading",), ("heading",)),
    ],
)
def test_a_cell_is_unsure_where_a_number_in_it_is_not_expected(
    text: str, flags: tuple[str, ...], told: tuple[str, ...]
) -> None:
    cell = CellRead(1, 1, text, text, 0.9, AREA, flags, is_print=True)

    (table,) = with_unexpected([TableRead(AREA, 1, 1, (cell,))], parse_expectation("0..9"))

    assert table.cells == (cell._replace(flags=told),)
