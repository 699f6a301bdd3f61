"""What a figure was measured on, and how a whole process is timed."""

import os
import platform
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path


def machine() -> str:
    """Return processor, cores and versions in one line."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    models = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    libraries = ", ".join(f"{n} {version(n)}" for n in ("tensorflow", "keras", "ai-edge-litert"))
    return (
        f"{models[0] if models else platform.processor()}, {os.cpu_count()} cores,"
        f" Python {platform.python_version()}, {libraries}"
    )


def timed(arguments: list[str], folder: Path) -> tuple[float, str]:
    """Run Python with arguments; return wall seconds of the whole process and its stdout."""
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        check=True,
    )
    return time.perf_counter() - started, done.stdout
