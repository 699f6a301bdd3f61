"""mnist models list, show, promote, verify and delete."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mnist_cli.cli import console
from mnist_cli.cli.compare import compare
from mnist_cli.cli.examples import examples
from mnist_cli.cli.models_table import Column, in_order, show_csv, show_table
from mnist_cli.cli.options import OUTPUT, ArtifactsOption, JsonOption, complete_versions, option
from mnist_cli.core.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from mnist_cli.core.store.versions import Version
    from mnist_cli.evaluation.verify import Verification

app = typer.Typer(
    no_args_is_help=True,
    help="Look at the versions in the store, compare and keep them.",
    epilog=examples("models"),
)
app.command(epilog=examples("models compare"))(compare)


@app.command("list", epilog=examples("models list"))
def list_models(
    sort: Annotated[
        Column, option(OUTPUT, "By which column, upwards: the best come last.")
    ] = Column.VERSION,
    artifacts: ArtifactsOption = Path("artifacts"),
    as_csv: Annotated[
        bool, option(OUTPUT, "Print CSV, with the names and values of --json.", "--csv")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """List every version: what was set, how well it reads, and what was noted of it."""
    from mnist_cli.core.store import store

    if as_csv and as_json:
        raise UsageError("Either --csv or --json.")
    records = in_order(store.list_records(artifacts), sort)
    if as_json:
        console.result_json(records)
    elif as_csv:
        show_csv(records)
    elif records:
        show_table(records)
    else:
        console.note(f"No versions in {console.printable(str(artifacts))}. Run `mnist train`.")


@app.command("show", epilog=examples("models show"))
def show_model(
    model: Annotated[
        str | None,
        typer.Argument(help="A number, an alias or a folder.", autocompletion=complete_versions),
    ] = None,
    artifacts: ArtifactsOption = Path("artifacts"),
    as_json: JsonOption = False,
) -> None:
    """Show how one version came about: figures, layers, recipe, data."""
    from mnist_cli.core.store import store, versions

    version = store.find_version(model, artifacts)
    record = versions.to_record(version, store.read_aliases(artifacts))
    if as_json:
        console.result_json(record | {"manifest": version.manifest})
        return
    from mnist_cli.cli.models_page import show_page

    show_page(version, record["aliases"])


@app.command("promote", epilog=examples("models promote"))
def promote_model(
    model: Annotated[
        str,
        typer.Argument(
            metavar="N",
            help="A number or an alias.",
            show_default=False,
            autocompletion=complete_versions,
        ),
    ],
    alias: Annotated[str, typer.Argument(help="A name of your choice.")] = "champion",
    artifacts: ArtifactsOption = Path("artifacts"),
    as_json: JsonOption = False,
) -> None:
    """Give a version a name, such as champion.

    `champion` reads pictures where no --model is given; `mnist models promote bundled` goes back
    to the model of the package.
    """
    from mnist_cli.core.store import maintenance, store, versions

    version = store.find_version(model, artifacts)
    before = maintenance.promote(artifacts, version, alias)
    if alias == store.CHAMPION and version.path != versions.BUNDLED:
        _tell_if_worse(version)
    if as_json:
        console.result_json({"alias": alias, "version": version.name, "before": before})
    else:
        console.result(f"{alias}  {version.name}" + (f"  (was {before})" if before else ""))


@app.command("verify", epilog=examples("models verify"))
def verify_models(
    models: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[N]...",
            help="Numbers, aliases or folders; all if left out.",
            autocompletion=complete_versions,
        ),
    ] = None,
    artifacts: ArtifactsOption = Path("artifacts"),
    as_json: JsonOption = False,
) -> None:
    """Check that versions are what was published, and read as well as they state.

    Exits with code 3 if anything is wrong.
    """
    from mnist_cli.core.store import store
    from mnist_cli.evaluation import verify as verification

    numbers = [str(number) for number in store.version_numbers(artifacts)]
    folders = [store.find(reference, artifacts) for reference in models or numbers]
    records, wrong = [], []
    for found in verification.verify(folders):
        records.append(found.to_record())
        if found.problems:
            wrong.append(found.version)
        if not as_json:
            _show_verification(found)
    if as_json:
        console.result_json(records)
    elif not folders:
        console.note(f"No versions in {console.printable(str(artifacts))}. Run `mnist train`.")
    if wrong:
        console.note(f"error: Wrong: {console.printable(', '.join(wrong))}.")
        raise typer.Exit(ExitCode.REFUSED)


@app.command("delete", epilog=examples("models delete"))
def delete_models(
    numbers: Annotated[
        list[str],
        typer.Argument(
            metavar="N...",
            help="Their numbers.",
            show_default=False,
            autocompletion=complete_versions,
        ),
    ],
    artifacts: ArtifactsOption = Path("artifacts"),
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Delete what has an alias or is in use, too.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Delete versions, their aliases and noted accuracies; a number is never given again."""
    from mnist_cli.core.store import maintenance

    doomed = maintenance.find_deletable(artifacts, numbers, force=force)
    if not yes:
        if not console.can_ask():
            raise UsageError("Nobody is there to be asked.", hint="Use --yes to delete unasked.")
        size_mb = sum(version.size_bytes for version in doomed) / 1e6
        names = ", ".join(version.name for version in doomed)
        if not console.ask(f"Delete {names} ({size_mb:.1f} MB) for good?"):
            console.note("Nothing was deleted.")
            raise typer.Exit
    deletion = maintenance.delete(artifacts, numbers, force=force)
    if as_json:
        console.result_json(vars(deletion))
        return
    aliases = f", and {', '.join(deletion.aliases)}" if deletion.aliases else ""
    console.result(
        f"deleted {', '.join(deletion.versions)}{aliases}  ({deletion.size_bytes / 1e6:.1f} MB)"
    )


def _tell_if_worse(version: "Version") -> None:
    """Tell that a version which reads pictures now read them worse when it was trained."""
    from mnist_cli.cli.train_results import comparison
    from mnist_cli.training.result import TrainResult

    trained = TrainResult.of(version)
    if trained.reads_better is False:
        console.note(
            f"When it was trained, {comparison(trained)}. `mnist models promote bundled` goes back"
            " to the model of the package."
        )


def _show_verification(found: "Verification") -> None:
    state = f"{len(found.files)} files as published"
    if found.measured is not None:
        state += f", {100 * found.measured:.2f} % on the images held out"
    console.result(f"{found.version}  {'wrong' if found.problems else 'ok'}  {state}")
    for problem in found.problems:
        console.result(f"   wrong: {console.printable(problem)}")
    for remark in found.notes:
        console.result(f"   note: {console.printable(remark)}")
