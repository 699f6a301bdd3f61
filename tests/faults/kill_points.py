"""Commands killed by SIGKILL before each of their calls that touch the disk, one after the other.

    python -m tests.faults.kill_points [publish|promote|delete|checkpoint ...]
    python -m tests.faults.kill_points train [--each 5]   # ten minutes; see `kill_train`

Each kill strikes a store of its own in a process of its own. Afterwards each version that is
listed must be whole, aliases must mean versions, nothing may be lost that was there, and the next
run of the same must work. Ends with 1 if it isn't so.
"""

import argparse
import gc
import os
import signal
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np

from mnist_cli.core.store import maintenance, store, versions
from mnist_cli.core.store.publish import highest_number
from mnist_cli.core.store.publish import publish as publish_version
from mnist_cli.core.store.versions import Version
from mnist_cli.training import checkpoint
from mnist_cli.training.checkpoint import State
from tests.faults.disk import small_stock

# names of what the interpreter calls to touch the disk; `close` and `__exit__` write buffers
CALLS = {
    *("open", "write", "close", "__exit__", "fsync", "rename", "replace", "mkdir", "rmdir"),
    *("unlink", "remove", "chmod", "truncate"),
}
TRAIN = "train"
QUICK_DISK = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108  fsync waits


@dataclass(frozen=True)
class Deed:
    """What is killed.

    Attributes:
        do: Does it in a store.
        kept: Says what must have outlasted a kill, and is not there.
    """

    do: Callable[[Path], object]
    kept: Callable[[Path], list[str]]


def publish(artifacts: Path) -> Version:
    """Publish a copy of version 1."""
    made = artifacts / store.UNFINISHED / f"run-{os.getpid()}" / "version"
    made.mkdir(parents=True)
    old = versions.open_version(artifacts / "1")
    for name in old.manifest["files"]:
        (made / name).write_bytes((old.path / name).read_bytes())
    return publish_version(made, old.manifest | {"run": made.parent.name}, artifacts)


def promote(artifacts: Path) -> None:
    """Let the champion, so far 1, be 2."""
    maintenance.promote(artifacts, versions.open_version(artifacts / "2"), "champion")


def delete(artifacts: Path) -> None:
    """Delete version 3, and an alias with it."""
    if 3 in store.version_numbers(artifacts):
        maintenance.delete(artifacts, ["3"], force=True)
    else:
        publish(artifacts)


def save_checkpoint(artifacts: Path) -> None:
    """Write the third checkpoint of a run; the oldest goes."""
    checkpoint.save(artifacts / "run", state(3))


def state(epoch: int) -> State:
    return State(epoch, [np.full(1000, epoch, np.float32)], train_s=float(epoch))


def lost(artifacts: Path, *numbers: int) -> list[str]:
    """Name the versions among these that are not there."""
    missing = set(numbers) - set(store.version_numbers(artifacts))
    return [f"version {number} is lost" for number in sorted(missing)]


def lost_checkpoint(artifacts: Path) -> list[str]:
    found = checkpoint.load(artifacts / "run")
    whole = found.epoch in {2, 3} and found.variables[0][0] == found.epoch
    return lost(artifacts, 1, 2, 3) + ["no checkpoint to go on from"] * (not whole)


def lost_alias(artifacts: Path) -> list[str]:
    meant = store.stored_aliases(artifacts).get("champion")
    return lost(artifacts, 1, 2, 3) + [f"the champion is {meant}"] * (meant not in {"1", "2"})


DEEDS = {
    "publish": Deed(publish, lambda artifacts: lost(artifacts, 1, 2, 3)),
    "promote": Deed(promote, lost_alias),
    "delete": Deed(delete, lambda artifacts: lost(artifacts, 1, 2)),
    "checkpoint": Deed(save_checkpoint, lost_checkpoint),
}


def new_store(folder: Path) -> Path:
    """Make a store of three versions, aliases, and a run with two checkpoints."""
    artifacts = small_stock(folder / "artifacts", versions=3)
    maintenance.promote(artifacts, versions.open_version(artifacts / "1"), "champion")
    maintenance.promote(artifacts, versions.open_version(artifacts / "3"), "doomed")
    (artifacts / "run").mkdir()
    for epoch in (1, 2):
        checkpoint.save(artifacts / "run", state(epoch))
    return artifacts


def killed(deed: Deed, artifacts: Path, at: int) -> bool:
    """Do it in a child that kills itself before its n-th call; False if it ended before."""
    child = os.fork()
    if child:
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status) and os.waitstatus_to_exitcode(status):
            raise SystemExit("a child failed by itself")
        return os.WIFSIGNALED(status)
    left = at

    def count(_frame: FrameType, event: str, call: Any) -> None:
        nonlocal left
        if event == "c_call" and call.__name__ in CALLS:
            left -= 1
            if not left:
                os.kill(os.getpid(), signal.SIGKILL)

    code = 1
    try:
        sys.setprofile(count)
        deed.do(artifacts)
        sys.setprofile(None)
        code = 0
    finally:
        os._exit(code)


def wrong(deed: Deed, artifacts: Path) -> list[str]:
    """Say what a kill damaged, and whether the same can be done now."""
    found = deed.kept(artifacts)
    listed = store.list_versions(artifacts)  # an unreadable one is left out
    found += ["a version is not whole"] * (len(listed) != len(store.version_numbers(artifacts)))
    for version in listed:
        for name in version.manifest["files"]:
            version.read(name)
    for alias in store.read_aliases(artifacts):
        store.resolve(alias, artifacts)
    highest = highest_number(artifacts)
    if int(publish(artifacts).name) <= highest:
        found.append("a number was given again")
    deed.do(artifacts)
    return found + deed.kept(artifacts)


def sweep(name: str) -> int:
    """Kill a deed at every call; return how often it was killed."""
    kills = 0
    while True:
        with tempfile.TemporaryDirectory(dir=QUICK_DISK) as folder:
            artifacts = new_store(Path(folder))
            if not killed(DEEDS[name], artifacts, at=kills + 1):
                return kills
            kills += 1
            if found := wrong(DEEDS[name], artifacts):
                raise SystemExit(f"{name}, killed before its call {kills}: {'; '.join(found)}")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("deeds", nargs="*", help=", ".join([*DEEDS, TRAIN]))
    parser.add_argument("--each", type=int, default=1, help="of the states that a training has")
    options = parser.parse_args()
    for name in options.deeds or DEEDS:
        if name == TRAIN:
            from tests.faults import kill_train  # it imports TensorFlow

            kills = kill_train.sweep(options.each)
        else:
            gc.disable()
            kills = sweep(name)
        print(f"{name} {kills} kills", flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
