import json
import pickle
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from mnist_cli.core.data.dataset import Dataset
from mnist_cli.core.errors import ExitCode, ModelError
from mnist_cli.core.finder_maps import COUNT, STRIDE, SYMBOLS, channel
from mnist_cli.reading import finder
from mnist_cli.reading.candidates import Found, Look
from mnist_cli.reading.config import CONFIG
from mnist_cli.reading.finder import Finder, seen, sides
from mnist_cli.reading.normalise import Grey
from mnist_cli.reading.reader import Reader
from tests.conftest import OneDigit, handwritten
from tests.reading.test_reader import png


@pytest.mark.parametrize("longer", [4, 28, 64, 128, 300, 600, 1_024, 1_600, 3_199])
def test_a_picture_is_looked_at_ever_more_coarsely(longer: int) -> None:
    looks = sides(longer)

    assert looks[0] == min(max(longer, CONFIG.smallest_side), CONFIG.longest_side)
    for finer, coarser in pairwise(looks):
        assert 1 < finer / coarser <= 1.02 * CONFIG.coarser
    assert CONFIG.smallest_side <= looks[-1] <= CONFIG.steps_end * CONFIG.smallest_side


def maps_of_nothing(rows: int = 16, columns: int = 16) -> Look:
    maps = np.zeros((rows, columns, COUNT), np.float32)
    maps[..., channel("digit")] = maps[..., channel("mark")] = -9
    return Look(maps, 1.0, 0)


def write(look: Look, row: int, column: int, symbol: str, score: float = 5) -> None:
    """Have a look show a symbol at a place, 4 places wide and 6 high."""
    place = look.maps[row, column]
    place[channel("digit" if symbol.isdigit() else "mark")] = score
    place[channel("box")] = 0, 0, np.log(4), np.log(6)
    place[channel("symbol").start + SYMBOLS.index(symbol)] = 9
    place[channel("printed")] = 9
    place[channel("up").start + 1] = 9


def test_a_peak_of_the_maps_is_a_candidate_in_the_pixels_of_the_picture() -> None:
    """The middle of place (8, 5) is at (22, 34) px of a look, of which 8 px are around."""
    shown = maps_of_nothing()
    write(shown, 8, 5, "4")
    (one,) = seen(Look(shown.maps, scale=0.5, frame=8), (200, 100))

    middle, half = np.array([22, 34]), np.array([4, 6]) * STRIDE / 2
    np.testing.assert_allclose(one.edges[:2], (middle - half - 8) / 0.5, atol=1e-4)
    np.testing.assert_allclose(one.edges[2:], (middle + half - 8) / 0.5, atol=1e-4)
    assert (one.symbol, one.is_digit) == ("4", True)
    assert one.score == pytest.approx(0.9933, abs=1e-4)
    assert one.printed > 0.99
    assert one.turns.argmax() == 1


def test_beside_a_peak_the_less_likely_is_none() -> None:
    shown = maps_of_nothing()
    write(shown, 8, 5, "4")
    write(shown, 8, 6, "4", 4)
    write(shown, 8, 10, "9")

    assert [one.symbol for one in seen(shown, (64, 64))] == ["4", "9"]


def test_a_mark_is_told_from_a_digit() -> None:
    shown = maps_of_nothing()
    write(shown, 8, 5, ",")

    assert [(one.symbol, one.is_digit) for one in seen(shown, (64, 64))] == [(",", False)]


def test_what_is_less_likely_than_can_be_told_is_none() -> None:
    shown = maps_of_nothing()
    write(shown, 8, 5, "4", float(np.log(CONFIG.told / (1 - CONFIG.told))) - 0.1)

    assert seen(shown, (64, 64)) == []


def test_what_lies_beyond_the_picture_is_none_and_what_juts_out_is_cut() -> None:
    shown = maps_of_nothing()
    write(shown, 0, 0, "4")
    write(shown, 8, 14, "9")

    (one,) = seen(shown, (64, 48))
    assert one.edges.min() == 0


@pytest.fixture(scope="module")
def sheet(test_split: Dataset) -> Grey:
    return np.hstack([handwritten(image, 100) for image in test_split.images[:4]])


def summary(found: Found) -> list[tuple[str, tuple[int, ...]]]:
    return [(one.symbol, one.box) for one in found.digits]


def test_handwritten_digits_are_found(sheet: Grey) -> None:
    found = Finder().find(sheet)

    assert sorted(one.symbol for one in found.digits) == ["0", "1", "2", "7"]
    middles = sorted((one.box[0] + one.box[2]) / 2 for one in found.digits)
    assert middles == pytest.approx([50, 150, 250, 350], abs=12)
    assert not any(one.printed > 0.5 for one in found.digits)


