"""Pages of TIFF files, as scanners write them."""

import io
import struct
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from mnist_cli.core.errors import PictureError, PictureNotFoundError, PictureTooLargeError
from mnist_cli.reading.documents import MOST_PAGES
from mnist_cli.reading.image import decode
from mnist_cli.reading.picture_file import read_file
from mnist_cli.reading.pictures import find_pictures
from mnist_cli.reading.tiff_pages import pages_in
from tests.conftest import render_digit
from tests.faults.pictures import with_pages_in_a_circle
from tests.reading.test_image import encoded

PAGES = [render_digit(digit, 80 + digit) for digit in (3, 5, 7)]  # each of another size


def written(folder: Path, pages: list[Image.Image]) -> Path:
    first, *others = pages
    path = folder / "scan.tif"
    path.write_bytes(encoded(first, "TIFF", save_all=True, append_images=others))
    return path


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    """Three pages, each with a digit."""
    return written(tmp_path, [Image.fromarray(page) for page in PAGES])


def test_each_page_of_a_tiff_is_a_picture(scan: Path) -> None:
    sources = list(find_pictures([str(scan)]))

    assert [source.name for source in sources] == [f"{scan}#{number}" for number in (1, 2, 3)]
    for source, page in zip(sources, PAGES, strict=True):
        picture = decode(read_file(str(source.path)))
        assert picture.flags == ()
        np.testing.assert_array_equal(picture.grey, page)


def test_so_it_is_where_its_bytes_stand_in_the_other_order(tmp_path: Path) -> None:
    scan = tmp_path / "scan.TIFF"
    scan.write_bytes(big_endian(PAGES))

    for source, page in zip(find_pictures([str(scan)]), PAGES, strict=True):
        np.testing.assert_array_equal(decode(read_file(str(source.path))).grey, page)


def test_a_folder_s_tiffs_are_their_pages_too(scan: Path) -> None:
    assert len(list(find_pictures([str(scan.parent)]))) == len(PAGES)


def test_a_page_alone_can_be_asked_for(scan: Path) -> None:
    (source,) = find_pictures([f"{scan}#2"])

    np.testing.assert_array_equal(decode(read_file(str(source.path))).grey, PAGES[1])
    with pytest.raises(PictureNotFoundError, match="no page 4: the document has 3"):
        read_file(f"{scan}#4")


def test_a_tiff_of_one_page_is_called_as_its_file(tmp_path: Path) -> None:
    scan = written(tmp_path, [Image.fromarray(PAGES[0])])

    assert [source.name for source in find_pictures([str(scan)])] == [str(scan)]
    np.testing.assert_array_equal(decode(read_file(f"{scan}#1")).grey, PAGES[0])


@pytest.mark.parametrize(
    "content", [b"", b"II*", b"II*\0", b"no picture", encoded(Image.new("L", (9, 9)))]
)
def test_what_is_no_tiff_but_called_so_is_one_picture(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "scan.tif"
    path.write_bytes(content)

    assert [source.name for source in find_pictures([str(path)])] == [str(path)]


def test_a_tiff_that_is_not_there_is_told_where_it_is_read(tmp_path: Path) -> None:
    (source,) = find_pictures([str(tmp_path / "gone.tif")])

    with pytest.raises(PictureNotFoundError):
        read_file(str(source.path))


@pytest.mark.parametrize(("kind", "count"), [(0, 2), (1, 1), (2, 2), (4, 1), (5, 1)])
@pytest.mark.parametrize("order", "<>")
def test_a_smaller_copy_or_a_mask_is_no_page(order: str, kind: int, count: int) -> None:
    assert len(pages_in(io.BytesIO(chain([0, kind], order)))) == count


def test_a_chain_that_comes_back_ends_there() -> None:
    assert len(pages_in(io.BytesIO(with_pages_in_a_circle()))) == 2


def test_a_file_that_was_cut_off_fails_where_its_pages_are_missing(scan: Path) -> None:
    data = scan.read_bytes()
    scan.write_bytes(data[: pages_in(io.BytesIO(data))[1].directory + 20])

    first, second = find_pictures([str(scan)])

    np.testing.assert_array_equal(decode(read_file(str(first.path))).grey, PAGES[0])
    with pytest.raises(PictureError) as refusal:
        decode(read_file(str(second.path)))
    assert "download it once more" in refusal.value.hint


def test_a_tiff_of_too_many_pages_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "scan.tif"
    path.write_bytes(chain([0] * (MOST_PAGES + 1)))

    (source,) = find_pictures([str(path)])

    assert isinstance(source.error, PictureTooLargeError)


def chain(kinds: list[int], order: str = "<") -> bytes:
    """Return a TIFF's directories, each of which says of what kind its page is."""
    size = 2 + 12 + 4
    data = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}I", 8)
    for number, kind in enumerate(kinds, 1):
        after = 8 + size * number if number < len(kinds) else 0
        data += struct.pack(f"{order}HHHIII", 1, 254, 4, 1, kind, after)
    return data


def big_endian(pages: list[NDArray[np.uint8]]) -> bytes:
    """Return a TIFF of grey pages, as Pillow does not write it."""
    data = b"MM\0*" + struct.pack(">I", 8)
    for number, page in enumerate(pages, 1):
        height, width = page.shape
        tags = {256: width, 257: height, 258: 8, 259: 1, 262: 1, 277: 1, 278: height}
        tags |= {273: len(data) + 2 + 12 * (len(tags) + 2) + 4, 279: page.size}
        after = tags[273] + page.size if number < len(pages) else 0
        data += struct.pack(">H", len(tags))
        data += b"".join(struct.pack(">HHII", tag, 4, 1, tags[tag]) for tag in sorted(tags))
        data += struct.pack(">I", after) + page.tobytes()
    return data
