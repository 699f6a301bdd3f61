"""mnist train-finder."""

import os
from pathlib import Path
from typing import Annotated, Any

from mnist_cli.cli import console
from mnist_cli.cli.options import (
    OUTPUT,
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

BeginFromOption = Annotated[Path | None, weights_option("finder.weights.npz or finder.tflite")]
ProcessesOption = Annotated[int | None, processes_option("Training", "one less than cores")]
OutputOption = Annotated[
    Path, option(OUTPUT, "The folder of finder.tflite.", "--output", "-o", metavar="DIR")
]


def train_finder(
    output: OutputOption = Path("finder"),
    writers: WritersOption = None,
    hold_out: KeptWritersOption = None,
    steps: Annotated[int, option("Training", "Of the optimizer.", min=1)] = 8_000,
    learning_rate: PeakRateOption = 2e-3,
    seed: PagesSeedOption = 0,
    begin_from: BeginFromOption = None,
    mix: MixOption = 0.0,
    processes: ProcessesOption = None,
    as_json: JsonOption = False,
) -> None:
    """Train the network that finds digits on a page, on pages that it makes up.

    The same command goes on with a training that was stopped. What was made takes the package's
    place as mnist_cli/assets/finder/.
    """
    from mnist_cli.synthesis.sources import find_sources

    check_mix(mix, begin_from)
    training, held_out = find_sources(writers, hold_out or [], seed)

    from mnist_cli.training.finder.network import FinderConfig
    from mnist_cli.training.finder.publish import make_finder

    made = make_finder(
        FinderConfig(steps=steps, learning_rate=learning_rate, mix=mix, seed=seed),
        training,
        held_out,
        output,
        begin_from=begin_from,
        processes=processes or max(1, len(os.sched_getaffinity(0)) - 1),
    )
    if as_json:
        console.result_json({"path": str(output)} | made)
    else:
        _show(output, made)


def _show(output: Path, made: dict[str, Any]) -> None:
    figures = made["figures"]
    console.result(
        f"finder  {100 * figures['recall']:.1f} % of {figures['digits']:,} digits held out found,"
        f" {100 * figures['precision']:.1f} % of what is found is one,"
        f" {100 * figures['symbols']:.1f} % read right"
    )
    console.result(f"files   {console.printable(str(output))}")
