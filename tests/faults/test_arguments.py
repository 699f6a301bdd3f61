"""Section D: arguments and variables. More of them: tests/cli/test_app.py, tests/commands."""

import json
import os
from pathlib import Path

import pytest

from mnist_cli.core.errors import ExitCode
from mnist_cli.core.store import versions
from tests.conftest import Cli
from tests.faults.disk import QUICK, few_images, folder, picture, several, written
from tests.faults.harness import Row, check, environment_of, rows, run

LEFT_OUT = {
    "D11": "Paths of REST name no versions, and its one model is no part of them: section G.",
    "D15": "There are no configuration files: options come from arguments and MNIST_* alone.",
}
ELSEWHERE = {"D17": "tests/cli/test_train.py, tests/training/test_runs.py"}
LIST = ("models", "list", "--artifacts")
USAGE, NOT_FOUND = ExitCode.USAGE, ExitCode.NOT_FOUND


def typer(row_id: str, arguments: tuple[object, ...], *words: str) -> Row:
    """Return a line that Typer refuses, in words of its own, to people alone."""
    return Row(row_id, arguments, USAGE, words, has_json=False)


def train(row_id: str, option: str, *words: str) -> Row:
    has_json = row_id == "D3-inf"  # one for all: a process takes a while
    return Row(row_id, ("train", *option.split()), USAGE, words, has_json=has_json)


def variable(row_id: str, name: str, value: str, *arguments: str) -> Row:
    return Row(row_id, arguments, USAGE, (name,), environment={name: value}, has_json=False)


@rows(
    typer("D1-command", ("predct", "a.png"), "Did you mean 'predict'"),
    typer("D1-subcommand", ("models", "lst"), "Did you mean 'list'"),
    typer("D1-option", ("predict", "a.png", "--modl", "1"), "--model"),
    typer("D1-value", ("predict", "a.png", "--model"), "requires an argument"),
    typer("D1-extra", ("models", "promote", "1", "a", "b"), "extra argument"),
    typer("D1-missing", ("models", "promote"), "Missing argument"),
    typer("D1-not-utf-8", (b"\xff\xfe",), "No such command"),
    typer("D1-markup", ("[/bold]",), "No such command '[/bold]'"),
    typer("D1-escape", ("predict", "a.png", "--top-k", "\x1b[31m"), "--top-k"),
    typer("D3-nan", ("train", "--learning-rate", "nan"), "--learning-rate"),
    train("D3-inf", "--learning-rate inf", "--learning-rate must be over 0", "Received: inf"),
    train("D3-set-nan", "--set rotation_deg=nan", "rotation_deg must be 0 to 180"),
    train("D3-set-inf", "--set weight_decay=inf", "weight_decay must be 0 to 10"),
    typer("D3-confidence", ("predict", "a.png", "--min-confidence", "nan"), "--min-confidence"),
    typer("D3-accuracy", ("evaluate", "--min-accuracy", "nan"), "--min-accuracy"),
    typer("D4-none", ("train", "--batch-size", "0"), "--batch-size"),
    train("D4-huge", "--batch-size 1000000000", "--batch-size must be 1 to 60000"),
    train("D4-widths", "--set widths=1000000000", "widths and blocks must be 1 to 10000"),
    typer("D5-negative", ("train", "--seed", "-1"), "--seed"),
    typer("D5-2**32", ("train", "--seed", 2**32), "--seed"),
    Row("D7-store", (*LIST, 300 * "a"), ExitCode.ENVIRONMENT, ("too long",)),
    train("D5-2**64", f"--set seed={2**64}", "--seed must be 0 to 4294967295"),
)
def test_a_wrong_argument_is_said(row: Row, tmp_path: Path, store_path: Path) -> None:
    check(row, tmp_path, store_path)


def named(row_id: str, name: str, shown: str, *, alias: bool = False) -> Row:
    if alias:
        words = (f"Received: {shown}",)
        return Row(row_id, ("models", "promote", 1, name), USAGE, words, has_json=False)
    has_json = row_id in {"D7-newline", "D8-turned"}
    return Row(
        row_id, ("models", "show", name), NOT_FOUND, (f"No model {shown}",), has_json=has_json
    )


@rows(  # most of D7, D8 and D9: WEIRD in test_store.py, and aliases in test_maintenance.py
    named("D7-above", "../1", "'../1'"),
    named("D7-newline", "1\n", r"'1\n'"),
    typer("D7-option", ("models", "show", "-rf"), "No such option"),
    named("D7-long", "x" * 300, "'xxx"),
    named("D7-alias", "a/b", "'a/b'", alias=True),
    named("D8-wide", "ｃｈａｍｐｉｏｎ", "'ｃｈａｍｐｉｏｎ'", alias=True),
    named("D8-turned", "\u202e1", r"'\u202e1'"),
    named("D9-arabic", "٣", "'٣'"),
    named("D9-underscore", "1_000", "'1_000'"),
    named("D9-digits", "9" * 30, "'999"),
    Row("D9-delete", ("models", "delete", "٣", "--yes"), USAGE, ("by their numbers",)),
)
def test_a_name_that_is_none_is_said(row: Row, tmp_path: Path, store_path: Path) -> None:
    check(row, tmp_path, store_path)


