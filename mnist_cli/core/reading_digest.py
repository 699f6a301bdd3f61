"""Which reading this is: a digest of the code and of the networks that decide what is read.

Nobody has to raise a number, so it can't go stale. It is of the files' bytes: a changed comment
makes another reading too. To parse all of it, for comments not to count, takes 40 ms, this 0.3.
"""

import hashlib
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path

# of `reading/`, what only fetches, shows or writes; a new file counts unless it is named here
BESIDE = frozenset(
    {
        *("__init__.py", "bulk.py", "chunks.py", "form_new.py", "given_fields.py", "opening.py"),
        *("picture_file.py", "pictures.py", "saliency.py"),
    }
)
# of `core/`
SHARED = ("finder_maps.py", "models/litert.py", "data/digit_form.py", "data/shapes.py", "strips.py")
NETWORKS = ("finder", "lines")  # each in a folder of its name, with a manifest


@cache
def reading_digest(package: Path = Path(__file__).parent.parent) -> str:
    """Return the first 16 hexadecimal digits of a SHA-256.

    Args:
        package: The folder of `mnist_cli`.
    """
    sha256 = hashlib.sha256("".join(_network(package, name) for name in NETWORKS).encode())
    for path in _sources(package):
        sha256.update(f"\n{path.name}\n".encode() + path.read_bytes())
    return sha256.hexdigest()[:16]


def _sources(package: Path) -> Iterator[Path]:
    reading = package / "reading"
    for path in sorted(reading.rglob("*.py")):
        if path.name not in BESIDE and path.parent != reading / "output":
            yield path
    yield from (package / "core" / name for name in SHARED)


def _network(package: Path, name: str) -> str:
    """Return a network's digest; nothing of a damaged package, with which nothing is read."""
    path = package / "assets" / name / f"{name}.json"
    try:
        return str(json.loads(path.read_bytes())["files"][f"{name}.tflite"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""
