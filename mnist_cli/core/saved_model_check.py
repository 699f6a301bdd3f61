"""Load and run a SavedModel once, in a process of its own.

A graph may loop for ever, crash the library, or take all memory. This process is ended from outside
then, or ends alone. What happens on some images only is not noticed.
"""

import json
import resource
import sys
from pathlib import Path

import numpy as np

from mnist_cli.core.errors import ModelError
from mnist_cli.core.hdf5_check import REFUSED
from mnist_cli.core.model import refusing
from mnist_cli.core.saved_model_file import SavedNetwork
from mnist_cli.core.tensorflow import tf

MEMORY = 8 << 30  # bytes; TensorFlow alone asks for some 3 GB of addresses
IMAGES = 200  # as many as are first read with it


def main() -> None:
    """Try the SavedModel that the arguments name: its folder, and its name in messages."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    folder, name = map(Path, sys.argv[1:])
    try:
        network = SavedNetwork(folder, name)
        with refusing(name):
            network(tf.constant(np.zeros((IMAGES, *network.shape), np.float32)))
    except ModelError as refusal:
        sys.stdout.write(json.dumps([refusal.message, refusal.hint]))
        sys.exit(REFUSED)


if __name__ == "__main__":
    main()
