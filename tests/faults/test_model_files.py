"""Model files of strangers, and versions that were damaged.

What is refused is looked through without TensorFlow by `plot weights`, which opens a file as
`predict` does. More of it, in process: tests/core/models/test_model_file.py.
"""

import hashlib
import shutil
import threading
from pathlib import Path

import pytest

from mnist_cli.core.errors import ExitCode, ModelError
from mnist_cli.core.models.model_file import read_checked
from mnist_cli.core.store.versions import BUNDLED, H5, KERAS, MANIFEST, TFLITE
from tests.conftest import Cli
from tests.core.keras_files import rebuild
from tests.faults.harness import Row, check, in_process, rows
from tests.faults.models import (
    Change,
    flipped,
    folder_of_keras,
    good,
    huge,
    version_with,
    with_a_link,
    with_array,
    with_config,
    with_config_twice,
    with_layer,
    with_many_groups,
    with_member,
)

REFUSED, NOT_FOUND = ExitCode.REFUSED, ExitCode.NOT_FOUND
LOOK = ("plot", "weights", "--model", "a.keras")
READ = ("predict", "a.png", "--model")
MEMORY = 700 << 20  # bytes


def looked(name: str, words: str, change: Change, memory: int = 0) -> Row:
    """Return a line whose model is refused before Keras sees it."""
    make = lambda folder: change(good(folder))  # noqa: E731
    return Row(
        name, LOOK, REFUSED, (f"error: a.keras: {words}",), make, has_json=False, memory=memory
    )


NOT_PLAIN = "which is not among the plain Keras layers that are opened (it might run code). Use"
MEMBERS = "a .keras file holds metadata.json, config.json, model.weights.h5, each once. Received:"
DAMAGED = "the model file is damaged"


def layer(name: str, module: str = "keras.layers", **more: object) -> Change:
    """Put a layer of this class among the others."""
    return with_layer({"module": module, "class_name": name, "config": {}, **more})


