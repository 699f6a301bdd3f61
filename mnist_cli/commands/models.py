"""mnist models list, mnist models show."""

from pathlib import Path
from typing import Annotated, Any

import typer

from mnist_cli import console
from mnist_cli.options import ArtifactsOption, JsonOption

app = typer.Typer(no_args_is_help=True, help="Look at the versions in the store.")


@app.command("list")
def list_models(
    artifacts: ArtifactsOption = Path("artifacts"), as_json: JsonOption = False
) -> None:
    """List every version."""
    from mnist_cli import store, versions

    aliases = store.read_aliases(artifacts)
    records = [versions.to_record(version, aliases) for version in store.list_versions(artifacts)]
    if as_json:
        console.result_json(records)
    elif records:
        _show_table(records)
    else:
        console.note(f"No versions in {console.printable(str(artifacts))}. Run `mnist train`.")


@app.command("show")
def show_model(
    model: Annotated[str | None, typer.Argument(help="A number, an alias or a folder.")] = None,
    artifacts: ArtifactsOption = Path("artifacts"),
    as_json: JsonOption = False,
) -> None:
    """Show how one version came about."""
    from mnist_cli import store, versions
    from mnist_cli.commands.opening import open_version

    version = open_version(model, artifacts)
    record = versions.to_record(version, store.read_aliases(artifacts))
    if as_json:
        console.result_json(record | {"manifest": version.manifest})
        return
    _show_table([record])
    for key, value in version.manifest.items():
        console.result(f"{key:<14}{_words(value)}")


def _show_table(records: list[dict[str, Any]]) -> None:
    from rich.table import Table

    table = Table("version", "aliases", "arch", "recipe", "seed", "val", "test", "size", "created")
    for record in records:
        table.add_row(
            record["version"],
            ", ".join(record["aliases"]),
            record["arch"],
            record["recipe"],
            str(record["seed"]),
            _percent(record["val_accuracy"]),
            _percent(record["test_accuracy"]),
            f"{record['size_bytes'] / 1e6:.1f} MB",
            record["created"],
        )
    console.result_rich(table)


def _percent(share: float | None) -> str:
    return "not measured" if share is None else f"{100 * share:.2f} %"


def _words(value: Any) -> str:
    """Return nested values as `key value, key value`."""
    if isinstance(value, dict):
        return ", ".join(
            f"{key} ({_words(item)})" if isinstance(item, dict) else f"{key} {_words(item)}"
            for key, item in value.items()
        )
    if isinstance(value, list):
        return "-".join(map(_words, value))
    return console.printable(str(value))
