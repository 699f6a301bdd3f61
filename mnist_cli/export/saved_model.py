"""A network as a SavedModel, in the layout of TensorFlow Serving."""

from pathlib import Path

from mnist_cli.core.models.graph_classifier import GraphClassifier
from mnist_cli.core.quiet import native_output_hidden
from mnist_cli.core.tensorflow import disk_errors, keras, tf
from mnist_cli.export.comparison import Runner

INPUT, OUTPUT = "images", "probabilities"
SIGNATURE = "serving_default"


def write(classifier: GraphClassifier, folder: Path) -> None:
    """Write a SavedModel whose signature takes `images` and gives `probabilities`.

    Args:
        classifier: The network.
        folder: An empty folder.

    Raises:
        OSError: The disk is full.
    """
    spec = tf.TensorSpec((None, 28, 28, 1), tf.float32, name=INPUT)
    archive = keras.export.ExportArchive()
    archive.add_endpoint(SIGNATURE, lambda images: {OUTPUT: classifier.graph(images)}, [spec])
    with disk_errors(), native_output_hidden():
        archive.write_out(folder, verbose=False)


def opened(folder: Path) -> Runner:
    """Return what runs a SavedModel."""
    loaded = tf.saved_model.load(folder)  # the variables live as long as it does
    return lambda images: loaded.signatures[SIGNATURE](images=tf.constant(images))[OUTPUT].numpy()
