import ast
import tomllib
from importlib.metadata import requires, version
from pathlib import Path

import mnist_cli
from mnist_cli.core.data.dataset import MNIST_NPZ

ROOT = Path(mnist_cli.__file__).parent
REPOSITORY = Path(__file__).parent.parent
LONGEST_FUNCTION, LONGEST_FILE = 40, 250  # lines; of a function without its decorators


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


def test_a_function_fits_one_screen_and_a_file_has_one_job() -> None:
    sources = {path: path.read_text() for path in ROOT.rglob("*.py")}
    long_files = [str(path) for path, text in sources.items() if text.count("\n") > LONGEST_FILE]
    long_functions = [
        f"{path}:{one.lineno} {one.name}"
        for path, text in sources.items()
        for one in ast.walk(ast.parse(text))
        if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)
        and (one.end_lineno or 0) - one.lineno >= LONGEST_FUNCTION
    ]

    assert (long_files, long_functions) == ([], [])
