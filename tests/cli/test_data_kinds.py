"""`--data` takes what people have: each kind is made here, measured, and what is said of it."""

import gzip
import io
import json
import pickle
import shutil
import struct
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import h5py
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import scipy.io
from numpy.typing import NDArray
from PIL import Image

from mnist_cli.api.data import open_data
from mnist_cli.api.data_checks import warn_of_duplicates
from mnist_cli.core.data.dataset import Dataset
from mnist_cli.core.errors import ExitCode
from tests.conftest import Cli, Events

Array = NDArray[Any]
Make = Callable[[Path, Array, Array], object]

N = 200
CLEAN = 0.98  # the package's model reads 99.4 % of MNIST
TURNED = "data.images_turned"


class Kind(NamedTuple):
    """A kind of data, and what becomes of it.

    Attributes:
        name: The file or folder.
        make: Writes it, with these images and labels.
        least: Of its images at least this share is read as its labels say; None: it is refused.
        words: What stderr holds; "" where it warns of nothing.
        code: The exit code.
    """

    name: str
    make: Make
    least: float | None = CLEAN
    words: str = ""
    code: ExitCode = ExitCode.OK


# CSV, Parquet


def csv(heads: bool = True, last: bool = False, separator: str = ",", end: str = "\n") -> Make:
    def make(path: Path, images: Array, labels: Array) -> None:
        flat = images.reshape(len(images), -1)
        rows = np.column_stack([flat, labels] if last else [labels, flat])
        names = [f"pixel{at}" for at in range(784)]
        lines = [separator.join(map(str, row)) for row in rows.tolist()]
        if heads:
            lines.insert(0, separator.join([*names, "class"] if last else ["label", *names]))
        path.write_text(end.join(lines) + end, newline="")

    return make


def text(content: str) -> Make:
    return lambda path, _images, _labels: path.write_text(content)


def csv_folder(path: Path, images: Array, labels: Array) -> None:
    path.mkdir()
    csv()(path / "mnist_train.csv", images[:5], labels[:5])
    csv(heads=False)(path / "mnist_test.csv", images, labels)


def png(image: Array) -> bytes:
    file = io.BytesIO()
    Image.fromarray(image).save(file, "png")
    return file.getvalue()


def pictures(images: Array) -> pa.Array:
    structs = [{"bytes": png(image), "path": f"{at}.png"} for at, image in enumerate(images)]
    return pa.array(structs, pa.struct([("bytes", pa.binary()), ("path", pa.string())]))


def parquet(path: Path, images: Array, labels: Array) -> None:
    pq.write_table(pa.table({"image": pictures(images), "label": labels.astype(np.int64)}), path)


def pixel_lists(path: Path, images: Array, labels: Array) -> None:
    flat = list(images.reshape(len(images), -1))
    pq.write_table(pa.table({"pixels": flat, "label": labels}), path)


def pixel_columns(path: Path, images: Array, labels: Array) -> None:
    flat = images.reshape(len(images), -1)
    columns = {f"pixel{at + 1}": flat[:, at] for at in range(784)}
    pq.write_table(pa.table(columns | {"class": labels.astype(str)}), path)


def without_labels(path: Path, images: Array, _labels: Array) -> None:
    pq.write_table(pa.table({"image": pictures(images)}), path)


def large_pictures(path: Path, _images: Array, labels: Array) -> None:
    parquet(path, np.zeros((2, 200, 200), np.uint8), labels[:2])


def cut_parquet(path: Path, images: Array, labels: Array) -> None:
    parquet(path, images, labels)
    path.write_bytes(path.read_bytes()[:-100])


def huggingface(path: Path, images: Array, labels: Array) -> None:
    (path / "mnist").mkdir(parents=True)
    parquet(path / "mnist" / "train-00000-of-00001.parquet", images[:9], labels[:9])
    for shard, part in enumerate(np.array_split(np.arange(len(images)), 2)):
        name = f"test-0000{shard}-of-00002.parquet"
        parquet(path / "mnist" / name, images[part], labels[part])


