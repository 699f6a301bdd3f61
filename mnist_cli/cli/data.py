"""mnist data show, export and corrected."""

import shlex
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mnist_cli.cli import console
from mnist_cli.cli.examples import examples
from mnist_cli.cli.options import (
    ArtifactsOption,
    DataOption,
    FormOption,
    JsonOption,
    ReadingModelOption,
    opened_form,
)
from mnist_cli.core.choices import Split

if TYPE_CHECKING:
    from mnist_cli.core.data.data_summary import Summary
    from mnist_cli.core.data.dataset import Dataset
    from mnist_cli.core.errors import DatasetError
    from mnist_cli.reading.output.corrections import Corrections
    from mnist_cli.reading.reader import Reader

app = typer.Typer(
    no_args_is_help=True,
    help="Look at data sets, learn from what you put right, write MNIST as pictures.",
    epilog=examples("data"),
)

MARGIN = 1  # px, that are not drawn: so three digits side by side fit 80 columns
DRAWN_ROWS, DRAWN_COLUMNS = 3, 3


@app.command("show", epilog=examples("data show"))
def show_data(
    source: Annotated[str, typer.Argument(help="As --data of evaluate.")] = "mnist",
    split: Annotated[Split, typer.Option(help="Which half of it.")] = "train",
    as_json: JsonOption = False,
) -> None:
    """Tell what a data set holds: images by class, pixels, digest; on a terminal nine are drawn."""
    from mnist_cli.api.data import open_data
    from mnist_cli.core.data.data_summary import summarise

    dataset = open_data(source, split)
    summary = summarise(dataset)
    if as_json:
        console.result_json(summary.to_record())
        return
    _show(summary)
    if console.stdout_is_terminal():
        _draw(dataset)


@app.command("export", epilog=examples("data export"))
def export_data(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new folder.")],
    count: Annotated[
        int, typer.Option(min=1, help="How many, as many of each digit as of the others.")
    ] = 20,
    data: DataOption = "mnist",
    split: Annotated[Split, typer.Option(help="Which half of it.")] = "test",
    as_json: JsonOption = False,
) -> None:
    """Write images as PNG into folders 0/ to 9/, the first ones of each digit.

    `mnist predict DIR` reads them, and `--data DIR` takes them.
    """
    from mnist_cli.api.data import open_data
    from mnist_cli.core.data.picture_folders import check_new_folder, write_pictures

    check_new_folder(folder)
    paths = write_pictures(folder, open_data(data, split), count)
    if as_json:
        console.result_json({"path": str(folder), "pictures": [str(path) for path in paths]})
        return
    for path in paths:
        console.result(console.printable(str(path)))


CorrectedArgument = Annotated[
    Path,
    typer.Argument(
        metavar="FILE.csv",
        help="Of predict --cells, or of --output without tables, after you put it right.",
    ),
]


@app.command("corrected", epilog=examples("data corrected"))
def corrected_data(
    file: CorrectedArgument,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new folder.")],
    model: ReadingModelOption = None,
    form: FormOption = None,
    artifacts: ArtifactsOption = Path("artifacts"),
    as_json: JsonOption = False,
) -> None:
    """Make training data of what you put right in the results of `mnist predict`.

    You changed a place where the column text differs from the column read. The pictures are read
    again, with the --form that they were read with, and the digits of these places are written into
    folders 0/ to 9/, as --data takes them. Paths of pictures are followed from the current folder,
    or from that of FILE.csv, if more of them are found there.
    """
    from mnist_cli.core.data.picture_folders import check_new_folder, write_digits
    from mnist_cli.core.text import counted
    from mnist_cli.reading.reader import Reader

    check_new_folder(folder)
    reader = Reader(model, artifacts=artifacts, form=opened_form(form))
    found = _corrections(file, reader)
    write_digits(folder, found.digits)
    digits, places = len(found.digits), found.places
    counts = {"digits": digits, "places": places, "left_out": found.lost + found.unknown}
    if as_json:
        console.result_json({"path": str(folder)} | counts)
        return
    made = f"{counted(digits, 'digit')} of {counted(places, 'place')}"
    pictures = f" and {counted(found.unknown, 'picture')}" if found.unknown else ""
    console.result(f"corrected  {made}; {counted(found.lost, 'place')}{pictures} left out")
    console.result(
        f"learn      mnist train --data mnist --data {shlex.quote(str(folder))}"
        f" --from {reader.model['version'] or 'bundled'} --promote"
    )


def _corrections(file: Path, reader: "Reader") -> "Corrections":
    """Read again what was put right, and tell which places of it are of no use.

    Raises:
        DatasetError: None is of use.
    """
    from mnist_cli.core import log
    from mnist_cli.reading.output.corrections import corrections
    from mnist_cli.reading.output.entries import read_entries, with_pictures

    found = corrections(with_pictures(read_entries(file), file), reader)
    lines = defaultdict[tuple[str, str], list[int]](list)
    for line, path, reason in found.left_out:
        lines[path, reason].append(line)
    for (path, why), some in lines.items():
        told = ",".join(map(str, dict.fromkeys(some)))
        log.warning("data.places_left_out", path=path, lines=told, reason=why)
    if not found.digits:
        raise _no_use(file, found)
    return found


def _no_use(file: Path, found: "Corrections") -> "DatasetError":
    """Say why nothing is to be learned."""
    from mnist_cli.core.errors import DatasetError
    from mnist_cli.core.text import counted

    if found.are_emptied:
        return DatasetError(
            f"{file}: only places where no digit stands were put right; none of them teaches one.",
            hint="Digits are learned from places where others stand than were read.",
        )
    why = "The warnings say why."
    if found.may_be_read_otherwise:
        why += " Give the --model, and any --form, that read the pictures before."
    if found.lost:
        return DatasetError(
            f"{file}: what was put right, {counted(found.lost, 'place')}, can't be used.", hint=why
        )
    if found.unknown:
        return DatasetError(
            f"{file}: {counted(found.unknown, 'picture')} can't be used, and it is not known what"
            " was read there; else nothing in it differs from what was read.",
            hint=why,
        )
    return DatasetError(
        f"{file}: nothing in it differs from what was read.",
        hint="Write the right digits in the column text, and leave the others as they are.",
    )


def _show(summary: "Summary") -> None:
    half = (
        f"to {summary.split} with" if summary.has_halves else "the same to train and to test with"
    )
    low, high = summary.pixels
    console.result(f"{console.printable(summary.name)}  {half}")
    console.result(
        f"images   {summary.n:,} of {summary.side}×{summary.side} pixels, {low} to {high}"
    )
    if summary.writers:
        console.result(f"writers  {summary.writers}")
    if summary.non_digits:
        console.result(f"besides  {summary.non_digits:,} images of no digit")
    console.result(f"sha256   {summary.sha256}")
    counts = [f"{count:,}" for count in summary.counts]
    console.result_rows([["class", *map(str, range(len(counts)))], ["images", *counts]])


def _draw(dataset: "Dataset") -> None:
    """Draw the first nine images, three a row."""
    import numpy as np

    from mnist_cli.cli.drawing import drawn

    for row in range(DRAWN_ROWS):
        images = dataset.images[row * DRAWN_COLUMNS : (row + 1) * DRAWN_COLUMNS]
        if len(images):
            console.result_rich(drawn(np.hstack(list(images[:, :, MARGIN:-MARGIN]))))
