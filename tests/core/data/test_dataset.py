import gzip
import io
import logging
import shutil
import struct
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from mnist_cli.core.choices import Split
from mnist_cli.core.data import dataset
from mnist_cli.core.data.data_files import read_npz
from mnist_cli.core.data.data_sources import load as load_any
from mnist_cli.core.data.dataset import (
    Dataset,
    load_mnist,
    put_together,
    sources_of,
    stratified_split,
)
from mnist_cli.core.data.picture_folders import PictureReader
from mnist_cli.core.errors import DatasetError, DatasetNotFoundError, ExitCode
from mnist_cli.reading.digit_image import read_digit_image
from mnist_cli.reading.image import decode
from tests.conftest import render_digit

Write = Callable[[Path], None]

IMAGES = np.random.default_rng(0).integers(0, 256, (3, 28, 28)).astype(np.uint8)
LABELS = np.array([3, 1, 4], np.uint8)
MEMORY = 64 << 20  # bytes that a refusal may take


def load(source: str, split: Split, read_picture: PictureReader) -> Dataset:
    return load_any(source, split, read_picture, lambda content: decode(content).grey)


def read_idx_folder(folder: Path) -> None:
    load(str(folder), "test", read_digit_image)


@pytest.fixture
def cheap() -> Iterator[None]:
    """Fail the test where it takes much memory."""
    tracemalloc.start()
    yield
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < MEMORY


# MNIST itself


@pytest.mark.parametrize(("split", "n"), [("train", 60_000), ("test", 10_000)])
def test_mnist_comes_out_of_the_package(split: Split, n: int) -> None:
    data = load_mnist(split)

    assert (data.name, data.split, len(data)) == ("mnist", split, n)
    assert data.images.shape == (n, 28, 28)
    assert data.labels.shape == (n,)
    assert data.images.dtype == data.labels.dtype == np.uint8


def test_mnist_has_the_counts_of_its_authors(test_split: Dataset) -> None:
    counts = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]

    assert np.bincount(test_split.labels).tolist() == counts
    assert test_split.labels[:5].tolist() == [7, 2, 1, 0, 4]


@pytest.mark.parametrize("what", ["images", "labels"])
def test_one_changed_value_in_the_packaged_file_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, test_split: Dataset, what: str
) -> None:
    changed = {"images": test_split.images.copy(), "labels": test_split.labels.copy()}
    changed[what].flat[5] ^= 1
    np.savez(tmp_path / "mnist.npz", x_test=changed["images"], y_test=changed["labels"])
    monkeypatch.setattr(dataset, "MNIST_NPZ", tmp_path / "mnist.npz")

    with pytest.raises(DatasetError, match=r"mnist\.npz is damaged") as caught:
        load_mnist("test")

    assert "Install" in caught.value.hint


def test_a_damaged_packaged_file_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "mnist.npz"
    shutil.copy(dataset.MNIST_NPZ, copy)
    with copy.open("r+b") as file:
        file.seek(-5_000_000, io.SEEK_END)
        file.write(b"damage")
    monkeypatch.setattr(dataset, "MNIST_NPZ", copy)

    with pytest.raises(DatasetError, match="damaged"):
        load_mnist("train")


def test_the_digest_of_a_data_set_is_of_images_and_labels() -> None:
    data = Dataset("a", "test", IMAGES, LABELS)

    assert data.sha256 == Dataset("b", "train", IMAGES.copy(), LABELS.copy()).sha256
    assert data.sha256 != Dataset("a", "test", IMAGES[::-1], LABELS).sha256
    assert data.sha256 != Dataset("a", "test", IMAGES, LABELS[::-1]).sha256


# what is accepted


def write_npz(path: Path, images: NDArray[Any], labels: NDArray[Any]) -> Path:
    np.savez_compressed(path, x_test=images, y_test=labels)
    return path


@pytest.mark.parametrize(
    "images",
    [
        IMAGES,
        IMAGES.reshape(3, 784),
        IMAGES[..., None],
        np.asfortranarray(IMAGES),
        IMAGES.astype(">i4"),
        IMAGES.astype(np.int64),
        IMAGES.astype(np.float32) / np.float32(255),
        IMAGES / 255,
        IMAGES.astype(np.float32),
        IMAGES / 127.5 - 1,
        ((IMAGES / 255 - 0.1307) / 0.3081).astype(np.float32),
        IMAGES[:, None],
        IMAGES.reshape(3, 784).T,
        IMAGES.transpose(1, 2, 0),
        IMAGES[..., None].repeat(3, axis=3),
    ],
    ids=[
        *("plain", "flat", "channel", "fortran", "big-endian", "int64", "float32", "float64"),
        *("float-255", "minus-1-to-1", "standardised", "channel-first", "matlab-flat", "matlab"),
        "grey-in-rgb",
    ],
)
def test_images_of_any_plain_form_come_to_the_same(tmp_path: Path, images: NDArray[Any]) -> None:
    read, labels = read_npz(write_npz(tmp_path / "a.npz", images, LABELS.astype(np.int64)), "test")

    assert read.dtype == labels.dtype == np.uint8
    assert np.array_equal(read, IMAGES)
    assert np.array_equal(labels, LABELS)


