"""Load and run a SavedModel once, in a process of its own.

A graph may loop for ever, crash the library, or take all memory. This process is ended from outside
then, or ends alone. What happens on some images only is not noticed.
"""

import signal
import sys
from pathlib import Path

from mnist_cli.core.data.dataset import as_input, load_mnist
from mnist_cli.core.errors import ModelError
from mnist_cli.core.models.model import refusing
from mnist_cli.core.models.saved_model_file import TRIAL_S, SavedNetwork
from mnist_cli.core.own_process import limit_memory, refuse
from mnist_cli.core.tensorflow import tf

MEMORY = 8 << 30  # bytes; TensorFlow alone asks for some 3 GB of addresses
IMAGES = 200  # as many as are first read with it


def main() -> None:
    """Try the SavedModel that the arguments name: its folder, and its name in messages."""
    signal.alarm(TRIAL_S)  # whoever started it may have been ended
    limit_memory(MEMORY)
    folder, name = map(Path, sys.argv[1:])
    try:
        network = SavedNetwork(folder, name)
        with refusing(name):
            images = as_input(load_mnist("train").images[:IMAGES])
            network(tf.constant(images.reshape(-1, *network.shape)))
    except ModelError as refusal:
        refuse(refusal.message, refusal.hint)


if __name__ == "__main__":
    main()
