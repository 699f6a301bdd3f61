"""How many requests a second the server answers, against an endpoint that only reads the body.

    python -m tests.benchmarks.load

Needs wrk (Debian's package). Client and server share the machine: run nothing beside it.
"""

import argparse
import asyncio
import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from fastapi import FastAPI, Request
from PIL import Image
from starlette.responses import Response

from mnist_cli.cli import app as cli
from mnist_cli.core.data.dataset import load_mnist
from mnist_cli.server import run
from mnist_cli.server.access import Access
from mnist_cli.server.app import create_app
from mnist_cli.server.forwarding import Forwarding
from mnist_cli.server.gate import Gate
from mnist_cli.server.service import Service
from tests.benchmarks.machine import machine
from tests.server.conftest import children, open_files, rss_bytes

CONNECTIONS = 64
AT_ONCE = 500
KINDS = {"predict": "/v1/predict", "constant": "/constant"}


def with_constant(service: Service, access: Access, forwarding: Forwarding) -> Gate:
    """The application, and in it what to compare with."""
    gate = create_app(service, access, forwarding)
    bodies = service.bodies

    app: FastAPI = gate.app  # type: ignore[assignment]

    @app.post("/constant")
    async def constant(request: Request) -> Response:
        with bodies.of(request) as body:
            await body.read()
        return Response(b'{"text": "7"}', media_type="application/json")

    app.router.routes.insert(0, app.router.routes.pop())  # found as soon as the other
    return gate


@dataclass(frozen=True)
class Load:
    """What wrk saw."""

    requests: int
    per_s: float
    p99_ms: float
    errors: int


def wrk(address: str, script: Path, seconds: int) -> Load:
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency", "-s", str(script)]
    output = subprocess.run([*command, address], check=True, capture_output=True, text=True).stdout
    value, unit = re.findall(r"99%\s+([\d.]+)(us|ms|s)", output)[0]
    failed = re.findall(r"Non-2xx or 3xx responses: (\d+)", output)
    broken = re.findall(r"(?:connect|read|write|timeout) (\d+)", output)
    return Load(
        requests=int(re.findall(r"(\d+) requests in", output)[0]),
        per_s=float(re.findall(r"Requests/sec:\s+([\d.]+)", output)[0]),
        p99_ms=float(value) * {"us": 1e-3, "ms": 1, "s": 1e3}[unit],
        errors=sum(map(int, failed + broken)),
    )


@contextmanager
def serving(folder: Path, model: str) -> Iterator[tuple[str, int]]:
    """Run the server in a process; yield its address and process id."""
    command = [sys.executable, "-m", "tests.benchmarks.load", "--serve", "--model", model]
    environment = os.environ | {"PYTHONPATH": str(Path.cwd())}
    log = folder / "stderr.txt"
    with (
        log.open("wb") as stderr,
        subprocess.Popen(command, cwd=folder, env=environment, stderr=stderr) as process,
    ):
        while not (told := re.findall(r"draw\s+(\S+)", log.read_text())):
            time.sleep(0.01)
        yield told[0], process.pid
        process.terminate()


def script(folder: Path, kind: str, picture: bytes) -> Path:
    """Write what wrk is to send."""
    path = folder / f"{kind}.lua"
    body = "".join(f"\\{byte:03}" for byte in picture)  # as Lua escapes bytes
    path.write_text(
        f'wrk.method = "POST"\nwrk.path = "{KINDS[kind]}"\n'
        f'wrk.headers["Content-Type"] = "image/png"\nwrk.body = "{body}"\n'
    )
    return path


def memory_and_files(pid: int) -> tuple[dict[int, int], int]:
    """Return the memory of the server and each worker, and the server's open files."""
    return {each: rss_bytes(each) for each in (pid, *children(pid))}, open_files(pid)


async def at_once(address: str, picture: bytes) -> Counter[str]:
    """Ask on many connections at the same time; count what comes back."""
    limits = httpx.Limits(max_connections=AT_ONCE)
    async with httpx.AsyncClient(limits=limits, timeout=60) as client:
        kind = {"Content-Type": "image/png"}
        target = address + KINDS["predict"]
        answers = await asyncio.gather(
            *(client.post(target, content=picture, headers=kind) for _ in range(AT_ONCE))
        )
    told = (f"{a.status_code}{' Retry-After' * ('retry-after' in a.headers)}" for a in answers)
    return Counter(told)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="of ten seconds for each endpoint")
    parser.add_argument("--seconds", type=int, default=60, help="of the long run")
    parser.add_argument("--requests", type=int, default=200_000, help="over which memory is seen")
    parser.add_argument("--model", default="bundled")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        vars(run)["create_app"] = with_constant
        sys.argv = ["mnist", "serve", "--port", "0", "--model", options.model]
        cli.main()
        return
    if not shutil.which("wrk"):
        sys.exit("Needs wrk: apt-get install wrk")
    print(machine())
    buffer = io.BytesIO()
    Image.fromarray(load_mnist("test").images[0]).save(buffer, "PNG")
    picture = buffer.getvalue()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        scripts = {kind: script(folder, kind, picture) for kind in KINDS}
        started = time.perf_counter()
        with serving(folder, options.model) as (address, pid):
            headers = {"Content-Type": "image/png"}
            httpx.post(address + KINDS["predict"], content=picture, headers=headers)
            print(f"first answer {time.perf_counter() - started:.2f} s after the start")
            for kind in KINDS:
                wrk(address, scripts[kind], 3)
            before = memory_and_files(pid)
            rates: dict[str, list[float]] = {kind: [] for kind in KINDS}
            for _ in range(options.rounds):
                for kind in KINDS:
                    rates[kind].append(wrk(address, scripts[kind], 10).per_s)
            ratios = [p / c for p, c in zip(rates["predict"], rates["constant"], strict=True)]
            for kind, seen in rates.items():
                print(f"{kind:9} {' '.join(f'{rate:6.0f}' for rate in seen)} requests a second")
            print(f"ratio     {' '.join(f'{ratio:6.2f}' for ratio in ratios)}")
            long = wrk(address, scripts["predict"], options.seconds)
            p99 = f"p99 {long.p99_ms:.1f} ms, {long.errors} errors"
            print(f"{options.seconds} s      {long.per_s:.0f} a second, {p99}")
            done = long.requests
            while done < options.requests:
                done += wrk(address, scripts["predict"], 20).requests
            after = memory_and_files(pid)
            grown = {each: (after[0][each] - size) / 2**20 for each, size in before[0].items()}
            words = ", ".join(f"{size:+.1f} MB" for size in grown.values())
            print(f"{done} requests: server and workers {words}")
            print(f"open files {after[1] - before[1]:+d}")
            print(f"{AT_ONCE} at once: {dict(asyncio.run(at_once(address, picture)))}")


if __name__ == "__main__":
    main()
