"""Cold start of the commands, as whole processes, against `import tensorflow`.

    python -m tests.benchmarks.cold_start

Everything runs in turn, so that a drift of the machine meets all of it; medians are compared.
"""

import argparse
import os
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

from PIL import Image

from mnist_cli.core.data.dataset import load_mnist

from .machine import machine, timed

MNIST = str(Path(sys.executable).with_name("mnist"))  # the installed command is a Python script
COMMANDS = {
    "import tensorflow": ["-c", "import tensorflow"],
    "mnist --help": [MNIST, "--help"],
    "mnist predict one.png": [MNIST, "predict", "one.png"],
    "mnist evaluate": [MNIST, "evaluate"],
    "mnist models list": [MNIST, "models", "list", "--artifacts", "many"],
}
VERSIONS = 200  # of the list
BASELINE = "import tensorflow"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--recipe", default="standard")
    options = parser.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        timed([MNIST, "train", "--recipe", options.recipe, "--epochs", "1"], folder)
        digit = Image.fromarray(255 - load_mnist("test").images[0])
        digit.resize((400, 400), Image.Resampling.BICUBIC).save(folder / "one.png")
        for number in range(1, VERSIONS + 1):
            version = folder / "many" / str(number)
            shutil.copytree(folder / "artifacts" / "1", version, copy_function=os.link)
        times: dict[str, list[float]] = {name: [] for name in COMMANDS}
        for _ in range(options.runs + 1):
            for command, arguments in COMMANDS.items():
                times[command].append(timed(arguments, folder)[0])
    baseline = statistics.median(times[BASELINE][1:])  # the first round fills the disk's cache
    for command, seconds in times.items():
        median = statistics.median(seconds[1:])
        print(
            f"{command:<24}{median:6.3f} s  (from {min(seconds[1:]):.3f} to"
            f" {max(seconds[1:]):.3f})  {median / baseline:.3f} of {BASELINE!r}"
        )


if __name__ == "__main__":
    main()
