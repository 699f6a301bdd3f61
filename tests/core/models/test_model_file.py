import copy
import hashlib
import os
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_cli.core.data.dataset import Dataset, load_mnist
from mnist_cli.core.errors import ExitCode, ModelError, ModelNotFoundError
from mnist_cli.core.models.file_classifier import Known
from mnist_cli.core.models.graph_classifier import KerasClassifier
from mnist_cli.core.models.model import forward, open_model
from mnist_cli.core.models.model_file import first_kernels, read_checked
from mnist_cli.core.tensorflow import keras
from tests.conftest import Events
from tests.core.keras_files import Config, change_config, change_weights, dense, members, rebuild

FLIP_BITS = """
import sys
from pathlib import Path
from mnist_cli.core.errors import ModelError
from mnist_cli.core.models.model_file import read_checked

path, at = Path(sys.argv[1]), int(sys.argv[2])
content = path.read_bytes()
for bit in range(8):
    flipped = bytearray(content)
    flipped[at] ^= 1 << bit
    path.write_bytes(flipped)
    try:
        read_checked(path)
    except ModelError:
        pass
"""


def small_model(*before: Any, inputs: tuple[int, ...] = (28, 28, 1), classes: int = 10) -> Any:
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input(inputs),
            *before,
            layers.Flatten(),
            layers.Dense(4, activation="relu"),
            layers.Dense(classes, activation="softmax"),
        ]
    )


def functional_model() -> Any:
    layers = keras.layers
    images = keras.Input((28, 28, 1))
    features = layers.Conv2D(2, 5, strides=4, kernel_regularizer="l2")(images)
    features = layers.ReLU()(layers.BatchNormalization()(features))
    both = layers.Concatenate()([layers.Flatten()(features), layers.Flatten()(images)])
    return keras.Model(images, layers.Dense(10, activation="softmax")(layers.Dropout(0.5)(both)))


