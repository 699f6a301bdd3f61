"""A whole training, killed by SIGKILL at each state in which it leaves the store.

TensorFlow is imported once, and each process forked from there. It kills itself before the first
of its file calls that finds the store as none before did: calls that change nothing are alike.
Afterwards the store must be whole, and what is left of the run must end as one that nothing
happened to: by `--resume` if it had begun, else anew.
"""

import itertools
import os
import re
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from mnist_cli.cli import app as cli
from mnist_cli.core.store import store, versions
from mnist_cli.core.store.versions import TFLITE
from mnist_cli.training import checkpoint, runs
from tests.faults.disk import QUICK, few_images, stock
from tests.faults.harness import digest
from tests.faults.kill_points import CALLS, QUICK_DISK

TRAIN = (*QUICK, "--epochs", 2)
OLD, NEW = ["1"], ["1", "2"]
LEFT = re.compile(r"lock|\.new-.*\.json")  # of a run that was killed before it began, at most


def trained(folder: Path, *options: object, kill_at: int = 0) -> int:
    """Run `mnist train` in a child; return its exit code, -9 if it was killed.

    Args:
        folder: Where it stands.
        options: Of `mnist train`.
        kill_at: Number of the state of the store in which it kills itself; 0 for none.
    """
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    code: object = 1
    try:
        os.chdir(folder)
        log = os.open("log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(log, 1)
        os.dup2(log, 2)
        sys.argv = ["mnist", "train", *map(str, options)]
        if kill_at:
            sys.setprofile(_killer(folder / "artifacts", kill_at))
        cli.main()
        code = 0
    except SystemExit as stop:
        code = stop.code or 0
    finally:
        sys.setprofile(None)
        os._exit(code if isinstance(code, int) else 1)


def _killer(artifacts: Path, at: int) -> Callable[[FrameType, str, Any], None]:
    """Return what kills this process before a file call, in the n-th state of the store."""
    seen: set[frozenset[tuple[str, int, int]]] = set()

    def look(_frame: FrameType, event: str, call: Any) -> None:
        if event == "c_call" and call.__name__ in CALLS:
            seen.add(_state(artifacts))
            if len(seen) > at:  # the first is the one that was there
                os.kill(os.getpid(), signal.SIGKILL)

    return look


def _state(artifacts: Path) -> frozenset[tuple[str, int, int]]:
    """Return names, sizes and times of change of all files; of folders the names."""
    found = []
    for parent, folders, names in os.walk(artifacts):
        found += [(f"{parent}/{name}", 0, 0) for name in folders]
        for name in names:
            status = Path(parent, name).stat()
            found.append((f"{parent}/{name}", status.st_size, status.st_mtime_ns))
    return frozenset(found)


def new_folder(folder: Path) -> Path:
    """Lay a store of one version, and images to train on."""
    few_images()(folder)
    stock(folder / "artifacts", versions=1)
    return folder


def made(artifacts: Path) -> bytes:
    """Return the network of the new version, after the digests of all its files."""
    version = versions.open_version(artifacts / NEW[-1])
    files = {name: version.read(name) for name in version.manifest["files"]}
    return files[TFLITE]


def wrong(folder: Path, expected: bytes) -> list[str]:
    """Say what a kill damaged, and what is other than if nothing had happened."""
    artifacts, found = folder / "artifacts", []
    names = [version.name for version in store.list_versions(artifacts)]
    if names not in (OLD, NEW) or names != list(map(str, store.version_numbers(artifacts))):
        found.append(f"versions {names} after the kill")
    before = digest(artifacts / "1")
    begun = [Path(run).parent for run in artifacts.glob(f"{store.UNFINISHED}/*/{runs.RUN_FILE}")]
    can_go_on = any(map(checkpoint.exists, begun))
    if begun and (code := trained(folder, "--resume")) and can_go_on:
        found.append(f"resumed, it ended with {code}: {said(folder)}")
    if store.version_numbers(artifacts) == [1] and (code := trained(folder, *TRAIN)):
        found.append(f"begun anew, it ended with {code}: {said(folder)}")
    names = [version.name for version in store.list_versions(artifacts)]
    if names != NEW:
        return [*found, f"versions {names} in the end"]
    if digest(artifacts / "1") != before:
        found.append("version 1 is another")
    if made(artifacts) != expected:
        found.append("the new version is another")
    return found + [f"left over: {name}" for name in left_over(artifacts)]


def said(folder: Path) -> str:
    """Return the end of what the newest training said."""
    return (folder / "log").read_text()[-500:]


def left_over(artifacts: Path) -> list[str]:
    """Return what is left in the store beside versions, but for a run that had not begun."""
    own = {*NEW, store.HIGHEST, store.ALIASES, store.UNFINISHED}
    names = [path.name for path in artifacts.iterdir() if path.name not in own]
    unfinished = artifacts / store.UNFINISHED
    for run in unfinished.iterdir() if unfinished.is_dir() else ():
        names += [str(path) for path in run.iterdir() if not LEFT.fullmatch(path.name)]
    return names


def sweep(each: int = 1) -> int:
    """Kill trainings at every n-th state of the store; return how many were killed."""
    from mnist_cli.core import tensorflow  # noqa: F401  forked with it

    with tempfile.TemporaryDirectory(dir=QUICK_DISK) as name:
        folder = new_folder(Path(name))
        if code := trained(folder, *TRAIN):
            raise SystemExit(f"a training ended with {code}: {said(folder)}")
        expected = made(folder / "artifacts")
    for number, at in enumerate(itertools.count(1, each)):
        with tempfile.TemporaryDirectory(dir=QUICK_DISK) as name:
            folder = new_folder(Path(name))
            if (code := trained(folder, *TRAIN, kill_at=at)) != -signal.SIGKILL:
                if code:
                    raise SystemExit(f"a training ended with {code}: {said(folder)}")
                return number
            if found := wrong(folder, expected):
                raise SystemExit(f"train, killed in its state {at}: {'; '.join(found)}")
    raise AssertionError
