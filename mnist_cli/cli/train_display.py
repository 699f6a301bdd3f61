"""What a person sees while a network trains: one live line on a terminal."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from mnist_cli.cli import console
from mnist_cli.core import log

if TYPE_CHECKING:
    from mnist_cli.training.fit import Progress


@contextmanager
def watching(epochs: int) -> Iterator[Callable[["Progress"], None]]:
    """Yield what training calls to show where it is; off a terminal the log lines say it."""
    if not console.stderr_is_terminal():
        yield lambda _progress: None
        return

    from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (
        SpinnerColumn(),
        TimeElapsedColumn(),
        TextColumn("epoch {task.fields[epoch]}"),
        BarColumn(bar_width=None),
        TextColumn("loss {task.fields[loss]}  val {task.fields[val]}"),
        TextColumn("{task.fields[rate]} images/s  {task.fields[left]} left"),
    )
    blank: dict[str, Any] = dict.fromkeys(("epoch", "loss", "val", "rate", "left"), "-")
    bar = Bar(*columns, console=console.stderr(), transient=True, expand=True)
    with log.told_as("training.epoch_end", _epoch_line), bar:
        task = bar.add_task("train", total=epochs, **blank | {"epoch": "- (starting)"})

        def show(progress: "Progress") -> None:
            val = progress.val_accuracy
            minutes, seconds = divmod(round(progress.left_s), 60)
            bar.update(
                task,
                completed=progress.epochs_done,
                epoch=f"{min(int(progress.epochs_done) + 1, epochs)}/{epochs}",
                loss=f"{progress.loss:.4f}",
                val=f"{100 * val:.2f} %" if val is not None else "-",
                rate=f"{progress.images_per_s:,.0f}",
                left=f"{minutes}:{seconds:02}",
            )

        yield show


def _epoch_line(fields: dict[str, Any]) -> str:
    """Return what fits into a line: the live one stands below it."""
    val = fields["val_accuracy"]
    held_out = "" if val is None else f"  held out {100 * val:.2f} %"
    return (
        f"epoch {fields['epoch']}/{fields['epochs']}  loss {fields['loss']:.4f}{held_out}"
        f"  {fields['duration_s']:.1f} s"
    )
