"""What the ten classes are called: digits, or what a file of the user's says."""

import json
from pathlib import Path

from mnist_cli.core.errors import ClassNamesError, ClassNamesNotFoundError
from mnist_cli.core.files import open_regular

DIGITS = tuple("0123456789")

LARGEST_BYTES = 64 << 10
LONGEST = 40  # characters


def read_class_names(path: Path) -> tuple[str, ...]:
    """Read ten names: a text file with a line a class, in UTF-8, or a list in JSON.

    Raises:
        ClassNamesNotFoundError: No file is there.
        ClassNamesError: These are not ten different names that can be shown.
    """
    try:
        with open_regular(path) as file:
            content = file.read(LARGEST_BYTES + 1)
    except OSError as error:
        raise ClassNamesNotFoundError(str(path), error.strerror or "") from error
    if len(content) > LARGEST_BYTES:
        raise ClassNamesError(f"{path}: over {LARGEST_BYTES >> 10} kB; ten names take far less.")
    try:
        text = content.decode("utf-8-sig")
        if text.lstrip().startswith("["):
            return check_class_names(json.loads(text))
        return check_class_names([line.strip() for line in text.rstrip().split("\n")])
    except (ValueError, RecursionError) as error:
        raise ClassNamesError(f"{path}: neither UTF-8 text nor JSON ({error}).") from error
    except ClassNamesError as error:
        raise ClassNamesError(f"{path}: {error.message}") from error


def check_class_names(names: object) -> tuple[str, ...]:
    """Return the names, if they are ten different texts of 1 to 40 printable characters.

    Raises:
        ClassNamesError: They are not.
    """
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ClassNamesError("Class names must be a list of texts.")
    if len(names) != len(DIGITS):
        raise ClassNamesError(f"Ten class names are needed. Received: {len(names)}.")
    for name in names:
        if not (0 < len(name) <= LONGEST and name.isprintable() and name == name.strip()):
            raise ClassNamesError(
                f"A class name has 1 to {LONGEST} printable characters. Received: {name!r:.60}."
            )
    if len(set(names)) < len(names):
        raise ClassNamesError(f"Class names must differ. Received: {', '.join(names)}.")
    return tuple(names)
