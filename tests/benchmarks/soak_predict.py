"""A folder of many pictures, some of them broken, through one `mnist predict`."""

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from mnist_cli.core.data.dataset import load_mnist
from mnist_cli.core.errors import ExitCode
from tests.benchmarks.bulk import children, held
from tests.benchmarks.growth import MEGABYTE, Growth, table
from tests.faults.harness import listing
from tests.faults.pictures import HUGE, claiming
from tests.server.conftest import environment, open_files, png

A_FOLDER = 1_000  # pictures
EACH = 100  # picture that is broken
PARTS = 3
SAMPLE_S = 0.1
READ_AHEAD = 48 * MEGABYTE  # readings that wait for their turn: `bulk.MOST` chunks, at the worst
LEAST_RIGHT = 0.99  # of MNIST's training images, which the bundled model has seen


def cut(path: Path, picture: bytes) -> None:
    path.write_bytes(picture[: len(picture) // 2])


def flip_bit(path: Path, picture: bytes) -> None:
    path.write_bytes(picture[:-30] + bytes([picture[-30] ^ 1]) + picture[-29:])


def make_fifo(path: Path, picture: bytes) -> None:
    os.mkfifo(path)


def link_nowhere(path: Path, picture: bytes) -> None:
    path.symlink_to("nowhere")


def make_folder(path: Path, picture: bytes) -> None:
    path.mkdir()


def leave_empty(path: Path, picture: bytes) -> None:
    path.touch()


def write_text(path: Path, picture: bytes) -> None:
    path.write_text("no picture")


def claim_much(path: Path, picture: bytes) -> None:
    path.write_bytes(claiming("PNG", HUGE["PNG"] - 1))


def name_oddly(path: Path, picture: bytes) -> None:
    path.with_name(odd(path.name)).write_bytes(picture)


def odd(name: str) -> str:
    """Return a name that is not UTF-8, and would clear a terminal, at the same place of a list."""
    return name.removesuffix(".png") + os.fsdecode(b"\xff\x1b[2J.png")


# ways to break a picture, and the code of the error that is due; None if it is read all the same,
# "" if no picture is there
BROKEN: dict[Callable[[Path, bytes], None], str | None] = {
    cut: "picture_refused",
    flip_bit: "picture_refused",
    leave_empty: "picture_refused",
    write_text: "not_a_picture",
    claim_much: "picture_too_large",
    make_fifo: "picture_refused",
    link_nowhere: "picture_not_found",
    make_folder: "",
    name_oddly: None,
}


def lay(parent: Path, count: int) -> Iterator[tuple[str, int | str]]:
    """Write pictures; yield what is due of each: its path, and its number in MNIST or a code."""
    data = load_mnist("train")
    encoded = [png(image) for image in data.images[:count]]
    ways = list(BROKEN)
    for number in range(count):
        path = parent / f"{number // A_FOLDER:04}" / f"{number:06}.png"
        if number % A_FOLDER == 0:
            path.parent.mkdir(parents=True)
        picture = encoded[number % len(encoded)]
        if number % EACH != EACH - 1:
            path.write_bytes(picture)
            yield str(path), number % len(encoded)
            continue
        way = ways[number // EACH % len(ways)]
        way(path, picture)
        code = BROKEN[way]
        if code is None:
            shown = os.fsencode(path.with_name(odd(path.name))).decode(errors="backslashreplace")
            yield shown, number % len(encoded)
        elif code:
            yield str(path), code


def run(folder: Path, count: int) -> list[str]:
    """Read so many pictures; print a table, and return what was wrong."""
    due = list(lay(folder / "pictures", count))
    output = folder / "out.jsonl"
    variables = environment(folder)
    before = listing(folder)
    started = time.perf_counter()
    command: list[str | Path] = [sys.executable, "-m", "mnist_cli", "predict", folder / "pictures"]
    with (
        (folder / "stderr.txt").open("wb") as stderr,
        subprocess.Popen(
            [*command, "--model", "bundled", "--output", output],
            cwd=folder,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=stderr,
        ) as process,
    ):
        growths = watch(process)
    taken_s = time.perf_counter() - started
    wrong = [line for growth in growths for line in growth.wrong(PARTS)]
    if process.returncode != ExitCode.NOT_FOUND:  # the worst: a link that leads nowhere
        wrong.append(f"exit code {process.returncode}")
    if left := sorted(listing(folder) - before - {"out.jsonl", "stderr.txt"}):
        wrong.append(f"left over: {left[:9]}")
    if "Traceback" in (folder / "stderr.txt").read_text(errors="replace"):
        wrong.append("a traceback")
    with output.open() as file:
        wrong += check(due, map(json.loads, file))
    print(f"{count} pictures in {taken_s:.1f} s, {len(due)} records")
    print(table(growths, PARTS), flush=True)
    return wrong


def check(due: list[tuple[str, int | str]], records: Iterator[dict[str, Any]]) -> list[str]:
    """Compare each record with what is due."""
    labels = load_mnist("train").labels
    wrong: list[str] = []
    counts: Counter[str] = Counter()
    said: dict[int, str] = {}
    for (path, expected), record in zip(due, records, strict=True):
        code = record["error"]["code"] if record["error"] else ""
        counts[code or "read"] += 1
        if record["path"] != path or code != (expected if isinstance(expected, str) else ""):
            wrong.append(f"{path!r}, {expected}: {record}")
        elif isinstance(expected, int):
            counts["right"] += record["text"] == str(labels[expected])
            if said.setdefault(expected, record["text"]) != record["text"]:
                wrong.append(f"{path!r}: {record['text']}, at first {said[expected]}")
    print(", ".join(f"{what}: {number}" for what, number in counts.items()))
    if counts["right"] < LEAST_RIGHT * counts["read"]:
        wrong.append("too few are read right")
    return wrong


def watch(process: subprocess.Popen[bytes]) -> list[Growth]:
    """Sample the process and those that came of it, while there are as many as ever."""
    memory = Growth("memory of all, MB", READ_AHEAD, MEGABYTE)
    files = Growth("open files of all", 2)
    most = 0
    while process.poll() is None:
        pids = [process.pid, *children(process.pid)]
        if len(pids) > most:
            most = len(pids)
            memory.samples, files.samples = [], []
        with suppress(OSError):  # one may have ended
            sample = sum(map(held, pids)), sum(map(open_files, pids))
            if len(pids) == most:
                memory.samples.append(sample[0])
                files.samples.append(sample[1])
        time.sleep(SAMPLE_S)
    return [memory, files]
