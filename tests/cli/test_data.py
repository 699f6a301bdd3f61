"""`mnist data show`, `export` and `corrected`."""

import csv
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mnist_cli.cli import console
from mnist_cli.core.data.dataset import Dataset
from mnist_cli.core.errors import ExitCode
from tests.cli.conftest import document
from tests.conftest import Cli


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to stand in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_show_counts_a_data_set(mnist: Cli, test_split: Dataset) -> None:
    shown = document(mnist("data", "show", "mnist", "--split", "test", "--json").stdout)
    lines = mnist("data", "show", "--split", "test").stdout.splitlines()

    counts = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert shown["counts"] == {str(digit): count for digit, count in enumerate(counts)}
    assert (shown["n"], shown["side"], shown["pixels"]) == (10_000, 28, [0, 255])
    assert shown["sha256"] == test_split.sha256
    assert lines[0] == "mnist  to test with"
    assert lines[-1].split() == ["images", *(f"{count:,}" for count in counts)]


def test_show_names_writers_and_images_of_no_digit(mnist: Cli, test_split: Dataset) -> None:
    images, labels = test_split.images[:3], test_split.labels[:3]
    np.savez("own.npz", x_train=images, y_train=labels, x_none=images)
    for writer in ("ann", "bob"):
        Path(writer, "7").mkdir(parents=True)
        Image.fromarray(images[0]).save(Path(writer, "7", "a.png"))

    assert "3 images of no digit" in mnist("data", "show", "own.npz").stdout
    written = mnist("data", "show", ".").stdout
    assert "writers  2" in written
    assert "the same to train and to test with" in written


def test_on_a_terminal_nine_images_are_drawn(mnist: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console, "stdout_is_terminal", lambda: True)

    drawn = [line for line in mnist("data", "show").stdout.splitlines() if "▀" in line]

    assert len(drawn) == 3 * 14
    assert {len(line) for line in drawn} == {3 * 26}


def test_export_writes_as_many_of_each_digit_and_predict_reads_them(
    mnist: Cli, test_split: Dataset
) -> None:
    result = mnist("data", "export", "digits", "--count", "13")

    paths = [Path(line) for line in result.stdout.splitlines()]
    assert sorted(Path("digits").rglob("*.png")) == paths
    assert [path.parent.name for path in paths] == list("0011223456789")
    for path in paths:
        index = int(path.stem.removeprefix("test-"))
        np.testing.assert_array_equal(np.asarray(Image.open(path)), test_split.images[index])
    measured = mnist("evaluate", "--model", "bundled", "--data", "digits", "--json")
    assert document(measured.stdout)["n"] == 13


def test_export_gives_what_there_is(mnist: Cli, test_split: Dataset) -> None:
    np.savez("own.npz", x_test=test_split.images[:3], y_test=test_split.labels[:3])
    result = mnist("data", "export", "three", "--data", "own.npz", "--count", "100", "--json")

    assert len(document(result.stdout)["pictures"]) == 3


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("show", "nowhere"), ExitCode.NOT_FOUND, "No data set at 'nowhere'"),
        (("export", "full"), ExitCode.CONFLICT, "'full' exists, and is not empty. Choose"),
        (("export", "file"), ExitCode.CONFLICT, "'file' exists"),
        (("export", "a/b/c"), ExitCode.ENVIRONMENT, "Can't write 'a/b/c'"),
        (("export", "new", "--data", "nowhere"), ExitCode.NOT_FOUND, "No data set at"),
        (("export", "new", "--count", "0"), ExitCode.USAGE, "--count"),
    ],
)
def test_what_can_not_be_is_told_and_nothing_is_written(
    mnist: Cli, folder: Path, arguments: tuple[str, ...], code: ExitCode, words: str
) -> None:
    Path("full").mkdir()
    Path("full", "a.txt").touch()
    Path("file").touch()
    before = sorted(folder.rglob("*"))

    result = mnist("data", *arguments)

    assert result.exit_code == code
    assert words in result.stderr
    assert sorted(folder.rglob("*")) == before


def test_what_was_put_right_becomes_a_data_set(mnist: Cli, test_split: Dataset) -> None:
    mnist("data", "export", "digits", "--count", "10")
    mnist("predict", "digits", "--model", "bundled", "--output", "results.csv")
    rows = Path("results.csv").read_text().splitlines()
    zero = next(row for row in rows if row.startswith("digits/0/"))
    path, ok, _, *rest = zero.split(",")
    Path("results.csv").write_text("\n".join([rows[0], ",".join([path, ok, "6", *rest])]))

    told = document(
        mnist("data", "corrected", "results.csv", "own", "--model", "bundled", "--json").stdout
    )

    assert (told["digits"], told["places"], told["left_out"]) == (1, 1, 0)
    (written,) = Path("own").rglob("*.png")
    assert written.parent.name == "6"
    np.testing.assert_array_equal(np.array(Image.open(written)), np.array(Image.open(path)))
    assert "images   1 of 28×28 pixels" in mnist("data", "show", "own").stdout


def test_a_file_without_changes_teaches_nothing(mnist: Cli) -> None:
    mnist("data", "export", "digits", "--count", "10")
    mnist("predict", "digits", "--model", "bundled", "--output", "results.csv")
    with Path("results.csv").open("a") as file:
        file.write("gone.png,True,7,,,,\n")

    result = mnist("data", "corrected", "results.csv", "own", "--model", "bundled")

    assert result.exit_code == ExitCode.REFUSED
    assert "nothing in it differs from what was read" in result.stderr
    assert "path=gone.png lines=12" in result.stderr
    assert not Path("own").exists()


