import io
import sys
from pathlib import Path

import pytest
from PIL import Image

from mnist_cli.core.errors import PictureError, PictureNotFoundError
from mnist_cli.reading.documents import NoDocumentsError, count_pages, draw_page, page_of
from mnist_cli.reading.image import decode, decode_colour
from mnist_cli.reading.picture_file import read_file
from mnist_cli.reading.pictures import find_pictures
from tests.conftest import render_digit


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    """Two pages, each with a digit."""
    first, second = (Image.fromarray(render_digit(digit, 400)) for digit in (3, 5))
    first.save(tmp_path / "scan.pdf", save_all=True, append_images=[second], resolution=100)
    return tmp_path / "scan.pdf"


def test_a_document_gives_a_source_for_each_page(scan: Path) -> None:
    sources = list(find_pictures([str(scan)]))

    assert [source.name for source in sources] == [f"{scan}#1", f"{scan}#2"]
    assert decode(read_file(str(sources[1].path))).grey.shape == (800, 800)


def test_a_page_alone_can_be_asked_for(scan: Path) -> None:
    (source,) = find_pictures([f"{scan}#2"])

    assert decode_colour(read_file(str(source.path))).size == (800, 800)


def test_a_folder_s_documents_are_read_too(scan: Path) -> None:
    assert [source.name for source in find_pictures([str(scan.parent)])] == [
        f"{scan}#1",
        f"{scan}#2",
    ]


def test_a_file_that_is_called_like_a_page_is_a_file(scan: Path) -> None:
    other = scan.with_name("scan.pdf#1")
    other.write_bytes(b"x")

    assert page_of(other) is None
    assert page_of(scan) is None
    assert page_of(f"{scan}#7") == (str(scan), 7)


def test_a_page_that_is_not_there_is_not_found(scan: Path) -> None:
    with pytest.raises(PictureNotFoundError, match="no page 3"):
        read_file(f"{scan}#3")


def test_a_picture_that_is_called_a_document_has_no_pages(tmp_path: Path) -> None:
    Image.fromarray(render_digit(3)).save(tmp_path / "one.tif", "PNG")

    with pytest.raises(PictureError, match="neither a PDF nor a TIFF") as caught:
        read_file(f"{tmp_path / 'one.tif'}#2")
    assert caught.value.hint == "Leave #N out."


@pytest.mark.parametrize("keep", [0, 20, 400])
def test_a_damaged_document_is_a_failure_under_its_name(scan: Path, keep: int) -> None:
    scan.write_bytes(scan.read_bytes()[:keep])

    (source,) = find_pictures([str(scan)])

    assert source.name == str(scan)
    assert isinstance(source.error, PictureError)
    assert source.error.hint


def test_without_the_library_the_command_that_brings_it_is_told(
    scan: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pypdfium2", None)

    with pytest.raises(NoDocumentsError) as caught:
        count_pages(scan.read_bytes())
    assert "mnist-cli[pdf]" in caught.value.hint


def test_a_page_is_drawn_at_200_dots_per_inch(scan: Path) -> None:
    with Image.open(io.BytesIO(draw_page(scan.read_bytes(), 1))) as image:
        assert (image.format, image.size) == ("BMP", (800, 800))


def test_a_phone_s_picture_is_read() -> None:
    pillow_heif = pytest.importorskip("pillow_heif")
    buffer = io.BytesIO()
    pillow_heif.from_pillow(Image.fromarray(render_digit(3)).convert("RGB")).save(buffer)

    assert decode(buffer.getvalue()).size == (200, 200)


def test_without_its_library_a_phone_s_picture_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "pillow_heif", None)

    with pytest.raises(PictureError) as caught:
        decode(b"\0\0\0\x18ftypheic" + bytes(64))
    assert "mnist-cli[heic]" in caught.value.hint
