"""Versions that somebody damaged or wrote by hand, and what the commands say of them."""

import hashlib
import json
import os
import shutil
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ai_edge_litert.interpreter import Interpreter

from mnist_cli.core.errors import ExitCode
from mnist_cli.core.store.manifest import KINDS, NEEDED
from mnist_cli.core.store.versions import BUNDLED, MANIFEST, TFLITE
from tests.conftest import Cli
from tests.faults.disk import few_images, picture, stock

OK, REFUSED, NOT_FOUND = ExitCode.OK, ExitCode.REFUSED, ExitCode.NOT_FOUND
ODD: tuple[Any, ...] = (
    *(None, "", "abc", [], {}, [[[]]], {"a": {"b": []}}, True, -1, 2.5, 10**30, 1e-310),
    *(float("nan"), 1e400, "\x1b[2J", "\ud800"),
)


@pytest.fixture
def artifacts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store of two versions, and a picture, where one stands."""
    picture()(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MNIST_ARTIFACTS", raising=False)
    return stock(tmp_path / "artifacts")


def leaves(value: Any, *path: Any) -> Iterator[tuple[Any, ...]]:
    """Yield the way to each entry that holds no other."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inside in pairs:
        if isinstance(inside, dict | list) and inside:
            yield from leaves(inside, *path, key)
        else:
            yield *path, key


def write_manifest(artifacts: Path, path: tuple[Any, ...], value: Any) -> None:
    """Put a value into the manifest of version 1, at a path of keys."""
    manifest = json.loads((BUNDLED / MANIFEST).read_text())
    place = manifest
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    (artifacts / "1" / MANIFEST).write_text(json.dumps(manifest))


def fit_to_show(text: str) -> bool:
    return "Traceback" not in text and all(c.isprintable() or c == "\n" for c in text)


ENTRIES = list(leaves(json.loads((BUNDLED / MANIFEST).read_text())))


@pytest.mark.parametrize("path", ENTRIES, ids=lambda path: ".".join(map(str, path)))
def test_an_odd_entry_of_a_manifest_ends_in_words(
    artifacts: Path, mnist: Cli, path: tuple[Any, ...]
) -> None:
    for odd in ODD:
        write_manifest(artifacts, path, odd)
        listed, shown = mnist("models", "list"), mnist("models", "show", "1")

        assert listed.exit_code == OK
        assert listed.stdout.splitlines()[-1].startswith("2  ")
        assert shown.exit_code in {OK, REFUSED}
        assert fit_to_show(listed.stdout + listed.stderr + shown.stdout + shown.stderr)
        if shown.exit_code == REFUSED:
            assert "artifacts/1/model.json: the manifest is damaged (" in shown.stderr
            assert "warning: store.version_left_out  version=1" in listed.stderr
        if shown.exit_code == OK:
            assert listed.stdout.splitlines()[-2].startswith("1  ")


