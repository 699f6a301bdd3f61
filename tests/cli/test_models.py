import csv
import io
import json
import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mnist_cli.core.errors import ExitCode
from mnist_cli.core.store import store, versions
from mnist_cli.reading.classifier import LiteRTClassifier
from tests.conftest import Cli

KEYS = {
    *("version", "aliases", "arch", "recipe", "seed", "val_accuracy", "test_accuracy"),
    *("size_bytes", "created", "epochs", "parameters", "set", "note", "worn_accuracy"),
}


@pytest.fixture
def own_store(trained: Path, store_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the session's store with versions 1, 2 and 10, which a test may change."""
    folder = trained / "artifacts"
    for number in (1, 2, 10):
        shutil.copytree(store_path / "1", folder / str(number))
    monkeypatch.setenv("MNIST_ARTIFACTS", str(folder))
    return folder


def test_an_empty_store_says_how_to_fill_it(mnist: Cli, tmp_path: Path) -> None:
    result = mnist("models", "list", "--artifacts", tmp_path / "nothing")

    assert result.exit_code == ExitCode.OK
    assert result.stdout == ""
    assert "mnist train" in result.stderr
    assert not (tmp_path / "nothing").exists()


def test_an_empty_store_is_an_empty_list_in_json(mnist: Cli, tmp_path: Path) -> None:
    assert json.loads(mnist("models", "list", "--json", "--artifacts", tmp_path).stdout) == []


def test_the_list_has_the_keys_of_the_design(mnist: Cli, own_store: Path) -> None:
    records = json.loads(mnist("models", "list", "--json").stdout)

    assert [record["version"] for record in records] == ["1", "2", "10"]
    assert [record["aliases"] for record in records] == [[], [], ["latest"]]
    first = records[0]
    assert set(first) >= KEYS
    assert (first["arch"], first["recipe"], first["seed"]) == ("dense", "quick", 0)
    assert 0.9 < first["val_accuracy"] <= 1
    assert first["test_accuracy"] is None
    assert first["size_bytes"] == sum(f.stat().st_size for f in (own_store / "1").iterdir())


def test_the_list_is_a_table_for_whatever_reads_json(mnist: Cli, own_store: Path) -> None:
    """As pandas.read_json takes it: records of the same keys, one a row, without nesting."""
    records = json.loads(mnist("models", "list", "--json").stdout)

    assert len({tuple(record) for record in records}) == 1
    assert all(not isinstance(value, dict) for record in records for value in record.values())


def test_the_table_has_a_row_a_version(mnist: Cli, own_store: Path) -> None:
    shown = mnist("models", "list").stdout

    assert "latest" in shown
    assert shown.count("quick") == 3
    assert "not measured" in shown
    assert "\x1b" not in shown


def told_apart(folder: Path, number: int, **changes: object) -> None:
    """Change what the manifest of a version says."""
    path = folder / str(number) / versions.MANIFEST
    manifest = json.loads(path.read_text())
    metrics = {k: changes.pop(k) for k in ("val_accuracy", "epochs") if k in changes}
    manifest["metrics"] |= metrics
    path.write_text(json.dumps(manifest | changes))


@pytest.mark.parametrize(
    ("column", "order"),
    [
        ("version", ["1", "2", "10"]),
        ("val", ["10", "1", "2"]),
        ("parameters", ["2", "10", "1"]),
        ("note", ["10", "2", "1"]),
        ("set", ["10", "2", "1"]),
        ("test", ["1", "2", "10"]),
        ("size", ["10", "2", "1"]),
        ("epochs", ["1", "10", "2"]),
    ],
)
def test_versions_are_told_apart_and_sorted_by_any_column(
    mnist: Cli, own_store: Path, column: str, order: list[str]
) -> None:
    noted = {"note": "of three\nlines", "changes": ["widths=8"]}
    told_apart(own_store, 1, val_accuracy=0.5, parameters=500_000, epochs=1, **noted)
    told_apart(own_store, 2, val_accuracy=0.9, parameters=9, epochs=12, note="a", changes=["a=1"])
    told_apart(own_store, 10, val_accuracy=0.25, parameters=90, epochs=3, changes=[])

    records = json.loads(mnist("models", "list", "--sort", column, "--json").stdout)
    heads, *rows = mnist("models", "list", "--sort", column).stdout.splitlines()
    text = mnist("models", "list", "--sort", column, "--csv").stdout
    table = list(csv.DictReader(io.StringIO(text)))

    assert [record["version"] for record in records] == order
    assert [row.split()[0] for row in rows] == order
    assert column in heads.split()
    (last,) = (row for row in rows if row.startswith("1 "))
    assert "500,000" in last
    assert last.endswith("widths=8  of three\\nlines")
    assert set(table[0]) == set(records[0])
    assert [row["epochs"] for row in table] == [str(record["epochs"]) for record in records]


def test_a_note_is_no_formula_of_a_spreadsheet(mnist: Cli, own_store: Path) -> None:
    told_apart(own_store, 1, note="=HYPERLINK(1)", changes=["@x=1"])

    text = mnist("models", "list", "--csv").stdout
    (row,) = (row for row in csv.DictReader(io.StringIO(text)) if row["version"] == "1")

    assert (row["note"], row["set"]) == ("'=HYPERLINK(1)", "'@x=1")


def test_a_list_is_csv_or_json(mnist: Cli, own_store: Path) -> None:
    assert mnist("models", "list", "--csv", "--json").exit_code == ExitCode.USAGE
    assert mnist("models", "list", "--sort", "colour").exit_code == ExitCode.USAGE


def test_what_is_no_version_is_not_listed(mnist: Cli, own_store: Path) -> None:
    (own_store / "3").mkdir()
    (own_store / ".training" / "abc").mkdir(parents=True)
    (own_store / "notes.txt").write_text("mine")
    (own_store / "4").symlink_to(own_store / "1")

    records = json.loads(mnist("models", "list", "--json").stdout)

    assert [record["version"] for record in records] == ["1", "2", "10"]


@pytest.mark.parametrize("reference", [None, "10", "latest", "folder"])
def test_show_says_how_a_version_came_about(
    mnist: Cli, own_store: Path, reference: str | None
) -> None:
    given = [str(own_store / "10") if reference == "folder" else reference] if reference else []

    shown = mnist("models", "show", *given).stdout

    for words in ("dense", "quick", "seed", "sha256", "tensorflow", "temperature", "machine"):
        assert words in shown


def test_show_is_a_page_with_layers_figures_and_what_was_set(mnist: Cli, own_store: Path) -> None:
    told_apart(own_store, 2, note="a try", changes=["epochs=2", "shear=0.5"])

    shown = mnist("models", "show", "2").stdout

    for title in ("figures", "layers", "recipe", "settings", "data", "made with", "sha256"):
        assert f"\n{title}" in shown
    rows = [line.split() for line in shown.splitlines()]
    assert ["hidden_1", "dense,", "relu", "512", "401,920"] in rows
    assert ["all", "535,818"] in rows
    assert ["set", "otherwise", "epochs=2", "shear=0.5"] in rows
    assert ["note", "a", "try"] in rows
    assert ["learning_rate", "0.003", "a", "step"] in rows
    assert ["mnist", "60,000"] in [row[:2] for row in rows]
    assert "of 5,000, " in shown
    assert "not measured (`mnist evaluate --model 2`)" in shown
    assert "haze" not in shown  # nothing was worn


def test_show_tells_of_a_version_of_another_tool_what_it_can(mnist: Cli, own_store: Path) -> None:
    path = own_store / "2" / versions.MANIFEST
    manifest = json.loads(path.read_text())
    manifest["config"]["momentum"] = 0.9
    del manifest["machine"], manifest["versions"]
    del manifest["metrics"]["train_s"], manifest["metrics"]["val_n"]
    path.write_text(json.dumps(manifest))

    shown = mnist("models", "show", "2")

    assert shown.exit_code == ExitCode.OK, shown.stderr
    assert "layers" not in shown.stdout
    assert "dense, quick" in shown.stdout


def test_show_bears_counts_that_can_not_be(mnist: Cli, own_store: Path) -> None:
    path = own_store / "2" / versions.MANIFEST
    manifest = json.loads(path.read_text())
    manifest["metrics"]["worn"] = {"n": 5, "right": 500, "reader": "1", "reader_right": 7}
    manifest["metrics"]["val_sources"] = [{"name": "a", "n": 0, "right": 3}]
    path.write_text(json.dumps(manifest))

    assert mnist("models", "show", "2").exit_code == ExitCode.OK
    assert mnist("models", "list").exit_code == ExitCode.OK


def test_show_gives_the_manifest_as_json(mnist: Cli, own_store: Path) -> None:
    record = json.loads(mnist("models", "show", "2", "--json").stdout)

    assert record["version"] == "2"
    assert set(record) >= KEYS
    assert record["manifest"] == json.loads((own_store / "2" / versions.MANIFEST).read_text())


@pytest.mark.parametrize(
    ("reference", "code"),
    [
        ("7", ExitCode.NOT_FOUND),
        ("champion", ExitCode.NOT_FOUND),
        ("٣", ExitCode.NOT_FOUND),
        ("0", ExitCode.NOT_FOUND),
        ("../1", ExitCode.NOT_FOUND),
        ("model.h5", ExitCode.REFUSED),
    ],
)
def test_show_refuses_what_is_no_version(
    mnist: Cli, own_store: Path, reference: str, code: ExitCode
) -> None:
    shutil.copy(own_store / "1" / versions.H5, "model.h5")

    result = mnist("models", "show", reference)

    assert result.exit_code == code
    assert reference in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize("damage", ["cut off", "without its config"])
def test_a_damaged_version_is_refused_by_name_and_left_out_of_the_list(
    mnist: Cli, own_store: Path, damage: str
) -> None:
    path = own_store / "10" / versions.MANIFEST
    manifest = json.loads(path.read_text())
    del manifest["config"]
    path.write_text(json.dumps(manifest) if damage == "without its config" else '{"files": ')

    shown = mnist("models", "show", "10")
    listed = mnist("models", "list", "--json")

    assert shown.exit_code == ExitCode.REFUSED
    assert shown.stdout == ""
    assert f"{path}: the manifest is damaged" in shown.stderr
    assert listed.exit_code == ExitCode.OK
    assert [record["version"] for record in json.loads(listed.stdout)] == ["1", "2"]
    assert "warning: store.version_left_out  version=10" in listed.stderr


def test_a_changed_model_is_refused_before_it_is_read_with(
    mnist: Cli, own_store: Path, digit_png: Path
) -> None:
    path = own_store / "10" / versions.TFLITE
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)

    result = mnist("predict", digit_png, "--model", "latest")

    assert result.exit_code == ExitCode.REFUSED
    assert "checksum mismatch" in result.stderr
    assert mnist("predict", digit_png, "--model", "2").exit_code == ExitCode.OK