def idx(array: NDArray[np.uint8]) -> bytes:
    return struct.pack(f">{1 + array.ndim}I", 2048 + array.ndim, *array.shape) + array.tobytes()


def write_idx(folder: Path, images: bytes, labels: bytes, joint: str = "-", end: str = "") -> None:
    for name, content in (("images", images), ("labels", labels)):
        kind = f"idx{3 if name == 'images' else 1}-ubyte"
        path = folder / f"t10k-{name}{joint}{kind}{end}"
        path.write_bytes(gzip.compress(content) if end and content[:2] != b"\x1f\x8b" else content)


@pytest.mark.parametrize("joint", ["-", "."])
@pytest.mark.parametrize("end", ["", ".gz"])
def test_idx_is_read_plain_and_compressed_under_both_names(
    tmp_path: Path, joint: str, end: str
) -> None:
    write_idx(tmp_path, idx(IMAGES), idx(LABELS), joint, end)
    data = load(str(tmp_path), "test", read_digit_image)

    assert data.name == str(tmp_path)
    assert np.array_equal(data.images, IMAGES)
    assert np.array_equal(data.labels, LABELS)


def test_a_folder_of_pictures_leaves_out_what_is_no_digit_and_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for digit in (0, 3, 9):
        (tmp_path / str(digit)).mkdir()
        Image.fromarray(render_digit(digit)).save(tmp_path / str(digit) / "good.png")
    (tmp_path / "3" / "bad.png").write_text("<html>not a picture</html>")
    (tmp_path / "3" / "notes.txt").write_text("passed over")
    logging.getLogger("mnist_cli").addHandler(caplog.handler)
    try:
        data = load(str(tmp_path), "test", read_digit_image)
    finally:
        logging.getLogger("mnist_cli").removeHandler(caplog.handler)

    assert data.labels.tolist() == [0, 3, 9]
    assert data.images.shape == (3, 28, 28)
    assert data.paths == tuple(str(tmp_path / digit / "good.png") for digit in "039")
    fields = [getattr(record, "fields", {}) for record in caplog.records]
    assert fields[0]["path"].endswith("bad.png")
    assert fields[-1] == {"folder": str(tmp_path), "left_out": 1}


def test_a_folder_without_a_readable_picture_is_refused(tmp_path: Path) -> None:
    (tmp_path / "7").mkdir()
    (tmp_path / "7" / "bad.png").write_bytes(b"")

    with pytest.raises(DatasetError, match="No picture in"):
        load(str(tmp_path), "test", read_digit_image)


# what is refused


def npy(header: str, data: bytes = b"") -> bytes:
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + data


def header_of(shape: object, descr: str = "|u1") -> str:
    return repr({"descr": descr, "fortran_order": False, "shape": shape}) + "\n"


def zipped(images: bytes, compression: int = zipfile.ZIP_DEFLATED) -> Write:
    """Put raw bytes in the place of x_test.npy."""

    def write(path: Path) -> None:
        labels = io.BytesIO()
        np.save(labels, LABELS)
        with zipfile.ZipFile(path, "w", compression) as archive:
            archive.writestr("x_test.npy", images)
            archive.writestr("y_test.npy", labels.getvalue())

    return write


def arrays(images: NDArray[Any] = IMAGES, labels: NDArray[Any] = LABELS) -> Write:
    return lambda path: np.savez(path, x_test=images, y_test=labels)


def cut(path: Path) -> None:
    arrays()(path)
    path.write_bytes(path.read_bytes()[:-300])


def flipped(compression: int, at: int = 60) -> Write:
    def write(path: Path) -> None:
        zipped(npy(header_of((3, 28, 28)), IMAGES.tobytes()), compression)(path)
        content = bytearray(path.read_bytes())
        content[at] ^= 0x55
        path.write_bytes(content)

    return write