@pytest.mark.parametrize(
    ("high", "in_fields", "finest"),
    [
        *((16, False, 2.0), (20, False, 1.6), (32, False, 1.0), (100, False, 1.0)),
        *((32, True, 1.5), (100, True, 1.0)),
    ],
)
def test_low_digits_are_looked_at_finer(
    test_split: Dataset, high: int, in_fields: bool, finest: float
) -> None:
    sheet = np.hstack([handwritten(image, round(high / 0.72)) for image in test_split.images[:4]])

    found = Finder(in_fields=in_fields).find(np.ascontiguousarray(sheet))

    assert found.looks[0].scale == pytest.approx(finest, rel=0.25)
    assert [one.scale for one in found.looks] == sorted(
        (look.scale for look in found.looks), reverse=True
    )


@pytest.mark.parametrize("shape", [(4, 4), (4, 128), (700, 30), (333, 1_100)])
def test_whatever_the_shape_candidates_lie_within_it(shape: tuple[int, int]) -> None:
    noise = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)
    found = Finder().find(noise)

    for one in (*found.digits, *found.marks, *found.left_out):
        left, top, right, bottom = one.edges
        assert 0 <= left <= right <= shape[1]
        assert 0 <= top <= bottom <= shape[0]


def test_several_threads_may_share_one(sheet: Grey) -> None:
    """Of pictures of other sizes, for which the network is laid out anew."""
    shared = Finder()
    pictures = [sheet, sheet[:, :200], np.pad(sheet, 90, mode="edge")] * 4
    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(lambda picture: summary(shared.find(picture)), pictures))

    assert found == [summary(Finder().find(picture)) for picture in pictures]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the package's finder, which is what is opened."""
    copy = tmp_path / "finder"
    shutil.copytree(finder.ASSET.folder, copy)
    monkeypatch.setattr(finder, "ASSET", replace(finder.ASSET, folder=copy))
    return copy


def test_a_copy_finds_alike(sheet: Grey) -> None:
    whole = Finder()
    copy = pickle.loads(pickle.dumps(whole))  # noqa: S301

    assert summary(copy.find(sheet)) == summary(whole.find(sheet))


def test_a_copy_of_one_that_was_given_needs_no_file(folder: Path, sheet: Grey) -> None:
    whole = Finder((folder / finder.ASSET.file).read_bytes())
    expected = summary(whole.find(sheet))
    pickled = pickle.dumps(whole)
    shutil.rmtree(folder)

    copy = pickle.loads(pickled)  # noqa: S301

    assert summary(copy.find(sheet)) == expected


def test_a_reader_is_copied_with_its_finder(digit_png: Path) -> None:
    reader = Reader(OneDigit(3), turn=0)
    expected = reader.read(digit_png).to_record()

    copy = pickle.loads(pickle.dumps(reader))  # noqa: S301

    assert expected["ok"]
    assert copy.read(digit_png).to_record() == expected
    assert copy.options == reader.options


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def state_nothing(path: Path) -> None:
    path.write_text(json.dumps({"files": {}}))


def name_no_text(path: Path) -> None:
    path.write_text(json.dumps({"files": {finder.ASSET.file: 5}}))


@pytest.mark.parametrize(
    ("name", "damage", "words"),
    [
        (finder.ASSET.file, flip, "checksum mismatch"),
        (finder.ASSET.file, Path.unlink, "No such file"),
        (finder.ASSET.file, lambda path: path.write_bytes(b""), "checksum mismatch"),
        ("finder.json", Path.unlink, "damaged"),
        ("finder.json", lambda path: path.write_bytes(b"\xff{"), "damaged"),
        ("finder.json", lambda path: path.write_text("[]"), "damaged"),
        ("finder.json", state_nothing, "damaged"),
        ("finder.json", name_no_text, "damaged"),
    ],
    ids=[
        "changed",
        "missing",
        "empty",
        "no manifest",
        "no text",
        "a list",
        "no digest",
        "a number",
    ],
)
def test_a_damaged_finder_is_told_by_name(
    folder: Path, digit_png: Path, name: str, damage: Callable[[Path], object], words: str
) -> None:
    damage(folder / name)

    with pytest.raises(ModelError, match=words) as refusal:
        Reader(OneDigit(3)).read(digit_png)
    assert str(folder / name) in refusal.value.message
    assert refusal.value.exit_code == ExitCode.REFUSED
    assert refusal.value.hint == "Install it anew."


def test_an_image_of_mnist_is_read_without_a_finder(folder: Path, test_split: Dataset) -> None:
    shutil.rmtree(folder)

    assert Reader(OneDigit(3)).read(png(test_split.images[0])).text == "3"
