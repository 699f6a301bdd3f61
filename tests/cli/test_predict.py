import csv
import json
import os
import pty
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from mnist_cli.cli.predict_answers import _line, _unsolved, doubts
from mnist_cli.core.data.dataset import Dataset
from mnist_cli.core.errors import ExitCode
from mnist_cli.reading.output.record import Reading
from mnist_cli.reading.output.results import Digit
from mnist_cli.reading.tables.tables import CellRead, NumberRead, TableRead
from tests.conftest import Cli, handwritten, render_digit
from tests.reading.sheets import MARGIN, PITCH, sheet
from tests.reading.tables.test_sudoku import PUZZLE

WritePng = Callable[[str, NDArray[np.uint8]], Path]

MNIST = [sys.executable, "-m", "mnist_cli"]


def rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text().splitlines()))


def records(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def paths(text: str) -> list[str]:
    return [record["path"] for record in records(text)]


def run(
    *arguments: str, stdin: bytes = b"", env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Run the command line in a process of its own."""
    return subprocess.run(
        [*MNIST, *arguments], input=stdin, env=env, capture_output=True, check=False
    )


def test_a_picture_gives_a_line_with_digit_and_confidence(
    mnist: Cli, trained: Path, digit_png: Path
) -> None:
    result = mnist("predict", "three.png")

    assert result.exit_code == ExitCode.OK
    assert re.fullmatch(
        r"three\.png: \d  \d+\.\d %  \(\d \d+\.\d %, \d \d+\.\d %\)(  \[.*\])?\n", result.stdout
    )
    assert "version=1" in result.stderr


def test_json_gives_a_line_a_picture_in_the_order_of_the_arguments(
    mnist: Cli, trained: Path, write_png: WritePng
) -> None:
    for digit in (1, 2, 3):
        write_png(f"{digit}.png", render_digit(digit))

    result = mnist("predict", "3.png", "1.png", "2.png", "1.png", "--json")

    assert paths(result.stdout) == ["3.png", "1.png", "2.png", "1.png"]
    assert all(record["ok"] for record in records(result.stdout))


def test_a_glob_goes_into_no_link_to_a_folder(trained: Path, mnist: Cli, digit_png: Path) -> None:
    """Two links that loop made as many paths as there are ways through them: it never ended."""
    folder = trained / "loops" / "inner"
    folder.mkdir(parents=True)
    digit_png.rename(folder / "three.png")
    (folder / "up").symlink_to("..")
    (folder.parent / "self").symlink_to(".")

    result = mnist("predict", "loops/**/*.png")

    assert result.exit_code == 0
    assert result.stdout.startswith("loops/inner/three.png: 3 ")


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (["sheet"], ["sheet/1.png", "sheet/2.jpg", "sheet/more/3.png"]),
        (["sheet/*.png"], ["sheet/1.png"]),
        (["sheet/**/*.png"], ["sheet/1.png", "sheet/more/3.png"]),
        (["sheet/[12].*"], ["sheet/1.png", "sheet/2.jpg"]),
        (["sheet/more", "sheet/1.png"], ["sheet/more/3.png", "sheet/1.png"]),
    ],
    ids=["folder", "glob", "glob of subfolders", "character class", "folder and file"],
)
def test_folders_and_globs_are_read_by_name(
    mnist: Cli, trained: Path, write_png: WritePng, arguments: list[str], found: list[str]
) -> None:
    for name in ("sheet/1.png", "sheet/2.jpg", "sheet/more/3.png"):
        write_png(name, render_digit(3))
    Path("sheet/notes.txt").write_text("no picture")

    assert paths(mnist("predict", *arguments, "--json").stdout) == found


def test_a_tiff_gives_a_record_a_page(mnist: Cli, trained: Path) -> None:
    first, *others = (Image.fromarray(render_digit(digit)) for digit in (3, 5, 7))
    first.save("scan.tif", save_all=True, append_images=others)

    whole = mnist("predict", "scan.tif", "--json")
    alone = mnist("predict", "scan.tif#2", "--json")

    assert paths(whole.stdout) == ["scan.tif#1", "scan.tif#2", "scan.tif#3"]
    assert [record["flags"] for record in records(whole.stdout)] == [[], [], []]
    assert records(alone.stdout) == records(whole.stdout)[1:2]


@pytest.mark.parametrize("argument", ["empty", "*.jpg", "missing.png", "dangling.png"])
def test_where_no_picture_is_the_code_is_4(mnist: Cli, trained: Path, argument: str) -> None:
    Path("empty").mkdir()
    Path("dangling.png").symlink_to("nowhere.png")

    result = mnist("predict", argument)

    assert result.exit_code == ExitCode.NOT_FOUND
    assert result.stdout == ""
    assert f"error: {argument}: no " in result.stderr


def test_of_a_batch_every_picture_is_tried_and_the_worst_code_comes_at_the_end(
    mnist: Cli, trained: Path, digit_png: Path, write_png: WritePng
) -> None:
    write_png("blank.png", np.full((50, 50), 255, np.uint8))
    write_png("shadow.png", np.linspace(250, 200, 300, dtype=np.uint8)[None].repeat(200, axis=0))
    Path("text.png").write_text("hello")
    names = ("text", "missing", "three", "blank", "shadow", "three")

    result = mnist("predict", *(f"{name}.png" for name in names), "--json")
    refused_only = mnist("predict", "three.png", "text.png")

    codes = [(record["error"] or {}).get("code") for record in records(result.stdout)]
    assert codes == [
        *("not_a_picture", "picture_not_found", None),
        *("blank", "no_digits", None),
    ]
    assert result.exit_code == ExitCode.NOT_FOUND
    assert refused_only.exit_code == ExitCode.REFUSED
    assert refused_only.stdout.startswith("three.png: ")
    assert (
        "error: text.png: not a picture that can be read (it looks like text). Use one of PNG, "
        in refused_only.stderr
    )
    assert refused_only.stderr.endswith("not read: 1 of 2 pictures\n")


@pytest.mark.parametrize("name", ["results.csv", "results.jsonl"])
def test_results_go_to_a_file_instead(
    mnist: Cli, trained: Path, digit_png: Path, name: str
) -> None:
    result = mnist("predict", "three.png", "missing.png", "--output", name)

    assert result.exit_code == ExitCode.NOT_FOUND
    assert result.stdout == ""
    assert f"results: {name}" in result.stderr
    if name.endswith(".csv"):
        good, bad = rows(Path(name))
        assert (good["path"], good["ok"]) == ("three.png", "True")
        assert 0 < float(good["confidence"]) <= 1
        assert (bad["path"], bad["ok"]) == ("missing.png", "False")
        assert "no such file" in bad["error"]
    else:
        assert paths(Path(name).read_text()) == ["three.png", "missing.png"]
    assert sorted(path.name for path in trained.iterdir()) == [name, "three.png"]


def test_how_much_of_a_file_is_to_be_checked_is_said(
    mnist: Cli, trained: Path, digit_png: Path
) -> None:
    sure = mnist("predict", "three.png", "--output", "a.csv")
    doubted = mnist("predict", "three.png", "three.png", "--min-confidence", 1, "--output", "c.csv")
    reviewed = mnist(
        "predict", "three.png", "--min-confidence", 1, "--output", "b.csv", "--review", "check"
    )

    assert "unsure" not in sure.stderr
    assert "unsure: 2 of 2 answers: --review DIR shows them\n" in doubted.stderr
    assert "unsure: 1 of 1 answer\n" in reviewed.stderr


def test_how_much_is_left_out_beside_tables_is_said(mnist: Cli, trained: Path) -> None:
    table = sheet(4, 4, {(1, 1): "2", (2, 3): "7", (3, 2): "5", (4, 4): "3"})
    page = np.pad(table, ((120, 0), (0, 0)), constant_values=225)
    Image.fromarray(page).save("bare.png")
    Image.fromarray(cv2.putText(page, "Page 7", (150, 60), 0, 1.4, 40, 3)).save("headed.png")

    bare = mnist("predict", "bare.png", "--output", "bare.csv")
    both = mnist("predict", "bare.png", "headed.png", "--output", "both.csv")
    shown, as_json = (mnist("predict", "headed.png", *more) for more in ([], ["--json"]))

    words = r"beside a table: (\d+) digits? on 1 picture: --layout page"
    assert "left out" not in bare.stderr + as_json.stderr
    for result in (both, shown):
        told = re.search(words, result.stderr)
        assert told
        assert 1 <= int(told[1]) <= 5  # what looks like digits in "Page 7"


def test_no_path_is_a_formula_of_a_spreadsheet(mnist: Cli, trained: Path) -> None:
    mnist("predict", "--output", "a.csv", "--", "=1+1.png", "@a.png", "+a.png", "a=b.png")

    assert [row["path"] for row in rows(Path("a.csv"))] == [
        "./=1+1.png",
        "./@a.png",
        "./+a.png",
        "a=b.png",
    ]


def test_no_force_replaces_what_is_read(mnist: Cli, trained: Path, digit_png: Path) -> None:
    before = digit_png.read_bytes()

    result = mnist("predict", "three.png", "--annotate", "three.png", "--force")

    assert result.exit_code == ExitCode.CONFLICT
    assert "is read, and can't be replaced" in result.stderr
    assert digit_png.read_bytes() == before


def test_json_and_a_file_hold_the_same_records(mnist: Cli, trained: Path, digit_png: Path) -> None:
    result = mnist("predict", "three.png", "--json", "--output", "results.jsonl")

    assert records(Path("results.jsonl").read_text()) == records(result.stdout)


def test_an_existing_output_is_kept_unless_force_is_given(
    mnist: Cli, trained: Path, digit_png: Path
) -> None:
    output = Path("results.csv")
    output.write_text("precious")

    refused = mnist("predict", "three.png", "--output", output)
    assert refused.exit_code == ExitCode.CONFLICT
    assert "--force" in refused.stderr
    assert output.read_text() == "precious"

    assert mnist("predict", "three.png", "--output", output, "--force").exit_code == ExitCode.OK
    assert output.read_text().startswith("path,ok,text")


@pytest.mark.parametrize(
    ("output", "code"),
    [
        ("results.txt", ExitCode.USAGE),
        ("results", ExitCode.USAGE),
        ("missing/results.csv", ExitCode.ENVIRONMENT),
    ],
)
def test_an_output_that_can_not_be_written_is_refused_first(
    mnist: Cli, trained: Path, digit_png: Path, output: str, code: ExitCode
) -> None:
    result = mnist("predict", "three.png", "--output", output)

    assert result.exit_code == code
    assert Path(output).parts[0] in result.stderr
    assert [path.name for path in trained.iterdir()] == ["three.png"]


def test_explain_writes_each_step_and_says_it_in_words(
    mnist: Cli, trained: Path, digit_png: Path
) -> None:
    Path("text.png").write_text("hello")

    told = mnist("predict", "three.png", "text.png", "--explain", "why").stderr

    assert "explained: why\n" in told

    folder = Path("why/0001-three")
    names = ["grey", "digits", "ink", "strokes", "digit", "saliency"]
    steps = [f"{number}-{name}.png" for number, name in enumerate(names, 1)]
    assert sorted(path.name for path in folder.iterdir()) == [
        *steps,
        "contact-sheet.png",
        "explanation.txt",
    ]
    with Image.open(folder / "5-digit.png") as digit:
        assert digit.size == (280, 280)
    words = (folder / "explanation.txt").read_text()
    assert "three.png: read as " in words
    assert "darker than the paper" in words
    assert "20 pixels on its longer side" in words
    assert "speaks for the " in words
    assert "not a picture" in Path("why/0002-text/explanation.txt").read_text()


def test_explain_shows_every_digit_of_several(
    mnist: Cli, trained: Path, write_png: WritePng
) -> None:
    write_png("many.png", np.hstack([render_digit(digit) for digit in (3, 7) * 6]))

    mnist("predict", "many.png", "--explain", "why")

    folder = Path("why/0001-many")
    names = sorted(path.name for path in folder.glob("*.png"))
    assert names[:3] == ["01-grey.png", "02-digits.png", "03-ink.png"]
    assert names[-2:] == ["39-saliency-12.png", "contact-sheet.png"]
    words = (folder / "explanation.txt").read_text()
    assert words.count("was found in the box") == 12
    assert "lowest confidence" in words


@pytest.mark.parametrize(
    ("layout", "counts"), [("auto", [2, 1]), ("page", [2, 1]), ("line", [3]), ("single", [1])]
)
def test_the_layout_decides_how_many_digits_are_read(
    mnist: Cli, trained: Path, write_png: WritePng, layout: str, counts: list[int]
) -> None:
    page = np.full((400, 400), 255, np.uint8)
    page[:200, :200], page[:200, 200:], page[200:, :200] = map(render_digit, (3, 4, 5))
    write_png("page.png", page)

    (record,) = records(mnist("predict", "page.png", "--layout", layout, "--json").stdout)

    lines = record["text"].split("\n")
    assert [len(line.replace(" ", "")) for line in lines] == counts
    assert "".join(number["text"] for number in record["numbers"]) == record["text"].replace(
        "\n", ""
    ).replace(" ", "")
    assert ("several_digits" in record["flags"]) is (layout == "single")


def test_annotate_draws_the_answer_on_the_picture(
    mnist: Cli, trained: Path, digit_png: Path
) -> None:
    result = mnist("predict", "three.png", "--annotate", "drawn.png")

    assert result.exit_code == ExitCode.OK
    assert "annotated: drawn.png" in result.stderr
    with Image.open("drawn.png") as image:
        assert image.mode == "RGB"
        assert image.size == (480, 480)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["three.png", "three.png", "--annotate", "drawn.png"], ExitCode.USAGE, "one picture"),
        (["three.png", "--annotate", "drawn.jpg"], ExitCode.USAGE, "FILE.png or a folder"),
        (["three.png", "--annotate", "three.png"], ExitCode.CONFLICT, "is read"),
    ],
)
def test_annotate_refuses_what_it_can_not_do(
    mnist: Cli, trained: Path, digit_png: Path, arguments: list[str], code: ExitCode, words: str
) -> None:
    before = digit_png.read_bytes()
    result = mnist("predict", *arguments)

    assert result.exit_code == code
    assert words in result.stderr
    assert digit_png.read_bytes() == before


def test_explain_says_what_looks_wrong(mnist: Cli, trained: Path, write_png: WritePng) -> None:
    write_png("cut.png", render_digit(3)[:, 70:])

    result = mnist("predict", "cut.png", "--explain", "why")

    assert "touches border" in result.stdout
    words = Path("why/0001-cut/explanation.txt").read_text()
    assert "touches the border" in words


def test_an_explanation_is_kept_unless_force_is_given(
    mnist: Cli, trained: Path, digit_png: Path
) -> None:
    Path("why").mkdir()
    Path("why/mine.txt").write_text("precious")

    refused = mnist("predict", "three.png", "--explain", "why")
    assert refused.exit_code == ExitCode.CONFLICT
    assert "--force" in refused.stderr
    assert refused.stdout == ""
    assert [path.name for path in Path("why").iterdir()] == ["mine.txt"]

    assert mnist("predict", "three.png", "--explain", "why", "--force").exit_code == ExitCode.OK
    assert Path("why/0001-three/explanation.txt").exists()
    assert Path("why/mine.txt").read_text() == "precious"


def test_explain_copes_with_the_longest_file_name(
    mnist: Cli, trained: Path, digit_png: Path
) -> None:
    name = "x" * 251 + ".png"
    shutil.copy(digit_png, name)

    assert mnist("predict", name, "--explain", "why").exit_code == ExitCode.OK


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("[bold].png", "[bold].png"),
        ("[/nonsense].png", "[/nonsense].png"),
        ("esc\x1b[31m.png", r"esc\x1b[31m.png"),
        ("two\nlines\x07.png", r"two\nlines\x07.png"),
        ("right\u202eto left.png", r"right\u202eto left.png"),
        (os.fsdecode(b"\xff\xfe.png"), r"\xff\xfe.png"),
        ("sieben ü 七.png", "sieben ü 七.png"),
        ("-starts-with-a-dash.png", "-starts-with-a-dash.png"),
    ],
)
def test_any_file_name_is_read_and_shown_harmlessly(
    mnist: Cli, trained: Path, digit_png: Path, name: str, shown: str
) -> None:
    Path(name).parent.mkdir(exist_ok=True)
    shutil.copy(digit_png, f"./{name}")

    result = mnist(
        "predict", "--output", "a.csv", "--explain", "why", "--json", "--", name, f"no {name}"
    )
    plain = mnist("predict", "--", name, f"no {name}")

    assert plain.stdout.startswith(f"{shown}: ")
    assert f"error: no {shown}: no " in plain.stderr
    assert result.exit_code == plain.exit_code == ExitCode.NOT_FOUND
    recorded = os.fsencode(name).decode(errors="backslashreplace")
    assert paths(result.stdout) == [recorded, f"no {recorded}"]
    assert [row["ok"] for row in rows(Path("a.csv"))] == ["True", "False"]
    assert Path("why/0001-" + Path(recorded).stem).is_dir()


def test_top_k_and_min_confidence_reach_the_reader(
    mnist: Cli, trained: Path, digit_png: Path
) -> None:
    (record,) = records(
        mnist("predict", "three.png", "--json", "--top-k", 10, "--min-confidence", 1).stdout
    )
    (digit,) = record["digits"]

    assert len(digit["top"]) == 10
    assert digit["unsure"] is True
    assert "[unsure" in mnist("predict", "three.png", "--min-confidence", 1).stdout


@pytest.mark.parametrize(("invert", "words"), [("yes", "darker"), ("no", "lighter")])
def test_the_polarity_can_be_forced(
    mnist: Cli, trained: Path, write_png: WritePng, invert: str, words: str
) -> None:
    three = render_digit(3)
    write_png("right.png", three if invert == "yes" else 255 - three)
    write_png("wrong.png", three if invert == "no" else 255 - three)

    result = mnist("predict", "right.png", "wrong.png", "--invert", invert, "--explain", "why")

    assert result.exit_code == ExitCode.REFUSED
    assert result.stdout.startswith("right.png: ")
    assert "error: wrong.png: no digit was found on the picture. " in result.stderr
    assert f"{words} than the paper" in Path("why/0001-right/explanation.txt").read_text()


@pytest.mark.parametrize("turn", ["0", "90", "180", "270"])
def test_a_picture_can_be_turned_before_it_is_read(
    mnist: Cli, trained: Path, write_png: WritePng, turn: str
) -> None:
    write_png("three.png", np.rot90(render_digit(3), int(turn) // 90))

    result = mnist("predict", "three.png", "--turn", turn, "--json", "--explain", "why")
    (record,) = records(result.stdout)

    assert record["turned"] == int(turn)
    assert len(record["digits"]) == 1
    words = Path("why/0001-three/explanation.txt").read_text()
    assert (f"turned clockwise by {turn}°" in words) is (turn != "0")


def test_a_turned_page_is_read_upright_unless_it_is_told_to_be(
    mnist: Cli, trained: Path, write_png: WritePng, test_split: Dataset
) -> None:
    rows = test_split.images[:12].reshape(3, 4, 28, 28)
    page = np.vstack([np.hstack([handwritten(image, 80) for image in row]) for row in rows])
    write_png("page.png", np.rot90(np.pad(page, 30, constant_values=255), 1))

    (looked,) = records(mnist("predict", "page.png", "--json").stdout)
    (line, *_) = mnist("predict", "page.png").stdout.splitlines()
    (told,) = records(mnist("predict", "page.png", "--turn", "0", "--json").stdout)

    assert looked["turned"] == 90
    assert line.endswith("turned 90°]")
    assert len(looked["text"].split("\n")) == 3
    assert told["turned"] == 0
    assert told["text"] != looked["text"]


def test_a_picture_is_turned_by_quarters_alone(mnist: Cli, trained: Path, digit_png: Path) -> None:
    result = mnist("predict", "three.png", "--turn", "45")

    assert result.exit_code == ExitCode.USAGE
    assert "--turn" in result.stderr


def test_what_was_left_out_is_told(mnist: Cli, trained: Path, write_png: WritePng) -> None:
    write_png("two.png", np.hstack([render_digit(3), render_digit(8)]))

    result = mnist("predict", "two.png", "--layout", "single", "--json", "--explain", "why")
    (record,) = records(result.stdout)

    reasons = [one["reason"] for one in record["left_out"]]
    assert reasons.count("another_digit") == 1
    assert "since only one digit is read here" in Path("why/0001-two/explanation.txt").read_text()


@pytest.mark.parametrize("model", ["1", "latest", "folder"])
def test_a_model_is_named_by_number_alias_or_folder(
    mnist: Cli, trained: Path, store_path: Path, digit_png: Path, model: str
) -> None:
    reference = str(store_path / "1") if model == "folder" else model

    (record,) = records(mnist("predict", "three.png", "--model", reference, "--json").stdout)

    assert record["model"] == {"version": "1", "sha256": record["model"]["sha256"]}


@pytest.mark.parametrize("model", ["7", "paper", "nowhere", "../../etc"])
def test_predict_without_a_model_says_how_to_get_one(
    mnist: Cli, trained: Path, digit_png: Path, model: str
) -> None:
    result = mnist("predict", "three.png", "--model", model)

    assert result.exit_code == ExitCode.NOT_FOUND
    assert result.stdout == ""
    assert "mnist train" in result.stderr


def test_a_tflite_alone_is_refused(
    mnist: Cli, trained: Path, store_path: Path, digit_png: Path
) -> None:
    result = mnist("predict", "three.png", "--model", store_path / "1" / "mnist_model.tflite")

    assert result.exit_code == ExitCode.REFUSED
    assert "Export it again" in result.stderr


def test_standard_input_is_read_once_for_each_dash(trained: Path, digit_png: Path) -> None:
    done = run("predict", "-", "three.png", "--json", stdin=digit_png.read_bytes())

    from_input, from_file = records(done.stdout.decode())
    assert from_input.pop("path") == "-"
    assert from_file.pop("path") == "three.png"
    assert from_input == from_file
    assert done.returncode == ExitCode.OK


@pytest.mark.parametrize("how", ["empty", "closed"])
def test_without_a_picture_on_standard_input_the_usage_is_told(trained: Path, how: str) -> None:
    stdin = "</dev/null" if how == "empty" else "<&-"
    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m mnist_cli predict - {stdin}"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == ExitCode.USAGE
    assert "No picture on standard input" in done.stderr
    assert done.stdout == ""


def test_an_ascii_stdout_shows_other_letters_escaped(trained: Path, digit_png: Path) -> None:
    shutil.copy(digit_png, "sieben ü 七.png")
    ascii_only = os.environ | {"PYTHONIOENCODING": "ascii"}

    done = run("predict", "sieben ü 七.png", "fehlt ü.png", env=ascii_only)

    assert done.stdout.startswith(rb"sieben \xfc \u4e03.png: ")
    assert rb"fehlt \xfc.png: no such file" in done.stderr
    assert done.returncode == ExitCode.NOT_FOUND


def on_a_terminal(*arguments: str, by_shell: bool = False, **variables: str) -> tuple[int, str]:
    """Run the command line on a pseudo-terminal; return its code and what the screen got."""
    command = ["bash", "-c", *arguments] if by_shell else [*MNIST, *arguments]
    controller, terminal = pty.openpty()
    environment = os.environ | {"TERM": "xterm-256color", "COLORTERM": "truecolor", "COLUMNS": "80"}
    environment.pop("NO_COLOR", None)
    environment |= variables
    with subprocess.Popen(
        command, stdin=terminal, stdout=terminal, stderr=terminal, env=environment
    ) as process:
        os.close(terminal)
        screen = b""
        while True:
            try:
                piece = os.read(controller, 1 << 16)
            except OSError:  # the other end is closed
                break
            if not piece:
                break
            screen += piece
    os.close(controller)
    return process.returncode, screen.decode()


def test_on_a_terminal_the_digit_is_drawn(trained: Path, digit_png: Path) -> None:
    code, screen = on_a_terminal("predict", "three.png")

    assert code == ExitCode.OK
    assert "three.png: " in screen
    assert screen.count("▀") == 28 * 14
    assert "\x1b[38;2;255;255;255" in screen


def test_of_many_pictures_the_first_four_are_drawn(
    trained: Path, digit_png: Path, write_png: WritePng
) -> None:
    for number in range(5):
        write_png(f"many/{number}.png", render_digit(3))
    _, screen = on_a_terminal("predict", "three.png", "many")

    assert screen.count(".png: ") == 6
    assert screen.count("▀") == 4 * 28 * 14
    assert screen.rindex("▀") < screen.index("3.png: ")


def test_the_count_says_how_many_pictures_there_are(trained: Path, digit_png: Path) -> None:
    command = f"{sys.executable} -m mnist_cli predict three.png three.png > read.txt"
    _, screen = on_a_terminal(command, by_shell=True)

    assert "2/2" in screen
    assert "/?" not in screen


def test_without_colour_a_digit_has_shades(trained: Path, digit_png: Path) -> None:
    code, screen = on_a_terminal("predict", "three.png", NO_COLOR="1")

    assert code == ExitCode.OK
    assert "▀" not in screen
    assert screen.count("█") > 20
    assert {"░", "▒", "▓"} < set(screen)


def test_a_page_of_several_digits_is_told_in_a_line(
    trained: Path, test_split: Dataset, write_png: Callable[[str, NDArray[np.uint8]], Path]
) -> None:
    write_png("page.png", np.hstack([handwritten(image) for image in test_split.images[:3]]))

    code, screen = on_a_terminal("predict", "page.png")

    assert code == ExitCode.OK
    assert "page.png: 7" in screen
    assert "▀" not in screen


def test_of_several_numbers_the_unsure_ones_are_named(
    mnist: Cli, test_split: Dataset, write_png: WritePng
) -> None:
    path = write_png("page.png", np.vstack([handwritten(image) for image in test_split.images[:6]]))

    result = mnist("predict", path, "--model", "bundled", "--min-confidence", 1)

    assert "page.png: 7 / 2 / 1 / 0 / 4 / 1" in result.stdout
    assert "[unsure: 7 2 1 0 4 and 1 more" in result.stdout


def number(text: str, *, unsure: bool, in_table: bool = False) -> NumberRead:
    return NumberRead(text, (0, 0, 9, 9), 0.9, unsure, 0, text, in_table)


def table(name: str, *unsure: bool) -> TableRead:
    """Return a row of cells, some of them unsure; a named one is a form's box."""
    corners = ((0, 0),) * 4
    cells = tuple(
        CellRead(1, at, "", "", 0.9, corners, ("unsure",) if one else ())
        for at, one in enumerate(unsure, 1)
    )
    return TableRead(corners, 1, len(unsure), cells, name)


SURE, UNSURE = number("7", unsure=False), number("1/2", unsure=True)
HELD = number("5", unsure=True, in_table=True)


@pytest.mark.parametrize(
    ("numbers", "tables", "told"),
    [
        ([SURE], [], []),
        ([UNSURE], [], ["unsure"]),
        ([SURE, UNSURE], [], ["unsure: 1/2"]),
        ([HELD], [table("", True, False, True)], ["unsure: 2 cells"]),
        ([UNSURE], [table("", True, False)], ["unsure: 1/2; 1 cell"]),
        ([UNSURE] * 7, [], ["unsure: 1/2 1/2 1/2 1/2 1/2 and 2 more"]),
        ([HELD, HELD], [table("who", True), table("", True)], ["unsure: who; 1 cell"]),
        ([HELD], [table("who", True)], ["unsure: who"]),
    ],
)
def test_it_is_told_what_is_unsure(
    numbers: list[NumberRead], tables: list[TableRead], told: list[str]
) -> None:
    read = Reading("a.png", "", (), (), {}, numbers=tuple(numbers), tables=tuple(tables))

    assert doubts(read) == told


def test_a_field_keeps_its_name() -> None:
    image = np.zeros((28, 28), np.uint8)
    digit = Digit(7, 0.98, ((7, 0.98),), (0, 0, 9, 9), False, ("crossed_out",), image)
    read = Reading("a.png", "7", (digit,), (), {}, tables=(table("student_id", True),))

    assert _line(read).endswith("[unsure: student_id, crossed out]")


def test_off_a_terminal_there_is_no_ansi_and_no_drawing(
    mnist: Cli, trained: Path, digit_png: Path
) -> None:
    result = mnist("predict", "three.png", "missing.png")

    assert "\x1b" not in result.stdout + result.stderr
    assert "▀" not in result.stdout


@pytest.fixture
def sheet_png(trained: Path, write_png: WritePng) -> Path:
    texts = {(1, 1): "7", (1, 2): "2", (2, 3): "1", (3, 1): "0", (3, 3): "1"}
    return write_png("sheet.png", sheet(3, 3, texts))


def test_a_table_stands_aligned_on_the_screen(mnist: Cli, sheet_png: Path) -> None:
    result = mnist("predict", sheet_png, "--model", "bundled")

    lines = result.stdout.splitlines()
    assert "table of 3×3" in lines[0]
    assert lines[1:] == ["  7  2  ·", "  ·  ·  1", "  0  ·  1"]


def test_a_table_is_written_in_every_way_that_is_asked_for(mnist: Cli, sheet_png: Path) -> None:
    result = mnist(
        *("predict", sheet_png, "--model", "bundled", "--output", "a.csv", "--cells", "c.csv"),
        *("--review", "check", "--annotate", "drawn"),
    )

    assert result.exit_code == ExitCode.OK
    assert Path("a.csv").read_text().splitlines()[1].endswith(",1,7,2,")
    assert len(Path("c.csv").read_text().splitlines()) == 10
    assert "answers" in Path("check/index.html").read_text()
    assert [path.name for path in Path("drawn").glob("[!.]*")] == ["0001-sheet.png"]
    assert "to check: check" in result.stderr

    again = mnist("predict", sheet_png, "--model", "bundled", "--review", "check")
    assert again.exit_code == ExitCode.CONFLICT


@pytest.mark.parametrize("options", [("--cells", "c.xlsx"), ("--output", "a.txt")])
def test_what_is_asked_for_in_a_wrong_way_leaves_no_folder_behind(
    mnist: Cli, sheet_png: Path, options: tuple[str, str]
) -> None:
    before = sorted(Path().iterdir())

    folders = ("--review", "check", "--annotate", "drawn")
    result = mnist("predict", sheet_png, "--model", "bundled", *folders, *options)

    assert result.exit_code == ExitCode.USAGE
    assert sorted(Path().iterdir()) == before


def test_of_pictures_without_a_table_it_is_told_that_they_have_no_cells(
    mnist: Cli, sheet_png: Path, digit_png: Path
) -> None:
    model = ("--model", "bundled")
    mixed = mnist("predict", sheet_png, "three.png", "missing.png", *model, "--cells", "a.csv")
    with_one = mnist("predict", sheet_png, *model, "--cells", "b.csv")

    without = mnist("predict", "three.png", *model, "--cells", "c.csv", "--output", "d.csv")

    assert "no table, and so no cells, on 1 of 2 pictures that were read: --output" in mixed.stderr
    assert "no table, and so no cells, on 1 of 1 pictures that were read\n" in without.stderr
    assert "cells: a.csv" in mixed.stderr
    assert "no table" not in with_one.stderr


def test_a_sum_that_fails_is_told(mnist: Cli, sheet_png: Path) -> None:
    result = mnist("predict", sheet_png, "--model", "bundled", "--check", "sum(1..2) = 3")

    assert "row 1: sum(1..2) = 3 fails: nothing was read, 9 expected" in result.stdout
    assert "row 3:" in result.stdout


def test_what_a_sum_needs_and_was_not_read_is_told(
    mnist: Cli, trained: Path, write_png: WritePng
) -> None:
    page = sheet(3, 3, {(1, 1): "7", (1, 3): "6", (2, 1): "2", (2, 2): "3", (2, 3): "5"})
    left, top = MARGIN + PITCH + 12, MARGIN + 12  # of a cross in the second cell
    cv2.line(page, (left, top), (left + 34, top + 34), 40, 4)
    cv2.line(page, (left + 34, top), (left, top + 34), 40, 4)
    write_png("sheet.png", page)
    check = ("--check", "sum(1..2) = 3")

    shown = mnist("predict", "sheet.png", "--model", "bundled", *check)
    as_json = mnist("predict", "sheet.png", "--model", "bundled", *check, "--json")

    assert "row 1: sum(1..2) = 3 can't be checked: row 1, column 2 was not read" in shown.stdout
    (record,) = records(as_json.stdout)
    assert [one["cells"] for one in record["checks"]] == [[[1, 2]]]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--grid", "9"], "ROWSxCOLUMNS"),
        (["--expect", "prime"], "integer, decimal"),
        (["--check", "sum"], "is not a sum"),
        (["--solve"], "--form sudoku"),
        (["--form", "sudoku", "--grid", "9x9"], "leave --grid out"),
        (["--cells", "c.txt"], ".csv"),
    ],
)
def test_what_makes_no_sense_of_a_table_is_refused(
    mnist: Cli, sheet_png: Path, arguments: list[str], words: str
) -> None:
    result = mnist("predict", sheet_png, "--model", "bundled", *arguments)

    assert result.exit_code == ExitCode.USAGE
    assert words in result.stderr


