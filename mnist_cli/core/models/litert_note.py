"""What a `.tflite` that this tool exported says of itself, in the archive at its end.

LiteRT's own tools keep their metadata so too: a ZIP archive after the model, which is passed over
where a model is run. LiteRT does not defend itself against a file that was changed: so the note
holds the model's digest, and a file without one is not opened. That tells damage, not malice: who
makes a file can make its note.
"""

import hashlib
import io
import json
import zipfile
from pathlib import Path
from typing import Any

from mnist_cli.core.data.zip_dates import fitting_dates
from mnist_cli.core.errors import ModelError
from mnist_cli.core.store.manifest import check_note

NAME = "mnist_cli.json"
LARGEST = 64 << 10


def with_note(
    content: bytes,
    temperature: float,
    class_names: tuple[str, ...],
    takes: str = "float32",
    gives: str = "float32",
) -> bytes:
    """Return a `.tflite` file with its note; `takes` and `gives` say which numbers these are."""
    note = {
        "sha256": hashlib.sha256(content).hexdigest(),
        "input": f"(N, 28, 28, 1) {takes}, 0 for paper and 1 for ink",
        "output": f"(N, 10) {gives}, probabilities",
        "temperature": temperature,
        "class_names": list(class_names),
    }
    file = io.BytesIO(content)
    with fitting_dates(), zipfile.ZipFile(file, "a") as archive:
        archive.writestr(NAME, json.dumps(note, indent=2))
    return file.getvalue()


def read_note(path: Path, file: bytes) -> tuple[bytes, float, tuple[str, ...]]:
    """Take a file with its note apart.

    Returns:
        The model, its temperature, and what its classes are called.

    Raises:
        ModelError: It has no note, or is not what was exported.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(file)) as archive:
            entry = archive.getinfo(NAME)
            if entry.file_size > LARGEST:
                raise ValueError("its note is too large")
            content = file[: entry.header_offset]
            note: dict[str, Any] = json.loads(archive.read(entry))
        temperature, names = check_note(note["temperature"], note["class_names"])
    except Exception as error:  # each way of compressing has errors of its own
        raise ModelError(
            f"{path}: not a .tflite that `mnist export` wrote, or it was damaged.",
            hint="LiteRT trusts its files. Export it again, or give the .keras it was made of.",
        ) from error
    if hashlib.sha256(content).hexdigest() != note["sha256"]:
        raise ModelError(
            f"{path}: checksum mismatch, the file was changed or damaged.", hint="Export it again."
        )
    return content, temperature, names