def output(row_id: str, *arguments: object, code: ExitCode, words: str) -> Row:
    make = several(picture(), few_images(), folder("d.csv"), written("e.csv", b"mine"))
    has_json = row_id in {"D12-folder", "D12-report", "D13"}
    return Row(row_id, arguments, code, (words,), make, has_json=has_json)


ENVIRONMENT, CONFLICT = ExitCode.ENVIRONMENT, ExitCode.CONFLICT
PREDICT = ("predict", "a.png")
EXPORT = ("export", "--format", "litert", "-o")
SAMPLES = ("plot", "samples", "--data", "few.npz", "-o", "out.png")


@rows(
    output("D12-folder", *PREDICT, "--output", "d.csv", code=ENVIRONMENT, words="is a folder"),
    output("D12-parent", *PREDICT, "--output", "no/a.csv", code=ENVIRONMENT, words="'no'"),
    output("D12-suffix", *PREDICT, "--output", "a.xls", code=USAGE, words=".xlsx or .jsonl"),
    output("D12-empty", *PREDICT, "--output", "", code=USAGE, words=".xlsx or .jsonl"),
    output("D12-annotate", *PREDICT, "--annotate", "a.jpg", code=USAGE, words=".png"),
    output("D12-in-a-file", *PREDICT, "--annotate", "e.csv/a.png", code=ENVIRONMENT, words="e.csv"),
    output("D12-plot", "plot", "history", "-o", "a.gif", code=USAGE, words=".png, .svg or .pdf"),
    output("D12-report", "evaluate", "--report", "e.csv/r", code=ENVIRONMENT, words="e.csv/r"),
    output("D12-export", *EXPORT, "no/a.tflite", code=ENVIRONMENT, words="'no'"),
    output("D13", *PREDICT, "--output", "e.csv", code=CONFLICT, words="--force"),
    output("D13-plot", "plot", "samples", "-o", "a.png", code=CONFLICT, words="--force"),
    output("D13-annotate", *PREDICT, "--annotate", "a.png", code=CONFLICT, words="is read"),
    output("D13-explain", *PREDICT, "--explain", ".", code=CONFLICT, words="--force"),
    output("D13-export", *EXPORT, "e.csv", code=CONFLICT, words="--force"),
)
def test_an_output_that_can_not_be_is_said_before_the_work(
    row: Row, tmp_path: Path, store_path: Path
) -> None:
    result = check(row, tmp_path, store_path)

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
def test_a36_a_folder_whose_name_is_no_utf_8_is_read_and_takes_results(
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
    variable("D16-number", "MNIST_PORT", "abc", "serve"),
    variable("D16-range", "MNIST_PORT", "70000", "serve"),
    variable("D16-choice", "MNIST_LOG_FORMAT", "xml", "models", "list"),
    Row(
        *("D16-model", ("predict", "a.png"), NOT_FOUND, ("No model 'nowhere'",)),
        environment={"MNIST_MODEL": "nowhere"},
    ),
    Row(
        *("D16-data", ("evaluate",), NOT_FOUND, ("No data set at 'no.npz'",)),
        environment={"MNIST_DATA": "no.npz"},
    ),
)
def test_a_wrong_variable_is_said(row: Row, tmp_path: Path, store_path: Path) -> None:
    check(row, tmp_path, store_path)


def allowed(row_id: str, *arguments: object, **variables: str) -> Row:
    make = several(picture(), few_images())
    return Row(row_id, arguments, ExitCode.OK, (), make, variables, False, ("out.png",))


@rows(
    allowed("D16-empty", *PREDICT, MNIST_MODEL="", MNIST_DATA="", MNIST_LOG_DIR=""),
    allowed("D20", "plot", "history", "-o", "out.png", MPLBACKEND="bogus"),
    allowed("D21-optimised", *PREDICT, PYTHONOPTIMIZE="2"),
    allowed("D21-warnings", *PREDICT, PYTHONWARNINGS="error"),
    allowed("D21-plot", *SAMPLES, PYTHONWARNINGS="error"),
    allowed("D21-threads", *PREDICT, OMP_NUM_THREADS="1", PYTHONHASHSEED="7"),
)
def test_what_a_user_may_set_changes_nothing(row: Row, tmp_path: Path, store_path: Path) -> None:
    check(row, tmp_path, store_path)


def test_d19_what_keras_is_set_to_changes_nothing(tmp_path: Path, store_path: Path) -> None:
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
def test_d21_a_run_heeds_what_is_set_for_its_libraries(tmp_path: Path, store_path: Path) -> None:
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
