"""One picture's digits and their answers to what it says: numbers, tables, sums."""

from collections.abc import Sequence
from dataclasses import replace

from mnist_cli.reading.answering import answers_of
from mnist_cli.reading.answers import Answer
from mnist_cli.reading.deciding import Deciding
from mnist_cli.reading.expectations import Fits
from mnist_cli.reading.forms.form_page import decide_fields, named
from mnist_cli.reading.image import Picture
from mnist_cli.reading.numbers import Number, may_lack_mark, wholeness
from mnist_cli.reading.output.record import Reading
from mnist_cli.reading.output.results import Digit, Place
from mnist_cli.reading.page import Page, Take
from mnist_cli.reading.tables.arrangement import Arrangement
from mnist_cli.reading.tables.as_read import alone, number_read, table_read
from mnist_cli.reading.tables.columns import with_odd_cells, with_odd_numbers
from mnist_cli.reading.tables.grid import Grid
from mnist_cli.reading.tables.headings import with_headings
from mnist_cli.reading.tables.sudoku import SIDE, solutions
from mnist_cli.reading.tables.sudoku_page import as_sudoku, only_sudoku, sudoku_on
from mnist_cli.reading.tables.sums import failures, marked
from mnist_cli.reading.tables.tables import NumberRead, TableRead, by_line
from mnist_cli.reading.tables.unexpected import with_unexpected
from mnist_cli.reading.task import Task
from mnist_cli.reading.trimming import trimmed

Pairs = list[tuple[Take, Answer]]


def reading_of(
    name: str, picture: Picture, page: Page, answers: list[Answer], task: Task
) -> Reading:
    """Return what a picture of some name says, by the answers to each of its page's takes."""
    page, pairs = _decided(page, answers, task)
    place = _place_of(page, picture)
    digits = [_digit(take, answer, place, task.top_k) for take, answer in pairs]
    numbers, tables = _structure(page, pairs, digits, place, task)
    if task.sheet:
        tables = named(tables, task.sheet)
    if not (task.is_sudoku or "sudoku" in page.flags):  # its first row may be in print
        tables = with_headings(tables)
    tables = with_odd_cells(with_unexpected(tables, _expected_in(tables, task)))
    failed = failures(tables, task.checks, digits)
    tables = marked(tables, failed)
    return Reading(
        path=name,
        text=_text(digits, numbers, task),
        digits=tuple(digits),
        flags=(*picture.flags, *page.flags),
        model=task.model,
        size=picture.size,
        numbers=_doubted_with_cells(with_odd_numbers(numbers), tables, page.arrangement),
        tables=tables,
        checks=tuple(failed),
        marks=tuple(place.mark(mark) for mark in page.marks),
        left_out=tuple(place.left_out(one) for one in page.left_out),
        turned=90 * page.turned,
        solution=_solution(tables) if task.is_sudoku else (),
        page=page,
    )


def _expected_in(tables: Sequence[TableRead], task: Task) -> list[Fits | None]:
    """Return what tells of each table whether a number in it is expected; None where any may be."""
    fields = task.sheet.fields if task.sheet else ()
    every = [field.expectation for field in fields] or [task.expected] * len(tables)
    return [expected.fits if expected else None for expected in every]


def _place_of(page: Page, picture: Picture) -> Place:
    if page.aligned:
        return Place(picture.size, picture.grey.shape, 0, page.aligned.to_picture)
    if straight := page.straightened:
        return Place(picture.size, straight.shape, page.turned, straight.to_page)
    return Place(picture.size, page.grey.shape, page.turned)


def _decided(page: Page, answers: list[Answer], task: Task) -> tuple[Page, Pairs]:
    """Decide between readings by all that is known of the page, a sudoku's rules at last."""
    pairs = _chosen(page, answers)
    if page.as_it_is and pairs[0][0].candidate is None:  # the whole picture is surer than a digit
        page = replace(page, arrangement=Arrangement())
    grid = _sudoku_grid(page, pairs, task)
    if task.expected or task.sheet:
        only = task.digits_only
        deciding = Deciding(page, pairs, task.min_confidence, digits_only=only)
        if task.expected:
            deciding.join(task.expected)
            deciding.decide_all(task.expected)
        if task.sheet:
            decide_fields(deciding, page, task.sheet)
        page, pairs = deciding.result()
    elif not (grid or task.class_names):
        page, pairs = trimmed(page, pairs)
    knows_digits = not task.class_names  # as the finder does, which says how they stand
    pairs = [(take, _told(take, answer, page, may_lie=knows_digits)) for take, answer in pairs]
    if grid:
        whole = only_sudoku(page, grid, () if task.digits_only else page.marks)
        more = whole.takes[len(page.takes) :]
        pairs += zip(more, answers_of(more, task, all_ten=True), strict=True)
        page, pairs = as_sudoku(whole, pairs, notes=not task.is_sudoku)
    takes = tuple(take for take, _ in pairs)
    return (page if takes == page.takes else replace(page, takes=takes)), pairs


