"""A server that is asked rightly and wrongly for an hour, and must end as it began."""

import base64
import io
import json
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from PIL import Image

from mnist_cli.core.data.dataset import load_mnist
from tests.benchmarks.growth import MEGABYTE, Growth, table
from tests.conftest import render_digit
from tests.server.conftest import (
    DIGIT,
    Server,
    children,
    eventually,
    open_files,
    png,
    rss_bytes,
    serving,
)
from tests.server.tensors import MODEL, tensor
from tests.server.test_bad_pictures import OF_NO_FORMAT_THAT_IS_READ, TOO_LARGE, UNUSABLE, file
from tests.server.wire import END, FORM, JSON, PREDICT, Answer, as_json, get, part, post

THREADS, STALLING = 4, 4
DIGITS = 40
SAMPLE_S = 10.0
PARTS = 10  # of a run
RELOADS = 5  # after the first parts; the last processes grow old, and are measured after one more
OFTEN, SELDOM = 60, 30  # of a hundred requests: known digits, other good ones; the rest is bad
RARELY = 0.01  # of the bad ones: what takes a second

Outcome = tuple[int, Any]  # status, and what was answered
Event = tuple[str, int | None]  # name, and the status of a request
Figure = tuple[Growth, Callable[[], float]]


def known_digits() -> tuple[dict[str, bytes], dict[str, str]]:
    """Return requests to read test images that are known to be read right, and what they are."""
    data = load_mnist("test")
    pairs = zip(data.images[:DIGITS], data.labels[:DIGITS], strict=True)
    asked = {f"digit {n}": (png(image), str(label)) for n, (image, label) in enumerate(pairs)}
    requests = {name: post(picture) for name, (picture, _) in asked.items()}
    return requests, {name: text for name, (_, text) in asked.items()}


def good_requests() -> dict[str, bytes]:
    """Return what else is answered with 200."""
    images = load_mnist("test").images[:3]
    photo = io.BytesIO()
    line = np.hstack([render_digit(n, 400) for n in (4, 1, 5, 2)])
    Image.fromarray(line).save(photo, "JPEG")
    form = part(DIGIT) + part(b"no picture", "bad.png") + part(photo.getvalue(), "photo.jpg")
    told = base64.b64encode(DIGIT).decode()
    binary = tensor(images) | {"parameters": {"binary_data_size": images.nbytes}}
    del binary["data"]
    head = json.dumps({"inputs": [binary]}).encode()
    infer = f"{MODEL}/infer"
    return {
        "photo": post(photo.getvalue(), "image/jpeg"),
        "explained": post(DIGIT, target=f"{PREDICT}?explain=true&layout=line"),
        "form": post(form + END, FORM),
        "base64": as_json({"images": [told, told]}),
        "tensor": post(json.dumps({"inputs": [tensor(images)]}).encode(), JSON, infer),
        "binary tensor": post(
            head + images.tobytes(),
            "application/octet-stream",
            infer,
            Inference_Header_Content_Length=str(len(head)),
        ),
        "health": get("/healthz"),
        "page": get("/"),
        "described": get("/openapi.json"),
        "model": get(MODEL),
    }


def bad_requests() -> dict[str, bytes]:
    """Return what is refused."""
    pictures = (
        OF_NO_FORMAT_THAT_IS_READ
        | {name: make() for name, make in TOO_LARGE.items()}
        | {name: make() for name, (make, *_) in UNUSABLE.items()}
        | {f"half a {kind}": file(kind)[:300] for kind in ("BMP", "GIF", "WEBP", "TIFF")}
    )
    wrong = tensor(np.zeros((2, 27, 28), np.uint8))
    return {name: post(picture) for name, picture in pictures.items()} | {
        "no JSON": post(b'{"image": ', JSON),
        "deep JSON": post(b"[" * 50_000, JSON),
        "NaN": post(b'{"image": NaN}', JSON),
        "bad base64": as_json({"image": "?" * 99}),
        "a wrong tensor": post(json.dumps({"inputs": [wrong]}).encode(), JSON, f"{MODEL}/infer"),
        "no form": post(b"garbage", FORM),
        "half a form": post(part(DIGIT)[:200], FORM),
        "17 pictures": post(17 * part(DIGIT) + END, FORM),
        "no path": get("/nowhere"),
        "up the path": get("/v1/%2e%2e/%00"),
        "no such method": get(PREDICT, "DELETE"),
        "no picture's type": post(DIGIT, "text/plain"),
        "out of range": post(DIGIT, target=f"{PREDICT}?top_k=0"),
        "too long": post(b"", Content_Length=str(1 << 40)),
        "another site": post(DIGIT, Origin="https://elsewhere.example"),
        "another name": get("/healthz", Host="elsewhere.example"),
        "no HTTP": b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n",
    }