# promoting


def test_the_champion_is_what_is_read_with(mnist: Cli, own_store: Path, digit_png: Path) -> None:
    promoted = mnist("models", "promote", "2")
    read = mnist("predict", digit_png)

    assert promoted.exit_code == ExitCode.OK
    assert promoted.stdout == "champion  2\n"
    assert "version=2" in read.stderr
    assert mnist("models", "promote", "latest").stdout == "champion  10  (was 2)\n"
    records = json.loads(mnist("models", "list", "--json").stdout)
    assert [record["aliases"] for record in records] == [[], [], ["champion", "latest"]]


def test_a_new_version_reads_no_pictures_until_it_is_promoted(
    mnist: Cli, own_store: Path, digit_png: Path
) -> None:
    assert "version=bundled" in mnist("predict", digit_png).stderr

    mnist("models", "promote", "1")
    assert "version=1" in mnist("predict", digit_png).stderr
    assert mnist("models", "promote", "bundled").stdout == "champion  bundled  (was 1)\n"
    assert "version=bundled" in mnist("predict", digit_png).stderr


def test_a_champion_that_reads_worse_than_what_read_before_is_told(
    mnist: Cli, own_store: Path
) -> None:
    path = own_store / "2" / versions.MANIFEST
    manifest = json.loads(path.read_text())
    manifest["metrics"]["worn"] = {
        "n": 500,
        "right": 400,
        "reader": "bundled",
        "reader_right": 450,
        "p_value": 0.001,
    }
    path.write_text(json.dumps(manifest))

    worse = mnist("models", "promote", "2")
    assert worse.exit_code == ExitCode.OK
    assert worse.stdout == "champion  2\n"
    words = "version 2 reads pictures worse than bundled: 80.00 % against 90.00 %"
    assert words in worse.stderr
    assert words not in mnist("models", "promote", "2", "paper").stderr
    del manifest["metrics"]["worn"]
    path.write_text(json.dumps(manifest))
    assert "worse" not in mnist("models", "promote", "2").stderr


