"""Files changed at random: a refusal may come out, and nothing else that is no success."""

import io
import json
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mnist_cli.core.data.data_files import read_npz
from mnist_cli.core.data.idx_files import find_idx, read_idx
from mnist_cli.core.errors import DatasetError, MnistError, ModelError, PictureError
from mnist_cli.core.models import model_file
from mnist_cli.core.models.network_config import check_network
from mnist_cli.core.store.versions import BUNDLED, KERAS
from mnist_cli.reading.image import decode, decode_colour
from tests.conftest import render_digit
from tests.core.data.test_dataset import GOOD_GZ, GOOD_IDX, IMAGES, LABELS, idx, write_idx
from tests.reading.test_image import encoded, grey

Changes = list[tuple[float, int]]

SMALL = grey(render_digit(3, 24))
PICTURES = {
    "PNG": encoded(SMALL),
    "JPEG": encoded(SMALL, "JPEG"),
    "GIF": encoded(SMALL, "GIF", save_all=True, append_images=[grey()]),
    "BMP": encoded(SMALL, "BMP"),
    "WEBP": encoded(SMALL, "WEBP"),
    "TIFF": encoded(SMALL, "TIFF"),
    "TIFF, LZW": encoded(SMALL.convert("RGBA"), "TIFF", compression="tiff_lzw"),
}
CHANGES = st.lists(
    st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=6
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=6,
)
PLACES = st.sampled_from(["network", "config", "class_name", "module", "registered_name"])
FUZZED = settings(max_examples=300, deadline=None, derandomize=True, database=None)


@contextmanager
def refusals(kind: type[MnistError], words: str) -> Iterator[None]:
    """Let the block be refused, with these words."""
    try:
        yield
    except kind as error:
        if words not in error.message:
            raise


def changed(data: bytes, changes: Iterable[tuple[float, int]]) -> bytes:
    """Set bytes, each at a share of the length."""
    content = bytearray(data)
    for at, value in changes:
        content[int(at * len(content))] = value
    return bytes(content)


@pytest.mark.parametrize("kind", PICTURES)
def test_a_picture_is_decoded_or_refused(kind: str) -> None:
    @FUZZED
    @given(CHANGES)
    def run(changes: Changes) -> None:
        for open_picture in (decode, decode_colour):
            with refusals(PictureError, "picture"):
                open_picture(changed(PICTURES[kind], changes))

    run()


def test_an_npz_is_read_or_refused(tmp_path: Path) -> None:
    buffer, path = io.BytesIO(), tmp_path / "a.npz"
    np.savez_compressed(buffer, x_test=IMAGES, y_test=LABELS)

    @FUZZED
    @given(CHANGES)
    def run(changes: Changes) -> None:
        path.write_bytes(changed(buffer.getvalue(), changes))
        with refusals(DatasetError, str(path)):
            read_npz(path, "test")

    run()


@pytest.mark.parametrize(("good", "end"), [(GOOD_IDX, ""), (GOOD_GZ, ".gz")])
def test_idx_files_are_read_or_refused(tmp_path: Path, good: bytes, end: str) -> None:
    write_idx(tmp_path, good, idx(LABELS), end=end)

    @FUZZED
    @given(CHANGES)
    def run(changes: Changes) -> None:
        content = changed(good[:40], changes) + good[40:]  # where the header is
        (tmp_path / f"t10k-images-idx3-ubyte{end}").write_bytes(content)
        with refusals(DatasetError, str(tmp_path)):
            read_idx(*(find_idx(tmp_path, "test") or ()))

    run()


def test_a_keras_archive_is_taken_apart_or_refused(tmp_path: Path) -> None:
    good, path = (BUNDLED / KERAS).read_bytes(), tmp_path / "a.keras"
    ends = good[:200], good[-400:]  # the directory of an archive stands at its end

    @FUZZED
    @given(CHANGES, st.booleans())
    def run(changes: Changes, at_the_end: bool) -> None:
        head, tail = ends
        content = (
            good[: -len(tail)] + changed(tail, changes)
            if at_the_end
            else changed(head, changes) + good[len(head) :]
        )
        with refusals(ModelError, str(path)):
            model_file._keras_members(path, content)

    run()


def test_a_networks_config_is_taken_or_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(BUNDLED / KERAS) as archive:
        content = archive.read("config.json")
    path = tmp_path / "a.keras"
    layers = len(json.loads(content)["config"]["layers"])

    @FUZZED
    @given(st.integers(0, layers - 1), JSON, PLACES)
    def run(layer: int, value: object, place: str) -> None:
        config = json.loads(content)
        if place == "network":
            config = value
        else:
            config["config"]["layers"][layer][place] = value
        with refusals(ModelError, str(path)):
            check_network(path, json.dumps(config).encode())

    run()
