"""The same verbs from Python: what they are given, and that they do what the commands do."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mnist_cli
from mnist_cli.core.data.dataset import load_mnist
from mnist_cli.core.errors import DatasetNotFoundError, ModelNotFoundError, UsageError
from mnist_cli.core.models.conventions import ModelInput
from mnist_cli.core.store import store
from mnist_cli.core.store.versions import KERAS
from mnist_cli.reading.reader import Reader
from tests.conftest import Cli


@pytest.fixture
def few(tmp_path: Path) -> Path:
    """A data set of 3,000 images to train on, and 50 to test with."""
    data, path = load_mnist("train"), tmp_path / "few.npz"
    x, y = data.images[:3_050], data.labels[:3_050]
    np.savez(path, x_train=x[:-50], y_train=y[:-50], x_test=x[-50:], y_test=y[-50:])
    return path


@pytest.mark.long
def test_train_makes_what_the_command_makes(mnist: Cli, few: Path, tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    options = ("--epochs", 2, "--set", "widths=32,16", "--note", "a note", "--recipe", "quick")

    made = mnist_cli.train(
        few, recipe="quick", epochs=2, widths=(32, 16), artifacts=ours, note="a note"
    )
    again = mnist_cli.train(few, base=made.version, epochs=1, artifacts=ours)
    told = mnist("train", "--data", few, "--artifacts", theirs, *options, "--json").stdout

    assert (made.version, again.version) == ("1", "2")
    assert made.val_accuracy == json.loads(told)["val_accuracy"]
    own, other = (store.list_versions(one)[0].manifest for one in (ours, theirs))
    for part in ("config", "data", "note", "metrics"):
        timeless = [
            {k: v for k, v in one[part].items() if not k.endswith("_s")}
            if isinstance(one[part], dict)
            else one[part]
            for one in (own, other)
        ]
        assert timeless[0] == timeless[1]


def test_evaluate_tells_what_the_command_tells(mnist: Cli, few: Path) -> None:
    told = mnist("evaluate", "--model", "bundled", "--data", few, "--json").stdout

    assert mnist_cli.evaluate("bundled", few).to_record() == json.loads(told)


NAMES: dict[str, tuple[Callable[[Path], Any], str | None]] = {
    "nothing": (lambda _store: None, "1"),
    "an alias": (lambda _store: "champion", "1"),
    "a number": (lambda _store: 1, "1"),
    "a number as text": (lambda _store: "1", "1"),
    "a folder": (lambda store: store / "1", "1"),
    "a file": (lambda store: str(store / "1" / KERAS), "1"),
    "the package's": (lambda _store: "bundled", "bundled"),
}


@pytest.mark.parametrize(("name", "version"), NAMES.values(), ids=NAMES.keys())
def test_a_reader_is_named_as_model_names_it(
    name: Callable[[Path], Any], version: str | None, store_path: Path, digit_png: Path
) -> None:
    reader = Reader(name(store_path), artifacts=store_path)

    assert reader.model["version"] == version
    assert len(reader.read(digit_png).text) == 1


REFUSED: dict[str, tuple[Callable[[], Any], type[Exception], str]] = {
    "no reader": (lambda: Reader("nobody"), ModelNotFoundError, "No model 'nobody'"),
    "no number": (lambda: Reader(7), ModelNotFoundError, "No model '7'"),
    "a version's input": (
        lambda: Reader("bundled", model_input=ModelInput.BYTES),
        UsageError,
        "for files of your own",
    ),
    "no model": (lambda: mnist_cli.evaluate(7), ModelNotFoundError, "No model '7'"),
    "no data": (lambda: mnist_cli.evaluate("bundled", "a.npz"), DatasetNotFoundError, "a.npz"),
    "no setting": (lambda: mnist_cli.train(epoch=1), UsageError, "Received: 'epoch=1'"),
    "out of range": (lambda: mnist_cli.train(dropout=1.0), UsageError, "dropout must be 0 to"),
    "no arch": (lambda: mnist_cli.train(arch="rnn"), UsageError, "rnn has no recipe 'standard'"),  # type: ignore[arg-type]
    "no recipe": (
        lambda: mnist_cli.train(recipe="slow"),  # type: ignore[arg-type]
        UsageError,
        "--arch dense has no recipe 'slow'",
    ),
    "no base": (lambda: mnist_cli.train(base=7), ModelNotFoundError, "No model '7'"),
}


@pytest.mark.parametrize(("call", "kind", "words"), REFUSED.values(), ids=REFUSED.keys())
def test_what_makes_no_sense_raises(
    call: Callable[[], Any],
    kind: type[Exception],
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)

    with pytest.raises(kind, match=words):
        call()

    assert not list(tmp_path.iterdir())


def test_the_package_is_imported_without_anything_heavy() -> None:
    program = (
        "import sys, mnist_cli\n"
        "heavy = {'numpy', 'cv2', 'typer', 'tensorflow'}\n"
        "assert not heavy & sys.modules.keys()\n"
        "mnist_cli.Reader\n"
        "assert not {'typer', 'tensorflow'} & sys.modules.keys()\n"
        "mnist_cli.train, mnist_cli.evaluate\n"
        "assert not {'typer', 'tensorflow'} & sys.modules.keys()\n"
    )

    subprocess.run([sys.executable, "-c", program], check=True)
