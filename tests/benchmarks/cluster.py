"""Reading with Ray: what a core reads, and whether two workers read the same, and faster.

    python -m tests.benchmarks.cluster [--count 200000] [--model bundled]

First a worker alone, without Ray, over tar shards of 28×28 PNG, of JPEG crops of 200 px and of
photographs of 12 MP. Then `--count` pictures of 28×28 in tar shards through Ray with one worker and
with two, against plain `predict` over the same pictures as files: seconds of whole processes, the
workers' memory, and whether the records are the same.
"""

import copy
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray
from PIL import Image

from mnist_cli.cluster.tasks import Task
from mnist_cli.cluster.worker import Worker
from mnist_cli.core.data.dataset import load_mnist
from mnist_cli.reading.reader import Reader
from tests.cluster.conftest import write_tar
from tests.cluster.processes import workers
from tests.reading.test_reader import png

from .bulk import held, photograph
from .machine import machine, timed
from .reading import encoded, model_parser, open_classifier

EACH = 5_000  # pictures in a shard


def main() -> None:
    parser = model_parser(__doc__)
    parser.add_argument("--count", type=int, default=200_000)
    options = parser.parse_args()
    print(machine())
    images = load_mnist("train").images
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        reader = Reader(copy.copy(open_classifier(parser, options)))  # a copy has one thread
        photos = [jpeg(photograph(image, n)) for n, image in enumerate(images[:4])]
        one_core(folder, "28 px PNG", reader, list(map(png, images[:10_000])))
        crops = [crop(image, n) for n, image in enumerate(images[:2_000])]
        one_core(folder, "200 px JPEG", reader, crops)
        one_core(folder, "12 MP JPEG", reader, 10 * photos)
        model = ["--model", options.model, "--artifacts", str(options.artifacts.resolve())]
        through_ray(folder, model, options.count, images)


def jpeg(image: Image.Image) -> bytes:
    return encoded(image, "JPEG", quality=90)


def crop(image: NDArray[np.uint8], seed: int) -> bytes:
    """Lay a digit on grainy paper of 200×200 px."""
    paper = np.random.default_rng(seed).normal(210, 5, (200, 200))
    ink = Image.fromarray(image).resize((140, 140), Image.Resampling.BICUBIC)
    paper[30:170, 30:170] *= 1 - 0.7 * np.asarray(ink) / 255
    return jpeg(Image.fromarray(np.clip(paper, 0, 255).astype(np.uint8)))


def one_core(folder: Path, kind: str, reader: Reader, pictures: list[bytes]) -> None:
    path = folder / "one.tar"
    write_tar(path, {f"{number}.png": data for number, data in enumerate(pictures)})
    worker = Worker(reader, str(folder), str(folder))
    started = time.perf_counter()
    outcome = worker.read(0, Task((str(path),), is_packed=True))
    seconds = time.perf_counter() - started
    assert outcome.counts.total() == len(pictures)
    shard = folder / "part-000000.parquet"
    into = sum(map(len, pictures)) / len(pictures)
    out = shard.stat().st_size / len(pictures)
    shard.unlink()
    print(
        f"{kind:<12} {len(pictures) / seconds:,.0f} a second and core; a picture is {into:,.0f}"
        f" bytes, its record {out:,.0f}; a billion take {1e9 * seconds / len(pictures) / 3600:,.0f}"
        f" core hours"
    )


def through_ray(folder: Path, model: list[str], count: int, images: NDArray[np.uint8]) -> None:
    (folder / "files").mkdir()
    (folder / "tars").mkdir()
    data = [png(image) for image in images]
    for shard in range(count // EACH):
        own = {
            f"{number:06}.png": data[number % len(data)]
            for number in range(shard * EACH, (shard + 1) * EACH)
        }
        write_tar(folder / "tars" / f"{shard:03}.tar", own)
        for name, content in own.items():
            (folder / "files" / name).write_bytes(content)
    predict = ["-m", "mnist_cli", "-q", "predict", *model]
    plain, _ = timed([*predict, "files", "--output", "plain.jsonl"], folder)
    print(f"plain predict    {plain:6.1f} s, {count / plain:,.0f} a second")
    rates = []
    for number in (1, 2):
        command = [*predict, "tars", "--engine", "ray", "--workers", str(number), "--json"]
        seconds, memory, manifest = watched([*command, "--output", f"out{number}"], folder)
        rates.append(manifest["pictures_per_s"])
        first, last = memory[len(memory) // 4], memory[-1]
        print(
            f"Ray, {number} worker{'s' * (number > 1)}   {seconds:6.1f} s,"
            f" {manifest['pictures_per_s']:,.0f} a second with the start of workers;"
            f" largest worker {first >> 20} MB after a quarter, {last >> 20} MB at the end"
        )
    print(f"two workers read {rates[1] / rates[0]:.2f} times what one does")
    expected = by_name(map(json.loads, (folder / "plain.jsonl").open()))
    for number in (1, 2):
        shards = sorted((folder / f"out{number}").glob("part-*"))
        same = by_name(r for shard in shards for r in pq.read_table(shard).to_pylist()) == expected
        print(f"records of {number}: {'the same' if same else 'OTHERS'}")


def watched(command: list[str], folder: Path) -> tuple[float, list[int], dict[str, Any]]:
    """Run a command; return its seconds, what the largest worker held, and what it printed."""
    memory = []
    started = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, *command], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        while process.poll() is None:
            memory.append(max(map(held, workers()), default=0))
            time.sleep(0.5)
        assert process.stdout
        manifest: dict[str, Any] = json.loads(process.stdout.read())
    return time.perf_counter() - started, [held for held in memory if held], manifest


def by_name(records: Any) -> list[dict[str, Any]]:
    """Return records in the order of their files' names, which then stand for their paths."""
    named = [record | {"path": Path(record["path"]).name} for record in records]
    return sorted(named, key=lambda record: str(record["path"]))


if __name__ == "__main__":
    main()
