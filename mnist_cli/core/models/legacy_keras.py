"""Files that Keras 2 saved and Keras 3 can't open: with Keras 2, the extra `keras2`."""

import warnings
from pathlib import Path
from typing import Any

from mnist_cli.core.errors import NotInstalledError
from mnist_cli.core.models.model import check_size
from mnist_cli.core.quiet import native_output_hidden
from mnist_cli.core.tensorflow import tf


def load(path: Path, checked: Path, config: dict[str, Any]) -> Any:
    """Load a file that was checked.

    Args:
        path: The user's file, for messages.
        checked: The copy that was checked.
        config: Of its network.

    Returns:
        A model of Keras 2.

    Raises:
        NotInstalledError: Keras 2 is not installed.
        ModelError: It would be too large.
    """
    with native_output_hidden(), warnings.catch_warnings(action="ignore"):
        try:
            import tf_keras
        except ModuleNotFoundError as error:
            what = f"{path} was saved by Keras 2 and"
            raise NotInstalledError(what, str(error.name), "keras2") from error
        with tf.Graph().as_default():  # in which variables are outlines
            check_size(path, config, tf_keras)
        return tf_keras.models.load_model(checked, compile=False, safe_mode=True)