def pickled(path: Path) -> None:
    hostile = np.array([{"pickle": "of anything"}] * 3, dtype=object)
    np.savez(path, x_test=hostile, y_test=LABELS)


DAMAGED = r"damaged, or no images and labels \("

REFUSED_NPZ = [
    ("html", lambda path: path.write_text("<html>Sign in</html>"), f"{DAMAGED}.*not a zip file"),
    ("empty", lambda path: path.write_bytes(b""), "not a zip file"),
    ("cut", cut, DAMAGED),
    ("flipped", flipped(zipfile.ZIP_STORED, 1_000), DAMAGED),
    ("flipped-bzip2", flipped(zipfile.ZIP_BZIP2), DAMAGED),
    ("flipped-lzma", flipped(zipfile.ZIP_LZMA), DAMAGED),
    ("unbalanced", zipped(npy("{'descr': '|u1', (((")), DAMAGED),
    ("comma", zipped(npy(header_of((3, 28, 28), ","))), DAMAGED),
    ("deep", zipped(npy("-" * 9_000 + "1")), DAMAGED),
    ("not-npy", zipped(b"not npy at all"), DAMAGED),
    ("header-lies", zipped(npy(header_of((1_000_000, 28, 28)), IMAGES.tobytes())), "are there"),
    ("header-10^12", zipped(npy(header_of((10**12, 28, 28)))), "1 to 1000000 images"),
    ("negative", zipped(npy(header_of((-3, 28, 28)), IMAGES.tobytes())), "1 to 1000000 images"),
    ("trailing", zipped(npy(header_of((2, 28, 28)), IMAGES.tobytes())), "more data"),
    ("long-header", zipped(npy(" " * 60_000)), DAMAGED),
    ("object-header", zipped(npy(header_of((3, 28, 28), "|O"))), "must hold numbers"),
    ("pickle", pickled, "must hold numbers. Received: dtype object"),
    ("text", arrays(np.full((3, 28, 28), "a")), "must hold numbers"),
    ("complex", arrays(IMAGES.astype(complex)), "must hold numbers"),
    ("no-images", arrays(IMAGES[:0], LABELS[:0]), "Received: 0"),
    ("scalar", arrays(np.array(3)), "images must be"),
    ("28x30", arrays(np.zeros((3, 28, 30), np.uint8)), r"images must be.*\(3, 28, 30\)"),
    ("65x65", arrays(np.zeros((3, 65, 65), np.uint8)), "images must be"),
    ("5-channels", arrays(np.zeros((3, 28, 28, 5), np.uint8)), "images must be"),
    ("counts", arrays(IMAGES[:2]), "2 images, but 3 labels"),
    ("11-hot", arrays(labels=np.eye(11, dtype=np.uint8)[LABELS]), r"labels must be \(N,\)"),
    ("two-hot", arrays(labels=np.ones((3, 10), np.uint8)), "a single 1 in each row"),
    ("label-10", arrays(labels=np.array([0, 5, 10])), "labels must be .* from 0 to 10"),
    ("label-minus", arrays(labels=np.array([0, 5, -1])), "labels must be .* from -1 to 5"),
    ("float-labels", arrays(labels=LABELS / 2), "labels must be .* float64"),
    ("endless-label", arrays(labels=np.array([0, 1, np.inf])), "labels must be .* inf"),
    ("256", arrays(IMAGES.astype(np.int32) + 256), "pixels must be"),
    ("minus", arrays(IMAGES.astype(np.int32) - 256), "pixels must be"),
    ("nan", arrays(np.full((3, 784), np.nan)), "pixels must be .* nan"),
    ("infinite", arrays(np.full((3, 784), np.inf)), "pixels must be .* inf"),
    ("float-256", arrays(IMAGES + np.float32(1)), "pixels must be"),
    ("no-keys", lambda path: np.savez(path, images=IMAGES), "x_test is missing. Received: images"),
    ("no-labels", lambda path: np.savez(path, x_test=IMAGES), "y_test is missing"),
]


@pytest.mark.parametrize(
    ("write", "words"), [row[1:] for row in REFUSED_NPZ], ids=[row[0] for row in REFUSED_NPZ]
)
@pytest.mark.usefixtures("cheap")
def test_an_npz_that_cannot_be_used_is_refused_by_name(
    tmp_path: Path, write: Write, words: str
) -> None:
    path = tmp_path / "h.npz"
    write(path)
    tracemalloc.reset_peak()

    with pytest.raises(DatasetError, match=words) as caught:
        load(str(path), "test", read_digit_image)

    assert str(path) in caught.value.message
    assert caught.value.exit_code == ExitCode.REFUSED


