"""Pages of PDF files, by pypdfium2, and of TIFF files, as pictures: `scan.pdf#3` is the third."""

import io
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mnist_cli.core.errors import PictureError, PictureNotFoundError, PictureTooLargeError
from mnist_cli.reading.image_checks import DAMAGED_HINT
from mnist_cli.reading.tiff_pages import page_alone, pages_in

if TYPE_CHECKING:
    from PIL import Image

SUFFIX = ".pdf"
POINTS_PER_INCH, DOTS_PER_INCH = 72, 200
LONGEST_SIDE = 3_200  # px of a page: a larger one is drawn smaller
MOST_PAGES = 2_000
HEADER_WITHIN = 1_024  # bytes: what stands before a PDF's header is skipped by those who read it


class NoDocumentsError(PictureError, code="not_installed"):
    """The library that reads PDF is not installed."""

    def __init__(self) -> None:
        super().__init__(
            "reading PDF needs pypdfium2, which is not installed.",
            hint="Run `pip install 'mnist-cli[pdf]'`.",
        )


def is_document(data: bytes) -> bool:
    """Tell whether a file's bytes are a PDF's, or those of a TIFF of several pages."""
    return data.startswith(b"%PDF") or len(pages_in(io.BytesIO(data))) > 1


def page_of(path: str | Path) -> tuple[str, int] | None:
    """Return file and page, from 1, that `FILE.pdf#N` or `.tif#N` names; None for what does not."""
    pattern = r"(.*\.(?:pdf|tiff?))#([1-9]\d{0,4})"
    found = re.fullmatch(pattern, str(path), re.IGNORECASE | re.DOTALL)
    return (found[1], int(found[2])) if found and not os.path.exists(path) else None  # noqa: PTH110  False of too long a name


def count_pages(data: bytes) -> int:
    """Return how many pages a PDF or a TIFF has.

    Raises:
        NoDocumentsError: The library is not installed.
        PictureError: It is damaged, needs a password, or has too many.
    """
    if pages := pages_in(io.BytesIO(data)):
        return checked_count(len(pages))
    document = _opened(data)
    try:
        return checked_count(len(document))
    finally:
        document.close()


def checked_count(count: int) -> int:
    """Return how many pages a document has.

    Raises:
        PictureTooLargeError: They are too many.
    """
    if count > MOST_PAGES:
        raise PictureTooLargeError(f"the document has {count:,} pages; up to {MOST_PAGES:,} go.")
    return count


def draw_page(data: bytes, number: int) -> bytes:
    """Draw a page of a PDF, as a BMP file's bytes; or cut one out of a TIFF, as a TIFF's.

    Args:
        data: The document.
        number: Of the page, from 1.

    Raises:
        NoDocumentsError: The library is not installed.
        PictureNotFoundError: It has no such page.
        PictureError: It is no document, is damaged, or needs a password.
    """
    if pages := pages_in(io.BytesIO(data)):
        return page_alone(data, pages[_index(number, len(pages))])
    if b"%PDF" not in data[:HEADER_WITHIN]:
        raise PictureError("it has no pages: it is neither a PDF nor a TIFF.", hint="Leave #N out.")
    document = _opened(data)
    try:
        page = document[_index(number, len(document))]
        longest = max(page.get_size()) / POINTS_PER_INCH
        scale = min(DOTS_PER_INCH, LONGEST_SIDE / max(longest, 1e-3)) / POINTS_PER_INCH
        image: Image.Image = page.render(scale=scale).to_pil()
    except PictureError:
        raise
    except Exception as error:
        raise PictureError(f"page {number} is damaged ({error}).", hint=DAMAGED_HINT) from error
    finally:
        document.close()
    buffer = io.BytesIO()
    image.convert("RGB").save(buffer, "BMP")
    return buffer.getvalue()


def _index(number: int, count: int) -> int:
    if number > count:
        raise PictureNotFoundError(f"no page {number}: the document has {count}.")
    return number - 1


def _opened(data: bytes) -> Any:
    try:
        import pypdfium2
    except ImportError as error:
        raise NoDocumentsError from error
    try:
        return pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise PictureError("the PDF needs a password.") from error
        raise PictureError(f"the PDF is damaged ({error}).", hint=DAMAGED_HINT) from error
