"""What `mnist train` says of what it made, and who reads pictures then."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from mnist_cli.cli import console
from mnist_cli.core import settings
from mnist_cli.core.text import counted, interval_words

if TYPE_CHECKING:
    from mnist_cli.core.config import TrainConfig
    from mnist_cli.training.result import TrainResult


def settled(result: "TrainResult", artifacts: Path, *, promote: bool) -> dict[str, Any]:
    """Make it the champion, if that is wanted and it reads better; return the JSON document."""
    if not promote:
        return result.to_record()
    if result.reads_better:
        _promote(result, artifacts)
    return result.to_record() | {"promoted": bool(result.reads_better)}


def tell(result: "TrainResult", artifacts: Path, *, promote: bool, as_json: bool) -> None:
    """Settle who reads pictures, and print what was trained."""
    record = settled(result, artifacts, promote=promote)
    if as_json:
        console.result_json(record)
    else:
        show_result(result, promote=promote)


def show_result(result: "TrainResult", *, promote: bool = False) -> None:
    """Print what was trained, and who reads pictures then."""
    console.result(
        f"version {result.version}  {_accuracy(result)}, {counted(result.epochs, 'epoch')}"
        f" in {result.train_s:.1f} s"
    )
    console.result(f"reader  {comparison(result)}{_consequence(result, promote=promote)}")
    console.result(f"model   {console.printable(result.path)}")
    console.note(f"`mnist predict --model {result.version}` reads with it.")


def show_settings_of(config: "TrainConfig", *, as_json: bool) -> None:
    """Print what `--set` takes, a table a group."""
    described = settings.describe(config)
    if as_json:
        console.result_json([one.to_record() for one in described])
        return
    from rich.table import Table

    for group in dict.fromkeys(one.group for one in described):
        table = Table("name", "value", "unit", "range", "what it does", title=group, expand=True)
        for one in described:
            if one.group == group:
                table.add_row(one.name, one.default, one.unit, one.range, one.meaning)
        console.result_rich(table)


def _accuracy(result: "TrainResult") -> str:
    """Say how well it reads images that it was not trained on, as far as that is known."""
    if result.val_accuracy is not None:
        interval = interval_words(*result.val_interval or (0, 1))
        return f"{_percent(result.val_accuracy)} of {result.val_n:,} images held out ({interval})"
    if result.folds_accuracy is not None:
        return f"nothing held out; its recipe read {_percent(result.folds_accuracy)} in folds"
    return f"nothing held out; `mnist evaluate --model {result.version}` measures it"


def _promote(result: "TrainResult", artifacts: Path) -> None:
    from mnist_cli.core.store import maintenance, store
    from mnist_cli.core.store.versions import open_version

    maintenance.promote(artifacts, open_version(Path(result.path)), store.CHAMPION)


def comparison(result: "TrainResult") -> str:
    """Say which of two versions reads pictures better, by what was measured."""
    own, reader = f"version {result.version}", _name(result.reader)
    if result.worn_accuracy is None:
        return f"{own} was not compared with what reads pictures now"
    of = f"of {result.worn_n:,} images held out, worn as pictures are"
    if result.reader_worn_accuracy is None:
        return f"{own} reads {_percent(result.worn_accuracy)} {of}; there is none to compare with"
    if result.reads_better is None:
        words = f"no difference between {own} and {reader} can be told"
    elif result.reads_better:
        words = f"{own} reads pictures better than {reader}"
    else:
        words = f"{own} reads pictures worse than {reader}"
    figures = f"{_percent(result.worn_accuracy)} against {_percent(result.reader_worn_accuracy)}"
    return f"{words}: {figures} {of}"


def _consequence(result: "TrainResult", *, promote: bool) -> str:
    """Say who reads pictures now; how to choose the new version, unless it is no better."""
    if promote and result.reads_better:
        return "; it is the champion now, which reads them"
    kept = "; not promoted" if promote else ""
    if result.reader_worn_accuracy is not None and not result.reads_better:
        return f"{kept}; pictures are still read by {_name(result.reader)}"
    return f"{kept}; `mnist models promote {result.version}` makes it the one that reads pictures"


def _name(version: str | None) -> str:
    return f"version {version}" if version and version.isdecimal() else str(version)


def _percent(share: float) -> str:
    return f"{100 * share:.2f} %"
