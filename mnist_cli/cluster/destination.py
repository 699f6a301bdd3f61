"""The folder of shards with its manifest: what its shards hold, and whether all are there."""

import json
from collections import Counter
from dataclasses import dataclass
from typing import Any

from mnist_cli.cluster import filesystems, shards
from mnist_cli.core.errors import ConflictError
from mnist_cli.core.outputs import SHARDS_MARK

MANIFEST = SHARDS_MARK


@dataclass(frozen=True)
class Destination:
    """A folder of shards.

    Attributes:
        folder: Its path or URL.
        asked: What decides what its shards hold: pictures, model, options. A folder never holds
            shards that differ in it.
    """

    folder: str
    asked: dict[str, Any]

    def begin(self, *, force: bool) -> None:
        """Make the folder, or find that what is in it goes with this.

        Raises:
            ConflictError: It does not, and `force` is off, or it is nothing of ours.
            StorageError: It can't be reached or written.
        """
        names = filesystems.names_in(self.folder)
        if MANIFEST in names and not force:
            self._check()
            return
        if MANIFEST not in names and any(not _is_unfinished(name) for name in names):
            raise ConflictError(
                f"{self.folder!r} exists and holds no {MANIFEST}.", hint="Choose another place."
            )
        filesystems.remove(self.folder, (MANIFEST, *filter(shards.is_shard, names)))
        filesystems.make_folder(self.folder)
        self._write({"status": "unfinished"})

    def finish(self, counts: Counter[str], run: dict[str, Any]) -> dict[str, Any]:
        """Write down that all shards are there, and return the manifest.

        Args:
            counts: How many pictures failed by each code, and under "" how many were read.
            run: What else is to be known of the run.

        Raises:
            StorageError: It can't be reached or written.
        """
        names = filesystems.names_in(self.folder)
        filesystems.remove(
            self.folder, filter(_is_unfinished, names)
        )  # of workers that were killed
        failures = {code: number for code, number in sorted(counts.items()) if code}
        summary = {
            "status": "done",
            "n": counts.total(),
            "failed": sum(failures.values()),
            "failures": failures,
        }
        return self._write(summary | run)

    def _check(self) -> None:
        try:
            there = json.loads(filesystems.read(f"{self.folder}/{MANIFEST}") or b"")
            others = [name for name, value in self.asked.items() if there[name] != value]
        except (ValueError, TypeError, KeyError):
            others = ["the manifest is damaged"]
        if others:
            raise ConflictError(
                f"{self.folder!r} holds results of something else: other {', '.join(others)}.",
                hint="Pass --force to begin anew, or choose another place.",
            )

    def _write(self, state: dict[str, Any]) -> dict[str, Any]:
        manifest = state | self.asked
        text = json.dumps(manifest, indent=2) + "\n"
        filesystems.write(f"{self.folder}/{MANIFEST}", lambda path: path.write_text(text))
        return manifest


def _is_unfinished(name: str) -> bool:
    return name.startswith(filesystems.NEW)
