import os
import subprocess
import sys

from mnist_cli.core.quiet import COMMAND
from mnist_cli.core.tensorflow import FOR_NOTHING

PROGRAM = """
import sys
import mnist_cli.core.tensorflow
print([name for name in {names} if name in sys.modules])
import cv2, matplotlib
"""


def test_tensorflow_comes_without_what_nothing_here_uses_and_that_can_be_imported_later() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(names=FOR_NOTHING)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, COMMAND: "1"},
    )

    assert (done.returncode, done.stdout) == (0, "[]\n"), done.stderr
