"""The Typer app, the root options, and the one boundary where failures become exit codes."""

import difflib
import errno
import inspect
import logging
import os
import shlex
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

import mnist_cli
from mnist_cli.cli import (
    console,
    data,
    evaluate,
    export,
    form,
    make_cuts,
    models,
    plot,
    predict,
    serve,
    train,
    train_finder,
    train_lines,
)
from mnist_cli.cli.examples import examples
from mnist_cli.core import log
from mnist_cli.core.errors import ExitCode, MnistError, OutOfMemoryError, StoppedError, StorageError
from mnist_cli.core.quiet import COMMAND


class _InPlainWords(TyperGroup):
    """A group that tells what is wrong with an option without words of the library that checks.

    Where a picture stands in place of a command, it says which one reads pictures.
    """

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name, known = args[0], self.list_commands(ctx)
        is_path = os.path.exists(name)  # noqa: PTH110  Path raises where a name is too long
        if is_path and name not in known and not difflib.get_close_matches(name, known):
            path = console.printable(shlex.quote(name))
            ctx.fail(f"No such command {name!r}. To read pictures: mnist predict {path}")
        return super().resolve_command(ctx, args)

    def make_context(self, *arguments: Any, **others: Any) -> Any:
        with _without_its_words():
            return super().make_context(*arguments, **others)

    def invoke(self, ctx: Any) -> Any:
        with _without_its_words():
            return super().invoke(ctx)


@contextmanager
def _without_its_words() -> Iterator[None]:
    try:
        yield
    except typer.BadParameter as misuse:
        misuse.message = misuse.message.removeprefix("Value error, ")
        raise


app = typer.Typer(
    cls=_InPlainWords,
    name="mnist",
    no_args_is_help=True,
    epilog=examples(""),
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command(epilog=examples("train"))(train.train)
app.command(epilog=examples("evaluate"))(evaluate.evaluate)
app.command(epilog=examples("predict"))(predict.predict)
app.command(epilog=examples("plot"))(plot.plot)
app.command(epilog=examples("export"))(export.export)
app.command(epilog=examples("serve"))(serve.serve)
app.command("make-cuts", epilog=examples("make-cuts"))(make_cuts.make_cuts)
app.command("train-finder", epilog=examples("train-finder"))(train_finder.train_finder)
app.command("train-lines", epilog=examples("train-lines"))(train_lines.train_lines)
app.add_typer(data.app, name="data")
app.add_typer(form.app, name="form")
app.add_typer(models.app, name="models")


def _fill_lines(some: typer.Typer) -> None:
    """Let the help of commands fill the terminal's lines, wherever their docstrings are broken."""
    for command in some.registered_commands:
        paragraphs = inspect.cleandoc(command.callback.__doc__ or "").split("\n\n")
        command.help = "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)
    for group in some.registered_groups:
        if group.typer_instance:
            _fill_lines(group.typer_instance)


_fill_lines(app)


FLAGS = ("--quiet", "-q", "--verbose", "-v")  # of the root, as below
WITH_VALUE = ("--log-format", "--log-dir")


def _print_version(wanted: bool) -> None:
    if wanted:
        console.result(f"mnist {mnist_cli.__version__}")
        raise typer.Exit


@app.callback()
def root(
    context: typer.Context,
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Say nothing on stderr but warnings.")
    ] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Say more on stderr.")] = False,
    log_format: Annotated[
        log.LogFormat,
        typer.Option(envvar="MNIST_LOG_FORMAT", help="The format of events on stderr."),
    ] = "text",
    log_dir: Annotated[
        Path | None,
        typer.Option(
            envvar="MNIST_LOG_DIR",
            help="Write events to a file in this folder. Default of train and serve: logs/.",
        ),
    ] = None,
) -> None:
    """Train, measure and use networks that read handwritten digits.

    -q, -v, --log-format and --log-dir may stand anywhere on the line.
    """
    del version
    level = logging.WARNING if quiet else logging.DEBUG if verbose else logging.INFO
    log.to_stderr(level, log_format)
    context.obj = log_dir
    if log_dir and context.invoked_subcommand not in {None, "train", "serve"}:
        log.to_file(log_dir, str(context.invoked_subcommand), log.new_run_id())


def root_options_first(arguments: list[str]) -> list[str]:
    """Bring the root's options to the front: they may stand anywhere before a `--`."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    first, rest = [], []
    waiting = iter(arguments[:end])
    for argument in waiting:
        if argument in FLAGS or argument.startswith(tuple(f"{name}=" for name in WITH_VALUE)):
            first.append(argument)
        elif argument in WITH_VALUE:
            first += [argument, *(value for value in [next(waiting, None)] if value is not None)]
        else:
            rest.append(argument)
    return first + rest + arguments[end:]


def main() -> None:
    """Run the command line; every expected failure ends here, as a message and an exit code."""
    os.environ[COMMAND] = "1"
    console.prepare_streams()
    try:
        with console.typers_output_guarded():
            app(args=root_options_first(sys.argv[1:]))
    except MnistError as failure:
        log.event("command.failed", logging.DEBUG, message=failure.message, code=failure.code)
        console.error(failure)
        sys.exit(failure.exit_code)
    except KeyboardInterrupt:
        console.error(StoppedError("Stopped by SIGINT.", signal_number=signal.SIGINT))
        sys.exit(ExitCode.INTERRUPT)
    except MemoryError:
        exhausted = OutOfMemoryError(
            "Out of memory.", hint="Close other programs, or ask for less at once."
        )
        console.error(exhausted)
        sys.exit(exhausted.exit_code)
    except OSError as failure:
        if failure.errno not in {errno.EMFILE, errno.ENFILE}:
            raise
        no_files = StorageError(
            f"{failure.strerror}.", hint="Allow more (`ulimit -n 1024`), or end other programs."
        )
        console.error(no_files)
        sys.exit(no_files.exit_code)
    finally:
        log.close_files()
        console.let_go_of_stderr()