def huggingface_converted(path: Path, images: Array, labels: Array) -> None:
    """Write files that are named alike in both halves, as Hugging Face converts data sets."""
    for half, many in (("train", 9), ("test", len(images))):
        (path / half).mkdir(parents=True)
        parquet(path / half / "0000.parquet", images[:many], labels[:many])


def mnist_png(path: Path, images: Array, labels: Array) -> None:
    for half, many in (("training", 9), ("testing", len(images))):
        for at, (image, label) in enumerate(zip(images[:many], labels[:many], strict=True)):
            folder = path / half / str(label)
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{at}.png").write_bytes(png(image))


# IDX


def write_idx(path: Path, array: Array, kind: int = 8) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    head = struct.pack(f">{1 + array.ndim}I", 256 * kind + array.ndim, *array.shape)
    data = head + array.tobytes()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)


def idx(begin: str = "t10k", end: str = ".gz", place: str = "") -> Make:
    def make(path: Path, images: Array, labels: Array) -> None:
        write_idx(path / place / f"{begin}-images-idx3-ubyte{end}", images)
        write_idx(path / place / f"{begin}-labels-idx1-ubyte{end}", labels)

    return make


def qmnist(path: Path, images: Array, labels: Array) -> None:
    write_idx(path / "qmnist-test-images-idx3-ubyte.gz", images)
    rows = np.zeros((len(labels), 8), ">i4")
    rows[:, 0] = labels
    write_idx(path / "qmnist-test-labels-idx2-int.gz", rows, 12)


def emnist(path: Path, images: Array, labels: Array) -> None:
    """Write EMNIST's files as they are: each image lies on its side, mirrored."""
    idx("emnist-letters-test")(path, images[:3], labels[:3] + 17)
    idx("emnist-digits-test")(path, images.transpose(0, 2, 1), labels)


def torchvision_root(path: Path, images: Array, labels: Array) -> None:
    for name in ("MNIST", "KMNIST"):
        idx(place=f"{name}/raw")(path, images, labels)


# arrays


def npz(change: Callable[[Array], Array] = lambda images: images, **of_labels: Any) -> Make:
    def make(path: Path, images: Array, labels: Array) -> None:
        change_labels = of_labels.get("labels", lambda labels: labels)
        np.savez_compressed(path, x_test=change(images), y_test=change_labels(labels))

    return make


def npy_pair(images_name: str, labels_name: str) -> Make:
    def make(path: Path, images: Array, labels: Array) -> None:
        path.mkdir()
        np.save(path / images_name, images)
        np.save(path / labels_name, labels)

    return make


def mat(change: Callable[[Array, Array], dict[str, Any]]) -> Make:
    def make(path: Path, images: Array, labels: Array) -> None:
        scipy.io.savemat(path, change(images, labels), do_compression=True)

    return make


def emnist_mat(images: Array, labels: Array) -> dict[str, Any]:
    lying = images.transpose(0, 2, 1).reshape(len(images), -1)
    halves = {
        half: {"images": lying[:many], "labels": labels[:many, None]}
        for half, many in (("train", 7), ("test", len(images)))
    }
    return {"dataset": halves | {"mapping": np.zeros((10, 2))}}


def by_digit(images: Array, labels: Array) -> dict[str, Any]:
    parts = [images[labels == digit].reshape(-1, 784) for digit in range(10)]
    return {f"{half}{digit}": parts[digit] for digit in range(10) for half in ("train", "test")}


def house_numbers(images: Array, labels: Array) -> dict[str, Any]:
    """Colour digits as large as their pictures, of 32×32, dark on light and light on dark."""
    rng = np.random.default_rng(0)
    large = sized(images[:, 4:24, 4:24], 32) / 255
    paper, ink = rng.integers(0, 90, (2, len(images), 1, 1, 3))
    is_dark = rng.integers(0, 2, (len(images), 1, 1, 1)) == 1
    ink, paper = np.where(is_dark, ink, 255 - ink), np.where(is_dark, 255 - paper, paper)
    colour = paper + (ink - paper) * large[..., None]
    return {"X": colour.astype(np.uint8).transpose(1, 2, 3, 0), "y": from_1_to_10(labels)}


