"""Modules of this package in processes of their own: a library that crashes ends those alone."""

import subprocess
import sys


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
