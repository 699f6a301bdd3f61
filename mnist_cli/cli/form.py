"""mnist form new."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mnist_cli.cli import console
from mnist_cli.cli.examples import examples
from mnist_cli.cli.form_options import (
    AnnotateOption,
    BlankOption,
    CheckOption,
    ColumnsOption,
    ExpectOption,
    FieldOption,
    IdsOption,
    NameOption,
    OutputOption,
)
from mnist_cli.cli.options import ForceOption, JsonOption, TurnOption, degrees
from mnist_cli.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mnist_cli.reading.forms.form_ink import Written
    from mnist_cli.reading.forms.form_new import Made
    from mnist_cli.reading.forms.forms import Form
    from mnist_cli.reading.forms.laid import Laid
    from mnist_cli.reading.image import Picture

NOT_EVEN_THIS = (
    "Warning: not even this sheet fits the form: it is bent, or has too little print and too few"
    " lines to be known by. Photograph a sheet flat and from above, or scan it, and make the form"
    " from that."
)

app = typer.Typer(
    no_args_is_help=True,
    help="Make forms, by which stacks of sheets are read.",
    epilog=examples("form"),
)


@app.command("new", epilog=examples("form new"))
def new_form(
    sheet: Annotated[Path, typer.Argument(help="A picture of one sheet, blank or filled in.")],
    output: OutputOption = Path("form.json"),
    name: NameOption = None,
    field: FieldOption = None,
    blank: BlankOption = False,
    columns: ColumnsOption = None,
    expect: ExpectOption = None,
    ids: IdsOption = None,
    check: CheckOption = None,
    turn: TurnOption = "auto",
    annotate: AnnotateOption = None,
    force: ForceOption = False,
    as_json: JsonOption = False,
) -> None:
    """Make a form from one sheet: where its tables and boxes are, and what is expected there.

    Then `mnist predict sheets/ --form form.json --output results.csv` reads the others.
    """
    from mnist_cli.core.files import write_bytes
    from mnist_cli.reading.forms.form_file import LONGEST_NAME, parse_form, write_form
    from mnist_cli.reading.forms.form_new import make_form
    from mnist_cli.reading.image import decode
    from mnist_cli.reading.output.annotate import annotated_form
    from mnist_cli.reading.picture_file import read_file

    for path, suffix in ((output, ".json"), (annotate, ".png")):
        if path:
            _check_output(path, suffix, sheet, force=force)
    name = name or console.printable(sheet.stem)[:LONGEST_NAME]
    picture = decode(data := read_file(sheet))
    made = make_form(name, picture, degrees(turn), field or (), is_blank=blank)
    form = _with_columns(_with_checks(made.form, check or ()), columns or ())
    form = parse_form(_with_expected(form, expect or (), ids).to_record())
    if annotate:
        write_bytes(annotate, annotated_form(data, form, made.laid))
    write_form(output, form)
    _show(form, made, output, looked=turn == "auto", as_json=as_json)
    _tell_if_unfit(form, picture)


def _tell_if_unfit(form: "Form", picture: "Picture") -> None:
    from mnist_cli.reading.forms.alignment import DoesNotFitError
    from mnist_cli.reading.forms.form_page import aligner_of

    try:
        aligner_of(form).fitted(picture.grey)
    except DoesNotFitError:
        console.note(NOT_EVEN_THIS)


def _check_output(path: Path, suffix: str, sheet: Path, *, force: bool) -> None:
    """Refuse a file of another kind, or one that is not to be replaced."""
    from mnist_cli.core.outputs import check_output

    if path.suffix.lower() != suffix:
        raise UsageError(f"A file that ends in {suffix} is needed. Received: {str(path)!r}.")
    check_output(path, force=force, inputs=[str(sheet)])


def _with_checks(form: "Form", checks: "Sequence[str]") -> "Form":
    """Return it with sums to check; those of rows or columns that no table has are refused."""
    from mnist_cli.reading.tables.checks import parse_check

    tables = [field for field in form.fields if field.is_table]
    rows = max((len(field.across) - 1 for field in tables), default=0)
    columns = max((len(field.columns) for field in tables), default=0)
    for text in checks:
        check = parse_check(text)
        if not check.fits(rows, columns):
            what, most = ("rows", rows) if check.down else ("columns", columns)
            raise UsageError(
                f"No table of the form has so many {what}. Received: {text!r}.",
                hint=f"The largest has {most}." if most else "It has no table: leave --check out.",
            )
    return replace(form, checks=tuple(checks))


def _with_columns(form: "Form", columns: "Sequence[str]") -> "Form":
    for text in columns:
        name, names = _parted(text, form)
        own = tuple(part.strip() for part in names.split(","))
        field = next(field for field in form.fields if field.name == name)
        if len(own) != len(field.columns):
            raise UsageError(f"{name!r} has {len(field.columns)} columns. Received: {names!r}.")
        form = _exchanged(form, name, columns=own)
    return form


def _with_expected(form: "Form", expect: "Sequence[str]", ids: str | None) -> "Form":
    from mnist_cli.reading.expectations import read_allowed, read_expectation

    for text in expect:
        name, what = _parted(text, form)
        found = read_expectation(what)
        form = _exchanged(form, name, expect=tuple(found) if isinstance(found, list) else found)
    if ids is not None:
        name, what = _parted(ids, form)
        form = _exchanged(form, name, expect=tuple(read_allowed(Path(what))), is_id=True)
    return form


def _parted(text: str, form: "Form") -> tuple[str, str]:
    """Part `NAME=…` of a field of the form."""
    name, _, rest = text.partition("=")
    names = [field.name for field in form.fields]
    if name not in names or not rest:
        raise UsageError(
            f"It begins with a field's name, NAME=…. Received: {text!r}.",
            hint=f"The fields are {', '.join(names)}.",
        )
    return name, rest


def _exchanged(form: "Form", name: str, **values: object) -> "Form":
    fields = (
        replace(field, **values) if field.name == name else field  # type: ignore[arg-type]
        for field in form.fields
    )
    return replace(form, fields=tuple(fields))


def _show(form: "Form", made: "Made", output: Path, *, looked: bool, as_json: bool) -> None:
    """Show what was made; that the sheet was turned, if it was looked how it lies."""
    from mnist_cli.reading.forms.form_ink import written_in

    written = written_in(form.fields, made.sheet)
    if as_json:
        told = {"picture": None, "written": [one.to_record() for one in written]}
        console.result_json({"path": str(output)} | made.laid.on_picture(form) | told)
        return
    _show_fields(form, made.laid)
    console.note(f"form: {console.printable(str(output))}")
    if looked and made.laid.quarters:
        console.note(
            f"The sheet did not seem upright, and was turned by {90 * made.laid.quarters}°"
            " clockwise. --turn 0 takes it as it is."
        )
    _tell(written, is_filled=form.is_filled)


def _show_fields(form: "Form", laid: "Laid") -> None:
    """Show the fields, in pixels of the sheet's picture: as `--field` takes them."""
    for field in form.fields:
        size = f"{len(field.across) - 1}×{len(field.columns)} table" if field.is_table else "box"
        known = f"{len(field.expect)} texts" if isinstance(field.expect, tuple) else field.expect
        place = ",".join(map(str, laid.box_on_picture(field)))
        parts = [f"{field.name}: {size}", f"at {place}"]
        parts += [f"expected: {known}"] if known else []
        parts += [f"print in {len(field.printed)} cells"] if field.printed else []
        console.result(console.printable(", ".join(parts)))
    if form.ids:
        console.result(f"sheets of {len(form.ids)} are expected")


def _tell(written: "Sequence[Written]", *, is_filled: bool) -> None:
    """Tell what is not taken for print: it may be written on the sheet, or look like it."""
    from mnist_cli.core.text import counted

    if is_filled:
        _note(f"what looks like handwriting on this sheet: {_listed(written)}")
    cells = [one for one in written if one.in_table]
    if cells:
        which = "" if is_filled else f" ({_listed(cells)})"
        _note(f"not taken for print: {counted(len(cells), 'cell')} with ink{which}")
    if is_filled:
        console.note("Is the sheet filled in? A blank sheet makes a better form.")
    if cells or is_filled:
        console.note("Is it blank? Then --blank takes all ink in its tables for print.")


def _listed(written: "Sequence[Written]") -> str:
    first = "; ".join(f"{one.place}: {one.text}" for one in written[:5])
    return f"{first}; and {len(written) - 5} more" if len(written) > 5 else first


def _note(words: str) -> None:
    console.note(console.printable(words))
