import gc
import io
import json
import pickle
import shutil
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

import mnist_cli
from mnist_cli.core.data.class_names import DIGITS
from mnist_cli.core.data.dataset import AnyImages, Dataset
from mnist_cli.core.errors import ExitCode, ModelNotFoundError, PictureError, PictureNotFoundError
from mnist_cli.core.store import versions
from mnist_cli.reading import trimming
from mnist_cli.reading.candidates import Found
from mnist_cli.reading.classifier import LiteRTClassifier
from mnist_cli.reading.config import CONFIG
from mnist_cli.reading.digit_image import read_digit_image
from mnist_cli.reading.reader import Reader
from tests.conftest import handwritten
from tests.reading.looks import BLANK, Knowing, find
from tests.reading.sheets import write_text

WritePng = Callable[[str, NDArray[np.uint8]], Path]

RECORD = {
    *("path", "ok", "text", "digits", "numbers", "fields", "tables", "checks", "marks"),
    *("left_out", "turned", "solution", "flags", "model", "error"),
}
DIGIT = {"digit", "confidence", "top", "box", "unsure", "flags", "line", "number", "printed"}


def png(pixels: NDArray[np.uint8]) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture(scope="module")
def classifier(store_path: Path) -> LiteRTClassifier:
    return LiteRTClassifier(versions.open_version(store_path / "1"))


@pytest.fixture(scope="module")
def reader(classifier: LiteRTClassifier) -> Reader:
    return Reader(classifier)


def test_a_copy_reads_alike_where_the_version_is_not(
    reader: Reader, store_path: Path, tmp_path: Path, digit_png: Path
) -> None:
    shutil.copytree(store_path / "1", tmp_path / "1")
    pickled = pickle.dumps(Reader(LiteRTClassifier(versions.open_version(tmp_path / "1"))))
    shutil.rmtree(tmp_path / "1")

    copy = pickle.loads(pickled)  # noqa: S301

    assert copy.read(digit_png).to_record() == reader.read(digit_png).to_record()


def test_of_several_pictures_some_may_be_failures_already(reader: Reader, digit_png: Path) -> None:
    good, bad = reader.read_many_bytes(
        [("a", digit_png.read_bytes()), ("b", PictureNotFoundError("gone."))]
    )

    assert good.error is None
    assert bad.error is not None
    assert (bad.path, bad.error.message) == ("b", "gone.")


def test_a_bad_picture_keeps_nothing_in_memory(reader: Reader, digit_png: Path) -> None:
    """Not even until the next collection of garbage, which may be thousands of pictures away."""
    gc.disable()
    try:
        readings = reader.read_many_bytes([("a", digit_png.read_bytes()), ("b", b"no picture")])
        image = weakref.ref(readings[0].digits[0].image)
        del readings
        assert image() is None
    finally:
        gc.enable()


def test_a_record_has_the_keys_of_the_design(reader: Reader, digit_png: Path) -> None:
    record = reader.read(digit_png).to_record()

    assert set(record) == RECORD
    assert set(record["digits"][0]) == DIGIT
    assert (record["marks"], record["turned"]) == ([], 0)
    assert set(record["model"]) == {"version", "sha256"}
    assert record["path"] == str(digit_png)
    assert record["ok"] is True
    assert record["error"] is None
    assert record["text"] == str(record["digits"][0]["digit"])
    assert json.loads(json.dumps(record)) == record


def test_a_failure_has_the_same_keys_and_says_why(reader: Reader, tmp_path: Path) -> None:
    record = reader.read(tmp_path / "missing.png", errors="record").to_record()

    assert set(record) == RECORD
    assert record["ok"] is False
    assert record["text"] == ""
    assert record["digits"] == record["marks"] == record["left_out"] == []
    assert record["turned"] == 0
    assert set(record["error"]) == {"code", "message", "hint"}
    assert record["error"]["code"] == "picture_not_found"


def test_a_blank_picture_is_an_error_and_a_flag(reader: Reader, write_png: WritePng) -> None:
    blank = write_png("blank.png", np.full((50, 50), 255, np.uint8))
    reading = reader.read(blank, errors="record")

    assert reading.error is not None
    assert reading.error.exit_code == ExitCode.REFUSED
    assert reading.flags == ("blank",)