@pytest.mark.parametrize("seed", range(20))
def test_a_byte_changed_anywhere_gives_the_same_images_or_a_refusal(
    tmp_path: Path, seed: int
) -> None:
    path = write_npz(tmp_path / "a.npz", IMAGES, LABELS)
    content = bytearray(path.read_bytes())
    rng = np.random.default_rng(seed)
    content[rng.integers(len(content))] ^= int(rng.integers(1, 256))
    path.write_bytes(content)

    try:
        images, _ = read_npz(path, "test")
    except DatasetError:
        return
    assert np.array_equal(images, IMAGES)


GOOD_IDX, GOOD_GZ = idx(IMAGES), gzip.compress(idx(IMAGES))
REFUSED_IDX = [
    ("empty", b"", "", "promises 16 bytes, 0 are there"),
    ("html", b"<html>Sign in, please</html>", "", "magic number 1013478509, expected 2051"),
    ("labels-as-images", idx(LABELS) + bytes(16), "", "magic number 2049, expected 2051"),
    ("4294967295", struct.pack(">4I", 2051, 2**32 - 1, 28, 28), "", "1 to 1000000 images"),
    ("million", struct.pack(">4I", 2051, 10**6, 28, 28), "", "promises 784000000 bytes, 0 are"),
    ("no-images", struct.pack(">4I", 2051, 0, 28, 28), "", "Received: 0"),
    ("20x30", struct.pack(">4I", 2051, 1, 20, 30) + bytes(600), "", "images must be"),
    ("cut", GOOD_IDX[:-1], "", "promises 2352 bytes, 2351 are there"),
    ("trailing", GOOD_IDX + b"x", "", "more data"),
    ("gz-cut", GOOD_GZ[:-20], ".gz", DAMAGED),
    ("gz-crc", GOOD_GZ[:-8] + bytes(8), ".gz", DAMAGED),
    ("gz-trailing", GOOD_GZ + b"garbage", ".gz", DAMAGED),
    ("gz-bomb", gzip.compress(GOOD_IDX + bytes(200 << 20), 1), ".gz", "more data"),
    ("gz-zeros", gzip.compress(idx(np.zeros((10**5, 28, 28), np.uint8))), ".gz", "bytes unpack to"),
    ("counts", idx(IMAGES[:2]), "", "2 images, but 3 labels"),
]


def test_an_npz_that_unpacks_to_far_more_than_digits_do_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "zeros.npz"
    zeros = np.zeros((100_000, 28, 28), np.uint8)
    np.savez_compressed(path, x_test=zeros, y_test=zeros[:, 0, 0])

    with pytest.raises(DatasetError, match=r"x_test: 7.,\d+ bytes unpack to 78,400,000"):
        read_npz(path, "test")


@pytest.mark.parametrize(
    ("images", "end", "words"),
    [row[1:] for row in REFUSED_IDX],
    ids=[row[0] for row in REFUSED_IDX],
)
@pytest.mark.usefixtures("cheap")
def test_idx_files_that_cannot_be_used_are_refused_by_name(
    tmp_path: Path, images: bytes, end: str, words: str
) -> None:
    write_idx(tmp_path, images, idx(LABELS), end=end)

    with pytest.raises(DatasetError, match=words) as caught:
        read_idx_folder(tmp_path)

    assert str(tmp_path / "t10k-images") in caught.value.message


def test_a_gz_that_is_none_is_refused(tmp_path: Path) -> None:
    write_idx(tmp_path, idx(IMAGES), idx(LABELS), end=".gz")
    (tmp_path / "t10k-labels-idx1-ubyte.gz").write_text("<html>Sign in</html>")

    with pytest.raises(DatasetError, match="Not a gzipped file"):
        read_idx_folder(tmp_path)


def test_idx_labels_over_9_are_refused(tmp_path: Path) -> None:
    write_idx(tmp_path, idx(IMAGES), idx(np.array([0, 1, 200], np.uint8)))

    with pytest.raises(DatasetError, match=r"labels must be .* from 0 to 200"):
        read_idx_folder(tmp_path)


@pytest.mark.parametrize("name", ["nowhere", "nowhere.npz", "."])
def test_what_is_not_there_is_not_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)

    with pytest.raises(DatasetNotFoundError) as caught:
        load(name, "test", read_digit_image)

    assert caught.value.exit_code == ExitCode.NOT_FOUND
    assert "IDX" in caught.value.hint


# pictures of several writers


