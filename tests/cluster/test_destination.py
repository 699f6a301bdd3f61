import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from mnist_cli.cluster.destination import MANIFEST, Destination
from mnist_cli.core.errors import ConflictError

ASKED: dict[str, Any] = {"model": {"version": "1", "sha256": "ab"}, "normalisation": "4f1c"}


def begin(folder: Path, *, force: bool = False, **asked: Any) -> Destination:
    destination = Destination(str(folder), ASKED | asked)
    destination.begin(force=force)
    return destination


def manifest(folder: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((folder / MANIFEST).read_text())
    return loaded


@pytest.fixture
def begun(tmp_path: Path) -> Path:
    """A folder with a shard, and one that a killed worker left."""
    begin(tmp_path / "a" / "out")
    for name in ("part-000000.parquet", ".new-1"):
        (tmp_path / "a" / "out" / name).write_text("kept")
    return tmp_path / "a" / "out"


def test_a_run_begins_unfinished_and_ends_done(begun: Path) -> None:
    assert manifest(begun)["status"] == "unfinished"

    written = begin(begun).finish(Counter({"": 5, "blank": 2}), {"duration_s": 1.0})

    assert written == manifest(begun)
    assert ASKED.items() <= written.items()
    assert (written["status"], written["n"], written["failed"]) == ("done", 7, 2)
    assert written["failures"] == {"blank": 2}
    assert {path.name for path in begun.iterdir()} == {MANIFEST, "part-000000.parquet"}


def test_the_same_goes_on(begun: Path) -> None:
    begin(begun)

    assert (begun / "part-000000.parquet").exists()


@pytest.mark.parametrize(
    "asked",
    [
        {"model": {"version": "1", "sha256": "cd"}},
        {"normalisation": 3},
        {"normalisation": "e02b"},
        {"options": {}},
    ],
)
def test_something_else_is_refused_or_begins_anew(begun: Path, asked: dict[str, Any]) -> None:
    (name,) = asked
    with pytest.raises(ConflictError, match=name if name in ASKED else "damaged"):
        begin(begun, **asked)
    assert (begun / "part-000000.parquet").exists()

    begin(begun, force=True, **asked)

    assert not (begun / "part-000000.parquet").exists()
    assert manifest(begun)[name] == asked[name]


def test_a_damaged_manifest_is_refused_or_begins_anew(begun: Path) -> None:
    (begun / MANIFEST).write_text("{")

    with pytest.raises(ConflictError, match="damaged"):
        begin(begun)
    begin(begun, force=True)


@pytest.mark.parametrize("force", [False, True])
def test_a_folder_of_something_else_is_never_touched(tmp_path: Path, force: bool) -> None:
    (tmp_path / "mine.txt").touch()

    with pytest.raises(ConflictError, match="exists and holds no"):
        begin(tmp_path, force=force)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
