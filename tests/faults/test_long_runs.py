"""Half a minute of the long runs: of `python -m tests.benchmarks.soak`, and of requests."""

import subprocess
import sys

import pytest


@pytest.mark.long
@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(("serve", "--minutes", "0.4", "--per-s", "20"), id="serve"),
        pytest.param(("predict", "--count", "2000"), id="predict"),
    ],
)
def test_a_short_soak_finds_nothing_wrong(arguments: tuple[str, ...]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.soak", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.long
def test_requests_of_odd_pieces_find_nothing_wrong() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.fuzz_requests", "--minutes", "0.4"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