def test_pictures_sorted_by_writers_and_digits_say_who_wrote_them(tmp_path: Path) -> None:
    for name in ("ann/3/b.png", "ann/0/a.png", "bob/3/a.png", "bob/notes.txt", "LICENSE"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    data = load(str(tmp_path), "train", lambda _path: IMAGES[0])

    assert data.labels.tolist() == [0, 3, 3]
    assert data.writers == ("ann", "ann", "bob")
    assert [Path(path).name for path in data.paths] == ["a.png", "b.png", "a.png"]


def test_pictures_of_one_writer_name_none(tmp_path: Path) -> None:
    (tmp_path / "7").mkdir()
    (tmp_path / "7" / "a.png").touch()

    assert load(str(tmp_path), "train", lambda _path: IMAGES[0]).writers == ()


# several


def test_several_data_sets_become_one_in_their_order() -> None:
    own = Dataset("own", "train", IMAGES[:2], LABELS[:2])
    whole = put_together([Dataset("mnist", "train", IMAGES, LABELS), own])

    assert (whole.name, len(whole)) == ("mnist + own", 5)
    assert whole.labels.tolist() == [3, 1, 4, 3, 1]
    assert np.array_equal(whole.images[3:], IMAGES[:2])
    record = whole.to_record()
    assert record["sha256"] == Dataset("x", "train", whole.images, whole.labels).sha256
    assert record["sources"] == [part.to_record() for part in whole.parts]
    assert sources_of(record)[1] == {"name": "own", "n": 2, "sha256": own.sha256}


def test_an_npz_may_hold_what_is_no_digit(tmp_path: Path) -> None:
    path, none = tmp_path / "cuts.npz", np.full((2, 28, 28), 9, np.uint8)
    np.savez(path, x_train=IMAGES, y_train=LABELS, x_test=IMAGES, y_test=LABELS, x_none=none)

    own = load(str(path), "train", lambda _path: IMAGES[0])
    whole = put_together([Dataset("mnist", "train", IMAGES, LABELS), own])

    assert np.array_equal(own.non_digits, none)
    assert np.array_equal(whole.non_digits, none)
    assert own.sha256 != Dataset("x", "train", IMAGES, LABELS).sha256
    assert len(load(str(path), "test", lambda _path: IMAGES[0]).non_digits) == 0


def test_one_data_set_stays_itself() -> None:
    data = Dataset("own", "train", IMAGES, LABELS)

    assert put_together([data]) is data
    assert sources_of(data.to_record()) == [{"name": "own", "n": 3, "sha256": data.sha256}]


def test_a_data_set_that_is_given_twice_is_refused() -> None:
    data = Dataset("own", "train", IMAGES, LABELS)

    with pytest.raises(DatasetError, match="given twice"):
        put_together([data, data])


# the split


@settings(deadline=None, database=None)
@given(
    labels=st.lists(st.integers(0, 9), min_size=2, max_size=300),
    validation_size=st.integers(0, 60),
    seed=st.integers(0, 2**32 - 1),
)
def test_a_split_is_a_partition_with_the_same_mix_of_classes(
    labels: list[int], validation_size: int, seed: int
) -> None:
    digits = np.array(labels, np.uint8)
    training, validation = stratified_split(digits, validation_size, seed)

    n, held_out = len(labels), len(validation)
    assert held_out == min(validation_size, max(1, n // 12))
    assert np.array_equal(np.sort(np.concatenate([training, validation])), np.arange(n))
    assert (np.diff(training) > 0).all()
    assert (np.diff(validation) > 0).all()
    for digit in range(10):
        fair = (digits == digit).sum() * held_out / n
        assert abs((digits[validation] == digit).sum() - fair) <= 1


def test_the_seed_decides_the_split() -> None:
    labels = np.random.default_rng(0).integers(0, 10, 1_000).astype(np.uint8)
    first, again, other = (stratified_split(labels, 80, seed)[1] for seed in (1, 1, 2))

    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_mnist_holds_out_5000() -> None:
    labels = load_mnist("train").labels
    training, validation = stratified_split(labels, 5_000, 0)

    assert (len(training), len(validation)) == (55_000, 5_000)
    shares = np.bincount(labels[validation]) / 5_000
    assert np.abs(shares - np.bincount(labels) / 60_000).max() <= 1 / 5_000


@pytest.mark.parametrize("n", [0, 1])
def test_nothing_can_be_held_out_of_less_than_two_images(n: int) -> None:
    with pytest.raises(DatasetError, match=f"Received: {n}"):
        stratified_split(np.zeros(n, np.uint8), 1, 0)