def test_a_picture_without_a_digit_is_another_error(reader: Reader, write_png: WritePng) -> None:
    shadow = np.linspace(250, 200, 300)[None, :].repeat(200, axis=0).astype(np.uint8)
    reading = reader.read(write_png("shadow.png", shadow), errors="record")

    assert reading.error is not None
    assert reading.error.code == "no_digits"
    assert reading.error.exit_code == ExitCode.REFUSED
    assert reading.flags == ()


def test_pictures_of_mnist_digits_are_read_right(reader: Reader, test_split: Dataset) -> None:
    files = [png(255 - image) for image in test_split.images[:50]]
    right = [
        reader.read(data).text == str(label)
        for data, label in zip(files, test_split.labels[:50].tolist(), strict=True)
    ]
    assert sum(right) >= 47


def test_a_file_and_its_bytes_are_read_alike(reader: Reader, digit_png: Path) -> None:
    (from_bytes,) = reader.read_many_bytes([(str(digit_png), digit_png.read_bytes())])

    assert from_bytes.to_record() == reader.read(digit_png).to_record()
    assert reader.read(digit_png.read_bytes()).path == "-"


@pytest.mark.parametrize("enlarged", [1, 4, 15])
def test_the_box_is_in_the_pixels_of_the_picture(
    reader: Reader, write_png: WritePng, test_split: Dataset, enlarged: int
) -> None:
    """Sides of 200, 800 and 3000 px; the last is reduced before it is read."""
    small = np.full((200, 160), 255, np.uint8)
    small[44:156, 24:136] = handwritten(test_split.images[0], 112)
    picture = small.repeat(enlarged, axis=0).repeat(enlarged, axis=1)

    (digit,) = reader.read(write_png("one.png", picture)).digits

    rows, columns = np.nonzero(picture < 128)
    wanted = columns.min(), rows.min(), columns.max() + 1, rows.max() + 1
    assert np.abs(np.subtract(digit.box, wanted)).max() <= 3 * enlarged


@pytest.mark.parametrize("quarters", range(4))
def test_of_a_turned_picture_too(
    reader: Reader, write_png: WritePng, test_split: Dataset, quarters: int
) -> None:
    picture = np.full((300, 900), 255, np.uint8)
    for at, image in enumerate(test_split.images[:5]):
        picture[50:250, 20 + 170 * at : 220 + 170 * at] &= handwritten(image)
    picture = np.rot90(picture, quarters)
    reading = reader.read(write_png("turned.png", picture))

    assert reading.text == "72104"
    assert reading.turned == reading.to_record()["turned"] == 90 * quarters
    uncovered = picture.copy()
    for digit in reading.digits:
        left, top, right, bottom = digit.box
        assert 0.5 < (bottom - top if quarters % 2 == 0 else right - left) / 145 < 1.2
        assert (picture[top:bottom, left:right] < 128).any()
        uncovered[max(0, top - 4) : bottom + 4, max(0, left - 4) : right + 4] = 255
    assert uncovered.min() > 128


def test_the_box_stays_inside_the_picture(
    reader: Reader, write_png: WritePng, test_split: Dataset
) -> None:
    picture = np.full((1003, 3200), 255, np.uint8)
    picture[:, 1400:2403] = handwritten(test_split.images[0], 1003)
    picture = picture[:850]  # cut at the bottom

    (digit,) = reader.read(write_png("one.png", picture)).digits

    left, top, right, bottom = digit.box
    assert 0 <= left < right <= 3200
    assert 0 <= top < bottom <= 850


@pytest.mark.parametrize("top_k", [1, 3, 10])
def test_top_k_lists_the_likeliest_first(
    classifier: LiteRTClassifier, digit_png: Path, top_k: int
) -> None:
    digit = Reader(classifier, top_k=top_k).read(digit_png).digits[0]
    shares = [share for _, share in digit.top]

    assert len(digit.top) == top_k
    assert digit.top[0] == (digit.digit, digit.confidence)
    assert shares == sorted(shares, reverse=True)
    assert len({guess for guess, _ in digit.top}) == top_k
    if top_k == 10:
        assert 0.9 < sum(shares) <= 1.001  # less where there may be no digit at all


