import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mnist_cli.core.data.class_names import DIGITS
from mnist_cli.core.data.dataset import Dataset, as_input
from mnist_cli.core.errors import ExitCode, ModelError
from mnist_cli.core.models.graph_classifier import KerasClassifier
from mnist_cli.core.models.litert import LiteRTModel
from mnist_cli.core.models.litert_note import read_note
from mnist_cli.core.models.onnx_note import as_note
from mnist_cli.core.models.onnx_note import read_note as read_onnx_note
from mnist_cli.core.store import versions
from mnist_cli.core.tensorflow import keras
from mnist_cli.export import comparison, litert_file
from mnist_cli.reading.opening import open_classifier
from tests.cli.conftest import document
from tests.conftest import Cli

KEYS = {
    *("path", "format", "precision", "ends", "input", "output", "model", "temperature", "data"),
    "n",
    *("largest_difference", "changed", "keras", "export"),
}
LITERT = ("export", "--format", "litert", "--output", "m.tflite")

# what another program does, which knows nothing of this package
WITH_TENSORFLOW = """
import sys, numpy, tensorflow
loaded = tensorflow.saved_model.load(sys.argv[1])
answers = loaded.signatures["serving_default"](images=numpy.load("images.npy"))
assert "mnist_cli" not in sys.modules
numpy.save("answers.npy", answers["probabilities"].numpy())
"""
WITH_ONNX_RUNTIME = """
import sys, numpy, onnxruntime
session = onnxruntime.InferenceSession(sys.argv[1])
(answers,) = session.run(["probabilities"], {"images": numpy.load("images.npy")})
assert "tensorflow" not in sys.modules
numpy.save("answers.npy", answers)
"""


@pytest.fixture(scope="module")
def expected(store_path: Path, test_split: Dataset) -> Any:
    """(50, 10): what the session's network says to the first test images."""
    return KerasClassifier(store_path / "1" / versions.KERAS).probabilities(test_split.images[:50])


def answers_of(program: str, path: Path, images: Dataset) -> Any:
    """Let a process of its own read the first 50 images."""
    np.save("images.npy", as_input(images.images[:50]))
    subprocess.run([sys.executable, "-c", program, path], check=True, capture_output=True)
    return np.load("answers.npy")


def test_a_saved_model_is_loaded_by_tensorflow_alone(
    mnist: Cli, trained: Path, test_split: Dataset, expected: Any
) -> None:
    result = mnist("export", "--format", "savedmodel", "--output", "served", "--json")

    record = document(result.stdout)
    assert record["path"] == "served/1"
    assert Path("served/1/saved_model.pb").is_file()
    assert [p.name for p in trained.iterdir()] == ["served"]
    assert [p.name for p in Path("served").iterdir()] == ["1"]
    assert answers_of(WITH_TENSORFLOW, Path("served/1"), test_split) == pytest.approx(
        expected, abs=1e-5
    )


def test_an_onnx_file_is_run_without_tensorflow(
    mnist: Cli, trained: Path, test_split: Dataset, expected: Any
) -> None:
    onnx = pytest.importorskip("onnx", reason="the extra onnx is not installed")
    pytest.importorskip("onnxruntime", reason="the extra onnx is not installed")
    result = mnist("export", "--format", "onnx", "--output", "m.onnx", "--json")

    record = document(result.stdout)
    assert set(record) == KEYS
    assert record["largest_difference"] <= 1e-5
    assert [p.name for p in trained.iterdir()] == ["m.onnx"]
    onnx.checker.check_model(onnx.load("m.onnx"), full_check=True)
    note = {entry.key: entry.value for entry in onnx.load("m.onnx").metadata_props}
    assert float(note["temperature"]) == pytest.approx(record["temperature"], 1e-4)
    assert json.loads(note["class_names"]) == list(DIGITS)
    assert answers_of(WITH_ONNX_RUNTIME, Path("m.onnx"), test_split) == pytest.approx(
        expected, abs=1e-5
    )


def test_a_missing_extra_is_found_before_anything_is_opened(
    mnist: Cli, trained: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "tf2onnx", None)

    options = ["--format", "onnx", "--output", "m.onnx", "--model", "nowhere"]

    assert mnist("export", *options).exit_code == ExitCode.ENVIRONMENT
    monkeypatch.delitem(sys.modules, "tf2onnx")
    assert mnist("export", *options).exit_code == ExitCode.NOT_FOUND


