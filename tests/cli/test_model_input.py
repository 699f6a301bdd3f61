"""`--model-input` and `--model-head`: what a user's file takes and gives, stated or found out."""

from pathlib import Path

import pytest

from mnist_cli.core.errors import ExitCode
from mnist_cli.core.models.conventions import ModelHead, ModelInput
from mnist_cli.core.tensorflow import keras
from tests.cli.conftest import document
from tests.conftest import Cli
from tests.core.models.test_trial import kernel_of


@pytest.fixture
def inverted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A network of logits that learnt from dark ink on white paper, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    kernel = 10 * kernel_of(ModelInput.INVERTED)
    dense = keras.layers.Dense(10)
    model = keras.Sequential([keras.Input((784,)), dense])
    dense.set_weights([kernel[:-1], kernel[-1]])
    model.save("inverted.keras")
    return "inverted.keras"


def test_it_is_found_out_and_told(mnist: Cli, inverted: str) -> None:
    result = mnist("evaluate", "--model", inverted, "--json")

    assert document(result.stdout)["accuracy"] > 0.8
    assert "input=inverted head=logits accuracy=0.8" in result.stderr
    assert "next_best=" in result.stderr


def test_it_may_be_stated(mnist: Cli, inverted: str) -> None:
    stated = ("--model-input", ModelInput.BYTES, "--model-head", ModelHead.LOGITS)

    result = mnist("evaluate", "--model", inverted, "--json", *stated)

    assert document(result.stdout)["accuracy"] < 0.5
    assert "warning: model.barely_reads_mnist  path=inverted.keras input=0..255" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("evaluate", "--model-input", "0..1"), "not for version bundled"),
        (("export", "--format", "litert", "-o", "a.tflite", "--model-head", "logits"), "bundled"),
        (("serve", "--port", "0", "--model-input", "0..1"), "not for version bundled"),
        (("plot", "samples", "--model-input", "-1..1"), "not for version bundled"),
        (("plot", "weights", "--model-input", "-1..1"), "reads nothing: leave --model-input"),
        (("evaluate", "--model-input", "0..2"), "'0..2' is not one of"),
    ],
)
def test_what_makes_no_sense_is_told(
    mnist: Cli,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    words: str,
) -> None:
    monkeypatch.chdir(tmp_path)

    result = mnist(*arguments)

    assert result.exit_code == ExitCode.USAGE
    assert words in result.stderr
