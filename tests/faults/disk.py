"""What tables of faults lay into a folder, and disks that are small or can't be written."""

import io
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mnist_cli.core.data.dataset import load_mnist
from mnist_cli.core.store.versions import BUNDLED, MANIFEST
from tests.conftest import render_digit

Make = Callable[[Path], object]

# of `train`: as little as can be learnt of few.npz
QUICK = ("--recipe", "quick", "--epochs", 1, "--data", "few.npz", "--set", "widths=8")


def picture(name: str = "a.png") -> Make:
    """Lay a picture of a 3."""
    return lambda folder: Image.fromarray(render_digit(3)).save(folder / name, "png")


def few_images(name: str = "few.npz") -> Make:
    """Lay a data set of 120 images to train on, and 60 to test on."""
    return lambda folder: (folder / name).write_bytes(_few_npz())


@cache
def _few_npz() -> bytes:
    data, buffer = load_mnist("test"), io.BytesIO()
    images, labels = data.images, data.labels
    np.savez(
        buffer,
        x_train=images[:120],
        y_train=labels[:120],
        x_test=images[120:180],
        y_test=labels[120:180],
    )
    return buffer.getvalue()


def written(name: str, content: bytes = b"") -> Make:
    """Lay a file."""
    return lambda folder: (folder / name).write_bytes(content)


def folder(name: str) -> Make:
    """Lay an empty folder."""
    return lambda parent: (parent / name).mkdir()


def several(*makes: Make) -> Make:
    """Lay one after the other."""
    return lambda folder: [make(folder) for make in makes]


def stock(artifacts: Path, versions: int = 2) -> Path:
    """Make a store of copies of the version in the package."""
    for number in range(1, versions + 1):
        shutil.copytree(BUNDLED, artifacts / str(number))
    return artifacts


def small_stock(artifacts: Path, versions: int) -> Path:
    """Make a store of versions that are whole, and whose files hold but their names."""
    manifest = json.loads((BUNDLED / MANIFEST).read_text())
    content = {name: name.encode() for name in manifest["files"]}
    manifest["files"] = {name: sha256(data).hexdigest() for name, data in content.items()}
    content[MANIFEST] = json.dumps(manifest).encode()
    for number in range(1, versions + 1):
        (artifacts / str(number)).mkdir(parents=True)
        for name, data in content.items():
            (artifacts / str(number) / name).write_bytes(data)
    return artifacts


@contextmanager
def mounted(folder: Path, size: str) -> Iterator[Path]:
    """Lay a disk of its own under a folder; skip the test where that is not allowed."""
    folder.mkdir(exist_ok=True)
    try:
        done = _mount("-t", "tmpfs", "-o", f"size={size}", "mnist-tests", folder)
    except FileNotFoundError:
        pytest.skip("there is no mount")
    if done.returncode:
        pytest.skip("only root may mount a disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def make_read_only(disk: Path) -> None:
    """Let nothing be written to a mounted disk any more, not even by root."""
    assert _mount("-o", "remount,ro", disk).returncode == 0


def fill(disk: Path, spare_bytes: int = 0) -> None:
    """Leave so many bytes free on a disk, rounded up to a block."""
    (disk / "spare").write_bytes(bytes(spare_bytes))
    with (disk / "filling").open("wb", buffering=0) as file:
        try:
            while file.write(bytes(4096)):
                pass
        except OSError:
            pass
    (disk / "spare").unlink()


def _mount(*arguments: object) -> subprocess.CompletedProcess[bytes]:
    words = [os.fspath(a) if isinstance(a, Path) else str(a) for a in arguments]
    return subprocess.run(["mount", *words], capture_output=True, check=False)
