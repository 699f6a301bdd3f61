"""The README files: commands and programs run as they are written, links lead somewhere.

The commands of each file run in its order, in a folder of their own that is empty at first.
"""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from mnist_cli.core.data.dataset import load_mnist
from tests.cli.test_data_kinds import csv, idx
from tests.cli.test_kaggle import write_test_csv
from tests.reading.sheets import sheet, write_text
from tests.reading.tables.test_sudoku import PUZZLE

REPOSITORY = Path(__file__).parent.parent
PAGES = [
    REPOSITORY / "README.md",
    *sorted(REPOSITORY.glob("mnist_cli/*/README.md")),
    REPOSITORY / "tests" / "benchmarks" / "README.md",
]
NAMES = [str(page.relative_to(REPOSITORY)) for page in PAGES]
TIMEOUT_S = 600

IN_THE_REPOSITORY = "is for the repository, and takes minutes or hours"
ANOTHER_MACHINE = "needs other machines"
INSTALLED = "what is tested is installed"
NOT_RUN = {  # by how they begin
    "pip install": INSTALLED,
    "python -m pytest": IN_THE_REPOSITORY,
    "ruff": IN_THE_REPOSITORY,
    "mypy": IN_THE_REPOSITORY,
    "lint-imports": IN_THE_REPOSITORY,
    "bash .ci/run": IN_THE_REPOSITORY,
    "python -m tests.": IN_THE_REPOSITORY,
    "mnist make-cuts": "takes four minutes: tests/synthesis/test_cuts.py makes a few",
    "mnist data corrected": "needs a person: tests/cli/test_data.py is one",
    "mnist train --data mnist --data corrected": "needs what a person put right",
    "mnist train --arch cnn --recipe bundled": "takes half an hour",
    "mnist train-finder": "takes hours: tests/cli/test_train_finder.py trains a tiny one",
    "mnist train-lines": "takes half an hour: tests/training/lines/ trains a tiny one",
    "mnist predict 's3://": "needs a bucket and a cluster: tests/cluster/ has them",
    "mnist serve": "goes on until it is stopped: tests/server/test_run.py starts it",
    "curl": "asks a server: tests/server/ does",
    "export TF_CONFIG": ANOTHER_MACHINE,
    "export hosts": ANOTHER_MACHINE,
    "hosts=": ANOTHER_MACHINE,
    "srun": ANOTHER_MACHINE,
    "exec mnist train": ANOTHER_MACHINE,
    "mnist train --arch cnn --recipe best --distribute multiworker": ANOTHER_MACHINE,
}


def commands(page: Path) -> list[str]:
    """Return the commands of all blocks, in their order, each once and without its comment."""
    found = []
    for kind, block in re.findall(
        r"^```(sh|console)\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL
    ):
        for line in block.replace("\\\n", "").splitlines():
            if kind == "console" and not line.startswith("$ "):
                continue  # what a command says
            words = re.sub(r"\s+#.*", "", line.removeprefix("$ ")).split(" && ")
            found += [" ".join(part.split()) for part in words if part]
    return list(dict.fromkeys(found))


def is_run(command: str) -> bool:
    return not command.startswith(tuple(NOT_RUN))


# what a reader brings: before the command that begins so, in the folder


def photo() -> None:
    cv2.imwrite(
        "photo.jpg", sheet(1, 4, {(1, at): d for at, d in enumerate("4152", 1)}, without=())
    )


def kaggle() -> None:
    data = load_mnist("train")
    csv()(Path("train.csv"), data.images[:3_000], data.labels[:3_000])
    write_test_csv(Path("test.csv"), data.images[-100:])


