"""Runs killed by SIGKILL at all moments and resumed, against the run that nothing happened to.

    python -m tests.benchmarks.kill_sweep --kills 20 --seed 0

Some kills come at a random moment, the others when something shows up on disk. What is published
in the end must be the same in all that no clock decides, and nothing else may be left but the
empty folder of a run that was killed before it began. Exits 1 if it isn't so.
"""

import argparse
import glob
import hashlib
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from mnist_cli.core.data.dataset import load_mnist
from mnist_cli.core.models.model import open_model
from mnist_cli.core.store.store import version_numbers
from mnist_cli.core.store.versions import H5, KERAS, Version, open_version

from .machine import machine

IMAGES = 6_000
RUNS = {
    "dense": "--recipe quick --epochs 40",
    "cnn": "--arch cnn --recipe quick --epochs 35 --set stem=8 --set blocks=16/32 --set widths=32"
    " --set dropout=0.2 --set average_decay=0.99",
}
RUN, NEW, HALF, DONE = ".training/*/", ".training/*/.new-*", ".training/*/version", "[0-9]*"
DELAYS_S = {RUN: 0.02, NEW: 0.02, HALF: 2.0, DONE: 0.005}  # at most, after it shows up


class Sweep:
    """A run that is killed over and over, in a folder of its own."""

    def __init__(self, folder: Path, options: str, random: Random) -> None:
        self.folder, self.options, self.random = folder, options.split(), random
        self.old: set[str] = set()  # what earlier processes left in the store
        started = time.perf_counter()
        self.run_through(kills=0)
        self.whole_s = time.perf_counter() - started
        self.expected = contents(self.versions()[0])

    def versions(self) -> list[Version]:
        store = self.folder / "store"
        return [open_version(store / str(number)) for number in version_numbers(store)]

    def start(self, *, resume: bool) -> subprocess.Popen[str]:
        options = ["--resume"] if resume else [*self.options, "--data", "digits.npz"]
        command = [sys.executable, "-m", "mnist_cli", "train", "--artifacts", "store", *options]
        nowhere = subprocess.DEVNULL
        with (self.folder / "log").open("w") as log:
            return subprocess.Popen(command, cwd=self.folder, stdout=nowhere, stderr=log, text=True)

    def found(self, pattern: str) -> set[str]:
        """Return what matches in the store, and was not there before."""
        return set(glob.glob(f"{self.folder}/store/{pattern}")) - self.old  # noqa: PTH207

    def trains(self) -> bool:
        """Whether the newest process is past its imports, and half a version is its own."""
        log = (self.folder / "log").read_text()
        return "training.start" in log or "training.resumed" in log

    def kill(self, process: subprocess.Popen[str]) -> bool:
        """Kill a process at some moment; False if it ends before."""
        aim = self.random.choice(["", *DELAYS_S])
        wait_s = self.random.uniform(0, self.whole_s) if aim in {"", NEW} else 0.0
        started = time.perf_counter()
        while time.perf_counter() < started + wait_s or (
            aim and not (self.found(aim) and (aim == RUN or self.trains()))
        ):
            if process.poll() is not None:
                return False
            time.sleep(0.001)
        time.sleep(self.random.uniform(0, DELAYS_S.get(aim, 0)))
        process.kill()
        return process.wait() < 0

    def hit(self) -> str:
        """Say what a kill hit."""
        if self.found(DONE):
            return "tidying up" if self.found(RUN) else "after the end"
        if self.found(RUN) and not self.found(RUN + "run.json"):
            return "making the folder"
        if not self.trains():
            return "imports"
        if self.found(HALF):
            return "export"
        if self.found(NEW):
            return "writing"
        return "epoch" if self.found(RUN + "*.ckpt") else "building the graph"

    def run_through(self, kills: int) -> list[str]:
        """Kill a run at most so often, until a process of it ends well; return what was hit."""
        self.old |= self.found(DONE)
        hits: list[str] = []
        while not self.found(DONE) or self.found(RUN + "run.json"):
            resume = bool(self.found(RUN + "run.json"))
            process = self.start(resume=resume)
            if len(hits) < kills and self.kill(process):
                hits.append(self.hit())
                print(f"{self.folder.name}  kill: {hits[-1]}", flush=True)
                self.old |= self.found(NEW)
            elif process.wait() and resume and not self.found(RUN + "run.json"):
                print(f"{self.folder.name}  that could not be resumed: anew", flush=True)
            elif process.wait():
                raise SystemExit((self.folder / "log").read_text())
        return hits

    def differences(self, versions: int) -> list[str]:
        """Say how the newest of so many versions differs, and what else is left."""
        made = [contents(version) for version in self.versions()]  # each is whole, or this raises
        wrong = [name for name, content in made[-1].items() if content != self.expected[name]]
        wrong += [f"{len(made)} versions, not {versions}"] * (len(made) != versions)
        runs = self.found(RUN)
        self.old |= runs
        left = {path for path in runs if (Path(path) / "run.json").exists()}
        left |= {str(path) for path in self.folder.rglob(".new-*")}
        return [*wrong, *(f"{path} is left" for path in sorted(left))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    print(machine())
    random, data = Random(options.seed), load_mnist("train")  # noqa: S311
    hits: list[str] = []
    wrong = 0
    with tempfile.TemporaryDirectory() as name:
        for number, (arch, settings) in enumerate(RUNS.items(), 1):
            folder = Path(name) / arch
            folder.mkdir()
            images, labels = data.images[:IMAGES], data.labels[:IMAGES]
            np.savez(folder / "digits.npz", x_train=images, y_train=labels)
            sweep, versions = Sweep(folder, settings, random), 1
            print(f"{arch}  {sweep.whole_s:.1f} s if nothing happens", flush=True)
            while (left := options.kills * number // len(RUNS) - len(hits)) > 0:
                hits += sweep.run_through(min(left, random.choice([1, 1, 2, 3])))
                versions += 1
                differences = sweep.differences(versions)
                result = "; ".join(differences) or "the same"
                print(f"{arch}  version {versions}: {result}", flush=True)
                wrong += bool(differences)
    print(f"{len(hits)} kills:", *(f"{n} {name}," for name, n in Counter(hits).most_common()))
    print(
        f"{wrong} runs ended otherwise" if wrong else "every run ended as if nothing had happened"
    )
    sys.exit(bool(wrong))


def contents(version: Version) -> dict[str, Any]:
    """Read a version, each file after its digest; return what no clock decides."""
    for name in version.manifest["files"]:
        version.read(name)
    clocks = {"images_per_s", "duration_s"}
    rows = [{k: v for k, v in row.items() if k not in clocks} for row in version.read_history()]
    weights = {name: open_model(version.path / name)[0].get_weights() for name in (H5, KERAS)}
    digests = {
        name: hashlib.sha256(b"".join(array.tobytes() for array in arrays)).hexdigest()
        for name, arrays in weights.items()
    }
    metrics = {name: version.manifest["metrics"][name] for name in ("val_accuracy", "chosen_epoch")}
    return digests | metrics | {"history": rows, "temperature": version.temperature}


if __name__ == "__main__":
    main()
