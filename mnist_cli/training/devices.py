"""What a run is computed on, and why not on a GPU where there is one."""

import os
from pathlib import Path

from mnist_cli.core import log
from mnist_cli.core.tensorflow import tf

CUDA_PACKAGES = "tensorflow[and-cuda]"


def device_in_use(devices: Path = Path("/dev")) -> str:
    """Name what TensorFlow computes on, as `CPU, 2 cores`; warn of a GPU that it can't use.

    Args:
        devices: Where the system shows its devices.
    """
    if gpus := tf.config.list_physical_devices("GPU"):
        details = (tf.config.experimental.get_device_details(gpu) for gpu in gpus)
        return ", ".join(f"GPU {one.get('device_name', 'of unknown name')}" for one in details)
    wanted = os.environ.get("CUDA_VISIBLE_DEVICES") not in {"", "-1"}
    if wanted and (found := sorted(devices.glob("nvidia[0-9]*"))):
        log.warning(
            "training.gpu_not_used",
            device=str(found[0]),
            reason="TensorFlow finds no CUDA libraries that fit",
            hint=f"pip install '{CUDA_PACKAGES}'",
        )
    return f"CPU, {len(os.sched_getaffinity(0))} cores"