def compiled_model() -> Any:
    model = small_model()
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(np.zeros((2, 28, 28, 1)), np.zeros(2), verbose=0)
    return model


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model as `model.keras` and `model.h5`."""
    folder = tmp_path_factory.mktemp("saved")
    model = small_model()
    for name in ("model.keras", "model.h5"):
        model.save(folder / name)
    return folder


@pytest.fixture(params=[".keras", ".h5"])
def path(request: pytest.FixtureRequest, saved: Path, tmp_path: Path) -> Path:
    """A good file of either format, to spoil."""
    target = tmp_path / f"model{request.param}"
    shutil.copy(saved / target.name, target)
    return target


@pytest.fixture
def keras_path(saved: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(saved / "model.keras", tmp_path))


def refusal(path: Path, opener: Callable[[Path], object] = read_checked) -> str:
    """Return the words that a file is refused with; they name it."""
    started = time.perf_counter()
    with pytest.raises(ModelError) as caught:
        opener(path)
    assert time.perf_counter() - started < 5
    assert caught.value.exit_code == ExitCode.REFUSED
    assert str(path) in caught.value.message
    return caught.value.message


# what is accepted


@pytest.mark.parametrize(
    ("build", "suffix"),
    [
        (small_model, ".keras"),
        (small_model, ".h5"),
        (small_model, ".KERAS"),
        (functional_model, ".keras"),
        (functional_model, ".h5"),
        (compiled_model, ".keras"),
        (compiled_model, ".h5"),
    ],
)
def test_plain_models_are_opened_and_answer_as_before(
    tmp_path: Path, build: Callable[[], Any], suffix: str
) -> None:
    model = build()
    model.save(tmp_path / f"model{suffix.lower()}")
    path = (tmp_path / f"model{suffix.lower()}").rename(tmp_path / f"model{suffix}")
    images = np.random.default_rng(0).random((5, 28, 28, 1), np.float32)

    opened, content = open_model(path)

    assert content == path.read_bytes()
    assert forward(opened, images) == pytest.approx(forward(model, images), abs=1e-6)


@pytest.mark.parametrize("inputs", [(28, 28), (784,), (28, 28, 1)])
def test_each_usual_input_shape_is_fed(tmp_path: Path, inputs: tuple[int, ...]) -> None:
    small_model(inputs=inputs).save(tmp_path / "m.keras")
    model, _ = open_model(tmp_path / "m.keras")

    assert forward(model, np.zeros((3, 28, 28, 1), np.float32)).shape == (3, 10)


def test_a_hole_in_the_compile_config_is_passed_over(keras_path: Path) -> None:
    lambdas = {"class_name": "__lambda__", "config": {"value": "code"}}
    change_config(keras_path, lambda config: config.update(compile_config={"loss": lambdas}))

    open_model(keras_path)


def test_first_kernels_are_those_of_the_layer_on_the_pixels(path: Path) -> None:
    kernels, sha256 = first_kernels(path)
    model, content = open_model(path)

    assert sha256 == hashlib.sha256(content).hexdigest()
    assert np.array_equal(kernels, model.layers[1].kernel.numpy().T.reshape(4, 28, 28))


# what holds code


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_a_real_lambda_is_refused(tmp_path: Path, suffix: str) -> None:
    small_model(keras.layers.Lambda(lambda x: x * 2)).save(tmp_path / f"m{suffix}")

    assert "Lambda, which is not among the plain" in refusal(tmp_path / f"m{suffix}")


@keras.saving.register_keras_serializable("tests")
class Registered(keras.layers.Layer):  # type: ignore[misc]
    pass


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_a_registered_class_is_refused_even_where_it_is_known(tmp_path: Path, suffix: str) -> None:
    small_model(Registered()).save(tmp_path / f"m{suffix}")

    assert "Registered" in refusal(tmp_path / f"m{suffix}")


CODE: dict[str, Config] = {
    "os.system": {"module": "os", "class_name": "system", "config": "true"},
    "subprocess": {"module": "subprocess", "class_name": "Popen", "config": {"args": "true"}},
    "module-of-a-plain-name": {"module": "os", "class_name": "Dense", "config": {}},
    "module-alone": {"module": "os.path"},
    "like-keras": {"module": "kerasx.layers", "class_name": "Dense", "config": {}},
    "get-file": {"module": "keras.utils", "class_name": "get_file", "config": {"origin": "x"}},
    "saved-model": {"module": "keras.layers", "class_name": "TFSMLayer", "config": {}},
    "function": {"module": "builtins", "class_name": "function", "config": "exec"},
    "bytecode": {"class_name": "__lambda__", "config": {"value": "code"}},
    "registered": {"module": None, "class_name": "Dense", "registered_name": "evil>Dense"},
}


@pytest.mark.parametrize("value", CODE.values(), ids=CODE.keys())
def test_what_names_code_is_refused(keras_path: Path, value: Config) -> None:
    change_config(keras_path, lambda config: config["config"]["layers"].insert(1, value))

    assert "which is not among the plain Keras layers" in refusal(keras_path)


@pytest.mark.parametrize("place", ["layer", "activation", "deep", "network"])
def test_what_names_code_is_refused_wherever_it_stands(path: Path, place: str) -> None:
    value = CODE["os.system"]

    def change(config: Config) -> None:
        if place == "layer":
            config["config"]["layers"].insert(1, value)
        elif place == "activation":
            dense(config)["config"]["activation"] = value
        elif place == "deep":
            dense(config)["config"]["kernel_regularizer"] = {"config": [{"fn": [value]}]}
        else:
            config["extra"] = value

    change_config(path, change)
    assert "which is not among the plain Keras layers" in refusal(path)


def test_an_object_of_keras_that_is_no_model_is_refused(tmp_path: Path) -> None:
    layer = keras.layers.Dense(10)
    layer.build((None, 784))
    keras.saving.save_model(layer, tmp_path / "m.keras")

    assert "holds a Dense, not a model" in refusal(tmp_path / "m.keras")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("class_name", ["Dense"]),
        ("class_name", {"a": 1}),
        ("module", ["keras"]),
        ("module", {"a": 1}),
        ("module", 5),
    ],
)
def test_a_name_that_is_no_text_is_refused(keras_path: Path, key: str, value: object) -> None:
    change_config(keras_path, lambda config: dense(config).update({key: value}))

    assert "which is not among the plain Keras layers" in refusal(keras_path)


# what is damaged or packed in an odd way


@pytest.mark.parametrize(
    "name", ["assets/a.txt", "../../escaped.txt", "/escaped.txt", "model.weights.h5/x", "config"]
)
def test_a_member_too_many_is_refused(keras_path: Path, name: str) -> None:
    rebuild(keras_path, (name, b"x"))

    assert repr(name) in refusal(keras_path, open_model)
    assert [p.name for p in keras_path.parent.iterdir()] == ["model.keras"]


def test_a_member_twice_is_refused(keras_path: Path) -> None:
    with (
        pytest.warns(UserWarning, match="Duplicate name"),
        zipfile.ZipFile(keras_path, "a") as archive,
    ):
        archive.writestr("config.json", "{}")

    assert "each once" in refusal(keras_path)


@pytest.mark.parametrize("name", ["metadata.json", "config.json", "model.weights.h5"])
def test_a_missing_member_is_refused(keras_path: Path, name: str) -> None:
    rebuild(keras_path, without=name)

    assert "each once" in refusal(keras_path)


@pytest.mark.parametrize(
    ("config", "words"),
    [
        (b"not json", "its config is no JSON"),
        (b"\xff\xfe\x00", "its config is no JSON"),
        (b"", "its config is no JSON"),
        (b"[" * 200_000, "its config is no JSON"),
        (b'{"config":' * 100_000 + b"1" + b"}" * 100_000, "its config is no JSON"),
        (b"null", "its config is no network"),
        (b"[]", "its config is no network"),
        (b"{}", "its config is no network"),
        (b'{"config": {}}', "holds a None, not a model"),
        (b" " * (5 << 20) + b"{}", "config.json is larger than"),
    ],
    ids=lambda value: repr(value[:12]),
)
def test_a_config_that_is_none_is_refused(keras_path: Path, config: bytes, words: str) -> None:
    rebuild(keras_path, ("config.json", config))

    assert words in refusal(keras_path)


def test_metadata_that_swell_are_refused(keras_path: Path) -> None:
    rebuild(keras_path, ("metadata.json", b"{" + b" " * (64 << 20) + b"}"))
    assert keras_path.stat().st_size < 1 << 20

    assert "metadata.json is larger than" in refusal(keras_path)


@pytest.mark.parametrize("size", [0, 10, 100, 5_000, -100, -1])
def test_a_file_cut_off_is_refused(path: Path, size: int) -> None:
    path.write_bytes(path.read_bytes()[:size])

    assert "damaged" in refusal(path)


def test_a_web_page_is_refused(path: Path) -> None:
    path.write_text("<html>Sign in</html>")

    assert "the model file is damaged" in refusal(path)


@pytest.mark.parametrize("seed", range(20))
def test_a_bit_flipped_in_an_archives_weights_is_refused(keras_path: Path, seed: int) -> None:
    content = bytearray(keras_path.read_bytes())
    start = content.index(b"\x89HDF")
    length = len(members(keras_path)["model.weights.h5"])
    rng = np.random.default_rng(seed)
    content[start + rng.integers(length)] ^= 1 << int(rng.integers(8))
    keras_path.write_bytes(content)

    assert "the model file is damaged (Bad CRC-32" in refusal(keras_path)


def test_no_bit_flipped_in_an_h5_ends_the_program(saved: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(saved / "model.h5", tmp_path))
    at = path.read_bytes().index(b"model_config") + 17  # where some bits crash HDF5
    done = subprocess.run(
        [sys.executable, "-c", FLIP_BITS, str(path), str(at)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


# weights


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_weights_that_are_not_finite_are_refused(path: Path, value: float) -> None:
    def spoil(file: h5py.File) -> None:
        def visit(_name: str, item: object) -> None:
            if isinstance(item, h5py.Dataset) and item.shape == (784, 4):
                item[3, 3] = value

        file.visititems(visit)

    change_weights(path, spoil)
    assert "not finite" in refusal(path)


def virtual(file: h5py.File) -> None:
    layout = h5py.VirtualLayout((10,), "f4")
    layout[:] = h5py.VirtualSource("/etc/passwd", "x", (10,))
    file.create_virtual_dataset("extra", layout)


POINTS_OUT: dict[str, Callable[[h5py.File], object]] = {
    "link-out": lambda f: f.update(extra=h5py.ExternalLink("/etc/passwd", "/")),
    "soft-link": lambda f: f.update(extra=h5py.SoftLink("/")),
    "deep-link": lambda f: f.create_group("a/b").update(c=h5py.SoftLink("/")),
    "external-data": lambda f: f.create_dataset(
        "extra", (10,), "u1", external=[("/etc/passwd", 0, 10)]
    ),
    "virtual": virtual,
    "text": lambda f: f.create_dataset("extra", data=["a", "b"]),
    "struct": lambda f: f.create_dataset("extra", (2,), [("a", "f4")]),
    "reference": lambda f: f.create_dataset("extra", (2,), h5py.ref_dtype),
}


@pytest.mark.parametrize("change", POINTS_OUT.values(), ids=POINTS_OUT.keys())
def test_weights_that_point_out_or_are_no_numbers_are_refused(
    path: Path, change: Callable[[h5py.File], object]
) -> None:
    change_weights(path, change)

    message = refusal(path)
    assert "points elsewhere" in message or "not numbers" in message


SWELLS: dict[str, Callable[[h5py.File], object]] = {
    "1.6-gb": lambda f: f.create_dataset("extra", (20_000, 20_000), "f4", chunks=True),
    "4-tb": lambda f: f.create_dataset("extra", (10**6, 10**6), "f4", chunks=True),
    "many": lambda f: [f.create_dataset(f"x{i}", (10**7,), "f4") for i in range(20)],
}


@pytest.mark.parametrize("change", SWELLS.values(), ids=SWELLS.keys())
def test_weights_that_swell_are_refused_unread(
    path: Path, change: Callable[[h5py.File], object]
) -> None:
    change_weights(path, change)
    assert path.stat().st_size < 1 << 20

    assert "its arrays claim" in refusal(path)


def test_weights_without_a_network_are_refused_with_advice(tmp_path: Path) -> None:
    small_model().save_weights(tmp_path / "m.weights.h5")

    with pytest.raises(ModelError, match="holds weights without a network") as caught:
        read_checked(tmp_path / "m.weights.h5")

    assert "model.save" in caught.value.hint


# what is too large, or made for something else


def test_50_million_units_are_refused_without_the_memory_for_them(path: Path) -> None:
    def change(config: Config) -> None:
        dense(config)["config"]["units"] = 50_000_000
        for entry in config["config"]["layers"]:
            entry.pop("build_config", None)

    change_config(path, change)
    assert "at most 20000000 of each are opened" in refusal(path, open_model)


def test_thousands_of_layers_are_refused_before_keras_builds_them(path: Path) -> None:
    def change(config: Config) -> None:
        layers = config["config"]["layers"]
        layers[1:1] = [layers[1] | {"name": f"flat_{n}"} for n in range(9_000)]

    change_config(path, change)
    assert "too many layers" in refusal(path)


def test_a_network_that_is_built_later_is_refused_since_it_can_not_be_counted(
    keras_path: Path,
) -> None:
    def change(config: Config) -> None:
        del config["config"]["layers"][0]
        config["config"].pop("build_input_shape", None)
        for entry in config["config"]["layers"]:
            entry.pop("build_config", None)
        dense(config)["config"]["units"] = 30_000
        config["build_config"] = {"input_shape": [None, 28, 28, 1]}

    change_config(keras_path, change)
    assert "does not say what goes into it" in refusal(keras_path, open_model)


def test_few_weights_with_huge_activations_are_refused(tmp_path: Path) -> None:
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.ZeroPadding2D(1),
            layers.GlobalAveragePooling2D(),
            layers.Dense(10),
        ]
    )
    path = tmp_path / "m.keras"
    model.save(path)

    def change(config: Config) -> None:
        config["config"]["layers"][1]["config"]["padding"] = [[50_000, 50_000], [50_000, 50_000]]
        for entry in config["config"]["layers"]:
            entry.pop("build_config", None)

    change_config(path, change)
    assert "at most 20000000 of each are opened" in refusal(path, open_model)


@pytest.mark.parametrize(
    ("inputs", "classes", "words"),
    [
        ((32, 32, 3), 10, "Received: (None, 32, 32, 3) to (None, 10)"),
        ((28, 28, 1), 7, "Received: (None, 28, 28, 1) to (None, 7)"),
        ((28, 28, 3), 10, "expected 28×28 grey images in and 10 classes out"),
    ],
)
@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_a_model_for_another_task_is_refused(
    tmp_path: Path, inputs: tuple[int, ...], classes: int, words: str, suffix: str
) -> None:
    path = tmp_path / f"m{suffix}"
    small_model(inputs=inputs, classes=classes).save(path)

    assert words in refusal(path, open_model)


def test_a_network_that_keras_cannot_build_is_refused_in_one_line(keras_path: Path) -> None:
    change_config(keras_path, lambda config: dense(config)["config"].update(colour="red"))

    message = refusal(keras_path, open_model)
    assert f"Keras {keras.__version__} can't open it" in message
    assert "\n" not in message


ODD: dict[str, Config] = {
    "text": {"scale": "abc"},
    "nothing": {"scale": None},
    "object": {"scale": {}},
    "nan": {"scale": float("nan")},
    "infinite": {"offset": float("inf")},
    "name": {"name": "\ud800"},
    "shape": {"name": "b", "scale": [[[1.0, 2.0]]]},
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD.keys())
@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_a_layer_with_figures_of_another_kind_is_refused_in_one_line(
    saved: Path, tmp_path: Path, suffix: str, odd: Config
) -> None:
    path = Path(shutil.copy(saved / f"model{suffix}", tmp_path))
    scaling = {"module": "keras.layers", "class_name": "Rescaling"}
    settings = {"name": "a", "scale": 1.0, "offset": 0.0} | odd
    layer = scaling | {"config": settings}
    change_config(path, lambda config: config["config"]["layers"].insert(1, layer))

    with pytest.raises(ModelError) as caught:
        KerasClassifier(path)

    assert caught.value.message.startswith(f"{path}: ")
    assert "\n" not in caught.value.message


# what is no such file


@pytest.mark.parametrize("name", ["model.tflite", "model.pkl", "model", "model.keras.zip"])
def test_a_file_of_another_kind_is_refused_by_its_name(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"x")

    assert "a .keras" in refusal(tmp_path / name)


def test_a_folder_and_a_pipe_are_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "folder.keras").mkdir()
    os.mkfifo(tmp_path / "pipe.h5")

    assert "not a regular file" in refusal(tmp_path / "folder.keras")
    assert "not a regular file" in refusal(tmp_path / "pipe.h5")


def test_a_loop_of_links_is_refused_and_a_dangling_one_not_found(tmp_path: Path) -> None:
    (tmp_path / "loop.keras").symlink_to("loop.keras")
    (tmp_path / "dangling.keras").symlink_to("nowhere")

    assert "loop.keras" in refusal(tmp_path / "loop.keras")
    for name in ("dangling.keras", "nowhere.keras"):
        with pytest.raises(ModelNotFoundError):
            read_checked(tmp_path / name)


def test_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    with (tmp_path / "huge.keras").open("wb") as file:
        file.truncate(5 << 30)

    assert "larger than 512 MB" in refusal(tmp_path / "huge.keras")


# what its numbers mean


@pytest.fixture(scope="module")
def regression() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Weights (784, 10) and biases (10,) of a linear reader of images in [0, 1]."""
    data = load_mnist("train")
    pixels = data.images[:5_000].reshape(-1, 784).astype(np.float64) / 255
    pixels = np.hstack([pixels, np.ones((len(pixels), 1))])
    truth = 10 * np.eye(10)[data.labels[:5_000]]
    gram = pixels.T @ pixels + 10 * np.eye(785)
    weights = np.linalg.solve(gram, pixels.T @ truth).astype(np.float32)
    return weights[:-1], weights[-1]


