"""What several tests share: the command line, one tiny trained store, pictures of digits."""

import fcntl
import logging
import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from playwright.sync_api import Browser, sync_playwright

from mnist_cli.cli import app as cli
from mnist_cli.core.data.class_names import DIGITS
from mnist_cli.core.data.dataset import AnyImages, Dataset, load_mnist

# the shell alone, which has no window, opens a page in half of the time
CHROMIUM = shutil.which("chromium-headless-shell") or shutil.which("chromium")
# the last two: a browser without the network would look for Google's hosts at every start
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
PHONE, DESK = {"width": 360, "height": 740}, {"width": 1280, "height": 860}

needs_chromium = pytest.mark.skipif(not CHROMIUM, reason="needs Debian's chromium")

# what a shell starts in the background ignores Ctrl-C, and so would the processes of the tests
signal.signal(signal.SIGINT, signal.default_int_handler)
# threads of OpenMP wait for each other at full speed: where tests run side by side, t-SNE takes
# fifteen times as long with two as with one
os.environ.setdefault("OMP_NUM_THREADS", "1")


@dataclass(frozen=True)
class Result:
    """What a command left behind."""

    exit_code: int
    stdout: str
    stderr: str


class Cli(Protocol):
    def __call__(self, *arguments: object) -> Result: ...


@pytest.fixture
def mnist(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Run the command line in this process, through its error boundary."""

    def run(*arguments: object) -> Result:
        code = _exit_code(monkeypatch, *arguments)
        captured = capfd.readouterr()
        return Result(code, captured.out, captured.err)

    return run


def made_with(folder: Path, *arguments: object) -> Path:
    """Run the command line in this process and a folder, for what several tests share."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert _exit_code(patch, *arguments) == 0
    return folder


def _exit_code(patch: pytest.MonkeyPatch, *arguments: object) -> int:
    patch.setattr(sys, "argv", ["mnist", *map(str, arguments)])
    code: object = 0
    try:
        cli.main()
    except SystemExit as stop:
        code = stop.code or 0
    assert isinstance(code, int)
    return int(code)


class Events(logging.Handler):
    """Keeps the events of the package."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []
        self.warnings: list[str] = []
        self.fields: list[dict[str, Any]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.names.append(record.getMessage())
        self.fields.append(getattr(record, "fields", {}))
        if record.levelno == logging.WARNING:
            self.warnings.append(record.getMessage())

    def of(self, name: str) -> list[dict[str, Any]]:
        """Return the fields of each event of this name."""
        pairs = zip(self.names, self.fields, strict=True)
        return [fields for other, fields in pairs if other == name]


@contextmanager
def heard() -> Iterator[Events]:
    """Listen as a program that uses the package as a library does."""
    logger, handler = logging.getLogger("mnist_cli"), Events()
    level = logger.level
    logger.setLevel(logging.DEBUG)
    logger.addHandler(handler)
    try:
        yield handler
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)


@pytest.fixture
def events() -> Iterator[Events]:
    """What the package says during the test."""
    with heard() as events:
        yield events


@pytest.fixture(scope="session")
def test_split() -> Dataset:
    """MNIST's 10,000 test images."""
    return load_mnist("test")


class OneDigit:
    """A classifier that says the same of every image, nine times out of ten."""

    version: str | None = "7"
    sha256 = "5" * 64
    size_bytes = 0
    class_names = DIGITS

    def __init__(self, digit: int) -> None:
        self._answer = np.full(10, 0.1 / 9, np.float32)
        self._answer[digit] = 0.9

    def probabilities(self, images: AnyImages) -> NDArray[np.float32]:
        return np.tile(self._answer, (len(images), 1))


class Remembering(OneDigit):
    """A classifier that knows these images to the last bit, and takes any other for the next digit.

    Others are to be changed ones of these, in the same order.
    """

    def __init__(self, dataset: Dataset) -> None:
        self._known = [image.tobytes() for image in dataset.images]
        self._labels = dataset.labels

    def probabilities(self, images: AnyImages) -> NDArray[np.float32]:
        changed = [image.tobytes() not in self._known for image in images]
        return np.eye(10, dtype=np.float32)[(self._labels + changed) % 10]


def _train_quickly(artifacts: Path) -> None:
    from mnist_cli.core.models.recipes import RECIPES
    from mnist_cli.core.store import maintenance, store
    from mnist_cli.training.pipeline import train
    from mnist_cli.training.run_spec import RunSpec

    config = RECIPES["dense", "quick"].override(epochs=2)
    train(RunSpec(config, artifacts, "tests"), load_mnist("train"))
    maintenance.promote(artifacts, store.list_versions(artifacts)[0], "champion")


@pytest.fixture(scope="session")
def store_path(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A store with one version, its champion: two epochs of the quick recipe on real MNIST.

    The first process of a run to ask trains it; each has a copy, for a version in use is locked.
    """
    own = tmp_path_factory.getbasetemp()
    shared = (own if worker_id == "master" else own.parent) / "trained"
    with shared.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not shared.exists():
            made = tmp_path_factory.mktemp("made") / "artifacts"
            _train_quickly(made)
            made.rename(shared)
    return shutil.copytree(shared, tmp_path_factory.mktemp("store") / "artifacts")


@pytest.fixture
def trained(store_path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty folder to stand in, with MNIST_ARTIFACTS naming the session's store."""
    monkeypatch.setenv("MNIST_ARTIFACTS", str(store_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser without windows."""
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)


def render_digit(
    digit: int, side: int = 200, ink: int = 0, paper: int = 255, share: float = 0.7
) -> NDArray[np.uint8]:
    """Draw a digit in a plain font: (side, side) uint8."""
    image = Image.new("L", (side, side), paper)
    font = ImageFont.load_default(size=side * share)
    ImageDraw.Draw(image).text(
        (side / 2, side / 2), str(digit), fill=ink, font=font, anchor="mm", stroke_width=side // 60
    )
    return np.asarray(image)


def handwritten(
    image: NDArray[np.uint8], side: int = 200, ink: int = 0, paper: int = 255
) -> NDArray[np.uint8]:
    """Write an MNIST image on paper: (side, side) uint8."""
    strokes = cv2.resize(image, (side, side), interpolation=cv2.INTER_CUBIC) / 255
    return np.asarray(np.rint(paper + (ink - paper) * strokes), np.uint8)


@pytest.fixture
def digit_png(tmp_path: Path) -> Path:
    """A 3 in black on white."""
    path = tmp_path / "three.png"
    Image.fromarray(render_digit(3)).save(path)
    return path


@pytest.fixture
def write_png(tmp_path: Path) -> Callable[[str, NDArray[np.uint8]], Path]:
    """Write an image into the test's folder."""

    def write(name: str, pixels: NDArray[np.uint8]) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(path)
        return path

    return write