class Soak:
    """Asks a server from several threads, and remembers what was wrong."""

    def __init__(self, server: Server, *, per_s: float) -> None:
        self.server, self.wait_s = server, THREADS / per_s
        self.done, self.lock = threading.Event(), threading.Lock()
        self.statuses: Counter[str] = Counter()
        self.wrong: Counter[str] = Counter()
        self.taken_s: list[float] = []
        self.digits, texts = known_digits()
        self.good, self.bad = good_requests(), bad_requests()
        self.slow = {name for name in self.bad if name.startswith("8000")}
        self.due = {name: self.ask(raw) for name, raw in self.all.items()}
        for name, (status, answer) in self.due.items():
            is_good = name in self.digits or name in self.good
            if (status == 200) is not is_good or status >= 500:
                self.wrong[f"{name}: {status} at the start"] += 1
            elif name in texts and answer["text"] != texts[name]:
                self.wrong[f"{name}: read as {answer['text']}"] += 1

    @property
    def all(self) -> dict[str, bytes]:
        return self.digits | self.good | self.bad

    def ask(self, raw: bytes) -> Outcome:
        """Return the status of an answer, and what of it is the same each time."""
        answer: Answer = self.server.send(raw)
        if "json" not in answer.headers["Content-Type"]:
            return answer.status, answer.body
        document = answer.json()
        if isinstance(document, dict):
            document.pop("request_id", None)
        return answer.status, document

    def choose(self, random: Random) -> str:
        """Choose a request."""
        at = random.randrange(100)
        kind = self.digits if at < OFTEN else self.good if at < OFTEN + SELDOM else self.bad
        name = random.choice(list(kind))
        return name if name not in self.slow or random.random() < RARELY else "no path"

    def keep_asking(self, seed: int) -> None:
        """Ask at a steady rate; now and then go away in the middle."""
        random, due_at = Random(seed), time.monotonic()  # noqa: S311
        while not self.done.wait(max(0.0, due_at - time.monotonic())):
            due_at = max(due_at + self.wait_s, time.monotonic() - 1)  # no rush after a delay
            name = self.choose(random)
            if random.random() < 0.05:
                self.go_away(self.all[name], random)
                continue
            started = time.perf_counter()
            try:
                outcome = self.ask(self.all[name])
            except Exception as error:
                outcome = (0, repr(error))
            self.note(name, outcome, time.perf_counter() - started)

    def note(self, name: str, outcome: Outcome, taken_s: float) -> None:
        with self.lock:
            self.statuses[str(outcome[0] or "none")] += 1
            if name in self.digits:
                self.taken_s.append(taken_s)
            if outcome != self.due[name]:
                self.wrong[f"{name}: {str(outcome)[:300]}"] += 1

    def go_away(self, raw: bytes, random: Random) -> None:
        """Send a part of a request, or all of it, and do not wait for the answer."""
        with suppress(OSError), self.server.connect() as connection:
            connection.sendall(raw[: random.randint(1, len(raw))])
        with self.lock:
            self.statuses["gone away"] += 1

    def keep_stalling(self, seed: int) -> None:
        """Send a byte a second until the server has had enough of it."""
        random = Random(seed)  # noqa: S311
        while not self.done.is_set():
            raw = post(DIGIT)
            answer = b""
            with suppress(OSError), self.server.connect(1) as connection:
                connection.sendall(raw[: random.randrange(len(raw) // 2)])
                for byte in bytes(60):
                    if self.done.is_set():
                        return
                    with suppress(TimeoutError):
                        answer = connection.recv(1 << 12)
                        break
                    connection.sendall(bytes([byte]))
            with self.lock:
                self.statuses[f"stalled, {answer[9:12].decode() or 'closed'}"] += 1
                self.wrong["who stalled was answered"] += answer[9:12] not in {b"408", b"400", b""}


def run(folder: Path, duration_s: float, per_s: float) -> list[str]:
    """Ask a server for so long; print a table, and return what was wrong."""
    with serving(folder) as server:
        soak = Soak(server, per_s=per_s)
        threads = [threading.Thread(target=soak.keep_asking, args=(n,)) for n in range(THREADS)]
        threads += [threading.Thread(target=soak.keep_stalling, args=(n,)) for n in range(STALLING)]
        for thread in threads:
            thread.start()
        growths = watch(soak, duration_s)
        soak.done.set()
        for thread in threads:
            thread.join()
        for name, raw in soak.all.items():
            soak.note(name, soak.ask(raw), 0)
        wrong = [f"{count} times {what}" for what, count in soak.wrong.items() if count]
        wrong += [line for growth in growths for line in growth.wrong(PARTS - RELOADS - 1)]
        if not eventually(lambda: not server.temporary_files, 5):
            wrong.append(f"left over: {server.temporary_files}")
        events = Counter(logged(server))
        wrong += [f"{count} times {event}" for event, count in events.items() if is_bug(event)]
        reloads = events["server.reloaded", None]
    asked = sum(soak.statuses.values())
    quick, slow = np.quantile(soak.taken_s, [0.5, 0.99]) * 1e3
    print(f"{asked} requests in {duration_s / 60:g} min, {reloads} reloads")
    print(", ".join(f"{status}: {count}" for status, count in sorted(soak.statuses.items())))
    print(f"a digit is read in {quick:.1f} ms (median), {slow:.1f} ms (p99)")
    print(table(growths, PARTS - RELOADS - 1), flush=True)
    return wrong


def logged(server: Server) -> Iterator[Event]:
    """Yield what its log says, of which there may be several files."""
    for path in (server.folder / "logs").iterdir():
        with path.open() as file:
            for event in map(json.loads, file):
                yield event["event"], event.get("status")


def is_bug(event: Event) -> bool:
    """Tell whether an event may never be."""
    name, status = event
    return name == "server.bug" or status == HTTPStatus.INTERNAL_SERVER_ERROR


def figures_of(pid: int) -> list[Figure]:
    """Return what is sampled of a server, and how."""
    return [
        (Growth("server, MB", 16 * MEGABYTE, MEGABYTE), lambda: rss_bytes(pid)),
        (
            Growth("its largest process, MB", 16 * MEGABYTE, MEGABYTE),
            lambda: max(map(rss_bytes, children(pid))),
        ),
        (Growth("its processes", 0), lambda: len(children(pid))),
        (Growth("server, open files", 4), lambda: open_files(pid)),
        (Growth("its processes', open files", 4), lambda: sum(map(open_files, children(pid)))),
    ]


def watch(soak: Soak, duration_s: float) -> list[Growth]:
    """Sample a server until its time is over; let it open its model anew after the first parts."""
    figures = figures_of(soak.server.process.pid)
    sample_s, warm_s = min(SAMPLE_S, duration_s / 40), (RELOADS + 1) * duration_s / PARTS
    started, reloads = time.monotonic(), 0
    while (since_s := time.monotonic() - started) < duration_s:
        time.sleep(sample_s)
        if soak.server.client.get("/readyz").status_code != HTTPStatus.OK:
            soak.wrong["not ready"] += 1
        if since_s > warm_s:
            for growth, measured in figures:
                with suppress(OSError, ValueError):  # a process may go as its successor comes
                    growth.samples.append(measured())
        if reloads < RELOADS and since_s > (reloads + 1) * duration_s / PARTS:
            reloads += 1
            soak.server.process.send_signal(signal.SIGUSR1)
    return [growth for growth, _ in figures]
