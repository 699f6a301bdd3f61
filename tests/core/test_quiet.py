import subprocess
import sys

import pytest

NOISE = "os.write(1, b'native out\\n'); os.write(2, b'native err\\n')"


def run(body: str, redirection: str = "") -> subprocess.CompletedProcess[str]:
    program = (
        "import os, sys\nfrom mnist_cli.core.quiet import native_output_hidden\n"
        f"NOISE = {NOISE!r}\n{body}"
    )
    command = f'exec "$0" -c "$1" {redirection}'
    return subprocess.run(
        ["sh", "-c", command, sys.executable, program], capture_output=True, text=True, check=False
    )


def test_what_native_code_prints_is_hidden_and_what_python_prints_around_it_is_not() -> None:
    done = run(
        "print('before', end=' '); print('one', end=' ', file=sys.stderr)\n"
        "with native_output_hidden():\n    exec(NOISE)\n"
        "print('after'); print('two', file=sys.stderr)"
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "before after\n", "one two\n")


def test_a_failure_inside_still_speaks() -> None:
    done = run("with native_output_hidden():\n    exec(NOISE)\n    raise RuntimeError('own words')")

    assert done.stderr.splitlines()[-1] == "RuntimeError: own words"
    assert "native" not in done.stdout + done.stderr


def test_no_descriptor_is_left_open() -> None:
    done = run(
        "count = lambda: len(os.listdir('/proc/self/fd'))\nbefore = count()\n"
        "for _ in range(20):\n    with native_output_hidden(): pass\n"
        "print(count() - before)"
    )
    assert done.stdout == "0\n"


@pytest.mark.parametrize("redirection", [">&-", "2>&-", ">&- 2>&-"])
def test_closed_streams_stay_closed_and_quiet(redirection: str) -> None:
    noise = "\n".join(
        f"    try: os.write({fd}, b'native')\n    except OSError: pass" for fd in (1, 2)
    )
    done = run(f"with native_output_hidden():\n{noise}", redirection)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
