"""Requests that take long hold up no others for longer than one of them takes."""

import asyncio
import base64
import io
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from mnist_cli.server import costs
from mnist_cli.server.jobs import Job, ReadJson, ReadPictures
from mnist_cli.server.reading_options import Options
from mnist_cli.server.tensors import Infer
from mnist_cli.server.workers import Pool
from tests.faults.test_costs import COSTLY
from tests.server.conftest import DIGIT, png, serving
from tests.server.jobs import Echo, Sleep
from tests.server.pools import run, text


def encoded(pixels: NDArray[np.uint8], kind: str, **settings: object) -> bytes:
    """Return a picture's file."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, kind, **settings)
    return buffer.getvalue()


def filled(jpeg: bytes) -> bytes:
    """Put bytes that mean nothing before each of a JPEG's first segments, as it may have them."""
    return jpeg.replace(b"\xff\xdb", b"\xff\xff\xff\xdb").replace(b"\xff\xc0", b"\xff\xff\xc0")


def pictures(*files: bytes) -> Job:
    return ReadPictures(tuple(("-", data) for data in files), Options())


def as_json(data: bytes) -> Job:
    return ReadJson(b'{"image": "%s"}' % base64.b64encode(data), Options())


LARGE = np.zeros((1_600, 1_600), np.uint8)
SMALL = np.zeros((100, 200), np.uint8)
JOBS: dict[str, tuple[Job, float]] = {
    "a small PNG": (pictures(encoded(SMALL, "PNG")), 0.1),
    "a small JPEG": (pictures(encoded(SMALL, "JPEG")), 0.1),
    "a small GIF": (pictures(encoded(SMALL, "GIF")), 0.1),
    "a small BMP": (pictures(encoded(SMALL, "BMP")), 0.1),
    "two of them": (pictures(encoded(SMALL, "PNG"), encoded(SMALL, "JPEG")), 0.2),
    "a large PNG": (pictures(encoded(LARGE, "PNG")), 12.8),
    "four large": (pictures(*[encoded(LARGE, "JPEG")] * 4), costs.MOST_S),
    "a WebP": (pictures(encoded(SMALL, "WEBP")), 0.1),
    "a lossless WebP": (pictures(encoded(SMALL, "WEBP", lossless=True)), 0.1),
    "a WebP with EXIF": (pictures(encoded(SMALL, "WEBP", exif=Image.Exif())), 0.1),
    "a TIFF": (pictures(encoded(SMALL, "TIFF")), costs.MOST_S),
    "a JPEG with fill bytes": (pictures(filled(encoded(SMALL, "JPEG"))), 0.1),
    "a small PNG as JSON": (as_json(encoded(SMALL, "PNG")), 0.1),
    "a large PNG as JSON": (as_json(encoded(LARGE, "PNG")), 12.8),
    "a long JSON": (as_json(bytes(costs.MAX_JSON_BYTES)), costs.MOST_S),
    "no JSON": (ReadJson(b"\xff" * 99, Options()), 0),
    "half a PNG": (pictures(DIGIT[:20]), costs.MOST_S),
    "half a JPEG": (pictures(encoded(SMALL, "JPEG")[:9]), costs.MOST_S),
    "a JPEG of empty segments": (pictures(b"\xff\xd8" + b"\xff\xe0\0\2" * 2_000_000), costs.MOST_S),
    "a JPEG without segments": (pictures(b"\xff\xd8\xff\xe0" + bytes(32 << 20)), costs.MOST_S),
    "nothing": (pictures(b""), costs.MOST_S),
    "tensors": (Infer(b"{}"), 0),
}


@pytest.mark.parametrize("name", JOBS)
def test_what_a_job_may_take_is_guessed_from_its_pixels(name: str) -> None:
    job, expected_s = JOBS[name]
    begin = time.perf_counter()

    assert costs.expected_s(job) == pytest.approx(expected_s)
    assert time.perf_counter() - begin < 0.5  # the event loop waits for it


def test_the_small_pass_by_the_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(costs, "expected_s", lambda job: 9.0 if isinstance(job, Sleep) else 0.0)

    async def test(pool: Pool) -> None:
        large = [asyncio.create_task(pool.do(Sleep(0.5))) for _ in range(4)]
        await asyncio.sleep(0.1)
        assert text(await pool.do(Echo("small"))) == "small"

        assert sum(task.done() for task in large) == 1, "but for the one that was being read"
        assert [text(await task) for task in large] == ["rested"] * 4

    run(test)


def test_whoever_has_waited_long_is_passed_by_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(costs, "expected_s", lambda job: 0.2 if isinstance(job, Sleep) else 0.0)

    async def test(pool: Pool) -> None:
        large = [asyncio.create_task(pool.do(Sleep(0.4))) for _ in range(2)]
        await asyncio.sleep(0.3)
        await pool.do(Echo("late"))

        assert all(task.done() for task in large)

    run(test)


def rings() -> bytes:
    squares = (np.arange(3_000) - 1_500) ** 2
    return png((np.add.outer(squares, squares) // 9_000 % 2 * 255).astype(np.uint8))


WORST: list[Callable[[], bytes]] = [
    COSTLY["2,400 digits in lines"],
    COSTLY["2,400 digits in a table"],
    COSTLY["360 digits on their head, in a table"],
    COSTLY["64 MP, transparent"],
]


@pytest.mark.long
def test_four_senders_of_the_worst_hold_up_others_for_one_picture(
    tmp_path: Path,
) -> None:
    """By one process: within 6 s, where none takes over 5; else it would be all of them."""
    done, slowest_s, answers = threading.Event(), 0.0, list[int]()
    worst = [make() for make in WORST]
    with serving(tmp_path, "--workers", "1") as server:
        longest_s = max(server.read(data).elapsed.total_seconds() for data in worst)

        def keep_sending(data: bytes) -> None:
            while not done.is_set():
                answers.append(server.read(data).status_code)

        threads = [threading.Thread(target=keep_sending, args=(data,)) for data in worst]
        for thread in threads:
            thread.start()
        for _ in range(30):
            time.sleep(0.5)
            answer = server.read()
            assert answer.json()["text"] == "3"
            slowest_s = max(slowest_s, answer.elapsed.total_seconds())
        done.set()
        for thread in threads:
            thread.join()
    assert set(answers) <= {200, 422}
    assert slowest_s < 1.5 * longest_s + 1, f"one of the worst takes {longest_s:.1f} s"