@pytest.mark.parametrize("path", NEEDED)
def test_an_entry_that_is_needed_and_missing_is_named(
    artifacts: Path, mnist: Cli, path: str
) -> None:
    manifest = json.loads((BUNDLED / MANIFEST).read_text())
    *above, last = path.split(".")
    place = manifest
    for key in above:
        place = place[key]
    del place[last]
    (artifacts / "1" / MANIFEST).write_text(json.dumps(manifest))

    result = mnist("models", "show", "1")

    assert result.exit_code == REFUSED
    assert f"the manifest is damaged ({path} is missing)" in result.stderr


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("schema", 2, "schema must be 1, or the version is of a newer tool; received 2"),
        ("normalisation", 99, "normalisation must be the digest of a reading that is known"),
        ("metrics.val_accuracy", "0.98", "metrics.val_accuracy must be a number from 0 to 1"),
        ("config.model.arch", 3, "config.model.arch must be a text; received 3"),
        ("data.sources", 3, "sources must be a list"),
        ("data", [], "data must be an object"),
        ("temperature", 1e-310, "temperature must be a temperature; received 1e-310"),
        ("class_names", ["\x1b"] * 10, "A class name has 1 to 40 printable characters"),
        ("files", {TFLITE: "0", "../../a.png": "0"}, "is no name of a version's file"),
        ("files", {TFLITE: "0", "\ud800": "0"}, "is no name of a version's file"),
        ("from", {}, "from.version is missing"),
        ("data.sources", [{"name": "a"}], "data.sources.[].sha256 is missing"),
        ("metrics.folds", {"n": 3}, "metrics.folds.folds is missing"),
        ("metrics.val_sources", [{"n": 3}], "metrics.val_sources.[].name is missing"),
        ("files", [TFLITE], "files must be an object"),
        ("created", "x" * 5_000 + "\x1b", ""),
        ("data.name", "x" * 100_000, "data.name must be a text; received 'xxx"),
        ("more", json.loads("[" * 400 + "]" * 400), "it is over 12 deep"),
    ],
    ids=lambda value: str(value)[:24],
)
@pytest.mark.parametrize(
    "command",
    [
        ("models", "show", "1"),
        ("models", "verify", "1"),
        ("predict", "a.png", "--model", "1"),
        ("evaluate", "--model", "1"),
        ("export", "--model", "1", "--format", "litert", "--output", "a.tflite"),
    ],
    ids=lambda command: " ".join(command[:2]),
)
def test_a_damaged_manifest_is_named_by_each_command(
    artifacts: Path, mnist: Cli, command: tuple[str, ...], path: str, value: Any, words: str
) -> None:
    if not words and command[0] != "models":
        pytest.skip("it is sound, if odd to look at")
    write_manifest(artifacts, tuple(path.split(".")), value)

    result = mnist(*command)

    assert result.exit_code == (REFUSED if words else OK)
    assert words in result.stderr + result.stdout
    assert "artifacts/1/model.json" in result.stderr + result.stdout or not words
    assert fit_to_show(result.stdout + result.stderr)


@pytest.mark.parametrize(
    ("path", "value", "code", "words"),
    [
        ("metrics.chosen_epoch", 1_000, REFUSED, "history.csv: holds 26 epochs; model.json says"),
        ("config.validation_size", None, OK, "a.svg"),
        ("data.name", "\x1b[2J\udcff", OK, "a.svg"),
    ],
)
@pytest.mark.parametrize("kind", ["history", "compare"])
def test_a_plot_of_an_odd_manifest_ends_in_words(
    artifacts: Path, mnist: Cli, kind: str, path: str, value: Any, code: ExitCode, words: str
) -> None:
    write_manifest(artifacts, tuple(path.split(".")), value)
    if value is None:  # it is missing
        text = (artifacts / "1" / MANIFEST).read_text()
        (artifacts / "1" / MANIFEST).write_text(text.replace('"validation_size": null, ', ""))
    others = ("--model", "2") if kind == "compare" else ()

    result = mnist("plot", kind, "--model", "1", *others, "-o", "a.svg")

    assert result.exit_code == code, result.stderr
    assert words in result.stdout + result.stderr
    assert fit_to_show(result.stdout + result.stderr)


def test_kinds_are_those_of_entries_that_the_tool_writes() -> None:
    written = {".".join("[]" if isinstance(key, int) else key for key in path) for path in ENTRIES}
    written |= {"files.*", "versions.*"}

    at_times = {"from.version", "from.sha256", "data.repeated", "data.contradicting"}
    at_times |= {"note", "changes.[]", "metrics.epochs"}  # not in the package's, which is older
    at_times |= {path for path in KINDS if path.startswith(("metrics.worn.", "metrics.folds."))}
    assert set(KINDS) - written <= at_times


