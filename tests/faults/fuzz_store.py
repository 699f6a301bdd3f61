"""Files that people write by hand, changed at random, and what the commands make of them.

    python -m tests.faults.fuzz_store [--minutes 10] [--seed 0]

An entry of model.json, aliases.json or form.json gets an odd value, goes, comes under another name
or stands there twice; or bytes of the file are changed, or it is cut off. A command must end in
words: with an exit code of the table, no traceback, nothing but printable characters, within ten
seconds. A finding is printed with its seed, which makes it again; ends with 1 if there is one.
"""

import argparse
import contextlib
import copy
import io
import json
import os
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from mnist_cli.cli import app as cli
from mnist_cli.core.errors import ExitCode
from mnist_cli.core.store import store
from mnist_cli.core.store.versions import BUNDLED, MANIFEST
from mnist_cli.reading.forms.form_file import write_form
from mnist_cli.reading.forms.forms import Form, FormField
from tests.conftest import render_digit
from tests.faults.disk import picture
from tests.faults.kill_points import QUICK_DISK
from tests.reading.test_image import encoded, grey

ODD: tuple[Any, ...] = (
    *(None, "", "abc", "1", [], {}, [[[]]], [None], {"a": {}}, True, False, 0, 1, -1, 2.5),
    *(10**30, 10**400, 1e-310, float("nan"), 1e400, "\x1b[2J", "\ud800", "[/foo]", "x" * 10_000),
)
SLOWEST_S = 10
ALLOWED = {*ExitCode} - {ExitCode.BUG}
COMMANDS: dict[str, tuple[tuple[str, ...], ...]] = {
    f"artifacts/1/{MANIFEST}": (
        ("models", "list"),
        ("models", "list", "--json"),
        ("models", "show", "1"),
        ("models", "show", "1", "--json"),
        ("models", "verify", "1"),
        ("predict", "a.png", "--model", "1"),
        ("plot", "history", "--model", "1", "-o", "a.svg", "--force"),
        ("plot", "compare", "--model", "1", "--model", "2", "-o", "a.svg", "--force"),
    ),
    f"artifacts/{store.ALIASES}": (
        ("models", "list"),
        ("models", "show"),
        ("models", "show", "paper"),
        ("models", "promote", "1", "paper"),
        ("predict", "a.png"),
        ("predict", "a.png", "--model", "paper"),
    ),
    "form.json": (
        ("predict", "a.png", "--form", "form.json"),
        ("predict", "a.png", "--form", "form.json", "--json"),
        ("predict", "a.png", "--form", "form.json", "-o", "a.csv", "--force"),
    ),
}


def lay_good_files(folder: Path) -> dict[str, bytes]:
    """Lay a store of two versions, a form and a picture; return what is to be changed."""
    for number in ("1", "2"):
        made = folder / "artifacts" / number
        made.mkdir(parents=True)
        for path in BUNDLED.iterdir():
            (made / path.name).write_bytes(path.read_bytes())
    (folder / "artifacts" / store.ALIASES).write_text('{"champion": "2", "paper": "1"}')
    picture()(folder)
    sheet = np.full((60, 120), 255, np.uint8)
    sheet[5:55, 5:55] = render_digit(3, 50)
    box = FormField("number", (2.0, 58.0), (2.0, 58.0), expect=("3", "18"), is_id=True)
    table = FormField(
        *("marks", (2.0, 30.0, 58.0), (60.0, 90.0, 118.0), ("a", "b"), "0..10"),
        printed=frozenset({(1, 1)}),
    )
    form = Form("sheet", encoded(grey(sheet)), (box, table), ("sum(1..1) = 2",))
    write_form(folder / "form.json", form)
    return {name: (folder / name).read_bytes() for name in COMMANDS}


def changed(content: bytes, random: Random) -> bytes:
    """Change a JSON file: an entry of it, or its bytes."""
    if random.random() < 0.2:
        return _with_other_bytes(content, random)
    document = json.loads(content)
    for _ in range(random.choice((1, 1, 2))):
        document = _with_another_entry(document, random)
    return json.dumps(document).encode()


def _with_other_bytes(content: bytes, random: Random) -> bytes:
    at = random.randrange(len(content))
    return random.choice(
        (
            content[:at],
            content[:at] + bytes([random.randrange(256)]) + content[at + 1 :],
            content[:at] + b"[" * 200_000 + content[at:],
            content[:at] + content[at // 2 :],
            b"\xef\xbb\xbf" + content,
            content.decode().encode("utf-16"),
        )
    )


def _with_another_entry(document: Any, random: Random) -> Any:
    places: list[tuple[Any, Any]] = []
    waiting = [document] if isinstance(document, dict | list) else []
    while waiting:
        node = waiting.pop()
        pairs = list(node.items() if isinstance(node, dict) else enumerate(node))
        places += [(node, key) for key, _ in pairs]
        waiting += [value for _, value in pairs if isinstance(value, dict | list)]
    if not places or random.random() < 0.02:
        return copy.deepcopy(random.choice(ODD))
    node, key = random.choice(places)
    how = random.choice(("odd", "odd", "odd", "gone", "renamed", "again"))
    if how == "odd":
        node[key] = copy.deepcopy(random.choice(ODD))
    elif how == "gone":
        del node[key]
    elif isinstance(node, dict):
        name = random.choice((f"{key}s", key.upper(), "\x1b[2J", "\ud800", "", "1"))
        node[name] = node.pop(key) if how == "renamed" else node[key]
    else:
        node.insert(key, node[key])
    return document


def run(arguments: tuple[str, ...]) -> tuple[int, str]:
    """Run a command here; return its exit code and all that it said."""
    out = io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True)
    sys.argv = ["mnist", *arguments]
    code: Any = 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        try:
            cli.main()
        except SystemExit as stop:
            code = stop.code or 0
        except BaseException:  # a finding
            code = ExitCode.BUG
            out.write(traceback.format_exc())
    buffer: Any = out.buffer
    return int(code), buffer.getvalue().decode()


def finding(run_it: Callable[[], tuple[int, str]]) -> str:
    """Say what is wrong with how a command ended; nothing if it is well."""
    started = time.monotonic()
    code, said = run_it()
    if code not in ALLOWED or "Traceback" in said:
        return f"code {code}: {said[-1500:]}"
    if not all(c.isprintable() or c == "\n" for c in said):
        return f"control characters: {said[-300:]!r}"
    took_s = time.monotonic() - started
    return f"it took {took_s:.1f} s" if took_s > SLOWEST_S else ""


def say(text: str) -> None:
    """Tell a person."""
    print(text, flush=True)  # noqa: T201


def main() -> None:
    """Fuzz for so many minutes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=0, help="of the first round")
    options = parser.parse_args()
    ends = time.monotonic() + 60 * options.minutes
    seed, found = options.seed, 0
    with tempfile.TemporaryDirectory(dir=QUICK_DISK) as name:
        os.chdir(name)
        good = lay_good_files(Path(name))
        while time.monotonic() < ends:
            random = Random(seed)  # noqa: S311
            file = random.choice(list(COMMANDS))
            arguments = random.choice(COMMANDS[file])
            Path(file).write_bytes(changed(good[file], random))
            if wrong := finding(lambda: run(arguments)):  # noqa: B023
                found += 1
                say(f"seed {seed}: {file}, mnist {' '.join(arguments)}: {wrong}")
            for other, content in good.items():
                Path(other).write_bytes(content)
            seed += 1
    say(f"{seed - options.seed} rounds, {found} findings")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
