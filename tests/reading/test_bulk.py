import multiprocessing
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from mnist_cli.core.data.dataset import Dataset
from mnist_cli.core.store.versions import open_version
from mnist_cli.reading.bulk import FEW, read_all
from mnist_cli.reading.classifier import LiteRTClassifier
from mnist_cli.reading.pictures import Source, find_pictures
from mnist_cli.reading.reader import Reader
from tests.reading.test_reader import png


@pytest.fixture
def reader(store_path: Path) -> Reader:
    return Reader(LiteRTClassifier(open_version(store_path / "1")))


@pytest.fixture
def sources(tmp_path: Path, test_split: Dataset) -> list[Source]:
    """Return more pictures than one process reads, one broken, one blank, one of no digit."""
    for number, image in enumerate(test_split.images[: 2 * FEW]):
        (tmp_path / f"{number:04}.png").write_bytes(png(255 - image))
    (tmp_path / "0005.png").write_text("hello")
    (tmp_path / "0007.png").write_bytes(png(np.full((90, 90), 255, np.uint8)))
    shade = np.linspace(250, 200, 300, dtype=np.uint8)[None].repeat(200, axis=0)
    (tmp_path / "0011.png").write_bytes(png(shade))
    return list(find_pictures([str(tmp_path)]))


def test_many_processes_answer_in_order_as_one_does(reader: Reader, sources: list[Source]) -> None:
    together = list(read_all(sources, reader))
    alone = list(read_all(sources, reader, alone=True))

    assert [reading.path for reading in together] == [source.name for source in sources]
    assert [reading.to_record() for reading in together] == [
        reading.to_record() for reading in alone
    ]
    codes = {n: reading.error.code for n, reading in enumerate(together) if reading.error}
    assert codes == {5: "not_a_picture", 7: "blank", 11: "no_digits"}


def test_standard_input_and_missing_files_keep_their_place(
    reader: Reader, sources: list[Source], test_split: Dataset
) -> None:
    more = [*find_pictures(["-", "missing.png"]), *sources, *find_pictures(["-"])]
    readings = list(read_all(more, reader, png(test_split.images[0])))

    assert readings[0].text == readings[-1].text == "7"
    assert readings[1].error is not None
    assert readings[1].error.code == "picture_not_found"
    assert len(readings) == len(more)


def test_the_processes_end_when_nobody_listens_any_more(
    reader: Reader, sources: list[Source]
) -> None:
    readings = read_all(sources * 5, reader)
    next(readings)
    del readings

    assert multiprocessing.active_children() == []


def test_the_processes_end_when_the_one_that_started_them_is_killed(
    sources: list[Source], tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "mnist_cli", "predict", "--model", "bundled"]
    with subprocess.Popen(
        [*command, *[str(tmp_path)] * 200], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdout
        process.stdout.readline()
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        process.kill()
    deadline = time.monotonic() + 20

    assert len(children) >= 2  # one tracks resources
    while any(Path("/proc", child).exists() for child in children):
        assert time.monotonic() < deadline
        time.sleep(0.05)
