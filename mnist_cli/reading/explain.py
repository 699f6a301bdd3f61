"""How a picture became 28×28: each step as a picture, and the whole in words."""

from pathlib import Path

import cv2

from mnist_cli.core.errors import ConflictError
from mnist_cli.core.files import storage_errors, write_bytes
from mnist_cli.reading.reader import Reading

LONGEST_STEM = 50  # characters, so that a folder's name stays legal
SHOWN_SIDE = 280  # px; the 28×28 image is enlarged to be looked at

FLAG_WORDS = {
    "low_contrast": "The ink is hardly darker than the paper: use a darker pen or more light.",
    "touches_border": "The digit touches the border and may be cut off: leave some room around it.",
    "several_digits": "There seem to be several digits: only one was read.",
    "thin_stroke": "The stroke is thin for the size of the digit: it was widened.",
    "animated": "The picture has several frames: the first was read.",
}


class Explainer:
    """Writes a folder for each reading: its steps as pictures, and `explanation.txt`.

    Args:
        folder: Gets `0001-NAME/`, `0002-NAME/`, …; made if missing.
        force: Whether a folder that holds something is written into.

    Raises:
        ConflictError: The folder is not empty, and `force` is off.
        StorageError: The folder can't be written.
    """

    def __init__(self, folder: Path, *, force: bool = False) -> None:
        self._folder = folder
        self._count = 0
        with storage_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
            if not force and any(folder.iterdir()):
                raise ConflictError(
                    f"{str(folder)!r} is not empty.", hint="Pass --force to write into it."
                )

    def write(self, reading: Reading) -> None:
        """Explain one reading."""
        self._count += 1
        stem = Path(reading.path).stem[:LONGEST_STEM] if reading.path != "-" else "stdin"
        folder = self._folder / f"{self._count:04}-{stem}"
        with storage_errors(folder):
            folder.mkdir(exist_ok=True)
        pictures = {}
        stages = reading.normalised.stages if reading.normalised else {}
        for number, (name, stage) in enumerate(stages.items(), 1):
            factor = max(1, SHOWN_SIDE // max(stage.shape))
            size = stage.shape[1] * factor, stage.shape[0] * factor
            shown = cv2.resize(stage, size, interpolation=cv2.INTER_NEAREST)
            pictures[f"{number}-{name}.png"] = cv2.imencode(".png", shown)[1].tobytes()
        words = explain(reading).encode()
        for name, content in (pictures | {"explanation.txt": words}).items():
            write_bytes(folder / name, content)


def explain(reading: Reading) -> str:
    """Say in words what was done and what looks wrong."""
    if reading.error or not reading.normalised:
        reason = reading.error.message if reading.error else "nothing was found"
        return f"{reading.path}: {reason}\n"
    digit = reading.digits[0]
    left, top, right, bottom = digit.box
    darker = "darker" if reading.normalised.inverted else "lighter"
    lines = [
        f"{reading.path}: read as {digit.digit}, confidence {100 * digit.confidence:.1f} %.",
        f"The ink is {darker} than the paper.",
    ]
    if "mask" in reading.normalised.stages:
        lines.append(
            f"The digit was found in the box from ({left}, {top}) to ({right}, {bottom}), brought"
            " to 20 pixels on its longer side and centred by its mass in 28×28."
        )
    else:
        lines.append("The picture already is 28×28 as MNIST has it, and was left as it is.")
    if digit.unsure:
        lines.append("The answer is unsure: its confidence is low.")
    lines += [FLAG_WORDS[flag] for flag in (*digit.flags, *reading.flags)]
    return "\n".join(lines) + "\n"
