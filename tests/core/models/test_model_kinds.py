"""Models of every kind that others make, each opened and read with, or refused with words."""

import inspect
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import tf_keras

from mnist_cli.core.data.dataset import Dataset, as_input
from mnist_cli.core.errors import ModelError
from mnist_cli.core.models import keras_parts, saved_model_file
from mnist_cli.core.models.conventions import ModelInput
from mnist_cli.core.models.network_io import prepared
from mnist_cli.core.store import store
from mnist_cli.core.tensorflow import keras
from mnist_cli.reading.opening import classifier_of
from tests.core.foreign_models import (
    Make,
    as_hdf5,
    changed_export,
    dense,
    endless,
    export,
    export_of_ours,
    folder_with,
    functional,
    graph,
    holding,
    linear,
    of_any_rank,
    onnx_and_ort,
    onnx_linear,
    onnx_looping,
    onnx_of_scikit_learn,
    random,
    reader,
    reads_a_file,
    runs_python,
    stranger_tflite,
    vast,
    with_a_forged_note,
    writes_a_file,
)

L, K = keras.layers, tf_keras.layers


class Read(NamedTuple):
    """A file that is read with: it reads as the reader that it was made of does."""

    name: str
    make: Make
    form: ModelInput = ModelInput.UNIT


class Refused(NamedTuple):
    """A file that is refused, with words that say what it is and what to do."""

    name: str
    make: Make
    words: str


READ = [
    Read("softmax.keras", lambda p: dense().save(p)),
    Read("softmax.h5", lambda p: dense().save(p)),
    Read("softmax.hdf5", as_hdf5),
    Read("regression.keras", lambda p: dense(None).save(p)),
    Read("sigmoid.keras", lambda p: dense("sigmoid").save(p)),
    Read("flat.keras", lambda p: dense(shape=(784,)).save(p)),
    Read("rows.keras", lambda p: dense(shape=(28, 28)).save(p)),
    Read("bytes.keras", lambda p: dense(form=ModelInput.BYTES).save(p), ModelInput.BYTES),
    Read("signed.keras", lambda p: dense(form=ModelInput.SIGNED).save(p), ModelInput.SIGNED),
    Read("mean.h5", lambda p: dense(form=ModelInput.STANDARDISED).save(p), ModelInput.STANDARDISED),
    Read(
        "norm.keras", lambda p: dense(form=ModelInput.COLUMN_NORM).save(p), ModelInput.COLUMN_NORM
    ),
    Read("inverted.keras", lambda p: dense(form=ModelInput.INVERTED).save(p), ModelInput.INVERTED),
    Read("rescaling.keras", lambda p: dense(before=(L.Rescaling(1 / 255),)).save(p)),
    Read(
        "turning.keras",
        lambda p: dense(before=(L.RandomRotation(0.1), L.RandomZoom(0.1))).save(p),
    ),
    Read(
        "resizing.keras",
        lambda p: dense(before=(L.Resizing(28, 28), L.CenterCrop(28, 28))).save(p),
    ),
    Read("keras2.keras", lambda p: dense(library=tf_keras).save(p)),
    Read("keras2.h5", lambda p: dense(library=tf_keras).save(p)),
    Read("saved_model", lambda p: export(dense(), p)),
    Read("saved_model_keras2", lambda p: export(dense(library=tf_keras), p)),
    Read("saved_graph", graph(linear)),
    Read("torch.onnx", onnx_linear()),
    Read("torch_one_by_one.onnx", onnx_linear((1, 1, 28, 28))),
    Read("batch_of_7.onnx", onnx_linear((7, 28, 28, 1))),
    Read("open_axes.onnx", onnx_linear(("N", "C", "H", "W"))),
    Read("scikit_learn.onnx", onnx_of_scikit_learn),
    Read("ours.tflite", export_of_ours),
]

SAME = [  # networks that learnt nothing: they answer as in the program that made them
    ("functional.keras", functional),
    ("lstm.keras", lambda: random(L.LSTM(6))),
    ("open_rows.keras", lambda: random(L.SimpleRNN(6), shape=(None, 28))),
    ("gru.h5", lambda: random(L.Bidirectional(L.GRU(4)))),
    ("cells.keras", lambda: random(L.RNN(L.LSTMCell(4)))),
    ("time.keras", lambda: random(L.TimeDistributed(L.Dense(3)), L.Flatten())),
    ("conv1d.keras", lambda: random(L.Conv1D(3, 3), L.UpSampling1D(), L.GlobalMaxPooling1D())),
    ("convlstm.keras", lambda: random(L.Reshape((4, 7, 28, 1)), L.ConvLSTM2D(2, 3), L.Flatten())),
    ("einsum.keras", lambda: random(L.EinsumDense("abc,cd->abd", (28, 4)), L.Flatten())),
    ("normalised.keras", lambda: random(L.Normalization(mean=0.1, variance=0.2), L.Flatten())),
    ("keras2_lstm.h5", lambda: random(K.LSTM(6), library=tf_keras)),
    ("keras2_gru.keras", lambda: random(K.GRU(6), library=tf_keras)),
]