@pytest.mark.parametrize("module", ["onnx", "onnxruntime", "tf2onnx.convert"])
def test_without_the_extra_it_says_how_to_install_it(
    mnist: Cli, trained: Path, monkeypatch: pytest.MonkeyPatch, module: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.delitem(sys.modules, "mnist_cli.export.onnx_file", raising=False)
    monkeypatch.delattr("mnist_cli.export.onnx_file", raising=False)
    result = mnist("export", "--format", "onnx", "--output", "m.onnx")

    assert result.exit_code == ExitCode.ENVIRONMENT
    assert result.stdout == ""
    assert module in result.stderr
    assert "pip install 'mnist-cli[onnx]'" in result.stderr
    assert list(trained.iterdir()) == []


@pytest.mark.parametrize(
    ("precision", "share", "difference"),
    [("float32", 1.01, 1e-5), ("float16", 0.52, 1e-2), ("int8", 0.3, 1.0)],
)
def test_a_litert_file_takes_and_gives_floats_whatever_its_precision(
    mnist: Cli,
    trained: Path,
    store_path: Path,
    test_split: Dataset,
    expected: Any,
    precision: str,
    share: float,
    difference: float,
) -> None:
    record = document(mnist(*LITERT, "--precision", precision, "--json").stdout)

    content = Path("m.tflite").read_bytes()
    answers = LiteRTModel(content).run(as_input(test_split.images[:50]))
    assert answers.dtype == np.float32
    assert answers == pytest.approx(expected, abs=difference)
    assert answers.sum(axis=1) == pytest.approx(1, abs=0.02)
    assert len(content) <= share * (store_path / "1" / versions.TFLITE).stat().st_size
    assert record["export"]["size_bytes"] == len(content)
    assert record["precision"] == precision
    assert record["largest_difference"] <= difference
    assert record["keras"]["accuracy"] - record["export"]["accuracy"] <= 0.002


def test_int8_computes_in_whole_numbers(mnist: Cli, trained: Path) -> None:
    mnist(*LITERT, "--precision", "int8")

    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter("m.tflite")
    kinds = [tensor["dtype"] for tensor in interpreter.get_tensor_details()]
    ends = [*interpreter.get_input_details(), *interpreter.get_output_details()]
    assert [end["dtype"] for end in ends] == [np.float32] * 2
    signature = {"inputs": ["images"], "outputs": ["probabilities"]}
    assert interpreter.get_signature_list() == {"serving_default": signature}
    assert kinds.count(np.float32) == 2
    assert kinds.count(np.int8) >= 6


def test_int8_at_its_ends_is_told_with_scale_and_zero_point(
    mnist: Cli, trained: Path, test_split: Dataset, expected: Any
) -> None:
    shown = mnist(*LITERT, "--precision", "int8", "--io", "int8").stdout

    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter("m.tflite")
    (taken,), (given,) = interpreter.get_input_details(), interpreter.get_output_details()
    assert taken["dtype"] == given["dtype"] == np.int8
    assert taken["quantization"] == pytest.approx((1 / 255, -128), rel=1e-4)
    assert "input int8: scale 0.003921" in shown
    assert f"output int8: scale {given['quantization'][0]:.9g}, zero point -128" in shown
    answers = LiteRTModel(Path("m.tflite").read_bytes()).run(as_input(test_split.images[:50]))
    assert answers.argmax(axis=1).tolist() == expected.argmax(axis=1).tolist()
    assert answers.sum(axis=1) == pytest.approx(1, abs=0.02)


WITH_C = """
#include <stdint.h>
#include <stdio.h>
#include "m.h"
int main(void) {
    fprintf(stderr, "%s %g %d", MNIST_MODEL_SHA256, MNIST_MODEL_INPUT_SCALE * 255,
            MNIST_MODEL_OUTPUT_ZERO_POINT);
    fwrite(mnist_model, 1, MNIST_MODEL_SIZE, stdout);
    return (uintptr_t)mnist_model % 16;
}
"""


def test_a_c_array_holds_the_bytes_of_the_tflite(mnist: Cli, trained: Path) -> None:
    if not shutil.which("gcc"):
        pytest.skip("gcc is not installed")
    numbers = ("--precision", "int8", "--io", "int8", "--json")
    mnist(*LITERT, *numbers)
    record = document(mnist("export", "--format", "c", "--output", "m.h", *numbers).stdout)
    Path("program.c").write_text(WITH_C)
    warnings = ["-Wall", "-Wextra", "-Werror", "-std=c11"]
    subprocess.run(["gcc", *warnings, "-o", "program", "program.c"], check=True)

    done = subprocess.run(["./program"], check=True, capture_output=True)

    tflite, *_ = read_note(Path("m.tflite"), Path("m.tflite").read_bytes())
    assert done.stdout == tflite
    assert done.stderr.decode() == f"{hashlib.sha256(tflite).hexdigest()} 1 -128"
    assert record["output"] == {"scale": 1 / 256, "zero_point": -128}
    assert record["changed"] <= 20


@pytest.mark.parametrize(
    ("arguments", "difference"),
    [
        (("onnx",), 1e-5),
        (("onnx", "--precision", "float16"), 0.01),
        (("litert", "--precision", "int8", "--io", "int8"), 0.1),
    ],
)
def test_an_export_that_is_opened_again_is_as_sure_as_its_version(
    mnist: Cli,
    trained: Path,
    store_path: Path,
    test_split: Dataset,
    arguments: tuple[str, ...],
    difference: float,
) -> None:
    if "onnx" in arguments:
        pytest.importorskip("onnxruntime", reason="the extra onnx is not installed")
    path = f"m.{'onnx' if 'onnx' in arguments else 'tflite'}"
    mnist("export", "--format", *arguments, "--output", path)

    version, again = (
        open_classifier(model, store_path).probabilities(test_split.images[:500])
        for model in ("1", path)
    )

    assert versions.open_version(store_path / "1").temperature != 1
    assert np.abs(again - version).max() <= difference


@pytest.mark.parametrize(
    ("key", "value"),
    [("temperature", "nan"), ("temperature", "warm"), ("class_names", "[1]"), ("class_names", "[")],
)
def test_an_onnx_file_whose_metadata_were_damaged_is_refused(key: str, value: str) -> None:
    note = as_note(0.8, DIGITS, "5" * 64)
    assert read_onnx_note(Path("m.onnx"), note) == (0.8, DIGITS)
    assert read_onnx_note(Path("m.onnx"), {"temperature": "2"}) is None

    with pytest.raises(ModelError, match="its metadata was damaged"):
        read_onnx_note(Path("m.onnx"), note | {key: value})


def test_the_document_names_model_and_data(
    mnist: Cli, trained: Path, test_split: Dataset, store_path: Path
) -> None:
    record = document(mnist(*LITERT, "--json").stdout)

    manifest = versions.open_version(store_path / "1").manifest
    assert set(record) == KEYS
    assert record["model"] == {"version": "1", "sha256": manifest["files"][versions.KERAS]}
    assert record["temperature"] == manifest["temperature"]
    assert record["data"] == {"name": "mnist", "split": "test", "sha256": test_split.sha256}
    assert record["n"] == 10_000
    assert record["keras"]["errors"] == record["export"]["errors"]
    assert record["changed"] == 0


def test_a_person_sees_a_table(mnist: Cli, trained: Path) -> None:
    shown = mnist(*LITERT, "--precision", "float16").stdout

    for words in ("accuracy", "time an image", "keras", "litert float16", "changed answers"):
        assert words in shown
    assert shown.splitlines()[-1] == "litert  m.tflite"


@pytest.mark.parametrize("file_format", ["litert", "savedmodel"])
def test_what_exists_is_kept_unless_force_is_given(
    mnist: Cli, trained: Path, file_format: str
) -> None:
    path = Path("out/1/saved_model.pb" if file_format == "savedmodel" else "out")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("precious")
    arguments = ("export", "--format", file_format, "--output", "out")

    assert mnist(*arguments).exit_code == ExitCode.CONFLICT
    assert path.read_text() == "precious"

    assert mnist(*arguments, "--force").exit_code == ExitCode.OK
    assert len(path.read_bytes()) > 1_000


def test_a_folder_of_something_else_is_never_replaced(mnist: Cli, trained: Path) -> None:
    photo = Path("photos/2024/a.jpg")
    photo.parent.mkdir(parents=True)
    photo.touch()
    result = mnist("export", "--format", "savedmodel", "--output", "photos/2024", "--force")

    assert result.exit_code == ExitCode.CONFLICT
    assert photo.exists()


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--format", "onnx", "--precision", "int8", "--output", "m"), ExitCode.USAGE),
        (("--format", "savedmodel", "--precision", "float16", "--output", "m"), ExitCode.USAGE),
        (("--format", "c", "--io", "int8", "--output", "m.h"), ExitCode.USAGE),
        (("--format", "nonsense", "--output", "m"), ExitCode.USAGE),
        (("--format", "litert"), ExitCode.USAGE),
        (("--format", "litert", "--output", "no/folder/m"), ExitCode.ENVIRONMENT),
        (("--format", "litert", "--output", "m", "--model", "9"), ExitCode.NOT_FOUND),
    ],
)
def test_what_makes_no_sense_is_said_before_the_work(
    mnist: Cli, trained: Path, arguments: tuple[str, ...], code: ExitCode
) -> None:
    result = mnist("export", *arguments)

    assert result.exit_code == code
    assert result.stdout == ""
    assert list(trained.iterdir()) == []