def test_of_places_that_were_emptied_alone_it_is_said_that_they_teach_no_digit(mnist: Cli) -> None:
    mnist("data", "export", "digits", "--count", "10")
    mnist("predict", "digits", "--model", "bundled", "--output", "results.csv")
    heads, row, *others = Path("results.csv").read_text().splitlines()
    path, ok, _, *rest = row.split(",")
    emptied = ",".join([path, ok, "", *rest])
    Path("results.csv").write_text("\n".join([heads, emptied, emptied, *others]))

    result = mnist("data", "corrected", "results.csv", "own", "--model", "bundled")

    assert result.exit_code == ExitCode.REFUSED
    assert "only places where no digit stands were put right" in result.stderr
    assert f'path={path} lines=2,3 reason="no digit is written there' in result.stderr
    assert "nothing in it differs" not in result.stderr
    assert not Path("own").exists()


@pytest.mark.parametrize("options", [[], ["--form", "sudoku"]])
def test_where_nothing_put_right_can_be_used_it_is_said_how_much_that_is(
    mnist: Cli, options: list[str]
) -> None:
    mnist("data", "export", "digits", "--count", "10")
    mnist("predict", "digits", "--model", "bundled", "--output", "results.csv")
    heads, row, *others = Path("results.csv").read_text().splitlines()
    path, ok, _, *rest = row.split(",")
    Path("results.csv").write_text("\n".join([heads, ",".join([path, ok, "x", *rest]), *others]))

    result = mnist("data", "corrected", "results.csv", "own", "--model", "bundled", *options)

    assert result.exit_code == ExitCode.REFUSED
    assert "what was put right, 1 place, can't be used" in result.stderr
    assert "--model" in result.stderr
    assert "--form" in result.stderr  # also where one was given: it may be another
    assert "nothing in it differs" not in result.stderr


def test_pictures_that_are_lost_count_where_it_is_not_known_what_was_read(mnist: Cli) -> None:
    mnist("data", "export", "digits", "--count", "10")
    mnist("predict", "digits", "--model", "bundled", "--output", "results.csv")
    heads, *rows = csv.reader(Path("results.csv").read_text().splitlines())
    path, text, read = map(heads.index, ("path", "text", "read"))
    rows[-1][text] = str((int(rows[-1][text]) + 1) % 10)
    with Path("results.csv").open("w", newline="") as file:
        csv.writer(file).writerows([*row[:read], *row[read + 1 :]] for row in [heads, *rows])
    options = ["--model", "bundled", "--json"]

    Path(rows[0][path]).write_bytes(b"broken")
    Path(rows[1][path]).write_bytes(b"broken")
    told = document(mnist("data", "corrected", "results.csv", "own", *options).stdout)
    shown = mnist("data", "corrected", "results.csv", "shown", "--model", "bundled")
    for row in rows:
        Path(row[path]).write_bytes(b"broken")
    refused = mnist("data", "corrected", "results.csv", "other", *options)

    assert (told["digits"], told["left_out"]) == (1, 2)
    assert "1 digit of 1 place; 0 places and 2 pictures left out" in shown.stdout
    assert refused.exit_code == ExitCode.REFUSED
    assert "10 pictures can't be used, and it is not known what was read there" in refused.stderr


def test_pictures_are_looked_for_beside_the_file_where_more_are_there(
    mnist: Cli, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mnist("data", "export", "digits", "--count", "10")
    mnist("predict", "digits", "--model", "bundled", "--output", "results.csv")
    heads, first, *rows = Path("results.csv").read_text().splitlines()
    path, ok, text, *rest = first.split(",")
    other = str((int(text) + 1) % 10)
    Path("results.csv").write_text("\n".join([heads, ",".join([path, ok, other, *rest]), *rows]))
    foreign = Path("elsewhere") / path  # one picture of another folder has the same name
    foreign.parent.mkdir(parents=True)
    Image.fromarray(np.zeros((28, 28), np.uint8)).save(foreign)
    monkeypatch.chdir("elsewhere")
    options = ["own", "--model", "bundled"]

    told = document(mnist("data", "corrected", "../results.csv", *options, "--json").stdout)
    (folder / "results.csv").rename("results.csv")
    Path(path).unlink()
    refused = mnist("data", "corrected", "results.csv", "other", "--model", "bundled")

    assert (told["digits"], told["left_out"]) == (1, 0)
    assert refused.exit_code == ExitCode.NOT_FOUND
    assert "none of its pictures is found" in refused.stderr
    assert f"The first is {path!r}" in refused.stderr
    assert "where `mnist predict` ran" in refused.stderr


def test_where_marks_alone_were_put_right_no_other_model_is_asked_for(mnist: Cli) -> None:
    mnist("data", "export", "digits", "--count", "10")
    mnist("predict", "digits", "--model", "bundled", "--output", "results.csv")
    heads, row, *others = Path("results.csv").read_text().splitlines()
    path, ok, text, *rest = row.split(",")
    changed = ",".join([path, ok, f"-{text}", *rest])
    Path("results.csv").write_text("\n".join([heads, changed, *others]))

    result = mnist("data", "corrected", "results.csv", "own", "--model", "bundled")

    assert result.exit_code == ExitCode.REFUSED
    assert "1 place, can't be used" in result.stderr
    assert "before" not in result.stderr
