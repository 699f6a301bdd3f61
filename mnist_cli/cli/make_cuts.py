"""mnist make-cuts."""

import os
from pathlib import Path
from typing import Annotated

from mnist_cli.cli import console
from mnist_cli.cli.options import (
    MODEL_AND_DATA,
    OUTPUT,
    ArtifactsOption,
    ForceOption,
    JsonOption,
    ReadingModelOption,
    WritersOption,
    option,
    processes_option,
)
from mnist_cli.core.errors import UsageError
from mnist_cli.core.ranges import MAX_SEED
from mnist_cli.reading.opening import open_reading_classifier

ProcessesOption = Annotated[int | None, processes_option("Pages")]
OutputOption = Annotated[
    Path, option(OUTPUT, "The data set.", "--output", "-o", metavar="FILE.npz")
]
HoldOutOption = Annotated[
    list[str] | None,
    option(MODEL_AND_DATA, "Leave a writer out; may be repeated.", default=False, metavar="WRITER"),
]


def make_cuts(
    output: OutputOption = Path("cuts.npz"),
    writers: WritersOption = None,
    hold_out: HoldOutOption = None,
    pages: Annotated[int, option("Pages", "How many are made up.", min=1)] = 5_000,
    seed: Annotated[int, option("Pages", "Decides all of them.", min=0, max=MAX_SEED)] = 881,
    model: ReadingModelOption = None,
    artifacts: ArtifactsOption = Path("artifacts"),
    processes: ProcessesOption = None,
    force: ForceOption = False,
    as_json: JsonOption = False,
) -> None:
    """Make a data set of digits as they are cut out of photographed pages.

    `mnist train --data mnist --data cuts.npz` learns to read print, digits out of focus, and
    digits that rules ran through. What looks like a digit and is none is in it too, to be doubted.
    """
    from mnist_cli.core.outputs import check_output
    from mnist_cli.synthesis.cuts import make_cuts as cuts_of_pages
    from mnist_cli.synthesis.cuts import write_cuts
    from mnist_cli.synthesis.sources import find_sources

    if output.suffix.lower() != ".npz":
        raise UsageError(f"--output must end in .npz. Received: {str(output)!r}.")
    check_output(output, force=force)
    classifier = open_reading_classifier(model, artifacts)
    training, _ = find_sources(writers, hold_out or [], 0)
    count = processes or len(os.sched_getaffinity(0))
    told = write_cuts(output, cuts_of_pages(training, pages, seed, count), classifier)
    if as_json:
        console.result_json({"path": str(output), "pages": pages} | told)
        return
    console.result(
        f"cuts  {told['digits']:,} digits and {told['no_digits']:,} things that are none, of"
        f" {pages:,} pages; {told['illegible']:,} that nobody could read were left out"
    )
    console.result(f"file  {console.printable(str(output))}")
