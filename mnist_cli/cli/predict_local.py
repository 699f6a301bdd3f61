"""mnist predict, on this machine."""

import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from mnist_cli.cli import console
from mnist_cli.cli.predict_answers import show
from mnist_cli.cli.predict_handed_in import HandedIn
from mnist_cli.cli.predict_progress import counting
from mnist_cli.core.errors import ExitCode, StoppedError, UsageError
from mnist_cli.core.signals import signals_interrupt
from mnist_cli.core.text import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from mnist_cli.cli.predict import Options
    from mnist_cli.reading.output.record import Reading
    from mnist_cli.reading.output.review import Review
    from mnist_cli.reading.pictures import Source
    from mnist_cli.reading.reader import Reader

DRAWN = 4  # on a terminal, the first few digits are drawn; of more, or of pages, a line is enough


def read_locally(asked: "Options", open_reader: "Callable[[], Reader]") -> None:
    """Read pictures on all cores, and show or write each result.

    Raises:
        StoppedError: A signal came; the hint says what was read, and what is not written.
    """
    shown = _Shown(asked)
    try:
        with signals_interrupt():
            _read(asked, open_reader, shown)
    except StoppedError as stop:
        stop.hint = shown.left()
        raise


def _read(asked: "Options", open_reader: "Callable[[], Reader]", shown: "_Shown") -> None:
    from mnist_cli.reading.bulk import read_all
    from mnist_cli.reading.classifier import LiteRTClassifier
    from mnist_cli.reading.output.explain import Explainer
    from mnist_cli.reading.output.output import writing_cells, writing_results
    from mnist_cli.reading.pictures import find_pictures

    pictures, output, force = asked.pictures, asked.output_file, asked.force
    standard_input = _read_standard_input() if "-" in pictures else b""
    if output and output == asked.cells:
        raise UsageError("--output and --cells are two files.")
    reader = open_reader()
    sources = find_pictures(pictures)
    drawn = list(sources) if asked.annotate or asked.review else []
    with (
        shown.written(output),
        writing_results(output, force=force, inputs=pictures, form=reader.form) as result,
        shown.written(asked.cells),
        writing_cells(asked.cells, force=force, inputs=pictures) as cells,
        counting(iter(drawn) if drawn else sources, hidden=not output) as (sources, count),
    ):
        handed_in = HandedIn(reader.form)
        takers = [result, cells, handed_in.add]
        if asked.explain:
            takers.append(Explainer(asked.explain, reader.classifier, force=force).write)
        if drawer := _drawer(drawn, standard_input, asked):
            takers.append(drawer.add)
        takers.append(shown.add)
        alone = bool(asked.explain) or not isinstance(reader.classifier, LiteRTClassifier)
        for reading in read_all(sources, reader, standard_input, alone=alone):
            count()
            for take in takers:
                take(reading)
    with shown.written(asked.review):
        reviewed = drawer.review.write() if drawer and drawer.review else None
    handed_in.show()
    _tell_paths(asked, reviewed)
    shown.tell_rest()
    if shown.worst:
        raise typer.Exit(shown.worst)


