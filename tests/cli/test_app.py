import json
import os
import re
import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

import mnist_cli
from mnist_cli.cli import app as cli
from mnist_cli.cli.examples import EXAMPLES
from mnist_cli.core.errors import ExitCode
from tests.conftest import Cli


def test_version_is_the_packages(mnist: Cli) -> None:
    assert mnist("--version").stdout == f"mnist {mnist_cli.__version__}\n"


@pytest.mark.parametrize("arguments", [(), ("--help",), ("train", "--help"), ("models",)])
def test_help_names_what_there_is(mnist: Cli, arguments: tuple[str, ...]) -> None:
    result = mnist(*arguments)

    assert "Usage" in result.stdout + result.stderr
    assert result.exit_code in {ExitCode.OK, ExitCode.USAGE}


@pytest.mark.parametrize("command", EXAMPLES)
def test_each_help_ends_with_two_examples_that_can_be_given(mnist: Cli, command: str) -> None:
    shown = " ".join(mnist(*command.split(), "--help").stdout.split())

    assert len(EXAMPLES[command]) == 2
    for example in EXAMPLES[command]:
        assert example in shown
        program, *arguments = example.split()
        assert program == "mnist"
        assert arguments[: len(command.split())] == command.split() or not command
        assert mnist(*arguments, "--help").exit_code == ExitCode.OK


@pytest.mark.parametrize("command", ["train", "export", "data corrected"])
def test_help_fills_the_lines_of_the_terminal(mnist: Cli, command: str) -> None:
    shown = mnist(*command.split(), "--help").stdout.partition("╭")[0]
    lines = [line.strip() for line in shown.strip().splitlines()]
    longest = max(map(len, lines))

    for line, after in pairwise(lines[2:]):
        if line and after:
            assert len(line) + 1 + len(after.split()[0]) > longest


@pytest.mark.parametrize(
    ("command", "groups"),
    [
        ("train", ["Recipe", "Model and data", "Output", "Run"]),
        ("predict", ["Reading", "Model and data", "Output", "Many machines"]),
        ("evaluate", ["Model and data", "What is measured", "Output"]),
        ("serve", ["Serving", "Model and data"]),
        ("form new", ["The form", "Reading", "Output"]),
    ],
)
def test_help_groups_its_options(mnist: Cli, command: str, groups: list[str]) -> None:
    shown = mnist(*command.split(), "--help").stdout

    assert [group for group in groups if f"─ {group} ─" not in shown] == []


@pytest.mark.parametrize("command", ["train", "evaluate", "predict", "plot", "export", "serve"])
def test_every_option_but_help_is_in_a_group(mnist: Cli, command: str) -> None:
    _, _, shown = mnist(command, "--help").stdout.partition("─ Options ─")
    loose, _, _ = shown.partition("╰")

    assert re.findall(r"--[a-z-]+", loose) == ["--help"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense",),
        ("train", "--epochs", "0"),
        ("train", "--seed", "-1"),
        ("train", "--learning-rate", "nan"),
        ("train", "--learning-rate", "inf"),
        ("train", "--recipe", "nonsense"),
        ("predict",),
        ("predict", "a.png", "--top-k", "11"),
        ("plot", "nonsense"),
    ],
)
def test_misuse_exits_with_2_before_anything_is_written(
    mnist: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)

    assert mnist(*arguments).exit_code == ExitCode.USAGE
    assert not list(tmp_path.iterdir())


def test_errors_are_json_where_json_was_asked_for(mnist: Cli, trained: Path) -> None:
    result = mnist("evaluate", "--model", "nowhere", "--json")

    error = json.loads(result.stdout)["error"]
    assert result.exit_code == ExitCode.NOT_FOUND
    assert error["code"] == "model_not_found"
    assert "mnist train" in error["hint"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["predict", "--no-such"], "--no-such"),
        (["predict"], "pictures"),
        (["evaluate", "--min-accuracy", "two"], "--min-accuracy"),
        (["train", "--arch", "deep"], "deep"),
        (["--log-format", "xml", "predict"], "'xml' is not one of 'text', 'json'"),
    ],
)
def test_what_typer_refuses_is_json_too_where_json_was_asked_for(
    mnist: Cli, arguments: list[str], words: str
) -> None:
    result = mnist(*arguments, "--json")

    assert result.exit_code == ExitCode.USAGE
    error = json.loads(result.stdout)["error"]
    assert error["code"] == "usage"
    assert words in error["message"]
    assert "Value error" not in error["message"]  # what the library that checks calls it
    assert mnist(*arguments).stdout == ""


