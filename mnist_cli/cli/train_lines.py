"""mnist train-lines."""

import os
from pathlib import Path
from typing import Annotated, Any

from mnist_cli.cli import console
from mnist_cli.cli.options import (
    OUTPUT,
    ForceOption,
    JsonOption,
    KeptWritersOption,
    MixOption,
    PagesSeedOption,
    PeakRateOption,
    WritersOption,
    check_mix,
    option,
    processes_option,
    weights_option,
)

BeginFromOption = Annotated[Path | None, weights_option("lines.tflite")]
ProcessesOption = Annotated[int | None, processes_option("Training")]
OutputOption = Annotated[
    Path, option(OUTPUT, "The folder of lines.tflite.", "--output", "-o", metavar="DIR")
]
MEASURED = 10  # pages to train with for each to measure with


def train_lines(
    output: OutputOption = Path("lines"),
    writers: WritersOption = None,
    hold_out: KeptWritersOption = None,
    pages: Annotated[int, option("Training", "How many are made up.", min=1)] = 14_000,
    epochs: Annotated[int, option("Training", "Times that each line is shown.", min=1)] = 8,
    learning_rate: PeakRateOption = 2e-3,
    seed: PagesSeedOption = 0,
    begin_from: BeginFromOption = None,
    mix: MixOption = 0.0,
    processes: ProcessesOption = None,
    force: ForceOption = False,
    as_json: JsonOption = False,
) -> None:
    """Train the network that looks along lines: for marks and digits, and what is one number.

    It learns from pages that it makes up. What was made takes the package's place as
    mnist_cli/assets/lines/.
    """
    from mnist_cli.core.outputs import check_output_folder
    from mnist_cli.synthesis.sources import find_sources

    check_output_folder(output, "lines.json", force=force)
    check_mix(mix, begin_from)
    training, held_out = find_sources(writers, hold_out or [], seed)

    from mnist_cli.reading.finder import edges_of_digits
    from mnist_cli.training.lines.network import LinesConfig
    from mnist_cli.training.lines.train import train_lines as train

    made = train(
        LinesConfig(epochs=epochs, learning_rate=learning_rate, mix=mix, seed=seed),
        *(training, held_out, output),
        find=edges_of_digits,
        pages=pages,
        measured=max(1, pages // MEASURED),
        processes=processes or len(os.sched_getaffinity(0)),
        begin_from=begin_from,
    )
    _show(output, made, as_json=as_json)


def _show(output: Path, made: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        console.result_json({"path": str(output)} | made)
        return
    figures = made["figures"]
    console.result(
        f"lines  {100 * figures['mark_recall']:.1f} % of {figures['marks']:,} marks held out found"
        f" and named, {100 * figures['mark_precision']:.1f} % of what is found is right,"
        f" {100 * figures['joined_right']:.1f} % of neighbours rightly joined or not,"
        f" {100 * figures['named_right']:.1f} % of digits named rightly"
    )
    console.result(f"files  {console.printable(str(output))}")
