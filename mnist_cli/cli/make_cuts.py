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
)
from mnist_cli.core.errors import UsageError
from mnist_cli.core.ranges import MAX_SEED
from mnist_cli.reading.opening import open_reading_classifier


def make_cuts(
    output: Annotated[
        Path, option(OUTPUT, "The data set.", "--output", "-o", metavar="FILE.npz")
    ] = Path("cuts.npz"),
    writers: WritersOption = None,
    hold_out: Annotated[
        list[str] | None,
        option(
            MODEL_AND_DATA, "Leave a writer out; may be repeated.", default=False, metavar="WRITER"
        ),
    ] = None,
    pages: Annotated[int, option("Pages", "How many are made up.", min=1)] = 5_000,
    seed: Annotated[int, option("Pages", "Decides all of them.", min=0, max=MAX_SEED)] = 881,
    model: ReadingModelOption = None,
    artifacts: ArtifactsOption = Path("artifacts"),
    processes: Annotated[
        int | None, option("Pages", "How many make pages.", default="all cores", min=1)
    ] = None,
    force: ForceOption = False,
    as_json: JsonOption = False,
) -> None:
    """Make a data set of digits as they are cut out of photographed pages.

    `mnist train --data mnist --data cuts.npz` learns to read print, digits out of focus, and
    digits that rules ran through. What looks like a digit and is none is in it too, to be doubted.
    """
    import numpy as np

    from mnist_cli.core.files import write_atomically
    from mnist_cli.core.outputs import check_output
    from mnist_cli.synthesis.cuts import NONE, Cuts
    from mnist_cli.synthesis.cuts import make_cuts as cuts_of_pages
    from mnist_cli.synthesis.sources import find_sources

    if output.suffix.lower() != ".npz":
        raise UsageError(f"--output must end in .npz. Received: {str(output)!r}.")
    check_output(output, force=force)
    classifier = open_reading_classifier(model, artifacts)
    training, _ = find_sources(writers, hold_out or [], 0)
    count = processes or len(os.sched_getaffinity(0))
    parts = list(cuts_of_pages(training, pages, seed, count))
    every = Cuts(
        np.concatenate([part.images for part in parts]),
        np.concatenate([part.labels for part in parts]),
        tuple(one for part in parts for one in part.candidates),
    )
    kept = every.legible(classifier)
    digits = kept.labels != NONE
    arrays = {
        "x_train": kept.images[digits],
        "y_train": kept.labels[digits],
        "x_none": kept.images[~digits],
    }
    write_atomically(output, lambda temporary: np.savez_compressed(temporary, **arrays))
    told = {
        "path": str(output),
        "pages": pages,
        "digits": int(digits.sum()),
        "no_digits": int((~digits).sum()),
        "illegible": len(every.labels) - len(kept.labels),
    }
    if as_json:
        console.result_json(told)
        return
    console.result(
        f"cuts  {told['digits']:,} digits and {told['no_digits']:,} things that are none, of"
        f" {pages:,} pages; {told['illegible']:,} that nobody could read were left out"
    )
    console.result(f"file  {console.printable(str(output))}")
