"""The one place that imports TensorFlow and Keras: quietly, and with Keras's settings pinned.

Importing this module takes about 4 s, so only the training half and `core/model.py` do.
"""

import os

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

from mnist_cli.core.quiet import native_output_hidden

with native_output_hidden():
    import keras
    import tensorflow as tf

keras.config.set_floatx("float32")
keras.config.set_image_data_format("channels_last")

__all__ = ["keras", "tf"]