def from_1_to_10(labels: Array) -> Array:
    return np.where(labels, labels, 10)[:, None]


def sized(images: Array, side: int) -> Array:
    return np.stack([cv2.resize(a, (side, side), interpolation=cv2.INTER_AREA) for a in images])


def coursera(images: Array, labels: Array) -> dict[str, Any]:
    lying = sized(images, 20).transpose(0, 2, 1)
    return {"X": lying.reshape(-1, 400) / 255, "y": from_1_to_10(labels)}


def original(images: Array, labels: Array) -> dict[str, Any]:
    return {"data": images.reshape(len(images), -1).T, "label": labels[None].astype(float)}


def usps(path: Path, images: Array, labels: Array) -> None:
    small = sized(images[:, 4:24, 4:24], 16).reshape(-1, 256)
    with h5py.File(path, "w") as file:
        for half in ("train", "test"):
            file[f"{half}/data"] = small.astype(np.float32) / 255
            file[f"{half}/target"] = labels.astype(np.int64)


def hdf5_bomb(path: Path, _images: Array, _labels: Array) -> None:
    with h5py.File(path, "w") as file:
        shape = (500_000, 784)
        file.create_dataset("images", shape, "u1", compression="gzip", chunks=(10_000, 784))
        file["labels"] = np.zeros(shape[0], "u1")


def hdf5_link(path: Path, _images: Array, labels: Array) -> None:
    with h5py.File(path, "w") as file:
        file["images"] = h5py.ExternalLink("/etc/other.h5", "images")
        file["labels"] = labels


def mat_bomb(images: Array, _labels: Array) -> dict[str, Any]:
    return {"X": np.zeros((150_000, 784), np.uint8), "y": np.zeros((150_000, 1), np.uint8)}


def old_tutorial(path: Path, images: Array, labels: Array) -> None:
    part = images.reshape(len(images), -1) / np.float32(255), labels
    path.write_bytes(gzip.compress(pickle.dumps((part, part, part))))


def folder_of(name: str, make: Make) -> Make:
    def make_folder(path: Path, images: Array, labels: Array) -> None:
        path.mkdir()
        make(path / name, images, labels)

    return make_folder


