"""Numbers that lack a mark which the others of their column have: 5557 below 70.34 and 19.41."""

from collections import Counter
from collections.abc import Iterable, Sequence

from mnist_cli.reading.tables.tables import CellRead

LEAST = 3  # numbers of a column with the same marks: two may be alike by chance
MOST = 0.75  # of the numbers of a column that are long enough for them, have these marks

Marks = frozenset[int]  # how many digits stand to the right of each


def lacking_marks(cells: Iterable[CellRead]) -> frozenset[CellRead]:
    """Return the cells whose number lacks a mark that most numbers of their column have."""
    columns: dict[int, list[CellRead]] = {}
    for cell in cells:
        columns.setdefault(cell.column, []).append(cell)
    return frozenset(one for column in columns.values() for one in _lacking(column))


def _lacking(column: Sequence[CellRead]) -> list[CellRead]:
    marks = {cell: _marks(cell.text) for cell in column if cell.text}
    counts = Counter(own for own in marks.values() if own)
    if not counts:
        return []
    usual, count = counts.most_common(1)[0]
    long = [cell for cell in marks if _count(cell.text) > max(usual)]
    if count < max(LEAST, MOST * len(long)):
        return []
    return [cell for cell in long if marks[cell] < usual]


def _count(text: str) -> int:
    """Count the digits of a text."""
    return sum(character.isdigit() for character in text)


def _marks(text: str) -> Marks:
    """Return where the marks of a number are, but for its sign: {0, 2} of -19.03."""
    inner = text.lstrip("+-")
    return frozenset(_count(inner[at:]) for at, mark in enumerate(inner) if not mark.isdigit())
