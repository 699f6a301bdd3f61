"""Code that lies in the working folder, beside pictures that somebody sent: none of it is run."""

import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import gettempdir

import pytest
from PIL import Image

from tests.conftest import render_digit
from tests.faults.harness import environment_of

PLANTED = ("cv2", "h5py", "keras", "numpy", "pickle", "ray", "signal", "socket", "tensorflow")
COMMANDS = {
    "in processes": ("predict", "."),
    "a Keras 2 file": ("predict", "0.png", "--model", "x.h5"),
    "on a cluster": ("predict", "0.png", "--engine", "ray", "--workers", "1", "--output", "out"),
}


CASES = [
    pytest.param(case, marks=pytest.mark.long if case == "on a cluster" else ())
    for case in COMMANDS
]


@pytest.mark.parametrize("case", CASES)
def test_code_in_the_working_folder_is_not_run(tmp_path: Path, store_path: Path, case: str) -> None:
    here = tmp_path / "here"
    (here / "mnist_cli").mkdir(parents=True)
    ran = tmp_path / "ran"
    for path in (*(here / f"{name}.py" for name in PLANTED), here / "mnist_cli" / "__init__.py"):
        path.write_text(f"open({str(ran)!r}, 'a').write(__name__)\nraise SystemExit(99)\n")
    for number in range(70 if case == "in processes" else 1):
        Image.fromarray(render_digit(number % 10)).save(here / f"{number}.png")
    shutil.copy(store_path / "1" / "mnist_model.h5", here / "x.h5")
    command = Path(sys.executable).with_name("mnist")

    done = subprocess.run(
        [command, *COMMANDS[case]],
        cwd=here,
        env=environment_of(tmp_path, store_path)
        | {"TMPDIR": gettempdir()},  # a socket's path is short
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert not ran.exists(), ran.read_text()
    assert done.returncode == 0, done.stderr