@pytest.mark.parametrize("file_format", ["litert", "savedmodel"])
def test_an_export_that_answers_otherwise_is_refused_and_leaves_nothing(
    mnist: Cli, trained: Path, monkeypatch: pytest.MonkeyPatch, file_format: str
) -> None:
    monkeypatch.setitem(comparison.LARGEST_DIFFERENCE, "float32", -1.0)
    result = mnist("export", "--format", file_format, "--output", "m", "--json")

    error = document(result.stdout)["error"]
    assert result.exit_code == ExitCode.REFUSED
    assert error["code"] == "export_refused"
    assert "-1 is allowed" in error["message"]
    assert list(trained.iterdir()) == []


def test_a_network_that_a_format_can_not_hold_is_refused(
    mnist: Cli, trained: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("no such operation\nand a page of it")

    monkeypatch.setattr(litert_file, "write", fail)
    result = mnist(*LITERT)

    assert result.exit_code == ExitCode.REFUSED
    assert "can't be written as litert in float32 (no such operation)" in result.stderr
    assert list(trained.iterdir()) == []


@pytest.mark.parametrize("file_format", ["litert", "onnx", "savedmodel"])
def test_a_users_file_of_another_form_is_brought_to_the_same_one(
    mnist: Cli, trained: Path, store_path: Path, test_split: Dataset, file_format: str
) -> None:
    """Its pixels go to 255, its images are vectors, and it gives logits."""
    if file_format == "onnx":
        pytest.importorskip("onnxruntime", reason="the extra onnx is not installed")
    original = keras.saving.load_model(store_path / "1" / versions.KERAS, compile=False)
    dense = [layer for layer in original.layers if isinstance(layer, keras.layers.Dense)]
    layers = [keras.layers.Dense(layer.units, "relu") for layer in dense[:-1]]
    theirs = keras.Sequential([keras.Input((784,)), *layers, keras.layers.Dense(10)])
    for mine, layer in zip(theirs.layers, dense, strict=True):
        mine.set_weights(layer.get_weights())
    kernel, bias = dense[0].get_weights()
    theirs.layers[0].set_weights([kernel / 255, bias])
    theirs.save("theirs.h5" if file_format == "litert" else "theirs.keras")
    (path,) = Path().glob("theirs.*")

    arguments = ("--model", path, "--format", file_format, "--output", "m", "--json")
    record = document(mnist("export", *arguments).stdout)

    assert record["model"]["version"] is None
    assert record["temperature"] == 1
    assert record["keras"]["accuracy"] > 0.95
    if file_format == "litert":
        images = test_split.images[:50]
        answers = LiteRTModel(Path("m").read_bytes()).run(as_input(images))
        wanted = KerasClassifier(store_path / "1" / versions.KERAS).probabilities(images)
        assert answers == pytest.approx(wanted, abs=1e-4)


def test_nothing_but_the_result_reaches_the_terminal(trained: Path) -> None:
    arguments = ["-q", *LITERT, "--precision", "int8", "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "mnist_cli", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == ExitCode.OK
    assert done.stderr == ""
    assert set(document(done.stdout)) == KEYS


@pytest.mark.long
def test_a_network_of_mixed_precision_is_compared_at_its_own(
    mnist: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("onnxruntime", reason="the extra onnx is not installed")
    monkeypatch.chdir(tmp_path)
    keras.utils.set_random_seed(0)
    hidden = keras.layers.Dense(64, "relu", dtype="mixed_float16")
    last = keras.layers.Dense(
        10, "softmax", kernel_initializer=keras.initializers.RandomNormal(0, 1)
    )
    layers = [keras.Input((28, 28, 1)), keras.layers.Flatten(), hidden, last]
    keras.Sequential(layers).save("mixed.keras")

    result = mnist("export", "--model", "mixed.keras", "--format", "onnx", "-o", "m.onnx", "--json")

    assert result.exit_code == ExitCode.OK, result.stderr
    assert 1e-5 < document(result.stdout)["largest_difference"] < 1e-2
