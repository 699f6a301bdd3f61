"""The count of `mnist predict` on a terminal."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest


def watched(stdout: Path, *arguments: str) -> str:
    """Run `mnist` with stderr on a terminal and stdout in a file; return what the terminal got."""
    terminal, stderr = pty.openpty()
    shown = b""
    with (
        stdout.open("wb") as file,
        subprocess.Popen(
            [sys.executable, "-m", "mnist_cli", *arguments],
            env=os.environ | {"TERM": "xterm", "COLUMNS": "80"},
            stdout=file,
            stderr=stderr,
        ) as process,
    ):
        os.close(stderr)
        try:
            while part := os.read(terminal, 4096):
                shown += part
        except OSError:  # how Linux tells that nobody writes there any more
            pass
        finally:
            os.close(terminal)
    assert process.returncode == 0, shown
    return shown.decode()


@pytest.mark.parametrize("as_json", [False, True])
def test_results_reach_their_file_whole_while_a_terminal_shows_the_count(
    trained: Path, digit_png: Path, *, as_json: bool
) -> None:
    path = f"{80 * 'a'}.png"
    digit_png.rename(path)

    shown = watched(Path("out"), "predict", path, path, *["--json"] * as_json)

    lines = Path("out").read_text().splitlines()
    assert len([line for line in lines if path in line]) == 2
    if as_json:
        assert [json.loads(line)["path"] for line in lines] == [path, path]
    assert "2/2" in shown
    assert path not in shown
