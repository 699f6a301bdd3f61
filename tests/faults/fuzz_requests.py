"""Requests made of odd pieces, to a server that must go on as it was.

    python -m tests.faults.fuzz_requests --minutes 10 [--seed N]

Forms, JSON bodies, tensors, queries and headers are put together at random, some of their bytes
changed or cut off. It ends with 1 at an answer of 500, a hang, a lost process or a bug in the log,
and names the seed of each such request; one seed makes one request.
"""

import argparse
import base64
import json
import secrets
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

from tests.server.conftest import DIGIT, Server, children, eventually, serving
from tests.server.wire import END, FORM, INFER, JSON, PREDICT, post

HANGING_S = 10.0
HEALTH_EACH = 50  # requests, after which a digit is to be read as ever

HALF = json.loads(r'"\ud800"')  # half a surrogate pair
PICTURE = base64.b64encode(DIGIT).decode()
ODD_BYTES = (b"", b"\0", b"\xff\xfe", b"\xed\xa0\x80", b'"', b"\r\n", b"--edge", b"--", b"%")
ODD_VALUES: tuple[Any, ...] = (
    *(None, True, 0, -1, 1 << 63, 10**400, 0.5, 1e308, "", HALF, "\0", PICTURE, "x" * 9_999),
    *([], {}, [[]], [None] * 300, {"a": HALF}, {HALF: 1}, [784], [1, 28, 28], [1 << 40, 784]),
)
CHARSETS = ("utf-8", "unicode_escape", "idna", "punycode", "rot13", "undefined", "\xff", "x" * 999)
QUERIES = ("layout", "invert", "turn", "top_k", "min_confidence", "expect", "grid", "form", "check")
QUERY_VALUES = ("", "1", "-1", "nan", "%ed%a0%80", "%00", "9" * 99, "line", "3x3", "sum(1..2)=3")
HEADERS = ("X_Request_ID", "Content_Encoding", "Expect", "Accept", "Origin", "Range", "Cookie")


def form(random: Random) -> tuple[bytes, str]:
    """Return a form's body, and the media type that it is sent as."""
    body = b""
    for _ in range(random.randrange(4)):
        odd = random.choice(ODD_BYTES)
        options = random.choice(
            (b'name="file"', b'name="%s"' % odd, b"name", b"", b"name*=UTF-8''%ed%a0%80")
        )
        file = random.choice(
            (b'filename="a.png"', b'filename="%s"' % odd, b"filename*=rot13''%ff", b"", b"filename")
        )
        more = random.choice((b"", b"X: y\r\n", b"Content-Type: %s\r\n" % odd, odd))
        head = b"Content-Disposition: form-data; " + options + b"; " + file + b"\r\n" + more
        body += b"--edge\r\n" + head + b"\r\n" + random.choice((DIGIT, odd)) + b"\r\n"
    kind = random.choice((FORM, f"{FORM}; charset={random.choice(CHARSETS)}", FORM[:19]))
    return body + random.choice((END, END, b"")), kind


def pictures_as_json(random: Random) -> tuple[bytes, str]:
    """Return a body of pictures in base64, or of what is none."""
    key = random.choice(("image", "images", HALF, "x"))
    value = random.choice((PICTURE, [PICTURE, PICTURE], f"data:image/png;base64,{PICTURE}"))
    document = {key: random.choice((value, *ODD_VALUES)), **odd_fields(random)}
    return json.dumps(random.choice((document, document, *ODD_VALUES))).encode(), JSON


def tensors(random: Random) -> tuple[bytes, str]:
    """Return a body of the inference protocol."""
    tensor = {"name": "images", "datatype": "UINT8", "shape": [1, 784], "data": [0] * 784}
    changed = tensor | {random.choice(list(tensor)): random.choice(ODD_VALUES)}
    inputs = random.choice(([tensor], [changed], [changed], [tensor, tensor], *ODD_VALUES))
    outputs = random.choice(([{"name": "digit"}], [{"name": HALF}], *ODD_VALUES))
    document = {"inputs": inputs, "outputs": outputs, **odd_fields(random)}
    return json.dumps(document).encode(), JSON


