"""Folders, streams, memory and what is installed; disks: test_disks.py."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mnist_cli.core.errors import ExitCode
from mnist_cli.core.store import store
from mnist_cli.reading.bulk import FEW
from tests.faults.disk import QUICK, few_images, folder, picture, several, written
from tests.faults.harness import Row, check, environment_of, rows

OK, ENVIRONMENT = ExitCode.OK, ExitCode.ENVIRONMENT
EVERYTHING = several(picture(), few_images())
DATA = ("--data", "few.npz")


def home(row_id: str, home: str, *arguments: object, **variables: str) -> Row:
    written = ("out.png", "report")
    return Row(row_id, arguments, OK, (), EVERYTHING, {"HOME": home} | variables, False, written)


PREDICT = ("predict", "a.png")
PLOT = ("plot", "history", "--output", "out.png")


@rows(
    home("no home", "", *PREDICT),
    home("a missing home", "/nonexistent", *PLOT),
    home("an unwritable home", "/proc", *PLOT),
    home("a file as home", "/dev/null", "evaluate", *DATA, "--report", "report"),
    home("no temporary folder", "/nonexistent", *PLOT, TMPDIR="/nonexistent"),
)
def test_without_a_home_it_works(row: Row, tmp_path: Path, store_path: Path) -> None:
    result = check(row, tmp_path, store_path)

    assert "Matplotlib" not in result.stderr


# streams

STREAMS = {
    "narrow: ascii": ("models list | cat", {"PYTHONIOENCODING": "ascii"}, OK),
    "narrow: table": ("evaluate --data few.npz", {"PYTHONIOENCODING": "ascii"}, OK),
    "narrow: Latin-1": ("predict ö漢.png", {"PYTHONIOENCODING": "latin-1"}, OK),
    "narrow: C": ("predict ö漢.png", {"LC_ALL": "C", "PYTHONUTF8": "0"}, OK),
    "a closed pipe: help": ("--help | true", {}, ExitCode.BROKEN_PIPE),
    "a closed pipe: result": ("models list | true", {}, ExitCode.BROKEN_PIPE),
    "a closed pipe: table": ("evaluate --data few.npz | true", {}, ExitCode.BROKEN_PIPE),
    "full: help": ("--help >/dev/full", {}, ENVIRONMENT),
    "full: result": ("models list >/dev/full", {}, ENVIRONMENT),
    "full: json": ("predict a.png --json >/dev/full", {}, ENVIRONMENT),
    "full: usage": ("nonsense 2>/dev/full", {}, ENVIRONMENT),
    "full: stderr": ("predict a.png 2>/dev/full", {}, OK),
    "closed: stdout": ("predict a.png >&-", {}, OK),
    "closed: stderr": ("predict a.png 2>&-", {}, OK),
    "closed: all": ("predict a.png <&- >&- 2>&-", {}, OK),
    "closed: stdin": ("predict - <&-", {}, ExitCode.USAGE),
    "closed: error": ("predict no.png --json >&- 2>&-", {}, ExitCode.NOT_FOUND),
    "a question to nobody": ("models delete 1 --force </dev/null", {}, ExitCode.USAGE),
}


@pytest.mark.parametrize("case", STREAMS)
def test_streams_that_are_closed_full_or_narrow(place: Path, store_path: Path, case: str) -> None:
    line, variables, code = STREAMS[case]
    picture("ö漢.png")(place)
    command = f"{sys.executable} -m mnist_cli {line}\nexit ${{PIPESTATUS[0]}}"

    done = subprocess.run(
        ["bash", "-c", command],
        cwd=place,
        env=environment_of(place, store_path) | variables,
        capture_output=True,
        check=False,
    )

    assert done.returncode == code, done.stderr
    assert b"Traceback" not in done.stderr
    assert b"Exception ignored" not in done.stderr
    if case.startswith("narrow"):
        assert done.stdout


@pytest.mark.long
def test_a_run_goes_on_when_nobody_reads_what_it_says(place: Path) -> None:
    command = f"{sys.executable} -m mnist_cli train {' '.join(map(str, QUICK))} 2>&1 | true"

    subprocess.run(["bash", "-c", command], cwd=place, check=True, timeout=120)

    assert store.version_numbers(place / "artifacts") == [1]


# open files, shared memory


@pytest.mark.parametrize(
    ("line", "codes", "count"),
    [
        *(("predict a.png", {OK, ENVIRONMENT}, count) for count in (6, 8, 14, 16, 24)),
        *(("predict many", {OK, ENVIRONMENT}, count) for count in (6, 8, 14, 16, 24)),
        ("models list", {OK}, 6),
        ("train --help", {OK}, 6),
        *(("serve --port 0", {ENVIRONMENT}, count) for count in (6, 14, 24)),
    ],
)
def test_with_few_open_files_it_works_or_says_so(
    place: Path, store_path: Path, line: str, codes: set[ExitCode], count: int
) -> None:
    several(folder("many"), *(picture(f"many/{n}.png") for n in range(FEW + 1)))(place)

    done = subprocess.run(
        ["bash", "-c", f"ulimit -n {count}; exec {sys.executable} -m mnist_cli {line}"],
        cwd=place,
        env=environment_of(place, store_path),
        capture_output=True,
        timeout=60,
        check=False,
    )

    assert done.returncode in codes, done.stderr
    assert b"Traceback" not in done.stderr
    if done.returncode:
        assert b"error: " in done.stderr
        assert b"open files" in done.stderr or b"files may be open" in done.stderr


@pytest.mark.parametrize(
    "disk", ["tmpfs -o ro", "tmpfs -o size=4k,nr_inodes=1", "proc"], ids=["ro", "full", "missing"]
)
def test_without_shared_memory_many_pictures_are_read_in_one_process(
    place: Path, store_path: Path, disk: str
) -> None:
    """Locks between processes are files in /dev/shm."""
    several(folder("many"), *(picture(f"many/{n}.png") for n in range(FEW + 1)))(place)
    mount = f"mount -t {disk} mnist-tests /dev/shm || exit 99"

    done = subprocess.run(
        ["unshare", "-m", "bash", "-c", f"{mount}; {sys.executable} -m mnist_cli predict many"],
        cwd=place,
        env=environment_of(place, store_path),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    if done.returncode == 99 or "unshare" in done.stderr:
        pytest.skip("only root may mount a disk")
    assert done.returncode == OK, done.stderr
    assert len(done.stdout.splitlines()) == FEW + 1
    if len(os.sched_getaffinity(0)) > 1:
        assert "warning: predict.in_one_process" in done.stderr


# clocks

CLOCKS = {"before ZIP's first year": "1975-03-01", "after its last": "2110-03-01"}
WRITING = (
    f"train {' '.join(map(str, QUICK))}",
    "export --format savedmodel -o saved --model 1",
    "export --format onnx -o a.onnx --model 1",
    "export --format litert -o a.tflite --model 1",
    "make-cuts --output cuts.npz --pages 2 --processes 1",
    "predict a.png --output a.xlsx",
    "evaluate --data few.npz --report report",
)


@pytest.mark.long
@pytest.mark.skipif(not shutil.which("faketime"), reason="faketime is not installed")
@pytest.mark.parametrize("clock", CLOCKS)
def test_whatever_the_clock_says_all_is_written(place: Path, clock: str) -> None:
    for line in WRITING:
        done = subprocess.run(
            ["faketime", CLOCKS[clock], sys.executable, "-m", "mnist_cli", *line.split()],
            cwd=place,
            env=environment_of(place, place / "artifacts"),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == OK, f"{line}: {done.stderr}"


# memory, libraries

NO_MEMORY = """
from mnist_cli.cli import app as cli
from mnist_cli.evaluation import evaluate as evaluation
evaluation.evaluate = lambda *_, **__: bytearray(1 << 60)
cli.main()
"""


def test_a_lack_of_memory_is_said_in_json_too(place: Path, store_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", NO_MEMORY, "evaluate", "--json"],
        cwd=place,
        env=environment_of(place, store_path),
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == ENVIRONMENT
    assert "error: Out of memory." in done.stderr
    assert json.loads(done.stdout)["error"]["code"] == "out_of_memory"


def broken(row_id: str, *arguments: object, code: ExitCode, words: str = "") -> Row:
    lie = written("lib/tensorflow/__init__.py", b"raise ImportError('libcudart.so: no such file')")
    make = several(EVERYTHING, folder("lib"), folder("lib/tensorflow"), lie)
    path = f"lib:{os.environ.get('PYTHONPATH', '')}"
    environment = {"PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
    return Row(row_id, arguments, code, (words,), make, environment, False, ("logs",))


@rows(
    broken("broken TensorFlow: version", "--version", code=OK),
    broken("broken TensorFlow: predict", *PREDICT, code=OK),
    broken(
        "broken TensorFlow: train",
        "train",
        *QUICK,
        code=ENVIRONMENT,
        words="libcudart.so: no such file",
    ),
    broken(
        *("broken TensorFlow: export", "export", "--format", "litert", "-o", "a.tflite"),
        code=ENVIRONMENT,
        words="pip install --force-reinstall tensorflow",
    ),
)
def test_without_tensorflow_what_only_reads_works(
    row: Row, tmp_path: Path, store_path: Path
) -> None:
    check(row, tmp_path, store_path)