def test_promote_answers_in_json(mnist: Cli, own_store: Path) -> None:
    mnist("models", "promote", "1", "paper")

    done = mnist("models", "promote", "2", "paper", "--json")

    assert json.loads(done.stdout) == {"alias": "paper", "version": "2", "before": "1"}


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ([], ExitCode.USAGE),
        (["1", "latest"], ExitCode.USAGE),
        (["1", "bundled"], ExitCode.USAGE),
        (["1", "7"], ExitCode.USAGE),
        (["9"], ExitCode.NOT_FOUND),
        (["bundled", "paper"], ExitCode.REFUSED),
    ],
)
def test_what_is_no_version_or_no_alias_is_not_promoted(
    mnist: Cli, own_store: Path, arguments: list[str], code: ExitCode
) -> None:
    done = mnist("models", "promote", *arguments)

    assert (done.exit_code, done.stdout) == (code, "")
    assert not (own_store / store.ALIASES).exists()


# verifying


def test_all_versions_are_verified_and_what_is_wrong_is_named(mnist: Cli, own_store: Path) -> None:
    assert mnist("models", "verify").exit_code == ExitCode.OK
    with (own_store / "2" / versions.H5).open("ab") as file:
        file.write(b"x")

    done = mnist("models", "verify")

    assert done.exit_code == ExitCode.REFUSED
    lines = done.stdout.splitlines()
    assert [line.split()[:2] for line in lines if line[0] != " "] == [
        ["1", "ok"],
        ["2", "wrong"],
        ["10", "ok"],
    ]
    assert f"{versions.H5}: checksum mismatch" in done.stdout
    assert "error: Wrong: 2." in done.stderr
    assert mnist("models", "verify", "1", "latest").exit_code == ExitCode.OK


