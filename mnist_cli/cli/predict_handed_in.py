"""Whose sheets `mnist predict` read, by a form's field that says it."""

from typing import TYPE_CHECKING

from mnist_cli.cli import console

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

    def add(self, reading: "Reading") -> None:
        """Take a sheet in."""
        for name, cell in reading.fields:
            if name == self._field and cell.text in self._paths and "unsure" not in cell.flags:
                self._paths[cell.text].append(reading.path)
            elif name == self._field:
                self._doubtful.append(reading.path)

    def show(self) -> None:
        """Say who is missing, who was read from several sheets, and whose sheet is not known."""
        missing = [who for who, paths in self._paths.items() if not paths]
        lines = [f"whose sheet it is is unsure: {', '.join(self._doubtful)}"]
        lines = lines if self._doubtful else []
        if missing:
            lines.append(f"no sheet of {len(missing)} of {len(self._paths)}: {', '.join(missing)}")
        for who, paths in self._paths.items():
            if len(paths) > 1:
                lines.append(f"several sheets of {who}: {', '.join(paths)}")
        for line in lines:
            console.note(console.printable(line))