@rows(
    looked("Lambda", f"contains keras.layers.Lambda, {NOT_PLAIN}", layer("Lambda")),
    looked(
        "Lambda's function", f"contains keras.__lambda__, {NOT_PLAIN}", layer("__lambda__", "keras")
    ),
    looked("function: exec", f"contains builtins.exec, {NOT_PLAIN}", layer("exec", "builtins")),
    looked(
        "function: get_file",
        f"contains keras.utils.get_file, {NOT_PLAIN}",
        layer("get_file", "keras.utils"),
    ),
    looked("module: system", f"contains os.system, {NOT_PLAIN}", layer("system", "os")),
    looked(
        "module: popen", f"contains subprocess.Popen, {NOT_PLAIN}", layer("Popen", "subprocess")
    ),
    looked("module: of a plain name", f"contains os.Dense, {NOT_PLAIN}", layer("Dense", "os")),
    looked("TFSMLayer", f"contains keras.layers.TFSMLayer, {NOT_PLAIN}", layer("TFSMLayer")),
    looked(
        "a registered name",
        "contains keras.layers.Dense, ",
        layer("Dense", registered_name="own>Dense"),
    ),
    looked("member: up", MEMBERS, with_member("../../escaped.txt")),
    looked("member: absolute", MEMBERS, with_member("/escaped.txt")),
    looked(
        "member: instead", MEMBERS, lambda path: rebuild(path, ("../x", b""), without="config.json")
    ),
    looked("member: link", DAMAGED, with_a_link),
    looked("a member twice", MEMBERS, with_config_twice),
    looked("an unknown member", MEMBERS, with_member("assets/a.txt")),
    looked("config: missing", MEMBERS, lambda path: rebuild(path, without="config.json")),
    looked("config: no JSON", DAMAGED, with_config(b"{'single': 1}")),
    looked("config: empty", DAMAGED, with_config(b"")),
    looked("config: null", DAMAGED, with_config(b"null")),
    looked("config: list", DAMAGED, with_config(b"[]")),
    looked("config: deep", DAMAGED, with_config(b"[" * 200_000 + b"]" * 200_000)),
    looked("config: UTF-16", DAMAGED, with_config("{}".encode("utf-16"))),
    looked("config: long", "config.json is larger than", with_config(b" " * (5 << 20))),
    looked("no weights", MEMBERS, lambda path: rebuild(path, without="model.weights.h5")),
    looked("empty weights", DAMAGED, lambda path: rebuild(path, ("model.weights.h5", b""))),
    looked("a flipped bit", f"{DAMAGED} (Bad CRC-32", flipped),
    looked("a flipped bit in the directory", DAMAGED, lambda path: flipped(path, 0.999)),
    looked("a cut archive", DAMAGED, lambda path: path.write_bytes(path.read_bytes()[:-99])),
    looked(
        "a layer alone",
        "holds a Dense, not a model",
        with_config(b'{"class_name":"Dense","config":{}}'),
    ),
    looked("h5 as keras", DAMAGED, lambda path: shutil.copy(BUNDLED / H5, path)),
)
def test_a_bad_model_is_told(
    row: Row, tmp_path: Path, store_path: Path, mnist: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    check(row, tmp_path, store_path, in_process(mnist, monkeypatch))


@rows(
    looked(
        "an unknown member of 300 MB",
        MEMBERS,
        with_member("assets/a.txt", bytes(300 << 20)),
        MEMORY,
    ),
    looked("a huge array", "its arrays claim ", with_array((10**6, 10**6)), MEMORY),
    looked("huge arrays", "its arrays claim ", with_array((20_000, 20_000)), MEMORY),
    looked(
        "many groups in the weights", "it holds more than 10000 items", with_many_groups, MEMORY
    ),
    looked("config: bomb", "config.json is larger than", with_config(b" " * (600 << 20)), MEMORY),
    looked("5 GB", "larger than 512 MB", huge, MEMORY),
)
def test_a_model_that_swells_is_told_within_little_memory(
    row: Row, tmp_path: Path, store_path: Path
) -> None:
    check(row, tmp_path, store_path)


MISMATCH = "checksum mismatch, the file was changed or damaged. Use another version"


@rows(
    Row("a changed h5", (*READ, f"artifacts/1/{H5}"), REFUSED, (H5, MISMATCH), version_with(H5)),
    Row(
        "a changed keras",
        (*READ, f"artifacts/1/{KERAS}"),
        REFUSED,
        (MISMATCH,),
        version_with(KERAS),
    ),
    Row(
        "a changed tflite",
        (*READ, "artifacts/1"),
        REFUSED,
        (TFLITE, MISMATCH),
        version_with(TFLITE),
    ),
    Row(
        "a changed manifest",
        (*READ, "artifacts/1"),
        REFUSED,
        ("model.json: the manifest is damaged",),
        version_with(MANIFEST),
    ),
    Row(
        "a foreign tflite",
        (*READ, "a.tflite"),
        REFUSED,
        ("a.tflite: not a .tflite that `mnist export` wrote", "Export it again"),
        lambda folder: shutil.copy(BUNDLED / TFLITE, folder / "a.tflite"),
    ),
    Row(
        "a folder as keras",
        (*READ, "a.keras"),
        NOT_FOUND,
        ("No model 'a.keras': the folder holds no model.json.",),
        folder_of_keras,
    ),
    Row(
        "a missing file",
        (*READ, "a.keras"),
        NOT_FOUND,
        ("No model 'a.keras'. There is 1, bundled",),
    ),
    Row(
        "a link to itself",
        (*READ, "a.keras"),
        NOT_FOUND,
        ("No model 'a.keras'",),
        lambda folder: (folder / "a.keras").symlink_to("a.keras"),
    ),
)
def test_a_damaged_version_and_what_is_no_model_are_told(
    row: Row, tmp_path: Path, store_path: Path, mnist: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    check(row, tmp_path, store_path, in_process(mnist, monkeypatch))


def test_a_file_that_is_swapped_is_checked_as_it_was_read(tmp_path: Path) -> None:
    path = good(tmp_path)
    whole = hashlib.sha256(path.read_bytes()).digest()
    bad = Path(shutil.copy(path, tmp_path / "bad"))
    flipped(bad)
    done = threading.Event()

    def swap() -> None:
        while not done.is_set():
            for source in (bad, BUNDLED / KERAS):
                Path(shutil.copy(source, tmp_path / "next")).replace(path)

    thread = threading.Thread(target=swap)
    thread.start()
    try:
        for _ in range(10):
            try:
                content, _ = read_checked(path)
            except ModelError:
                continue
            assert hashlib.sha256(content).digest() == whole
    finally:
        done.set()
        thread.join()