@pytest.mark.parametrize(("least", "unsure"), [(0.0, False), (1.0, True)])
def test_under_the_least_confidence_a_digit_is_unsure(
    classifier: LiteRTClassifier, digit_png: Path, least: float, unsure: bool
) -> None:
    reading = Reader(classifier, min_confidence=least).read(digit_png)

    assert reading.digits[0].unsure is unsure
    assert reading.text
    assert reading.error is None


class Answers:
    """Answers for each image, in turn, with the class and the certainty it was told."""

    version: str | None = None
    sha256 = "0" * 64
    size_bytes = 0
    class_names: tuple[str, ...] = DIGITS

    def __init__(self, *answers: tuple[int, float]) -> None:
        self.answers = list(answers)

    def probabilities(self, images: AnyImages) -> NDArray[np.float32]:
        rows = np.zeros((len(images), 10), np.float32)
        for row, (digit, certainty) in zip(rows, self.answers, strict=True):
            row[:] = (1 - certainty) / 9
            row[digit] = certainty
        return rows


UNLIKE = 0.15


def test_what_looks_like_no_digit_is_flagged_and_unsure(digit_png: Path) -> None:
    classifier = Answers((3, UNLIKE))
    classifier.class_names = tuple("abcdefghij")  # of which the finder has no opinion
    (digit,) = Reader(classifier, min_confidence=0).read(digit_png).digits

    assert digit.digit == 3
    assert digit.unsure
    assert "not_a_digit" in digit.flags


def test_of_a_small_picture_the_surest_way_to_see_it_is_taken(
    monkeypatch: pytest.MonkeyPatch, test_split: Dataset
) -> None:
    """What has no digit of MNIST's form may make sense as a whole, light on dark or the reverse."""
    nothing = Knowing(Found((), (), (), (BLANK,)))
    monkeypatch.setattr("mnist_cli.reading.reader.Finder", lambda **_: nothing)
    small = np.roll(test_split.images[0], 4, axis=1)

    reading = Reader(Answers((2, 0.6), (7, 0.9))).read(png(small))

    assert reading.text == "7"
    assert reading.page is not None
    assert len(reading.page.takes) == len(reading.digits) == 1
    np.testing.assert_array_equal(reading.digits[0].image, 255 - small)


def test_the_polarity_can_be_told(classifier: LiteRTClassifier, digit_png: Path) -> None:
    told = Reader(classifier, invert="yes").read(digit_png)

    assert told.text == Reader(classifier).read(digit_png).text
    assert told.page is not None
    assert told.page.inverted
    with pytest.raises(PictureError):
        Reader(classifier, invert="no").read(digit_png)


def test_the_record_says_which_model_read_it(reader: Reader, digit_png: Path) -> None:
    model = reader.read(digit_png).to_record()["model"]

    assert model["version"] == "1"
    assert len(model["sha256"]) == 64


def test_one_reader_answers_several_threads_as_it_answers_one(
    reader: Reader, test_split: Dataset
) -> None:
    files = [png(255 - image) for image in test_split.images[:80]]

    def answer(data: bytes) -> dict[str, object]:
        return reader.read(data).to_record()

    alone = [answer(data) for data in files]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(answer, files * 3))

    assert together == alone * 3


def test_a_reader_opens_the_stores_latest_version(trained: Path, store_path: Path) -> None:
    (trained / "artifacts").symlink_to(store_path)

    assert Reader().model["version"] == "1"


def test_a_reader_without_any_model_says_how_to_get_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("mnist_cli.core.store.store.BUNDLED", tmp_path / "bundled")

    with pytest.raises(ModelNotFoundError) as failure:
        Reader()
    assert "mnist train" in failure.value.hint


def test_the_package_offers_its_reader() -> None:
    assert mnist_cli.Reader is Reader


def test_a_data_set_of_pictures_gets_the_same_image(digit_png: Path) -> None:
    (take,) = find(np.asarray(Image.open(digit_png)), layout="single", turn=0).takes

    np.testing.assert_array_equal(read_digit_image(digit_png), take.normalised.image)


def test_a_picture_of_a_data_set_that_can_not_be_read_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "text.png").write_text("hello")

    with pytest.raises(PictureError, match="text"):
        read_digit_image(tmp_path / "text.png")


def test_a_folder_gives_a_reading_with_its_error(reader: Reader, tmp_path: Path) -> None:
    reading = reader.read(tmp_path, errors="record")

    assert reading.error is not None


