"""Modules of this package in processes of their own: a library that crashes ends those alone."""

import json
import resource
import subprocess
import sys
from typing import NoReturn

REFUSED = 3  # how such a process ends that says why it refuses what it was given


def run_module(
    name: str, *arguments: str, given: bytes = b"", timeout_s: float
) -> subprocess.CompletedProcess[bytes]:
    """Run `python -m mnist_cli.NAME`.

    Args:
        name: Of the module, inside the package.
        arguments: Its arguments.
        given: Its standard input.
        timeout_s: Seconds that it may take.

    Returns:
        How it ended, with what it printed.

    Raises:
        subprocess.TimeoutExpired: It took longer.
    """
    return subprocess.run(  # noqa: S603  our own module
        [sys.executable, "-P", "-m", f"mnist_cli.{name}", *arguments],
        input=given,
        capture_output=True,
        timeout=timeout_s,
        check=False,
        process_group=0,  # or Ctrl-C would end it, and the file would seem damaged
    )


def limit_memory(most_bytes: int) -> None:
    """Let this process have no more addresses, for good; fewer, where it is limited already."""
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    most = most_bytes if hard == resource.RLIM_INFINITY else min(most_bytes, hard)
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def refuse(message: str, hint: str = "") -> NoReturn:
    """Say to who started this process why what was given is refused, and end."""
    sys.stdout.write(f"\n{json.dumps([message, hint])}")  # a library may have printed before
    sys.exit(REFUSED)


def refusal(done: subprocess.CompletedProcess[bytes]) -> tuple[str, str] | None:
    """Return the message and the hint with which a process refused; None where it did not."""
    if done.returncode != REFUSED:
        return None
    message, hint = json.loads(done.stdout.splitlines()[-1])
    return message, hint
