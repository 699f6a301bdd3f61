"""What a training was made with, as manifests state it."""

import os
import platform
from importlib.metadata import version
from typing import Any

from mnist_cli.training.precision import has_bfloat16

LIBRARIES = ("mnist-cli", "tensorflow", "keras", "numpy", "ai-edge-litert")


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
