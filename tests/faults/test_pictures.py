"""Section A: pictures for `predict`. What REST makes of them: tests/server/test_bad_pictures.py."""

from collections.abc import Callable
from pathlib import Path

from mnist_cli.core.errors import ExitCode
from tests.faults.harness import Row, check, rows


def written(name: str, content: bytes) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_bytes(content)


REFUSED = ExitCode.REFUSED


@rows(
    Row("A1", ("predict", "a.png"), REFUSED, ("a.png", "empty"), written("a.png", b"")),
    Row("A2-html", ("predict", "a.png"), REFUSED, ("HTML",), written("a.png", b"<html><p>hi")),
)
def test_a_bad_picture_is_told(row: Row, tmp_path: Path, store_path: Path) -> None:
    check(row, tmp_path, store_path)
