import hashlib
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import mnist_cli
from mnist_cli.core.reading_digest import BESIDE, NETWORKS, SHARED, reading_digest

PACKAGE = Path(mnist_cli.__file__).parent


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A copy of what reads."""
    for folder in ("reading", "core", "assets/finder", "assets/lines"):
        shutil.copytree(
            PACKAGE / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__")
        )
    return tmp_path


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_a_copy_elsewhere_is_the_same_reading(package: Path) -> None:
    digest = reading_digest()

    assert len(digest) == 16
    assert int(digest, 16) >= 0
    assert reading_digest(package) == digest


def test_one_figure_changed_is_another_reading(package: Path) -> None:
    change(package / "reading" / "config.py", "digit: float = 0.4", "digit: float = 0.36")

    assert reading_digest(package) != reading_digest()


@pytest.mark.parametrize("name", SHARED)
def test_what_reading_shares_counts(package: Path, name: str) -> None:
    (package / "core" / name).write_text("")

    assert reading_digest(package) != reading_digest()


def test_a_file_that_nobody_named_counts(package: Path) -> None:
    (package / "reading" / "new.py").write_text("")

    assert reading_digest(package) != reading_digest()


@pytest.mark.parametrize("name", [*sorted(BESIDE), "record.py", "review.py"])
def test_what_only_shows_or_writes_does_not_count(package: Path, name: str) -> None:
    path = next((package / "reading").rglob(name))
    with path.open("a") as file:
        file.write("\n# another way to show it\n")

    assert reading_digest(package) == reading_digest()


@pytest.mark.parametrize("name", NETWORKS)
def test_another_network_is_another_reading_and_more_said_of_it_is_not(
    package: Path, name: str
) -> None:
    path = package / "assets" / name / f"{name}.json"
    stated = json.loads(path.read_bytes())

    path.write_text(json.dumps(stated | {"created": "now"}))
    assert reading_digest(package) == reading_digest()

    stated["files"][f"{name}.tflite"] = "0" * 64
    path.write_text(json.dumps(stated))
    reading_digest.cache_clear()
    assert reading_digest(package) != reading_digest()


def test_a_package_without_a_finder_still_trains(package: Path) -> None:
    (package / "assets/finder/finder.json").unlink()

    assert reading_digest(package) != reading_digest()


def test_it_takes_hardly_longer_than_to_read_the_files() -> None:
    files = list((PACKAGE / "reading").rglob("*.py"))

    def took_s(task: Callable[[], object]) -> float:
        begin = time.perf_counter()
        task()
        return time.perf_counter() - begin

    def read() -> str:
        return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()

    pairs = [(took_s(reading_digest.__wrapped__), took_s(read)) for _ in range(20)]
    digest, alone = map(min, zip(*pairs, strict=True))
    assert digest < 2.5 * alone


def test_help_does_without_it() -> None:
    program = (
        "import sys; sys.argv = ['mnist', '--help']\n"
        "from mnist_cli.__main__ import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print('mnist_cli.core.reading_digest' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)

    assert done.stdout.split()[-1] == b"False"
