"""Whose sheets `mnist predict` read, by a form's field that says it."""

from typing import TYPE_CHECKING

from mnist_cli.cli import console
from mnist_cli.core import log

if TYPE_CHECKING:
    from mnist_cli.reading.forms.forms import Form
    from mnist_cli.reading.output.record import Reading


class HandedIn:
    """Whose sheets were read, where a form says who is expected.

    Args:
        form: That sheets are read by.
    """

    def __init__(self, form: "Form | None") -> None:
        self._field = next((field.name for field in form.fields if field.is_id), "") if form else ""
        self._paths: dict[str, list[str]] = {one: [] for one in form.ids} if form else {}
        self._doubtful: list[str] = []
        self._perhaps: set[str] = set()  # whose these may be
        self._count = 0

    def add(self, reading: "Reading") -> None:
        """Take a sheet in."""
        self._count += not reading.error
        for name, cell in reading.fields:
            if name == self._field and cell.text in self._paths and "unsure" not in cell.flags:
                self._paths[cell.text].append(reading.path)
            elif name == self._field:
                self._doubtful.append(reading.path)
                self._perhaps.add(cell.text)

    def show(self) -> None:
        """Say who is missing, who was read from several sheets, and whose sheet is not known."""
        missing = [who for who, paths in self._paths.items() if not (paths or who in self._perhaps)]
        lines = [f"whose sheet it is is unsure: {', '.join(self._doubtful)}"]
        lines = lines if self._doubtful else []
        if missing and self._count > 1 and not log.is_quiet():  # one sheet is no stack
            lines.append(f"no sheet of {len(missing)} of {len(self._paths)}: {', '.join(missing)}")
        for who, paths in self._paths.items():
            if len(paths) > 1:
                lines.append(f"several sheets of {who}: {', '.join(paths)}")
        for line in lines:
            console.note(console.printable(line))
