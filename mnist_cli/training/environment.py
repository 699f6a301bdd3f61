"""What a training was made with, as manifests state it."""

import hashlib
import os
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from mnist_cli.training.precision import has_bfloat16

LIBRARIES = ("mnist-cli", "tensorflow", "keras", "numpy", "ai-edge-litert")
DRAWING = ("opencv-python-headless", "pillow", "matplotlib", "fonttools")  # of synthetic pages


def environment(*more_libraries: str) -> dict[str, Any]:
    """Return versions and machine."""
    return {
        "versions": {"python": platform.python_version()}
        | {name: version(name) for name in (*LIBRARIES, *more_libraries)},
        "machine": {
            "system": platform.platform(),
            "cpus": len(os.sched_getaffinity(0)),
            "bfloat16": has_bfloat16(),
        },
    }


def asset_record(files: Mapping[str, bytes]) -> dict[str, Any]:
    """Return what the manifest of a network that finds digits or lines says of its making.

    Args:
        files: Their contents, by their names.
    """
    return {
        "schema": 1,
        "files": {name: hashlib.sha256(data).hexdigest() for name, data in files.items()},
        **environment(*DRAWING),
        "created": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