@pytest.mark.parametrize(
    ("line", "incomplete", "expected", "missing"),
    [
        ("predict --model", "", {"1", "latest", "champion", "bundled"}, set()),
        ("evaluate --model", "la", {"latest"}, {"1", "champion"}),
        ("train --from", "1", {"1"}, {"latest"}),
        ("models show", "c", {"champion"}, {"1"}),
        ("models promote", "", {"1", "bundled"}, set()),
        ("models compare 1", "b", {"bundled"}, {"1"}),
        ("train --set", "ela", {"elastic_px=", "elastic_sigma_px="}, {"epochs="}),
        ("train --set", "epo", {"epochs="}, {"elastic_px="}),
        ("models list --sort", "v", {"val", "version"}, {"worn"}),
    ],
)
def test_shells_complete_versions_and_settings(
    trained: Path, line: str, incomplete: str, expected: set[str], missing: set[str]
) -> None:
    words = f"mnist {line} {incomplete}"
    asked = {"_MNIST_COMPLETE": "complete_bash", "COMP_WORDS": words}
    done = subprocess.run(
        [shutil.which("mnist") or "mnist"],
        env=os.environ | asked | {"COMP_CWORD": str(len(line.split()) + 1)},
        capture_output=True,
        text=True,
        check=False,
    )

    completed = set(done.stdout.split("\n"))
    assert expected <= completed
    assert not missing & completed
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["evaluate", "--model", "7"], "There is 1, bundled, champion, latest. Or run `mnist tra"),
        (["models", "show", "7", "--artifacts", "no"], "There is bundled. Or run `mnist train`"),
        (["train", "--resume", "abc"], "There is none in .training/"),
    ],
)
def test_a_hint_names_what_there_is(
    mnist: Cli, trained: Path, arguments: list[str], hint: str
) -> None:
    result = mnist(*arguments)

    assert result.exit_code == ExitCode.NOT_FOUND
    assert hint in result.stderr


def test_stderr_can_be_json_too(mnist: Cli, trained: Path, digit_png: Path) -> None:
    result = mnist("--log-format", "json", "predict", digit_png)

    events = [json.loads(line) for line in result.stderr.splitlines()]
    assert [event["event"] for event in events] == ["model.opened"]
    assert events[0]["version"] == "1"


def test_quiet_leaves_stderr_empty(mnist: Cli, trained: Path, digit_png: Path) -> None:
    assert mnist("--quiet", "predict", digit_png).stderr == ""


def test_a_log_folder_gets_the_events_of_any_command(
    mnist: Cli, trained: Path, digit_png: Path
) -> None:
    mnist("--log-dir", "here", "predict", digit_png)

    (path,) = Path("here").glob("predict-*.jsonl")
    assert json.loads(path.read_text().splitlines()[0])["event"] == "model.opened"


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("predict a.png -q", "-q predict a.png"),
        ("predict -v a.png --quiet", "-v --quiet predict a.png"),
        ("models list --log-dir here --json", "--log-dir here models list --json"),
        ("predict a.png --log-format=json", "--log-format=json predict a.png"),
        ("-q predict a.png --log-dir=x", "-q --log-dir=x predict a.png"),
        ("predict -- -q -v", "predict -- -q -v"),
        ("predict --log-dir", "--log-dir predict"),
        ("predict -o -v.csv", "predict -o -v.csv"),
        ("", ""),
    ],
)
def test_the_roots_options_may_stand_anywhere(given: str, read: str) -> None:
    assert cli.root_options_first(given.split()) == read.split()


def test_after_a_command_they_do_what_they_do_before_it(
    mnist: Cli, trained: Path, digit_png: Path
) -> None:
    assert mnist("predict", digit_png, "--quiet").stderr == ""
    assert json.loads(mnist("predict", digit_png, "--log-format", "json").stderr)["version"] == "1"
    assert mnist("models", "list", "--log-dir", "here").exit_code == ExitCode.OK
    assert len(list(Path("here").glob("models-*.jsonl"))) == 1
    assert mnist("predict", digit_png, "--log-dir").exit_code == ExitCode.USAGE


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["predict", "https://a.org/b.png"], "https://a.org/b.png: an address, not a file. Downlo"),
        (["predict", "https://a.org/*.png"], "https://a.org/*.png: an address, not a file. Downlo"),
        (["evaluate", "--data", "https://example.org/mnist.npz"], "is an address, not a file or"),
        (["train", "--data", "http://example.org/mnist.npz"], "is an address, not a file or"),
        (["evaluate", "--model", "s3://bucket/a.keras"], "it is an address"),
        (["predict", "httpd.png"], "no such file"),
    ],
)
def test_an_address_is_called_one(
    mnist: Cli, trained: Path, arguments: list[str], words: str
) -> None:
    result = mnist(*arguments)

    assert result.exit_code == ExitCode.NOT_FOUND
    assert words in result.stderr


@pytest.mark.parametrize("arguments", [["--help"], ["predict", "three.png"], ["evaluate"]])
def test_what_only_reads_never_loads_tensorflow(
    trained: Path, digit_png: Path, arguments: list[str]
) -> None:
    program = (
        "import sys; from mnist_cli.cli.app import main; sys.argv[0] = 'mnist'\n"
        "try: main()\n"
        "finally: print([m for m in ('tensorflow', 'keras') if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=True
    )
    assert done.stderr.splitlines()[-1] == "[]"


def test_help_loads_neither_numpy_nor_a_home_of_heavy_libraries() -> None:
    program = "import sys, mnist_cli.cli.app; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout.split()

    assert not {"numpy", "cv2", "PIL", "matplotlib", "ai_edge_litert", "h5py"} & set(loaded)


def test_a_reader_that_goes_away_ends_the_program_quietly(trained: Path, digit_png: Path) -> None:
    command = f"{sys.executable} -m mnist_cli predict {' '.join([digit_png.name] * 3)} --json"
    done = subprocess.run(
        ["bash", "-c", f"{command} | true; echo ${{PIPESTATUS[0]}}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split()[-1] in {"0", "141"}
    assert "Traceback" not in done.stderr


def test_a_full_stdout_is_said(trained: Path, digit_png: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "mnist_cli", "predict", digit_png],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == ExitCode.ENVIRONMENT
    assert "Can't write the results" in done.stderr
    assert "Traceback" not in done.stderr