@pytest.mark.parametrize("activation", ["softmax", "linear"], ids=["probabilities", "logits"])
@pytest.mark.parametrize("full_scale", [1, 255])
def test_range_of_pixels_and_kind_of_answer_are_found_out(
    tmp_path: Path,
    test_split: Dataset,
    regression: tuple[NDArray[np.float32], NDArray[np.float32]],
    activation: str,
    full_scale: int,
) -> None:
    kernel, bias = regression
    layers = keras.layers
    model = keras.Sequential(
        [keras.Input((28, 28, 1)), layers.Flatten(), layers.Dense(10, activation=activation)]
    )
    model.layers[-1].set_weights([kernel / full_scale, bias])
    model.save(tmp_path / "m.keras")
    images = test_split.images[:500]
    logits = images.reshape(-1, 784) / np.float32(255) @ kernel + bias
    expected = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)

    classifier = KerasClassifier(tmp_path / "m.keras")
    probabilities = classifier.probabilities(images)

    assert (probabilities.argmax(axis=1) == test_split.labels[:500]).mean() > 0.7
    assert probabilities == pytest.approx(expected, abs=1e-4)
    assert classifier.version is None


def test_a_model_that_reads_no_digit_is_opened_with_a_warning(
    keras_path: Path, events: Events
) -> None:
    classifier = KerasClassifier(keras_path)

    assert events.warnings == ["model.barely_reads_mnist"]
    assert classifier.probabilities(np.zeros((2, 28, 28), np.uint8)).sum() == pytest.approx(2)


def test_a_temperature_softens_the_answers(keras_path: Path, test_split: Dataset) -> None:
    plain = KerasClassifier(keras_path).probabilities(test_split.images[:20])
    soft = KerasClassifier(keras_path, Known("3", 2.0)).probabilities(test_split.images[:20])

    rounding = 1e-6  # of float32, where all ten are as likely
    assert (soft.max(axis=1) <= plain.max(axis=1) + rounding).all()
    assert soft.max(axis=1).mean() < plain.max(axis=1).mean()
    assert (soft.argmax(axis=1) == plain.argmax(axis=1)).all()


def test_answers_that_are_not_finite_are_refused(keras_path: Path) -> None:
    def overflow(file: h5py.File) -> None:
        def visit(_name: str, item: object) -> None:
            if isinstance(item, h5py.Dataset) and item.dtype.kind == "f":
                item[...] = 3e38

        file.visititems(visit)

    change_weights(keras_path, overflow)
    assert "not finite" in refusal(keras_path, KerasClassifier)


def test_a_config_is_left_as_it_was(keras_path: Path) -> None:
    _, config = read_checked(keras_path)
    before = copy.deepcopy(config)
    open_model(keras_path)

    assert read_checked(keras_path)[1] == before
