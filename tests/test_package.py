import tomllib
from importlib.metadata import requires, version
from pathlib import Path

import mnist_cli
from mnist_cli.core.data.dataset import MNIST_NPZ

ROOT = Path(mnist_cli.__file__).parent
REPOSITORY = Path(__file__).parent.parent


def test_the_version_stands_in_one_place() -> None:
    assert version("mnist-cli") == mnist_cli.__version__


def test_every_requirement_has_a_lower_bound() -> None:
    others = [name for name in requires("mnist-cli") or [] if not name.startswith("mnist-cli")]
    assert all(">=" in requirement for requirement in others)


def test_the_images_and_the_notice_of_their_licence_are_in_the_package() -> None:
    assert MNIST_NPZ.stat().st_size <= 12_000_000
    notice = (ROOT / "assets" / "NOTICE").read_text()
    assert "CC BY-SA 3.0" in notice
    assert "LeCun" in notice


def test_what_the_package_holds_is_declared() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
    assert set(project["project"]["optional-dependencies"]) == {
        *("serve", "grpc", "ray", "onnx", "test"),
        *("xlsx", "pdf", "heic", "parquet", "mat", "embedding", "keras2"),
    }
