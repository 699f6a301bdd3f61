"""What several tests share: the command line, one tiny trained store, pictures of digits."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from mnist_cli import cli
from mnist_cli.core.dataset import Dataset, load_mnist


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
        monkeypatch.setattr(sys, "argv", ["mnist", *map(str, arguments)])
        code: object = 0
        try:
            cli.main()
        except SystemExit as stop:
            code = stop.code or 0
        captured = capfd.readouterr()
        assert isinstance(code, int)
        return Result(int(code), captured.out, captured.err)

    return run


@pytest.fixture(scope="session")
def test_split() -> Dataset:
    """MNIST's 10,000 test images."""
    return load_mnist("test")


@pytest.fixture(scope="session")
def store_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with one version: two epochs of the quick recipe on real MNIST."""
    from mnist_cli.core.config import RECIPES
    from mnist_cli.training.pipeline import train

    artifacts = tmp_path_factory.mktemp("store") / "artifacts"
    train(RECIPES["dense", "quick"].override(epochs=2), load_mnist("train"), artifacts, "tests")
    return artifacts


@pytest.fixture
def trained(store_path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty folder to stand in, with MNIST_ARTIFACTS naming the session's store."""
    monkeypatch.setenv("MNIST_ARTIFACTS", str(store_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path


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