def odd_fields(random: Random) -> dict[str, Any]:
    names = random.choices(("id", "parameters", "a", HALF), k=random.randrange(3))
    return {name: random.choice(ODD_VALUES) for name in names}


def picture(random: Random) -> tuple[bytes, str]:
    """Return a picture as it is, sent as whatever."""
    kinds = ("image/png", "image/\xff", "IMAGE/*", "", "text/plain", JSON, FORM)
    return random.choice((DIGIT, *ODD_BYTES)), random.choice(kinds)


MAKERS: tuple[Callable[[Random], tuple[bytes, str]], ...] = (
    form,
    pictures_as_json,
    tensors,
    picture,
)


def request(seed: int) -> bytes:
    """Return the request of a seed, as it goes over the wire."""
    random = Random(seed)  # noqa: S311
    maker = random.choice(MAKERS)
    body, kind = maker(random)
    if body and random.random() < 0.3:
        at = random.randrange(len(body))
        body = body[:at] + random.choice(ODD_BYTES) + body[at + random.randrange(9) :]
    target = INFER if maker is tensors else PREDICT
    pairs = [(random.choice(QUERIES), random.choice(QUERY_VALUES)) for _ in range(2)]
    if random.random() < 0.3:
        target += "?" + "&".join(f"{name}={value}" for name, value in pairs)
    more = {random.choice(HEADERS): random.choice(("", "1", "\xff\x80", "x" * 999))}
    if random.random() < 0.1:
        more["Inference_Header_Content_Length"] = random.choice(("0", "5", "-1", "\xff"))
    return post(body, kind, target, **(more if random.random() < 0.3 else {}))


def wrong_with(server: Server, seed: int, statuses: Counter[int]) -> str:
    """Send the request of a seed; return what is wrong with the answer, if anything is."""
    started = time.monotonic()
    try:
        answer = server.send(request(seed))
    except Exception as error:
        return f"no answer: {error!r}"
    statuses[answer.status] += 1
    if answer.status == 500:
        return answer.body.decode()
    taken_s = time.monotonic() - started
    return f"it took {taken_s:.0f} s" if taken_s > HANGING_S else ""


def run(folder: Path, minutes: float, seed: int) -> list[str]:
    """Ask a server for so long; print how it answered, and return what was wrong."""
    wrong: list[str] = []
    statuses: Counter[int] = Counter()
    with serving(folder, "--workers", "1") as server:
        known, processes = server.read().content, set(children(server.process.pid))
        ends = time.monotonic() + 60 * minutes
        while time.monotonic() < ends:
            if what := wrong_with(server, seed, statuses):
                wrong.append(f"seed {seed}: {what}")
            seed += 1
            if seed % HEALTH_EACH == 0 and server.read().content != known:
                wrong.append(f"seed {seed}: a digit is read otherwise")
        if set(children(server.process.pid)) != processes:
            wrong.append("a process was lost")
        if not eventually(lambda: not server.temporary_files, 5):
            wrong.append(f"left over: {server.temporary_files}")
        names = ("server.bug", "server.worker_lost")
        wrong += [str(event) for event in server.events() if event["event"] in names]
    print(f"{statuses.total()} requests, {dict(sorted(statuses.items()))}, up to seed {seed}")  # noqa: T201
    return wrong


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=None, help="of the first request")
    options = parser.parse_args()
    seed = secrets.randbelow(1 << 32) if options.seed is None else options.seed
    print(f"seed {seed}", flush=True)  # noqa: T201
    with tempfile.TemporaryDirectory() as name:
        wrong = run(Path(name), options.minutes, seed)
    print("\n".join(wrong))  # noqa: T201
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