REFUSED, NOT_FOUND = ExitCode.REFUSED, ExitCode.NOT_FOUND
KINDS = [
    Kind("kaggle.csv", csv()),
    Kind("plain.csv", csv(heads=False)),
    Kind("windows.csv", csv(separator=";", end="\r\n")),
    Kind("openml.csv", csv(last=True)),
    Kind("tabs.tsv", csv(separator="\t")),
    Kind("csv-folder", csv_folder),
    Kind("hf.parquet", parquet),
    Kind("lists.parquet", pixel_lists),
    Kind("columns.parquet", pixel_columns),
    Kind("hf-folder", huggingface),
    Kind("hf-converted", huggingface_converted),
    Kind("mnist_png", mnist_png),
    Kind("raw", idx("t10k", "")),
    Kind("torch", idx(place="MNIST/raw", end="")),
    Kind("emnist", emnist, words=f"{TURNED}  data=emnist split=test they_were=transposed"),
    Kind("gzip", idx("emnist-mnist-test", place="gzip")),
    Kind("qmnist", qmnist),
    Kind("inverted.npz", npz(lambda images: 255 - images), words="they_were=inverted"),
    Kind("both.npz", npz(lambda a: 255 - a.transpose(0, 2, 1)), words='"transposed and inverted"'),
    Kind("torch.npz", npz(lambda images: images[:, None] / 255)),
    Kind("floats.npz", npz(lambda images: images.astype(np.float32))),
    Kind("minus.npz", npz(lambda images: images / 127.5 - 1)),
    Kind("half.npz", npz(lambda images: images / 255 - 0.5)),
    Kind("mean.npz", npz(lambda images: (images / 255 - 0.1307) / 0.3081)),
    Kind("one-hot.npz", npz(labels=lambda labels: np.eye(10)[labels])),
    Kind("float-labels.npz", npz(labels=lambda labels: labels.astype(np.float64))),
    Kind("lenet.npz", npz(lambda images: np.pad(images, ((0, 0), (2, 2), (2, 2))))),
    Kind("npy", npy_pair("x_test.npy", "y_test.npy")),
    Kind("npy2", npy_pair("images.npy", "labels.npy")),
    Kind(
        "original.mat",
        mat(original),
    ),
    Kind("emnist.mat", mat(emnist_mat), words="they_were=transposed"),
    Kind("mnist_all.mat", mat(by_digit)),
    Kind("ex3data1.mat", mat(coursera), 0.95, "they_were=transposed"),
    Kind("test_32x32.mat", mat(house_numbers), 0.9, "data.label_10_is_0"),
    Kind("usps.h5", usps, 0.95),
    Kind("letters", idx("emnist-letters-test")),
    *(
        Kind(name, make, None, words, REFUSED)
        for name, make, words in (
            ("mnist.pkl.gz", old_tutorial, "can run any program as it is opened. If you trust it"),
            ("test.csv", text(",".join(map(str, range(784)))), "784 pixels a row, and no labels"),
            (
                "prices.csv",
                text("date,price\n1,2\n"),
                "no table of images: a row must hold 784 pixels",
            ),
            ("ragged.csv", text("0," * 784 + "0\n1,2\n"), "ragged.csv: damaged"),
            ("empty.csv", text(""), "no table of images"),
            ("heads.csv", text("label" + ",a" * 784), "holds no rows of numbers"),
            (
                "words.csv",
                text("label" + ",a" * 784 + "\nseven" + ",0" * 784),
                "could not convert string 'seven'",
            ),
            ("blind.parquet", without_labels, "has no column `label`. Received: image"),
            ("cut.parquet", cut_parquet, "cut.parquet: damaged"),
            ("large.parquet", large_pictures, "at most 64 pixels a side. Received: (200, 200)"),
            ("cut.mat", text("MATLAB 5.0 MAT-file"), "cut.mat: damaged"),
            ("cut.h5", text("\x89HDF"), "cut.h5: damaged"),
            ("bomb.h5", hdf5_bomb, "no pictures of digits do"),
            ("bomb.mat", mat(mat_bomb), "no pictures of digits do"),
            ("link.h5", hdf5_link, "link.h5: images points elsewhere"),
            ("names.mat", mat(lambda a, b: {"a": a, "b": b}), "is needed. Received: a, b"),
            ("two", torchvision_root, "holds several data sets. Give one: two/KMNIST, two/MNIST"),
            ("x.npy", lambda path, a, _b: np.save(path, a), "Give the folder that holds both"),
        )
    ),
    Kind("half", folder_of("train.csv", csv()), None, "holds nothing to test with", NOT_FOUND),
    Kind("nothing", folder_of("a.txt", text("")), None, "no .parquet, .csv or .npy", NOT_FOUND),
]


