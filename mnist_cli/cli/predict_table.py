"""mnist predict, of Kaggle's test file: a row of pixels an image, to a row a digit."""

from pathlib import Path
from typing import TYPE_CHECKING

from mnist_cli.cli import console
from mnist_cli.core.errors import PictureNotFoundError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from mnist_cli.cli.predict import Options
    from mnist_cli.reading.classifier import Classifier

SUFFIX = ".csv"


def is_table(name: str) -> bool:
    """Tell by its name whether a source is a table of images."""
    return name.lower().endswith(SUFFIX)


def read_table(
    asked: "Options", open_classifier: "Callable[[], Classifier]", others: list[str]
) -> None:
    """Read each image of a table, and write `ImageId,Label` in its order.

    Args:
        asked: The one table, and the `.csv` file to write.
        open_classifier: Opens who reads.
        others: Options that were given and mean nothing here.
    """
    from mnist_cli.core.outputs import check_output
    from mnist_cli.core.text import counted
    from mnist_cli.reading.output.submission import write_submission

    sources, output = asked.pictures, asked.output
    if len(sources) > 1:
        raise UsageError(f"A {SUFFIX} of images is read alone. Received: {len(sources)} sources.")
    if others:
        raise UsageError(f"A {SUFFIX} of images is read without {', '.join(others)}.")
    if output is None or not is_table(output):
        raise UsageError(
            f"The digits of a {SUFFIX} of images go to another {SUFFIX}.",
            hint="Pass --output submission.csv.",
        )
    source, target = Path(sources[0]), Path(output)
    check_output(target, force=asked.force, inputs=sources)
    if not source.is_file():
        raise PictureNotFoundError(f"No file {sources[0]!r}.")
    count = write_submission(source, target, open_classifier)
    if asked.as_json:
        console.result_json({"path": str(source), "n": count, "output": str(target)})
    console.note(f"results: {console.printable(str(target))}, {counted(count, 'image')}")
