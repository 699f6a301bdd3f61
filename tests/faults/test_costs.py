"""Small files that cost much: what a process takes to read them, or to refuse them."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from mnist_cli.core.errors import ExitCode, PictureTooCostlyError
from mnist_cli.reading.candidates import Found
from mnist_cli.reading.find_page import find_page
from mnist_cli.reading.standing import MOST, MOST_LYING
from tests.conftest import render_digit
from tests.faults.test_pictures import blank, deflated, webp
from tests.reading.looks import BLANK, Knowing, candidate, find
from tests.reading.test_image import encoded, grey

Pixels = NDArray[np.uint8]

SIDE = 3_199  # px: the longest side that is not halved
MOST_BYTES = 1 << 20  # of a picture's file
MOST_S, MOST_MB = 7.5, 700  # of a processor: 5 s are promised of one that does nothing else


STARTER = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_utime + used.ru_stime, used.ru_maxrss, code)
"""


class Cost(NamedTuple):
    """What a process took."""

    cpu_s: float
    memory_mb: float
    code: int


def paper() -> Pixels:
    return np.full((SIDE, SIDE), 255, np.uint8)


def filled(height: int, step: int, turned: int = 0, rules: int = 0) -> Pixels:
    """Return a page that is full of digits, each on its place of a grid, perhaps a ruled one."""
    tiles = [np.rot90(render_digit(digit, height), turned) for digit in range(10)]
    pixels = paper()
    places = range(0, SIDE - step, step)
    for number, (y, x) in enumerate((y, x) for y in places for x in places):
        tile = tiles[7 * number % 10]
        top, left = y + (step - tile.shape[0]) // 2, x + (step - tile.shape[1]) // 2
        pixels[top : top + tile.shape[0], left : left + tile.shape[1]] = tile
    pixels[np.arange(SIDE) % step < rules] = 0
    pixels[:, np.arange(SIDE) % step < rules] = 0
    return pixels


def striped(step: int, width: int, *, both: bool = False) -> Pixels:
    pixels = paper()
    pixels[:, np.arange(SIDE) % step < width] = 0
    if both:
        pixels[np.arange(SIDE) % step < width] = 0
    return pixels


def dotted() -> Pixels:
    pixels = paper()
    at = np.arange(SIDE) % 16 < 3
    pixels[np.ix_(at, at)] = 0
    return pixels


def noise() -> Pixels:
    drawn = np.random.default_rng(0).integers(0, 2, (400, 400)).astype(np.uint8)
    return np.kron(drawn, np.full((8, 8), 255, np.uint8))


def drawing(make: Callable[[], Pixels]) -> Callable[[], bytes]:
    return lambda: encoded(grey(make()).quantize(4), optimize=True)


def frames(kind: str) -> bytes:
    """Return an animation of 24 MP."""
    first, second = (Image.new("RGB", (4_800, 4_800), colour) for colour in ("white", "grey"))
    return encoded(first, kind, save_all=True, append_images=[second])


COSTLY: dict[str, Callable[[], bytes]] = {
    "stripes": drawing(lambda: striped(20, 6)),
    "squared paper": drawing(lambda: striped(30, 2, both=True)),
    "dotted paper": drawing(dotted),
    "noise": drawing(noise),
    "7,000 digits": drawing(lambda: filled(32, 37)),
    "2,400 digits in lines": drawing(lambda: filled(48, 65)),
    "2,400 digits in a table": drawing(lambda: filled(44, 65, rules=2)),
    "960 digits on their side": drawing(lambda: filled(82, 103, turned=1)),
    "960 digits on their head, in a table": drawing(lambda: filled(75, 103, turned=2, rules=2)),
    "360 digits on their head, in a table": drawing(lambda: filled(100, 160, turned=2, rules=2)),
    "64 MP, 16 bits": blank("I;16", (8_000, 8_000)),
    "64 MP, a palette": blank("P", (8_000, 8_000)),
    "64 MP, transparent": blank("RGBA", (8_000, 8_000)),
    "64 MP, fractions": deflated("F"),
    "64 MP, one strip": deflated("CMYK", one_strip=True),
    "64 MP, WebP": webp((8_000, 8_000)),
    "24 MP, WebP": webp((4_800, 4_800)),
    "24 MP, frames": lambda: frames("WEBP"),
}


def cost_of(picture: Path) -> Cost:
    """Read a picture in a process of its own, on one core.

    A small one starts it: a process begins with the memory that its parent had at most.
    """
    alone = str(min(os.sched_getaffinity(0)))
    line = [sys.executable, "-m", "mnist_cli", "predict", str(picture), "--model", "bundled"]
    done = subprocess.run(
        [sys.executable, "-c", STARTER, "taskset", "-c", alone, *line],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )
    cpu_s, memory_kb, code = done.stdout.split()
    return Cost(float(cpu_s), int(memory_kb) / 1024, int(code))


@pytest.mark.long
@pytest.mark.parametrize("name", COSTLY)
def test_a_small_file_costs_little(tmp_path: Path, name: str) -> None:
    picture = tmp_path / "a.png"
    picture.write_bytes(COSTLY[name]())
    assert picture.stat().st_size <= MOST_BYTES

    cost = cost_of(picture)

    assert cost.cpu_s < MOST_S
    assert cost.memory_mb < MOST_MB
    assert cost.code in {ExitCode.OK, ExitCode.REFUSED}


@pytest.mark.parametrize(("turned", "most"), [(0, MOST), (1, MOST_LYING)])
def test_a_page_of_very_many_digits_is_refused(turned: int, most: int) -> None:
    digits = tuple(candidate((10, 10, 30, 40), turned=turned) for _ in range(most + 1))

    with pytest.raises(PictureTooCostlyError, match=f"{most + 1:,} digits, over {most:,}"):
        find_page(np.full((600, 600), 255, np.uint8), Knowing(Found(digits, (), (), (BLANK,))))


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_the_middle_of_a_full_page_tells_how_it_lies(quarters: int) -> None:
    sheet = np.ascontiguousarray(np.rot90(filled(50, 100)[:2_400, :2_400], quarters))

    assert find(sheet, layout="page").turned == quarters