class _Shown:
    """Prints readings as they are wanted, and counts them.

    Attributes:
        worst: The worst code of those that failed.
        unwritten: What appears once all pictures are read, and is not there yet.
    """

    def __init__(self, asked: "Options") -> None:
        self._asked = asked
        self._to_draw = DRAWN if console.stdout_is_terminal() else 0
        self._count = self._read = self._without_table = self._answers = self._unsure = 0
        # left out: digits beside tables, pictures with some; what is hardly a digit
        self._beside = self._with_beside = self._hardly = 0
        self.worst = ExitCode.OK
        self.unwritten = {asked.output_file, asked.cells, asked.review}

    def add(self, reading: "Reading") -> None:
        self._count += 1
        if reading.error:
            self.worst = max(self.worst, reading.error.exit_code)
        else:
            self._read += 1
            self._without_table += not reading.tables
            are_unsure = reading.are_unsure
            self._answers += len(are_unsure)
            self._unsure += sum(are_unsure)
            self._hardly += sum(one.reason == "hardly_a_digit" for one in reading.left_out)
            if "beside_table" in reading.flags:  # a sudoku has another one
                self._beside += sum(one.reason == "beside_table" for one in reading.left_out)
                self._with_beside += 1
        show(reading, self._asked, drawn=self._to_draw > 0)
        self._to_draw -= 1

    @contextmanager
    def written(self, path: Path | None) -> "Iterator[None]":
        """Hold a path for written once this block has ended well."""
        yield
        self.unwritten.discard(path)

    def left(self) -> str:
        """Say what was read when reading was stopped, and what of it is lost."""
        done = f"Read until then: {counted(self._count, 'picture')}"
        if not (lost := sorted(console.printable(str(path)) for path in self.unwritten if path)):
            return f"{done}."
        return (
            f"{done}; not written: {', '.join(lost)}. Run it again (with --force where files are"
            " there already), best with fewer pictures at a time."
        )

    def tell_rest(self) -> None:
        """Say how many failed, how much of what was written is to be checked, what has no cells."""
        asked = self._asked
        failed, tells = self._count - self._read, asked.output_file or not asked.as_json
        if failed and self._count > 1 and tells:
            console.note(f"not read: {failed:,} of {counted(self._count, 'picture')}")
        if self._unsure and asked.output_file:
            where = "" if asked.review else ": --review DIR shows them"
            console.note(f"unsure: {self._unsure:,} of {counted(self._answers, 'answer')}{where}")
        if self._beside and tells:
            digits, pictures = counted(self._beside, "digit"), counted(self._with_beside, "picture")
            console.note(
                f"left out, since it looks like print beside a table: {digits} on {pictures}:"
                " --layout page reads all, and no tables"
            )
        if self._hardly and tells:
            signs = counted(self._hardly, "sign")
            console.note(f"left out, as letters or strokes: {signs}; --annotate DIR frames them")
        if asked.cells and self._without_table:
            instead = ": --output FILE.csv takes what is written there"
            console.note(
                f"no table, and so no cells, on {self._without_table} of {self._read} pictures that"
                f" were read{'' if asked.output_file else instead}"
            )


def _tell_paths(asked: "Options", reviewed: Path | None) -> None:
    """Say where everything was written to."""
    for what, path in (
        ("results", asked.output_file),
        ("cells", asked.cells),
        ("annotated", asked.annotate),
        ("explained", asked.explain),
        ("to check", reviewed),
    ):
        if path:
            console.note(f"{what}: {console.printable(str(path))}")


class _Drawer:
    """Draws on pictures what was read of them, and keeps for review what is unsure.

    Args:
        sources: All pictures, in the order in which they are read.
        standard_input: The picture that a source without a path means.
        path: A PNG, or a folder; None where nothing is annotated.
        review: Shows what is unsure; None where that is not wanted.
    """

    def __init__(
        self,
        sources: "Iterable[Source]",
        standard_input: bytes,
        path: Path | None,
        review: "Review | None",
    ) -> None:
        self._sources = enumerate(sources, 1)
        self._standard_input = standard_input
        self._path = path
        self.review = review

    def add(self, reading: "Reading") -> None:
        """Draw on the next picture."""
        from mnist_cli.core.files import write_bytes
        from mnist_cli.reading.output.annotate import annotated
        from mnist_cli.reading.picture_file import read_file

        data = b""
        number, source = next(self._sources)
        if not reading.error:
            data = read_file(source.path) if source.path else self._standard_input
        if self.review:
            self.review.add(reading, data)
        if (path := self._path) and not reading.error:
            if path.suffix.lower() != ".png":
                path = path / f"{number:04}-{reading.stem}.png"
            write_bytes(path, annotated(data, reading))


def _drawer(
    sources: "Sequence[Source]", standard_input: bytes, asked: "Options"
) -> "_Drawer | None":
    """Make the folders for pictures that are drawn on, and for review; None if none are wanted."""
    path = asked.annotate
    if not (path or asked.review):
        return None
    from mnist_cli.core.outputs import begin_folder, check_output
    from mnist_cli.reading.output.review import Review

    if path and path.suffix.lower() == ".png":
        if len(sources) > 1:
            raise UsageError(
                "--annotate FILE.png takes one picture.",
                hint="A folder takes many: --annotate DIR.",
            )
        check_output(path, force=asked.force, inputs=asked.pictures)
    elif path:
        if path.suffix:
            raise UsageError(f"--annotate takes FILE.png or a folder. Received: {str(path)!r}.")
        begin_folder(path, force=asked.force)
    review = Review(asked.review, force=asked.force) if asked.review else None
    return _Drawer(sources, standard_input, path, review)


def _read_standard_input() -> bytes:
    from mnist_cli.reading.picture_file import MAX_FILE_BYTES

    with suppress(OSError):  # it may be open for writing only
        if sys.stdin is not None and not sys.stdin.isatty():
            data = sys.stdin.buffer.read(MAX_FILE_BYTES + 1)
            if data:
                return data
    raise UsageError("No picture on standard input.", hint="Pipe one: `mnist predict - < a.png`.")