@pytest.mark.parametrize("kind", [pytest.param(kind, id=kind.name) for kind in KINDS])
def test_each_kind_of_data_is_measured_or_told_why_not(
    kind: Kind, mnist: Cli, tmp_path: Path, test_split: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    kind.make(Path(kind.name), test_split.images[:N], test_split.labels[:N])

    result = mnist("evaluate", "--model", "bundled", "--data", kind.name, "--json")

    assert result.exit_code == kind.code, result.stderr
    assert kind.words in result.stderr
    document = json.loads(result.stdout)
    if kind.least is None:
        assert kind.name in document["error"]["message"]
    else:
        assert document["n"] == N
        assert document["accuracy"] >= kind.least
        assert bool(kind.words) == ("warning" in result.stderr), result.stderr


def test_what_names_no_halves_is_not_taken_for_its_own_test_images(
    tmp_path: Path, test_split: Dataset, events: Events
) -> None:
    path = tmp_path / "train.csv"
    csv()(path, test_split.images[:N], test_split.labels[:N])

    warn_of_duplicates(open_data(str(path), "train"))

    assert [found["test"] for found in events.of("data.test_images_trained_on")] == ["mnist"]


@pytest.mark.parametrize("make", [huggingface_converted, mnist_png])
def test_halves_in_folders_are_told_apart(
    tmp_path: Path, test_split: Dataset, make: Make, events: Events
) -> None:
    make(tmp_path, test_split.images[:N], test_split.labels[:N])
    shutil.copytree(next(tmp_path.glob("test*")), tmp_path / "validation")

    training = open_data(str(tmp_path), "train")

    assert len(training) == 9
    assert training.has_halves
    assert not training.writers
    assert [found["count"] for found in events.of("data.of_no_half")] == [1]


@pytest.mark.parametrize(("low", "high"), [(-0.5, 0.5), (-1, 1), (-0.42422, 2.82149)])
def test_pixels_below_0_are_told_and_become_what_they_were(
    low: float, high: float, tmp_path: Path, test_split: Dataset, events: Events
) -> None:
    images = test_split.images[:N]
    np.savez(tmp_path / "a.npz", x_test=images / 255 * (high - low) + low, y_test=[1] * N)

    opened = open_data(str(tmp_path / "a.npz"), "test")

    np.testing.assert_array_equal(opened.images, images)
    (told,) = events.of("data.pixels_taken_as")
    assert (told["no_ink"], told["full_ink"]) == (low, high)


def test_images_of_no_digit_are_turned_with_their_data_set(
    tmp_path: Path, test_split: Dataset
) -> None:
    images = test_split.images[:N]
    others = test_split.images[N : N + 9]
    np.savez(
        tmp_path / "a.npz",
        x_train=255 - images,
        y_train=test_split.labels[:N],
        x_none=255 - others,
    )

    opened = open_data(str(tmp_path / "a.npz"), "train")

    np.testing.assert_array_equal(opened.images, images)
    np.testing.assert_array_equal(opened.non_digits, others)


def test_fashion_is_left_as_it_lies(mnist: Cli, tmp_path: Path, test_split: Dataset) -> None:
    """Labels that mean no digits say nothing of how images lie."""
    path = tmp_path / "other.npz"
    labels = np.random.default_rng(0).permutation(test_split.labels[:N])
    np.savez(path, x_test=255 - test_split.images[:N], y_test=labels)

    assert TURNED not in mnist("evaluate", "--model", "bundled", "--data", path).stderr


@pytest.mark.parametrize(
    ("name", "missing", "extra"),
    [("a.mat", "scipy", "mat"), ("a.parquet", "pyarrow", "parquet")],
)
def test_a_file_whose_library_is_missing_says_what_brings_it(
    name: str,
    missing: str,
    extra: str,
    mnist: Cli,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / name).touch()
    monkeypatch.setitem(sys.modules, missing, None)

    result = mnist("evaluate", "--data", tmp_path / name)

    assert result.exit_code == ExitCode.ENVIRONMENT
    assert f"pip install 'mnist-cli[{extra}]'" in result.stderr


def test_without_scipy_a_damaged_hdf5_file_is_damaged(
    mnist: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.h5").write_bytes(b"\x89HDF")
    monkeypatch.setitem(sys.modules, "scipy", None)

    result = mnist("evaluate", "--data", tmp_path / "a.h5")

    assert result.exit_code == ExitCode.REFUSED
    assert "a.h5: damaged" in result.stderr