@pytest.mark.parametrize("number", [10, 13, 28, 40])
def test_what_is_hardly_seen_on_a_tiny_picture_is_read_and_unsure(
    test_split: Dataset, number: int
) -> None:
    rows, columns = np.nonzero(test_split.images[number] > 60)
    cropped = (
        255
        - test_split.images[number][rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    )
    size = max(5, round(24 * cropped.shape[1] / cropped.shape[0])), 24
    small = cv2.resize(cropped, size, interpolation=cv2.INTER_AREA)
    tiny = np.pad(np.asarray(small, np.uint8), 2, constant_values=250)

    (digit,) = Reader().read(tiny).digits
    assert digit.digit == test_split.labels[number]
    assert digit.unsure
    assert "unlikely" in digit.flags


@pytest.mark.parametrize("x", [30, 50])
def test_a_lone_stroke_that_is_read_as_a_1_is_unsure(x: int) -> None:
    """It may be a rule, a bracket, a part of a letter."""
    page = np.full((120, 100), 225, np.uint8)
    cv2.line(page, (x, 35), (x - 2, 80), 60, 3)

    (digit,) = Reader(turn=0).read(page).digits

    assert digit.unsure


def test_digits_that_lie_on_their_side_beside_upright_ones_are_unsure_and_told() -> None:
    page, part = np.full((520, 640), 225, np.uint8), np.full((90, 180), 225, np.uint8)
    for row, column in np.ndindex(3, 4):
        write_text(page, "3524"[column], 60 + 70 * column, 60 + 140 * row, 90)
    for at, digit in enumerate("62"):
        write_text(part, digit, 75 * at, 0, 90)
    page[150:330, 480:570] = np.rot90(part)

    digits = Reader("bundled", min_confidence=0.75).read(page).digits

    lying = [digit for digit in digits if digit.box[0] >= 480]
    assert [digit for digit in digits if "lies" in digit.flags] == lying
    assert len(lying) == 2
    assert all(digit.unsure for digit in lying)
    assert max(digit.confidence for digit in lying) > 0.75  # a 2 like a 9


@pytest.fixture
def on_two_sides() -> NDArray[np.uint8]:
    """Return a page of 47 and, far from it, 5."""
    page = np.full((200, 520), 225, np.uint8)
    for digit, x in (("4", 60), ("7", 120), ("5", 360)):
        write_text(page, digit, x, 60, 90)
    return page


def leave_out(monkeypatch: pytest.MonkeyPatch, least: float) -> None:
    """Let answers be hardly right under another probability."""
    monkeypatch.setattr(trimming, "CONFIG", replace(CONFIG, hardly_right=least))


def test_a_number_that_lost_what_is_hardly_a_digit_is_unsure_and_the_loss_is_told(
    monkeypatch: pytest.MonkeyPatch, on_two_sides: NDArray[np.uint8]
) -> None:
    reader = Reader("bundled", min_confidence=0.0)
    before = reader.read(on_two_sides)
    shares = {digit.digit: digit.confidence for digit in before.digits}
    weaker, stronger = sorted((4, 7), key=shares.__getitem__)
    assert {number.text for number in before.numbers} == {"47", "5"}
    assert not any(number.unsure for number in before.numbers)

    leave_out(monkeypatch, (shares[weaker] + shares[stronger]) / 2)
    after = reader.read(on_two_sides)

    unsure = {number.text: number.unsure for number in after.numbers}
    assert unsure[str(stronger)]
    gone = [one.symbol for one in after.left_out if one.reason == "hardly_a_digit"]
    assert str(weaker) in gone
    assert len(gone) == 3 - len(after.digits)


def test_where_it_is_known_what_is_written_and_of_other_classes_nothing_is_left_out(
    monkeypatch: pytest.MonkeyPatch, on_two_sides: NDArray[np.uint8]
) -> None:
    named = Answers((4, 0.95), (7, 0.3), (5, 0.95))
    named.class_names = tuple("abcdefghij")
    for reader in (Reader("bundled", expect="integer"), Reader(named)):
        before = [digit.confidence for digit in reader.read(on_two_sides).digits]

        leave_out(monkeypatch, sum(before) / len(before))  # one has less, and one more

        assert len(reader.read(on_two_sides).digits) == len(before) > 2
