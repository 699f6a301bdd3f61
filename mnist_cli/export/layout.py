"""Where TensorFlow Serving looks for a SavedModel; known without TensorFlow."""

from pathlib import Path

MARK = "saved_model.pb"  # the file that makes a folder a SavedModel


def place(output: Path, version: str | None) -> Path:
    """Return the folder to write: NAME/NUMBER, of which servers take the highest number.

    Args:
        output: NAME, or NAME/NUMBER.
        version: Number of the version in its store; where it has none, NUMBER is 1.
    """
    if _is_number(output.name):
        return output
    return output / (version if version and _is_number(version) else "1")


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal()