@pytest.mark.parametrize(
    "command",
    [
        ("predict", "a.png", "--model", "1"),
        ("predict", "a.png", "--model", "1", "--json"),
        ("models", "show", "1"),
        ("evaluate", "--model", "1", "--data", "few.npz"),
        ("models", "compare", "1", "2", "--data", "few.npz"),
        ("plot", "confusion", "--model", "1", "--data", "few.npz", "-o", "a.svg"),
    ],
    ids=lambda command: " ".join(command[:2]),
)
def test_class_names_that_look_like_markup_are_shown_as_they_are(
    artifacts: Path, mnist: Cli, command: tuple[str, ...]
) -> None:
    names = ["[/foo]", "[bold]", "[/]", "\\[x]", ":smile:", "$x^", "=1+1", "<b>", "%s", "{}"]
    write_manifest(artifacts, ("class_names",), names)
    few_images()(artifacts.parent)

    result = mnist(*command)

    assert result.exit_code == OK, result.stderr
    assert fit_to_show(result.stdout + result.stderr)
    if command[0] != "plot":
        assert any(name in result.stdout for name in ("\\[x]", r"\\[x]"))


# a model that gives no numbers


def with_nan(version: Path) -> None:
    """Make the last bias of a version's model NaN, and its digest right."""
    path = version / TFLITE
    content = bytearray(path.read_bytes())
    interpreter = Interpreter(model_content=bytes(content))
    interpreter.allocate_tensors()
    for tensor in interpreter.get_tensor_details():
        if "BiasAdd" in tensor["name"] and list(tensor["shape"]) == [10]:
            bias = interpreter.get_tensor(tensor["index"]).tobytes()
            at = bytes(content).find(bias)
            if at > 0:
                content[at : at + 4] = struct.pack("<f", float("nan"))
    path.write_bytes(content)
    manifest = json.loads((version / MANIFEST).read_text())
    manifest["files"][TFLITE] = hashlib.sha256(content).hexdigest()
    (version / MANIFEST).write_text(json.dumps(manifest))


@pytest.mark.parametrize(
    "command",
    [
        ("predict", "a.png", "--model", "1"),
        ("evaluate", "--model", "1"),
        ("models", "verify"),
        ("serve", "--model", "1", "--port", "0"),
    ],
    ids=lambda command: command[0],
)
def test_a_model_that_answers_nan_is_told_and_no_answer_is(
    artifacts: Path, mnist: Cli, command: tuple[str, ...]
) -> None:
    with_nan(artifacts / "1")

    result = mnist(*command)

    assert result.exit_code == REFUSED
    assert "Version 1 answers with numbers that are not finite." in result.stdout + result.stderr
    assert "nan" not in result.stdout


# entries of a store that are no versions


def a_file(path: Path) -> None:
    path.write_text("mine")


def dangling(path: Path) -> None:
    path.symlink_to("nowhere")


def to_itself(path: Path) -> None:
    path.symlink_to(path.name)


def endless(path: Path) -> None:
    path.symlink_to("/dev/zero")


def a_pipe(path: Path) -> None:
    os.mkfifo(path)


def a_folder(path: Path) -> None:
    path.mkdir()


def huge(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(5 << 30)


KINDS_OF_FILE = [a_file, dangling, to_itself, endless, a_pipe, a_folder, huge]


def instead(path: Path, make: Callable[[Path], None]) -> None:
    """Put something else in the place of a file or of a folder."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()
    make(path)


@pytest.mark.parametrize("make", KINDS_OF_FILE)
@pytest.mark.parametrize("name", ["", MANIFEST, TFLITE])
def test_what_stands_in_the_place_of_a_versions_file_costs_that_version_alone(
    artifacts: Path, mnist: Cli, name: str, make: Callable[[Path], None]
) -> None:
    instead(artifacts / "1" / name, make)

    listed = mnist("models", "list")
    read = mnist("predict", "a.png", "--model", "2")
    verified = mnist("models", "verify")
    refused = mnist("predict", "a.png", "--model", "1")

    assert (listed.exit_code, read.exit_code) == (OK, OK)
    assert listed.stdout.splitlines()[-1].startswith("2  ")
    assert "2  ok" in verified.stdout
    assert verified.exit_code in {OK, REFUSED}
    assert refused.exit_code in {REFUSED, NOT_FOUND}
    assert "artifacts/1" in refused.stderr or "No model '1'" in refused.stderr
