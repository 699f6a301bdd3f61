"""What the page asks of a worker beside reading: a picture that its browser can show."""

import io
from dataclasses import dataclass

from mnist_cli.core.errors import PictureNotFoundError
from mnist_cli.reading import documents
from mnist_cli.reading.classifier import Classifier
from mnist_cli.reading.image import decode_colour
from mnist_cli.server.jobs import Answer

PAGES_HEADER = "Page-Count"
FAST = 1  # of zlib's levels: a page is looked at once


@dataclass(frozen=True)
class ShowPage:
    """A page of a PDF, or a picture of another format that is read, as a PNG.

    Attributes:
        data: The file's bytes.
        page: From 1; a picture has one.
    """

    data: bytes
    page: int

    def answer(self, classifier: Classifier) -> Answer:
        """Draw it."""
        del classifier
        count, drawn = 1, self.data
        if documents.is_document(self.data):
            count = documents.count_pages(self.data)
            drawn = documents.draw_page(self.data, self.page)
        elif self.page > 1:
            raise PictureNotFoundError(f"no page {self.page}: a picture has one.")
        buffer = io.BytesIO()
        decode_colour(drawn).save(buffer, "PNG", compress_level=FAST)
        return Answer(buffer.getvalue(), "image/png", {PAGES_HEADER: str(count)})