def test_a_table_that_is_not_there_is_refused_by_name(mnist: Cli, digit_png: Path) -> None:
    result = mnist("predict", digit_png, "--model", "bundled", "--form", "sudoku")

    assert result.exit_code == ExitCode.REFUSED
    assert "9×9" in result.stderr
    assert "three.png" in result.stderr


def test_a_sudoku_with_several_solutions_is_told(mnist: Cli, write_png: WritePng) -> None:
    path = write_png("sudoku.png", sheet(9, 9, {(1, 1): "5", (2, 4): "7"}))

    result = mnist("predict", path, "--model", "bundled", "--form", "sudoku", "--solve")

    assert result.exit_code == ExitCode.OK
    assert "as it was read it has several solutions; check" in result.stderr
    assert "solution:" not in result.stdout


def test_an_empty_sudoku_has_nothing_to_solve(mnist: Cli, write_png: WritePng) -> None:
    path = write_png("sudoku.png", sheet(9, 9, {}))

    result = mnist("predict", path, "--model", "bundled", "--form", "sudoku", "--solve")

    assert "no digit was read in its cells: there is nothing to solve" in result.stderr
    assert "several solutions" not in result.stderr


def test_solutions_are_told_apart_where_nothing_else_goes_to_the_screen(
    mnist: Cli, trained: Path, write_png: WritePng
) -> None:
    texts = {(at // 9 + 1, at % 9 + 1): str(digit) for at, digit in enumerate(PUZZLE) if digit}
    page = sheet(9, 9, texts)
    for name in ("a.png", "b.png"):
        write_png(name, page)
    how = ("--model", "bundled", "--form", "sudoku", "--solve")

    shown = mnist("predict", "a.png", "b.png", *how)
    written = mnist("predict", "a.png", "b.png", *how, "--output", "read.csv")

    assert shown.stdout.count("\nsolution:\n") == 2
    titles = [line for line in written.stdout.splitlines() if "solution" in line]
    assert titles == ["a.png: solution:", "b.png: solution:"]


def test_a_sudoku_that_contradicts_itself_has_no_solution() -> None:
    corners = ((0, 0), (9, 0), (9, 9), (0, 9))
    fives = [
        CellRead(1 + at // 9, 1 + at % 9, "5" if at < 2 else "", "", 0.9, corners, ())
        for at in range(81)
    ]

    assert _unsolved(TableRead(corners, 9, 9, tuple(fives))) == "no solution"


def test_an_empty_table_is_shown_as_one(mnist: Cli, trained: Path, write_png: WritePng) -> None:
    write_png("blank.png", sheet(3, 4, {}))

    result = mnist("predict", "blank.png", "--model", "bundled", "--layout", "table")

    assert result.exit_code == ExitCode.OK
    assert result.stdout.splitlines()[0] == "blank.png: table of 3×4, empty"
