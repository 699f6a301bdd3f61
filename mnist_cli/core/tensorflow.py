"""The one place that imports TensorFlow and Keras: quietly, and with Keras's settings pinned.

Importing this module takes seconds, so only the training half and `core/models/model.py` do.
"""

import errno
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["KERAS_HOME"] = os.devnull  # else Keras obeys and writes keras.json, at worst in /tmp
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

from mnist_cli.core.errors import BrokenLibraryError
from mnist_cli.core.outputs import check_temporary_folder
from mnist_cli.core.quiet import COMMAND, native_output_hidden

# Keras and TensorFlow import these where they are installed, for parts that nothing here uses:
# a third to a half of the time that they take, and 100 MB. A program that imports this package may
# need them, in another thread or through Keras, so only the command line's processes go without.
FOR_NOTHING = ("pandas", "sklearn", "scipy", "matplotlib", "cv2")


@contextmanager
def _without(packages: tuple[str, ...]) -> Iterator[None]:
    """Let imports in the block find no such packages, unless they were imported before."""
    hidden = [name for name in packages if name not in sys.modules]
    sys.modules |= dict.fromkeys(hidden)  # type: ignore[arg-type]  # None marks what is not there
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]


check_temporary_folder()
try:
    with native_output_hidden(), _without(FOR_NOTHING if COMMAND in os.environ else ()):
        import keras
        import tensorflow as tf
except ImportError as error:
    raise BrokenLibraryError("TensorFlow", error) from error

# keras 3.15 under numpy 2; `python -W error` would end with it
warnings.filterwarnings("ignore", "__array__ implementation", DeprecationWarning)
tf.get_logger().setLevel("ERROR")  # it warns of graphs that several trainings trace anew
keras.config.set_floatx("float32")
keras.config.set_image_data_format("channels_last")

__all__ = ["disk_errors", "keras", "tf"]

_OF_DISKS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EIO)


@contextmanager
def disk_errors() -> Iterator[None]:
    """Turn what TensorFlow raises of a disk into an OSError, in the system's words if it has them.

    Raises:
        OSError: The disk is full, or the folder can't be written.
    """
    try:
        yield
    except tf.errors.OpError as error:
        found = (number for number in _OF_DISKS if os.strerror(number) in error.message)
        known = next(found, None)
        raise (OSError(known, os.strerror(known)) if known else OSError(error.message)) from error
