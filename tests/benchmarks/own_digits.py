"""Own digits: 200 pictures of one writer, mixed with MNIST, to go on from a version with.

    python -m tests.benchmarks.own_digits dense/standard --seeds 0 1 2

A writer is simulated by one distortion, the same for all digits: a slant, a turn, a squeeze, a
pen. Version, writer and pictures come from the seed. The 200 pictures, and 1,000 more of the same
writer to measure on, are made of MNIST's test images, and what is lost on MNIST is measured on the
8,800 others: nothing that is measured was ever trained on. Settings were chosen with --held-out,
which takes the 5,000 images that the version held out in the place of the test images, and with
other writers.
"""

import argparse
import json
import statistics
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mnist_cli.core.data.dataset import load_mnist, stratified_split

from .machine import machine, timed

Images = NDArray[np.uint8]

OWN, MEASURED = 20, 100  # pictures of each digit
SIDE, SCALE = 112, 3.0  # px of a picture; of them, for each pixel of MNIST's


@dataclass(frozen=True)
class Writer:
    """How somebody's digits differ from MNIST's.

    Attributes:
        slant: Horizontal shift for each pixel of height.
        turn_deg: How far all are turned.
        width: Of a digit, as a share of what it was.
        pen_px: By how much strokes are wider, in pixels of 28×28; thinner where negative.
    """

    slant: float
    turn_deg: float
    width: float
    pen_px: float

    @classmethod
    def drawn(cls, seed: int) -> "Writer":
        generator = np.random.default_rng([seed, 28])
        way = generator.choice([-1, 1])
        return cls(
            slant=float(way * generator.uniform(0.35, 0.6)),
            turn_deg=float(way * generator.uniform(0, 12)),
            width=float(generator.uniform(0.6, 0.85)),
            pen_px=float(generator.choice([-1, 1, 2])),
        )

    def write(self, image: Images) -> Images:
        """Turn (28, 28) uint8, ink 255, into a picture of dark ink on light paper."""
        turn = np.deg2rad(self.turn_deg)
        turned = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        matrix = SCALE * turned @ np.array([[self.width, -self.slant], [0, 1]])
        shift = SIDE / 2 - matrix @ np.array([13.5, 13.5])
        whole = np.hstack([matrix, shift[:, None]])
        ink = cv2.warpAffine(image, whole, (SIDE, SIDE), flags=cv2.INTER_LINEAR)
        side = 1 + 2 * round(abs(self.pen_px) * SCALE / 2)
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
        ink = (cv2.dilate if self.pen_px > 0 else cv2.erode)(ink, kernel)
        return np.asarray(245 - 0.8 * ink, dtype=np.uint8)


@dataclass(frozen=True)
class Row:
    """Accuracies of one seed, before and after, in percent."""

    writer: tuple[float, float]
    mnist: tuple[float, float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recipe", metavar="ARCH/RECIPE")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--held-out", action="store_true", help="Draw from the images held out.")
    parser.add_argument("--artifacts", type=Path, help="Where versions to begin from are kept.")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE")
    options = parser.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory() as name:
        store = (options.artifacts or Path(name) / "artifacts").absolute()
        settings = [word for change in options.set for word in ("--set", change)]
        rows = []
        for seed in options.seeds:
            folder = Path(name) / str(seed)
            base = version_of(options.recipe, seed, store)
            writer = Writer.drawn(100 + seed if options.held_out else seed)
            lay_out(folder, writer, seed, held_out=options.held_out)
            rows.append(measure(folder, base, store, settings))
            print(f"seed {seed}  {writer}  {shown(rows[-1])}", flush=True)
    print(f"mean  {shown(mean(rows))}")
    gains = [row.writer[1] - row.writer[0] for row in rows]
    losses = [row.mnist[0] - row.mnist[1] for row in rows]
    print(f"least gained {min(gains):+.2f} points, most lost on MNIST {max(losses):+.2f}")


def mnist(store: Path, *arguments: object) -> dict[str, Any]:
    """Run a command that prints a document."""
    command = ["-m", "mnist_cli", *map(str, arguments), "--artifacts", str(store), "--json"]
    document: dict[str, Any] = json.loads(timed(command, store)[1])
    return document


def version_of(name: str, seed: int, store: Path) -> str:
    """Return the version of a recipe and seed, trained if there is none yet."""
    store.mkdir(parents=True, exist_ok=True)
    note = store / f"{name.replace('/', '-')}-{seed}"
    if not note.exists():
        arch, recipe = name.split("/")
        done = mnist(store, "train", "--arch", arch, "--recipe", recipe, "--seed", seed)
        note.write_text(done["version"])
    return note.read_text()


def lay_out(folder: Path, writer: Writer, seed: int, *, held_out: bool) -> None:
    """Write pictures to train on and to measure on, and an `.npz` of the images left."""
    data = load_mnist("train" if held_out else "test")
    within = np.arange(len(data))
    if held_out:
        within = stratified_split(data.labels, 5_000, seed)[1]
    generator = np.random.default_rng([seed, 10])
    used = []
    for digit in range(10):
        chosen = generator.choice(within[data.labels[within] == digit], OWN + MEASURED, False)
        for number, index in enumerate(chosen):
            path = folder / ("own" if number < OWN else "measured") / str(digit) / f"{index}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(writer.write(data.images[index])).save(path)
        used.append(chosen)
    rest = np.setdiff1d(within, np.concatenate(used))
    np.savez(folder / "rest.npz", x_test=data.images[rest], y_test=data.labels[rest])


def measure(folder: Path, base: str, store: Path, settings: list[str]) -> Row:
    """Go on from a version with the writer's pictures, and read what was left out, both times."""
    sources = "--data", "mnist", "--data", folder / "own"
    after = mnist(store, "train", "--from", base, *sources, *settings)["version"]

    def read(data: str) -> tuple[float, float]:
        answers = [
            mnist(store, "evaluate", "--model", m, "--data", folder / data) for m in (base, after)
        ]
        return 100 * answers[0]["accuracy"], 100 * answers[1]["accuracy"]

    return Row(writer=read("measured"), mnist=read("rest.npz"))


def mean(rows: list[Row]) -> Row:
    def of(pairs: list[tuple[float, float]]) -> tuple[float, float]:
        return statistics.mean(a for a, _ in pairs), statistics.mean(b for _, b in pairs)

    return Row(of([row.writer for row in rows]), of([row.mnist for row in rows]))


def shown(row: Row) -> str:
    pairs = {"the writer's": row.writer, "MNIST's": row.mnist}
    return "  ".join(f"{name} {a:.2f} to {b:.2f} %" for name, (a, b) in pairs.items())


if __name__ == "__main__":
    main()
