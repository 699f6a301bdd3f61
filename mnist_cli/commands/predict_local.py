"""mnist predict, on this machine."""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from mnist_cli import console
from mnist_cli.core.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from mnist_cli.reading.pictures import Source
    from mnist_cli.reading.reader import Reader
    from mnist_cli.reading.record import Reading

DRAWN = 4  # on a terminal, the first few pictures are drawn; of more, a line each is enough


def read_locally(
    pictures: list[str],
    open_reader: "Callable[[], Reader]",
    output: Path | None,
    cells: Path | None,
    explain: Path | None,
    annotate: Path | None,
    force: bool,
    as_json: bool,
) -> None:
    """Read pictures on all cores, and show or write each result."""
    from mnist_cli.reading.bulk import read_all
    from mnist_cli.reading.classifier import LiteRTClassifier
    from mnist_cli.reading.explain import Explainer
    from mnist_cli.reading.output import writing_cells, writing_results
    from mnist_cli.reading.pictures import find_pictures

    standard_input = _read_standard_input() if "-" in pictures else b""
    sources = find_pictures(pictures)
    if annotate:
        sources = iter([only := _only(sources)])
        _check_annotated(annotate, pictures, force=force)
    with (
        writing_results(output, force=force, inputs=pictures) as write_result,
        writing_cells(cells, force=force, inputs=pictures) as write_cells,
    ):
        reader = open_reader()
        explainer = Explainer(explain, reader.classifier, force=force) if explain else None
        to_draw = DRAWN if console.stdout_is_terminal() else 0
        worst = ExitCode.OK
        with _counting(hidden=not output) as count:
            alone = bool(explain) or not isinstance(reader.classifier, LiteRTClassifier)
            for reading in read_all(sources, reader, standard_input, alone=alone):
                count()
                write_result(reading)
                write_cells(reading)
                if explainer:
                    explainer.write(reading)
                if annotate and not reading.error:
                    _annotate(annotate, only, standard_input, reading)
                if reading.error:
                    worst = max(worst, reading.error.exit_code)
                _show(reading, as_json=as_json, silent=output is not None, drawn=to_draw > 0)
                to_draw -= 1
    for what, path in (("results", output), ("cells", cells)):
        if path:
            console.note(f"{what}: {console.printable(str(path))}")
    if worst:
        raise typer.Exit(worst)


def _read_standard_input() -> bytes:
    from mnist_cli.reading.image import MAX_FILE_BYTES

    with suppress(OSError):  # it may be open for writing only
        if sys.stdin is not None and not sys.stdin.isatty():
            data = sys.stdin.buffer.read(MAX_FILE_BYTES + 1)
            if data:
                return data
    raise UsageError("No picture on standard input.", hint="Pipe one: `mnist predict - < a.png`.")


def _only(sources: "Iterable[Source]") -> "Source":
    """Return the one picture that is to be annotated."""
    source, *more = islice(sources, 2)
    if more:
        raise UsageError("--annotate takes one picture.", hint="--explain DIR takes many.")
    return source


def _check_annotated(path: Path, pictures: list[str], *, force: bool) -> None:
    from mnist_cli.core.files import check_output

    if path.suffix.lower() != ".png":
        raise UsageError(f"--annotate must end in .png. Received: {str(path)!r}.")
    check_output(path, force=force, inputs=pictures)


def _annotate(path: Path, source: "Source", standard_input: bytes, reading: "Reading") -> None:
    from mnist_cli.core.files import write_bytes
    from mnist_cli.reading.annotate import annotated
    from mnist_cli.reading.image import read_file

    data = read_file(source.path) if source.path else standard_input
    write_bytes(path, annotated(data, reading))
    console.note(f"annotated: {console.printable(str(path))}")


@contextmanager
def _counting(*, hidden: bool) -> Iterator[Callable[[], object]]:
    """Yield what to call after each picture; on a terminal a line counts them."""
    if (hidden and console.stdout_is_terminal()) or not console.stderr_is_terminal():
        yield lambda: None
        return
    from rich.progress import MofNCompleteColumn, Progress, SpinnerColumn, TimeElapsedColumn

    columns = SpinnerColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with Progress(*columns, console=console.stderr(), transient=True) as bar:
        task = bar.add_task("read", total=None)
        yield lambda: bar.advance(task)


def _show(reading: "Reading", *, as_json: bool, silent: bool, drawn: bool) -> None:
    if as_json:
        console.result_json(reading.to_record())
    elif reading.error:
        console.say_error(reading.error, reading.path)
    elif not silent:
        console.result(_line(reading))
        for table in reading.tables:
            console.result_rows(table.lines())
        if drawn:
            from mnist_cli.commands.drawing import half_blocks

            for digit in reading.digits:
                console.result_rich(half_blocks(digit.image))


def _line(reading: "Reading") -> str:
    """Return `a.png: 7  99.3 %  (1 0.4 %, 9 0.1 %)`, and what looks wrong."""
    digits = reading.digits
    lowest = min(digits, key=lambda digit: digit.confidence)
    text = _in_a_line(reading)
    parts = [
        f"{console.printable(reading.path)}: {text}",
        f"{100 * lowest.confidence:.1f} %",
    ]
    likely = list(zip(lowest.names, lowest.top, strict=True))
    others = ", ".join(f"{name} {100 * share:.1f} %" for name, (_, share) in likely[1:])
    if others and len(digits) == 1:
        parts.append(f"({others})")
    unsure = ["unsure"] if any(digit.unsure for digit in digits) else []
    flags = dict.fromkeys(flag for digit in digits for flag in digit.flags)
    notes = [*unsure, *flags, *reading.flags]
    if notes:
        parts.append("[" + ", ".join(note.replace("_", " ") for note in notes) + "]")
    return "  ".join(parts)


def _in_a_line(reading: "Reading") -> str:
    """Return the text in a line; a table is told by its size, as its rows are shown below."""
    lines: dict[int, list[str]] = {}
    for number in reading.numbers:
        if not number.in_table:
            lines.setdefault(number.line, []).append(number.text)
    tables = [f"table of {table.rows}×{table.columns}" for table in reading.tables]
    if not tables:
        return " / ".join(reading.text.splitlines())
    return " / ".join([*tables, *(" ".join(texts) for texts in lines.values())])