def tables() -> None:
    """Draw sheets of 40 rows, whose eighth column is the sum of the others, and a sudoku."""
    texts = {(row, column): "1" for row in range(1, 41) for column in range(1, 8)}
    texts |= {(row, 8): "7" for row in range(1, 41)}
    Path("sheets").mkdir()
    cv2.imwrite("sheet.jpg", sheet(40, 8, texts))
    cv2.imwrite("sheets/1.jpg", sheet(4, 5, {(2, 3): "4", (3, 1): "7"}))
    puzzle = enumerate(PUZZLE)
    given = {(at // 9 + 1, at % 9 + 1): str(digit) for at, digit in puzzle if digit}
    cv2.imwrite("sudoku.jpg", sheet(9, 9, given))


def forms() -> None:
    """Draw a form with a number and a table of marks, blank, and filled in by one student."""
    blank = np.full((1400, 1000), 225, np.uint8)
    printed = [("Marks of May", 80, 90), ("number", 80, 190)]
    printed += [(name, 90 + 168 * at, 345) for at, name in enumerate(["who", "one", "two", "all"])]
    printed += [("Hand this sheet in by Friday, please.", 80, y) for y in range(1080, 1350, 60)]
    for text, x, y in printed:
        cv2.putText(blank, text, (x, y), cv2.FONT_HERSHEY_SIMPLEX, 1, 60, 2)
    cv2.rectangle(blank, (330, 150), (690, 210), 60, 2)
    for x in np.linspace(80, 920, 6).astype(int).tolist():
        cv2.line(blank, (x, 300), (x, 1000), 60, 2)
    for y in np.linspace(300, 1000, 12).astype(int).tolist():
        cv2.line(blank, (80, y), (920, y), 60, 2)
    cv2.imwrite("sheet.jpg", blank)
    write_text(blank, "12", 480, 150, 60)
    for column, marks in enumerate(["2", "3", "6", "11"], 1):
        write_text(blank, marks, 130 + 168 * column, 364, 60)
    cv2.imwrite("sheets/1.jpg", blank)
    Path("students.txt").write_text("12\n13\n")


def fashion() -> None:
    """Write pictures of ten classes; that they are digits means nothing here."""
    data = load_mnist("train")
    folder = Path("fashion")
    idx("train")(folder, data.images[:3_000], data.labels[:3_000])
    idx("t10k")(folder, data.images[-500:], data.labels[-500:])
    Path("names.txt").write_text("".join(f"class {number}\n" for number in range(10)))
    cv2.imwrite("boot.png", data.images[0])


def own_model() -> None:
    """Save a network of Keras, as a person has one."""
    from tests.core.foreign_models import dense

    dense().save("mine.keras")


GIVEN: dict[str, Callable[[], None]] = {
    "mnist predict photo.jpg": photo,
    "mnist evaluate --model mine.keras": own_model,
    "mnist train --data train.csv": kaggle,
    "mnist predict sheets/*.jpg": tables,
    "mnist form new sheet.jpg --annotate": forms,
    "mnist train --data fashion": fashion,
}


@pytest.mark.parametrize("begin", [*NOT_RUN, *GIVEN])
def test_what_is_said_of_a_command_is_said_of_one_that_is_there(begin: str) -> None:
    assert any(command.startswith(begin) for page in PAGES for command in commands(page))


def test_most_commands_of_mnist_are_run() -> None:
    run = [command for page in PAGES for command in commands(page) if is_run(command)]

    assert len(run) >= 25
    assert all(command.startswith("mnist ") for command in run)


@pytest.mark.long
@pytest.mark.parametrize(
    "page",
    [page for page in PAGES if any(map(is_run, commands(page)))],
    ids=lambda page: str(page.relative_to(REPOSITORY)),
)
def test_every_command_runs_as_it_is_written(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    for name in [name for name in os.environ if name.startswith("MNIST_")]:
        monkeypatch.delenv(name)

    for command in filter(is_run, commands(page)):
        for begin, give in GIVEN.items():
            if command.startswith(begin):
                give()
        done = subprocess.run(
            ["bash", "-c", command],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=TIMEOUT_S,
            check=False,
            text=True,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"


PROGRAMS = [
    program
    for page in PAGES
    for program in re.findall(r"^```python\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL)
    if "s3" not in program  # a bucket's are run by tests/cluster/
]


@pytest.mark.long
@pytest.mark.parametrize("program", PROGRAMS, ids=range(len(PROGRAMS)))
def test_every_program_runs_as_it_is_written(
    program: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    photo()
    for name in ("a.png", "b.png"):
        cv2.imwrite(name, load_mnist("test").images[0])

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, timeout=TIMEOUT_S, check=False
    )

    assert done.returncode == 0, done.stderr.decode()


def anchors(page: Path) -> set[str]:
    """Return the names that GitHub gives to a page's headings."""
    titles = re.findall(r"^#+ (.*)", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("name", NAMES)
def test_every_link_and_picture_leads_to_what_is_there(name: str) -> None:
    page = REPOSITORY / name
    links = re.findall(r'\]\((?!https?:)([^)]+)\)|src="([^"]+)"', page.read_text())

    for link in map("".join, links):
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize("name", NAMES)
def test_every_file_of_ours_that_is_named_is_there(name: str) -> None:
    text = (REPOSITORY / name).read_text()
    folders = "|".join(["tests", *(room.name for room in (REPOSITORY / "mnist_cli").iterdir())])
    files = re.findall(rf"`((?:{folders})/[\w/.]+)`", text)
    files += [f"{module.replace('.', '/')}.py" for module in re.findall(r"-m (tests[\w.]+)", text)]

    assert [
        file
        for file in files
        if not (REPOSITORY / file).exists() and not (REPOSITORY / "mnist_cli" / file).exists()
    ] == ([] if name != "README.md" else ["cli/NAME.py"])
