"""What `mnist predict` prints of each reading."""

from typing import TYPE_CHECKING

from mnist_cli.cli import console
from mnist_cli.core.text import counted

if TYPE_CHECKING:
    from mnist_cli.cli.predict import Options
    from mnist_cli.reading.output.record import Reading
    from mnist_cli.reading.tables.sums import Failure
    from mnist_cli.reading.tables.tables import TableRead

NAMED = 5  # of the numbers outside tables, and a form's boxes, that are unsure


def show(reading: "Reading", asked: "Options", *, drawn: bool) -> None:
    """Print a reading as it is wanted; where `drawn`, its one digit too."""
    if asked.as_json:
        console.result_json(reading.to_record())
    elif reading.error:
        console.say_error(reading.error, reading.path)
    elif asked.output is None:
        _show_answers(reading, drawn=drawn)
    else:
        for failed in reading.checks:
            console.note(f"{console.printable(reading.path)}:{_failed(failed, reading)}")
    if asked.solve and not (asked.as_json or reading.error):
        _show_solution(reading, named=asked.output is not None)


def _show_answers(reading: "Reading", *, drawn: bool) -> None:
    console.result(_line(reading))
    for table in reading.tables:
        if not table.is_box:
            console.result_rows(table.lines())
    for failed in reading.checks:
        console.result(_failed(failed, reading))
    if drawn and len(reading.digits) == 1 and not reading.tables:
        from mnist_cli.cli import drawing

        console.result_rich(drawing.drawn(reading.digits[0].image))


def _failed(failure: "Failure", reading: "Reading") -> str:
    """Return `row 3: sum(1..7) = 8 fails: 41 was read, 44 expected; column 2: 7 would fit`."""
    from mnist_cli.reading.tables.amounts import like

    if not failure.table:
        return f"  {failure.check} can't be checked: {failure.reason}"
    several = len(reading.tables) > 1
    name = reading.tables[failure.table - 1].name or f"table {failure.table}"
    where = f"{name}, {failure.where}" if several else failure.where
    if failure.reason:
        return f"  {where}: {failure.check} can't be checked: {failure.reason}"
    expected = like(failure.expected, failure.suggestion.rpartition(" ")[2] or failure.written)
    come = f"{failure.written or 'nothing'} was read, {expected} expected"
    words = f"  {where}: {failure.check} fails: {come}"
    return words + (f"; {failure.suggestion} would fit" if failure.suggestion else "")


def _show_solution(reading: "Reading", *, named: bool) -> None:
    """Print a sudoku's solution, or why it has none; `named` by its picture, if nothing else is."""
    path = console.printable(reading.path)
    if reading.solution:
        console.result(f"{path}: solution:" if named else "solution:")
        console.result_rows([list(row) for row in reading.solution])
    elif any(reading.tables[0].digits()):
        told = f"as it was read it has {_unsolved(reading.tables[0])}"
        console.note(f"{path}: {told}; check the digits that are unsure.")
    else:
        console.note(f"{path}: no digit was read in its cells: there is nothing to solve.")


def _unsolved(sudoku: "TableRead") -> str:
    """Tell why a sudoku has not one solution."""
    from mnist_cli.reading.tables.sudoku import solutions

    return "several solutions" if solutions(sudoku.digits()) else "no solution"


def _line(reading: "Reading") -> str:
    """Return `a.png: 7  99.3 %  (1 0.4 %, 9 0.1 %)`, and what looks wrong."""
    digits = reading.digits
    text = _in_a_line(reading)
    if not digits:
        doubt = "".join(f"  [{one}]" for one in doubts(reading))
        return f"{console.printable(reading.path)}: {text}, empty{doubt}"
    lowest = min(digits, key=lambda digit: digit.confidence)
    parts = [f"{console.printable(reading.path)}: {text}", f"{100 * lowest.confidence:.1f} %"]
    likely = list(zip(lowest.names, lowest.top, strict=True))
    others = ", ".join(f"{name} {100 * share:.1f} %" for name, (_, share) in likely[1:])
    if others and len(digits) == 1:
        parts.append(f"({others})")
    flags = dict.fromkeys(flag for digit in digits for flag in digit.flags)
    words = [flag.replace("_", " ") for flag in (*flags, *reading.flags)]
    words += [f"turned {reading.turned}°"] if reading.turned else []
    if notes := [*doubts(reading), *words]:
        parts.append(f"[{', '.join(notes)}]")
    return "  ".join(parts)


def doubts(reading: "Reading") -> list[str]:
    """Say that something is unsure: which numbers and boxes, and how many cells of tables."""
    loose = [one.text for one in reading.numbers if one.unsure and not one.in_table]
    named = [name for name, cell in reading.fields if "unsure" in cell.flags] + loose
    tables = (table for table in reading.tables if not table.is_box)
    cells = sum("unsure" in cell.flags for table in tables for cell in table.cells)
    if not (named or cells):
        return []
    if loose and len(reading.numbers) == 1 and not cells:  # it is the one that is shown
        return ["unsure"]
    more = f" and {len(named) - NAMED} more" if len(named) > NAMED else ""
    told = [f"{' '.join(named[:NAMED])}{more}"] if named else []
    told += [counted(cells, "cell")] if cells else []
    return [f"unsure: {'; '.join(told)}"]


def _in_a_line(reading: "Reading") -> str:
    """Return the text in a line; a table is told by its size, as its rows are shown below."""
    from mnist_cli.reading.tables.tables import by_line

    tables = [
        f"{table.name or 'table'} of {table.rows}×{table.columns}"
        for table in reading.tables
        if not table.is_box
    ]
    tables = [f"{name} {cell.shown or '-'}" for name, cell in reading.fields] + tables
    if not tables:
        return " / ".join(reading.text.splitlines())
    loose = by_line(number for number in reading.numbers if not number.in_table)
    return " / ".join([*tables, *(" ".join(one.text for one in line) for line in loose)])
