"""Modules of this package in processes of their own: a library that crashes ends those alone."""

import json
import resource
import subprocess
import sys
from typing import NoReturn

from mnist_cli.core.errors import MnistError

REFUSED = 3  # how such a process ends that says why it refuses what it was given


def answer_of(
    name: str,
    *arguments: str,
    given: bytes = b"",
    timeout_s: float,
    error: type[MnistError],
    late: str,
    ended: str,
) -> bytes:
    """Run `python -m mnist_cli.NAME`, and return what it printed.

    Args:
        name: Of the module, inside the package.
        arguments: Its arguments.
        given: Its standard input.
        timeout_s: Seconds that it may take.
        error: What is raised where it does not answer.
        late: Says that it took longer.
        ended: Says that it crashed.

    Raises:
        MnistError: As `error`: it took longer, crashed, or refused what it was given.
    """
    try:
        done = subprocess.run(  # noqa: S603  our own module
            [sys.executable, "-P", "-m", f"mnist_cli.{name}", *arguments],
            input=given,
            capture_output=True,
            timeout=timeout_s,
            check=False,
            process_group=0,  # or Ctrl-C would end it, and the file would seem damaged
        )
    except subprocess.TimeoutExpired as expired:
        raise error(late) from expired
    if done.returncode == REFUSED:
        message, hint = json.loads(done.stdout.splitlines()[-1])
        raise error(message, hint=hint)
    if done.returncode:
        raise error(ended)
    return done.stdout


def limit_memory(most_bytes: int) -> None:
    """Let this process have no more addresses, for good; fewer, where it is limited already."""
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    most = most_bytes if hard == resource.RLIM_INFINITY else min(most_bytes, hard)
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def refuse(message: str, hint: str = "") -> NoReturn:
    """Say to who started this process why what was given is refused, and end."""
    sys.stdout.write(f"\n{json.dumps([message, hint])}")  # a library may have printed before
    sys.exit(REFUSED)