def test_verify_answers_in_json(mnist: Cli, own_store: Path) -> None:
    (own_store / "2" / versions.MANIFEST).write_text("{")

    done = mnist("models", "verify", "2", "bundled", "--json")

    damaged, bundled = json.loads(done.stdout)
    assert done.exit_code == ExitCode.REFUSED
    assert (damaged["version"], damaged["ok"]) == ("2", False)
    assert "manifest is damaged" in damaged["problems"][0]
    assert (bundled["version"], bundled["ok"]) == ("bundled", True)
    assert bundled["measured"] == bundled["stated"]


def test_verify_without_versions(mnist: Cli, tmp_path: Path) -> None:
    empty = mnist("models", "verify", "--artifacts", tmp_path)
    missing = mnist("models", "verify", "9", "--artifacts", tmp_path)

    assert (empty.exit_code, empty.stdout) == (ExitCode.OK, "")
    assert "mnist train" in empty.stderr
    assert missing.exit_code == ExitCode.NOT_FOUND


# deleting


def test_a_version_is_deleted_unasked_with_yes(mnist: Cli, own_store: Path) -> None:
    done = mnist("models", "delete", "1", "10", "--yes")

    assert done.exit_code == ExitCode.OK
    assert done.stdout.startswith("deleted 1, 10  (")
    assert store.version_numbers(own_store) == [2]


def test_delete_answers_in_json(mnist: Cli, own_store: Path) -> None:
    mnist("models", "promote", "2")

    done = mnist("models", "delete", "2", "--yes", "--force", "--json")

    record = json.loads(done.stdout)
    assert record["versions"] == ["2"]
    assert record["aliases"] == ["champion"]
    assert record["size_bytes"] > 1_000_000


def test_nothing_is_deleted_where_nobody_can_be_asked(mnist: Cli, own_store: Path) -> None:
    done = mnist("models", "delete", "1")

    assert (done.exit_code, done.stdout) == (ExitCode.USAGE, "")
    assert "Use --yes" in done.stderr
    assert store.version_numbers(own_store) == [1, 2, 10]


@pytest.mark.parametrize(
    ("answer", "left"),
    [("y\n", [2, 10]), ("YES\n", [2, 10]), ("n\n", [1, 2, 10]), ("\n", [1, 2, 10])],
)
def test_on_a_terminal_it_asks(own_store: Path, answer: str, left: list[int]) -> None:
    keyboard, terminal = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "mnist_cli", "models", "delete", "1"],
        stdin=terminal,
        stdout=subprocess.PIPE,
        stderr=terminal,
    ) as process:
        os.close(terminal)
        shown = b""
        while b"[y/N]" not in shown:
            shown += os.read(keyboard, 1_000)
        os.write(keyboard, answer.encode())
        output = process.communicate()[0]
    os.close(keyboard)

    assert b"Delete 1 (" in shown
    assert process.returncode == ExitCode.OK
    assert output.startswith(b"deleted 1") is (1 not in left)
    assert store.version_numbers(own_store) == left


@pytest.mark.parametrize(
    ("number", "code", "words"),
    [
        ("2", ExitCode.CONFLICT, "Version 2 is what champion stands for"),
        ("1", ExitCode.CONFLICT, "Version 1 is in use"),
        ("9", ExitCode.NOT_FOUND, "No model '9'. See `mnist models list`."),
        ("latest", ExitCode.USAGE, "by their numbers"),
    ],
)
def test_what_is_needed_or_missing_is_not_deleted(
    mnist: Cli, own_store: Path, number: str, code: ExitCode, words: str
) -> None:
    mnist("models", "promote", "2")
    classifier = LiteRTClassifier(versions.open_version(own_store / "1"))

    done = mnist("models", "delete", number)

    assert classifier.version == "1"
    assert (done.exit_code, done.stdout) == (code, "")
    assert words in done.stderr
    assert store.version_numbers(own_store) == [1, 2, 10]


def test_a_version_that_was_evaluated_is_free_again_and_its_note_goes_with_it(
    mnist: Cli, own_store: Path
) -> None:
    mnist("evaluate", "--model", "1")
    assert (own_store / ".evaluations" / "1.json").exists()

    assert mnist("models", "delete", "1", "--yes").exit_code == ExitCode.OK
    assert not (own_store / ".evaluations" / "1.json").exists()
