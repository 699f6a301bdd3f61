"""Arguments and variables. More of them: tests/cli."""

import json
import os
from pathlib import Path

import pytest

from mnist_cli.core.errors import ExitCode
from mnist_cli.core.store import versions
from tests.conftest import Cli
from tests.faults.disk import QUICK, few_images, folder, picture, several, written
from tests.faults.harness import Row, check, environment_of, in_process, rows, run

LIST = ("models", "list", "--artifacts")
USAGE, NOT_FOUND = ExitCode.USAGE, ExitCode.NOT_FOUND


def typer(row_id: str, arguments: tuple[object, ...], *words: str) -> Row:
    """Return a line that Typer refuses, in words of its own, to people alone."""
    return Row(row_id, arguments, USAGE, words, has_json=False)


def train(row_id: str, option: str, *words: str) -> Row:
    return Row(row_id, ("train", *option.split()), USAGE, words)


def variable(row_id: str, name: str, value: str, *arguments: str) -> Row:
    return Row(row_id, arguments, USAGE, (name,), environment={name: value}, has_json=False)


@rows(
    typer("a misspelt command", ("predct", "a.png"), "Did you mean 'predict'"),
    typer("a path for a command", (".",), "To read pictures: mnist predict ."),
    typer("a misspelt subcommand", ("models", "lst"), "Did you mean 'list'"),
    typer("a misspelt option", ("predict", "a.png", "--modl", "1"), "--model"),
    typer("an option without a value", ("predict", "a.png", "--model"), "requires an argument"),
    typer("an extra argument", ("models", "promote", "1", "a", "b"), "extra argument"),
    typer("a missing argument", ("models", "promote"), "Missing argument"),
    typer("not in UTF-8", (b"\xff\xfe",), "No such command"),
    typer("markup", ("[/bold]",), "No such command '[/bold]'"),
    typer("an escape sequence", ("predict", "a.png", "--top-k", "\x1b[31m"), "--top-k"),
    typer("learning rate: nan", ("train", "--learning-rate", "nan"), "--learning-rate"),
    train(
        "learning rate: inf",
        "--learning-rate inf",
        "--learning-rate must be over 0",
        "Received: inf",
    ),
    train("a setting: nan", "--set rotation_deg=nan", "rotation_deg must be 0 to 180"),
    train("a setting: inf", "--set weight_decay=inf", "weight_decay must be 0 to 10"),
    typer(
        "min confidence: nan", ("predict", "a.png", "--min-confidence", "nan"), "--min-confidence"
    ),
    typer("min accuracy: nan", ("evaluate", "--min-accuracy", "nan"), "--min-accuracy"),
    typer("batch size: 0", ("train", "--batch-size", "0"), "--batch-size"),
    train("batch size: huge", "--batch-size 1000000000", "--batch-size must be 1 to 60000"),
    train("widths: huge", "--set widths=1000000000", "widths and blocks must be 1 to 10000"),
    typer("seed: negative", ("train", "--seed", "-1"), "--seed"),
    typer("seed: 2**32", ("train", "--seed", 2**32), "--seed"),
    Row("store: a long name", (*LIST, 300 * "a"), ExitCode.ENVIRONMENT, ("too long",)),
    train("seed: 2**64", f"--set seed={2**64}", "--seed must be 0 to 4294967295"),
)
def test_a_wrong_argument_is_said(
    row: Row, tmp_path: Path, store_path: Path, mnist: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    check(row, tmp_path, store_path, in_process(mnist, monkeypatch))


def named(row_id: str, name: str, shown: str, *, alias: bool = False) -> Row:
    if alias:
        words = (f"Received: {shown}",)
        return Row(row_id, ("models", "promote", 1, name), USAGE, words, has_json=False)
    return Row(row_id, ("models", "show", name), NOT_FOUND, (f"No model {shown}",))


@rows(  # more of them: WEIRD in test_store.py, and aliases in test_maintenance.py
    named("name: above", "../1", "'../1'"),
    named("name: newline", "1\n", r"'1\n'"),
    typer("name: like an option", ("models", "show", "-rf"), "No such option"),
    named("name: long", "x" * 300, "'xxx"),
    named("alias: with a slash", "a/b", "'a/b'", alias=True),
    named("name: of wide letters", "ｃｈａｍｐｉｏｎ", "'ｃｈａｍｐｉｏｎ'", alias=True),
    named("name: turned by a control", "\u202e1", r"'\u202e1'"),
    named("number: arabic", "٣", "'٣'"),
    named("number: underscore", "1_000", "'1_000'"),
    named("number: digits", "9" * 30, "'999"),
    Row(
        "number to delete: arabic", ("models", "delete", "٣", "--yes"), USAGE, ("by their numbers",)
    ),
)
def test_a_name_that_is_none_is_said(
    row: Row, tmp_path: Path, store_path: Path, mnist: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    check(row, tmp_path, store_path, in_process(mnist, monkeypatch))


def output(row_id: str, *arguments: object, code: ExitCode, words: str) -> Row:
    make = several(picture(), few_images(), folder("d.csv"), written("e.csv", b"mine"))
    has_json = row_id in {"output: folder", "output: report", "exists: output"}
    return Row(row_id, arguments, code, (words,), make, has_json=has_json)


ENVIRONMENT, CONFLICT = ExitCode.ENVIRONMENT, ExitCode.CONFLICT
PREDICT = ("predict", "a.png")
EXPORT = ("export", "--format", "litert", "-o")
SAMPLES = ("plot", "samples", "--data", "few.npz", "-o", "out.png")


@rows(
    output("output: folder", *PREDICT, "--output", "d.csv", code=ENVIRONMENT, words="is a folder"),
    output("output: parent", *PREDICT, "--output", "no/a.csv", code=ENVIRONMENT, words="'no'"),
    output("output: suffix", *PREDICT, "--output", "a.xls", code=USAGE, words=".xlsx or .jsonl"),
    output("output: empty", *PREDICT, "--output", "", code=USAGE, words=".xlsx or .jsonl"),
    output("output: annotate", *PREDICT, "--annotate", "a.jpg", code=USAGE, words=".png"),
    output(
        "output: in a file", *PREDICT, "--annotate", "e.csv/a.png", code=ENVIRONMENT, words="e.csv"
    ),
    output(
        "output: plot", "plot", "history", "-o", "a.gif", code=USAGE, words=".png, .svg or .pdf"
    ),
    output("output: report", "evaluate", "--report", "e.csv/r", code=ENVIRONMENT, words="e.csv/r"),
    output("output: export", *EXPORT, "no/a.tflite", code=ENVIRONMENT, words="'no'"),
    output("exists: output", *PREDICT, "--output", "e.csv", code=CONFLICT, words="--force"),
    output("exists: plot", "plot", "samples", "-o", "a.png", code=CONFLICT, words="--force"),
    output("exists: annotate", *PREDICT, "--annotate", "a.png", code=CONFLICT, words="is read"),
    output("exists: explain", *PREDICT, "--explain", ".", code=CONFLICT, words="--force"),
    output("exists: export", *EXPORT, "e.csv", code=CONFLICT, words="--force"),
)
def test_an_output_that_can_not_be_is_said_before_the_work(
    row: Row, tmp_path: Path, store_path: Path, mnist: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = check(row, tmp_path, store_path, in_process(mnist, monkeypatch))

    assert "a.png: 3" not in result.stdout
    assert (tmp_path / "e.csv").read_bytes() == b"mine"


@pytest.mark.parametrize(
    ("option", "name"),
    [
        ("--output", "r.csv"),
        ("--output", "r.jsonl"),
        ("--explain", "steps"),
        ("--annotate", "found.png"),
        ("--review", "review"),
    ],
)
def test_a_folder_whose_name_is_no_utf_8_is_read_and_takes_results(
    tmp_path: Path, mnist: Cli, monkeypatch: pytest.MonkeyPatch, option: str, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MNIST_ARTIFACTS", raising=False)
    folder = os.fsdecode(b"\xff\xfe")
    Path(folder).mkdir()
    picture(f"{folder}/a.png")(tmp_path)

    result = mnist("predict", f"{folder}/a.png", option, f"{folder}/{name}")

    assert result.exit_code == ExitCode.OK, result.stderr
    assert (tmp_path / folder / name).exists()
    assert "Traceback" not in result.stderr


@rows(
    variable("variable: number", "MNIST_PORT", "abc", "serve"),
    variable("variable: range", "MNIST_PORT", "70000", "serve"),
    variable("variable: choice", "MNIST_LOG_FORMAT", "xml", "models", "list"),
    Row(
        *("variable: model", ("predict", "a.png"), NOT_FOUND, ("No model 'nowhere'",)),
        environment={"MNIST_MODEL": "nowhere"},
    ),
    Row(
        *("variable: data", ("evaluate",), NOT_FOUND, ("No data set at 'no.npz'",)),
        environment={"MNIST_DATA": "no.npz"},
    ),
)
def test_a_wrong_variable_is_said(
    row: Row, tmp_path: Path, store_path: Path, mnist: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    check(row, tmp_path, store_path, in_process(mnist, monkeypatch))


def allowed(row_id: str, *arguments: object, **variables: str) -> Row:
    make = several(picture(), few_images())
    return Row(row_id, arguments, ExitCode.OK, (), make, variables, False, ("out.png",))


@rows(
    allowed("variable: empty", *PREDICT, MNIST_MODEL="", MNIST_DATA="", MNIST_LOG_DIR=""),
    allowed("an unknown backend", "plot", "history", "-o", "out.png", MPLBACKEND="bogus"),
    allowed("Python: optimised", *PREDICT, PYTHONOPTIMIZE="2"),
    allowed("Python: warnings", *PREDICT, PYTHONWARNINGS="error"),
    allowed("Python: plot", *SAMPLES, PYTHONWARNINGS="error"),
    allowed("Python: threads", *PREDICT, OMP_NUM_THREADS="1", PYTHONHASHSEED="7"),
)
def test_what_a_user_may_set_changes_nothing(row: Row, tmp_path: Path, store_path: Path) -> None:
    check(row, tmp_path, store_path)


def test_what_keras_is_set_to_changes_nothing(tmp_path: Path, store_path: Path) -> None:
    few_images()(tmp_path)
    (tmp_path / "tmp").mkdir()
    (tmp_path / ".keras").mkdir()
    settings = {"floatx": "float16", "image_data_format": "channels_first", "backend": "jax"}
    (tmp_path / ".keras" / "keras.json").write_text(json.dumps(settings))
    environment = environment_of(tmp_path, store_path)
    theirs = {"HOME": str(tmp_path), "KERAS_BACKEND": "torch"}
    model = store_path / "1" / versions.KERAS
    command = ("evaluate", "--data", "few.npz", "--json")

    by_keras = run(tmp_path, environment | theirs, *command, "--model", model)
    by_litert = run(tmp_path, environment, *command)

    assert by_keras.exit_code == ExitCode.OK, by_keras.stderr
    mine, other = (json.loads(result.stdout) for result in (by_keras, by_litert))
    assert mine["confusion"] == other["confusion"]
    assert mine["nll"] == pytest.approx(other["nll"], abs=1e-5)


@pytest.mark.long
def test_a_run_heeds_what_is_set_for_its_libraries(tmp_path: Path, store_path: Path) -> None:
    few_images()(tmp_path)
    (tmp_path / "tmp").mkdir()
    ones = dict.fromkeys(("OMP_NUM_THREADS", "TF_DETERMINISTIC_OPS", "PYTHONOPTIMIZE"), "1")
    theirs = {"CUDA_VISIBLE_DEVICES": "-1", "PYTHONWARNINGS": "error"}
    environment = environment_of(tmp_path, store_path) | ones | theirs

    result = run(tmp_path, environment, "train", *QUICK, "--artifacts", "own", "--json")

    assert result.exit_code == ExitCode.OK, result.stderr
    manifest = versions.open_version(tmp_path / "own" / "1").manifest
    assert manifest["machine"]["cpus"] >= 1
    assert list((tmp_path / "tmp").iterdir()) == []
