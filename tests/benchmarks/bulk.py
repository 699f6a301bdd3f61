"""Many pictures: `mnist predict` against a loop that only opens and decodes them with Pillow.

    python -m tests.benchmarks.bulk [--model bundled]

10,000 PNG files of 28×28, and 100 photographs of 12 MP; whole processes on both sides, medians of
three, and the most memory that all processes of `mnist predict` held together.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mnist_cli.core.data.dataset import load_mnist

from .machine import machine, timed

LOOP = """
import sys
from pathlib import Path
from PIL import Image
for path in sorted(Path(sys.argv[1]).iterdir()):
    with Image.open(path) as image:
        image.load()
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="bundled")
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        images = load_mnist("test").images
        (folder / "small").mkdir()
        for number, image in enumerate(images):
            Image.fromarray(image).save(folder / "small" / f"{number:05}.png")
        (folder / "photos").mkdir()
        for number, image in enumerate(images[:10]):
            photograph(image, number).save(folder / "photos" / f"{number:03}.jpg", quality=92)
        for number in range(10, 100):
            copy = folder / "photos" / f"{number:03}.jpg"
            copy.write_bytes((folder / "photos" / f"{number % 10:03}.jpg").read_bytes())
        for kind in ("small", "photos"):
            compare(folder, kind, options.model, options.runs)


def photograph(image: NDArray[np.uint8], seed: int) -> Image.Image:
    """Lay a digit on unevenly lit, grainy paper of 4000×3000 px."""
    generator = np.random.default_rng(seed)
    rows, columns = np.mgrid[0:1:3000j, 0:1:4000j]
    paper = 210 - 70 * columns - 30 * rows + generator.normal(0, 4, rows.shape)
    ink = Image.fromarray(image).resize((1_200, 1_200), Image.Resampling.BICUBIC)
    paper[900:2100, 1400:2600] *= 1 - 0.75 * np.asarray(ink) / 255
    grey = np.clip(paper, 0, 255)
    return Image.fromarray(np.stack([grey, grey, 0.95 * grey], axis=-1).astype(np.uint8))


def compare(folder: Path, kind: str, model: str, runs: int) -> None:
    loops, ours = [], []
    command = ["-m", "mnist_cli", "predict", kind, "--json", "--model", model]
    for _ in range(runs):
        loops.append(timed(["-c", LOOP, kind], folder)[0])
        ours.append(timed(command, folder)[0])
    loop, our = statistics.median(loops), statistics.median(ours)
    print(
        f"{kind:<8} the loop {loop:.2f} s, mnist predict {our:.2f} s, {our / loop:.2f} times;"
        f" at most {peak_memory(folder, command) >> 20} MB"
    )


def peak_memory(folder: Path, command: list[str]) -> int:
    """Run a command; return the most bytes that it and its children held (proportional)."""
    with subprocess.Popen(
        [sys.executable, *command], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        most = 0
        while process.poll() is None:
            most = max(most, sum(map(held, [process.pid, *children(process.pid)])))
            time.sleep(0.05)
    return most


def children(pid: int) -> list[int]:
    try:
        own = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    return [int(child) for child in own] + [more for child in own for more in children(int(child))]


def held(pid: int) -> int:
    """Return a process's share of memory: what several share is divided among them."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) << 10 for line in lines if line.startswith("Pss:"))


if __name__ == "__main__":
    main()