def _chosen(page: Page, answers: list[Answer]) -> Pairs:
    """Return the digits with their answers; of a picture of 28×28 the way that is the surest."""
    pairs = list(zip(page.takes, answers, strict=True))
    if not page.as_it_is:
        return pairs
    return [max(pairs, key=lambda pair: pair[1].top[0][1])]


def _told(take: Take, answer: Answer, page: Page, *, may_lie: bool) -> Answer:
    """Doubt a digit that a stroke, a mark or the finder speaks against, or how it lies."""
    doubts = {
        "unread_ink": page.beside_unread,
        "crossed_out": page.crossed_out,
        "unlikely": page.unlikely,
        "unexpected": page.doubted,
    }
    flags = [flag for flag, those in doubts.items() if take.candidate in those]
    if may_lie and take.candidate and take.candidate.lies:
        flags.append("lies")
    return answer._replace(unsure=True, flags=(*answer.flags, *flags)) if flags else answer


def _sudoku_grid(page: Page, pairs: Pairs, task: Task) -> Grid | None:
    if task.is_sudoku:
        return page.arrangement.tables[0].grid
    return sudoku_on(page, pairs) if task.may_be_sudoku else None


def _digit(take: Take, answer: Answer, place: Place, top_k: int) -> Digit:
    digit, confidence = answer.top[0]
    found = take.normalised
    return Digit(
        digit=digit,
        confidence=confidence,
        top=answer.top[:top_k],
        box=place.box(found.box),
        unsure=answer.unsure,
        flags=(*found.flags, *answer.flags),
        image=found.image,
        line=take.line,
        number=take.number,
        printed=take.candidate is not None and take.candidate.is_printed,
        labels=answer.labels[:top_k],
    )


def _structure(
    page: Page, pairs: Pairs, digits: list[Digit], place: Place, task: Task
) -> tuple[tuple[NumberRead, ...], tuple[TableRead, ...]]:
    """Return numbers and tables; of a picture that was taken as it is, its digit alone."""
    own = {
        take.candidate: digit
        for (take, _), digit in zip(pairs, digits, strict=True)
        if take.candidate
    }
    if any(take.candidate is None for take, _ in pairs):
        return tuple(map(alone, digits)), ()
    arrangement = page.arrangement
    in_tables = arrangement.in_tables
    doubted = _lacking_mark(arrangement, task) | page.shortened
    numbers = tuple(
        number_read(number, line, own, place, in_table=number in in_tables).doubted(
            whole, task.min_confidence, is_doubted=number in doubted
        )
        for line, numbers in enumerate(arrangement.lines)
        for number, whole in zip(numbers, wholeness(numbers, arrangement.joins), strict=True)
    )
    told = (table_read(one, own, place, task.min_confidence, doubted) for one in arrangement.tables)
    return numbers, tuple(told)


def _lacking_mark(arrangement: Arrangement, task: Task) -> frozenset[Number]:
    """Return the numbers that may lack a mark, if one may stand between digits where they are."""
    if task.digits_only or (task.expected and not task.expected.has_marks_within):
        return frozenset()
    fields = zip(task.sheet.fields if task.sheet else (), arrangement.tables, strict=False)
    gone = {
        number
        for field, table in fields
        if field.expectation and not field.expectation.has_marks_within
        for number in table.numbers
    }
    return frozenset(filter(may_lack_mark, arrangement.numbers)) - gone


def _doubted_with_cells(
    numbers: tuple[NumberRead, ...], tables: Sequence[TableRead], arrangement: Arrangement
) -> tuple[NumberRead, ...]:
    """Return numbers, unsure where their cell is."""
    cells = [cell for table in arrangement.tables for cell in table.cells]
    told = [cell for table in tables for cell in table.cells]
    pairs = zip(cells, told, strict=True)
    doubted = {one for cell, read in pairs if "unsure" in read.flags for one in cell.numbers}
    if not doubted:
        return numbers
    return tuple(
        one._replace(unsure=one.unsure or number in doubted)
        for one, number in zip(numbers, arrangement.numbers, strict=True)
    )


def _text(digits: list[Digit], numbers: tuple[NumberRead, ...], task: Task) -> str:
    if not task.class_names:
        return "\n".join(" ".join(one.text for one in line) for line in by_line(numbers))
    lines: dict[int, list[str]] = {}
    for digit in digits:
        lines.setdefault(digit.line, []).append(digit.names[0])
    return "\n".join(map(", ".join, lines.values()))


def _solution(tables: tuple[TableRead, ...]) -> tuple[str, ...]:
    """Return the nine rows of the solution of a sudoku that was read, if it has one alone."""
    found = solutions(tables[0].digits())
    if len(found) != 1:
        return ()
    rows = (found[0][begin : begin + SIDE] for begin in range(0, len(found[0]), SIDE))
    return tuple("".join(map(str, row)) for row in rows)
