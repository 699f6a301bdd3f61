"""Which reading this is: a digest of the code and of the finder that decide what is read.

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
        "__init__.py",
        "annotate.py",
        "bulk.py",
        "chunks.py",
        "explain.py",
        "form_new.py",
        "opening.py",
        "output.py",
        "pictures.py",
        "record.py",
        "results.py",
        "review.py",
        "saliency.py",
    }
)
SHARED = ("finder_maps.py", "litert.py", "shapes.py")  # of `core/`
FINDER = Path("assets/finder/finder.json"), "finder.tflite"


@cache
def reading_digest(package: Path = Path(__file__).parent.parent) -> str:
    """Return the first 16 hexadecimal digits of a SHA-256.

    Args:
        package: The folder of `mnist_cli`.
    """
    sha256 = hashlib.sha256(_finder(package).encode())
    for path in _sources(package):
        sha256.update(f"\n{path.name}\n".encode() + path.read_bytes())
    return sha256.hexdigest()[:16]


def _sources(package: Path) -> Iterator[Path]:
    yield from (p for p in sorted((package / "reading").glob("*.py")) if p.name not in BESIDE)
    yield from (package / "core" / name for name in SHARED)


def _finder(package: Path) -> str:
    """Return the finder's digest; nothing of a damaged package, with which nothing is read."""
    manifest, file = FINDER
    try:
        return str(json.loads((package / manifest).read_bytes())["files"][file])
    except (OSError, ValueError, KeyError, TypeError):
        return ""