REFUSED = [
    Refused("lambda.keras", lambda p: dense(before=(L.Lambda(lambda x: x),)).save(p), "Lambda"),
    Refused("hashing.keras", lambda p: random(L.Flatten(), L.Hashing(3)).save(p), "Hashing"),
    Refused("reads", graph(reads_a_file), "operation ReadFile, which is not among"),
    Refused("writes", graph(writes_a_file), "operation WriteFile"),
    Refused("python", graph(runs_python), "operation EagerPyFunc"),
    Refused("any_rank", of_any_rank, "can't open it"),
    Refused("above", lambda p: export(dense(), p / "1"), "/above/1."),
    Refused("damaged", folder_with("saved_model.pb"), "it is damaged"),
    Refused("elsewhere.onnx", onnx_linear(outside=True), "its weights lie in another file"),
    Refused("strange.onnx", onnx_linear(domain="evil"), "evil.Gemm, no operation of ONNX"),
    Refused("loop.onnx", onnx_looping(), "the operation Loop, which may run without end"),
    Refused("loop_in_if.onnx", onnx_looping(inside_if=True), "the operation Loop"),
    Refused("function.onnx", onnx_looping(as_function=True), "holds functions of its own"),
    Refused("colours.onnx", onnx_linear(("N", 3, 28, 28)), "ONNX Runtime can't open it"),
    Refused("two_formats.onnx", onnx_and_ort, "no operation of ONNX is in it"),
    Refused("empty.onnx", holding(b"\xff"), "it is no ONNX"),
    Refused("stranger.tflite", stranger_tflite, "not a .tflite that `mnist export` wrote"),
    Refused("forged.tflite", with_a_forged_note, "not a .tflite that `mnist export` wrote"),
    Refused("changed.tflite", changed_export, "checksum mismatch"),
    Refused("net.pt", holding(), "PyTorch"),
    Refused("net.pth", holding(), "torch.onnx.export"),
    Refused("forest.pkl", holding(), "skl2onnx"),
    Refused("forest.joblib", holding(), "a pickle, which runs code"),
    Refused("frozen.pb", holding(), "Give the SavedModel's folder"),
    Refused("phone.mlmodel", holding(), "Core ML"),
    Refused("phone.mlpackage", folder_with(), "Core ML"),
    Refused("net.safetensors", holding(), "weights without a network"),
    Refused("net.json", holding(), "model.save('mine.keras')"),
    Refused("net.xyz", holding(), "of no kind that is known"),
    Refused("tfjs", folder_with("model.json", "group1-shard1of1.bin"), "tensorflowjs_converter"),
    Refused("checkpoints", folder_with("checkpoint", "a.index"), "a checkpoint, weights without"),
    pytest.param(Refused("vast", graph(vast), "can't open it"), marks=pytest.mark.long, id="vast"),
]


def opened(path: Path) -> Any:
    return classifier_of(store.resolve(str(path), path.parent))


@pytest.mark.parametrize("case", READ, ids=lambda case: case.name)
@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5:UserWarning")
def test_it_is_read_with_as_well_as_where_it_was_made(
    case: Read, tmp_path: Path, test_split: Dataset
) -> None:
    path = tmp_path / case.name
    case.make(path)
    images, labels = test_split.images[:2_000], test_split.labels[:2_000]
    kernel, bias = reader(case.form)
    own = prepared(as_input(images), case.form).reshape(-1, 784) @ kernel + bias

    answers = opened(path).probabilities(images)

    accuracy, own_accuracy = (float((a.argmax(axis=1) == labels).mean()) for a in (answers, own))
    assert accuracy >= own_accuracy - 0.003
    assert answers.sum(axis=1) == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize(
    ("name", "make"), SAME, ids=lambda value: value if isinstance(value, str) else ""
)
@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5:UserWarning")
def test_it_answers_as_where_it_was_made(
    name: str, make: Any, tmp_path: Path, test_split: Dataset
) -> None:
    model = make()
    model.save(tmp_path / name)
    pixels = as_input(test_split.images[:20])[..., 0]
    scores = np.asarray(model(pixels, training=False))

    answers = opened(tmp_path / name).probabilities(test_split.images[:20])

    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    assert answers == pytest.approx(powers / powers.sum(axis=1, keepdims=True), abs=1e-4)


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
def test_it_is_refused_with_what_it_is_and_what_to_do(
    case: Refused, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / case.name
    case.make(path)

    with pytest.raises(ModelError) as caught:
        opened(path)

    assert str(path) in caught.value.message
    assert case.words in f"{caught.value.message} {caught.value.hint}"
    assert not Path("written").exists()


def test_a_graph_that_never_answers_is_refused_in_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saved_model_file, "TRIAL_S", 2)
    graph(endless)(tmp_path / "endless")

    with pytest.raises(ModelError, match="does not answer within 2 s"):
        opened(tmp_path / "endless")


def test_the_trial_of_a_graph_ends_though_nobody_waits_for_it(tmp_path: Path) -> None:
    graph(endless)(tmp_path / "endless")
    code = (
        "import mnist_cli.core.models.saved_model_file as file\n"
        "file.TRIAL_S = 2\n"  # a trial begins once TensorFlow is there
        "from mnist_cli.core.models.saved_model_check import main\n"
        "main()"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "endless"), "endless"]

    assert subprocess.run(command, check=False, timeout=60).returncode == -signal.SIGALRM


def test_the_plain_parts_are_all_of_keras_but_what_runs_code_or_reads_files() -> None:
    code = {"Lambda", "TFSMLayer", "TorchModuleWrapper", "JaxLayer", "FlaxLayer"}
    files = {"StringLookup", "IntegerLookup", "TextVectorization"}
    others = {"Layer", "Wrapper", "InputSpec", "MaxNumBoundingBoxes", "HashedCrossing", "Hashing"}
    of_keras = {name for name, value in vars(L).items() if inspect.isclass(value)}

    assert of_keras - keras_parts.LAYERS == code | files | others
    assert of_keras >= keras_parts.LAYERS
    assert not keras_parts.PLAIN & (code | files)
