"""What the page asks of a worker beside reading: to show, to write results, to keep digits."""

import io
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from zipfile import ZipFile, ZipInfo

import cv2
from pydantic import TypeAdapter

from mnist_cli.core.data.picture_folders import add_digits, encoded, name_of
from mnist_cli.core.errors import ConflictError, PictureNotFoundError
from mnist_cli.reading import documents
from mnist_cli.reading.classifier import Classifier
from mnist_cli.reading.image import decode_colour
from mnist_cli.reading.output.from_record import reading_of
from mnist_cli.reading.output.output import as_csv, as_xlsx
from mnist_cli.reading.tables.grid_of_size import MOST
from mnist_cli.server import problems
from mnist_cli.server.jobs import CSV, Answer
from mnist_cli.server.json_bodies import decoded, json_bytes, parse, validated
from mnist_cli.server.limits import MAX_BODY_BYTES, MAX_TABLE_CELLS
from mnist_cli.server.lists import Items
from mnist_cli.server.record_schemas import Record
from mnist_cli.server.seen_image import seen_image
from mnist_cli.server.sheet_schemas import XLSX, ImagesToKeep, LabelledImages

PAGES_HEADER = "Page-Count"
FAST = 1  # of zlib's levels: a page is looked at once
FOLDER = "corrected"  # that an archive unpacks to
_RECORDS = TypeAdapter(Items[Record])


@dataclass(frozen=True)
class ShowPage:
    """A page of a PDF or TIFF, or a picture of another format that is read, as a PNG.

    Attributes:
        data: The file's bytes.
        page: From 1; a picture has one.
    """

    data: bytes
    page: int

    def answer(self, _: Classifier) -> Answer:
        """Draw it."""
        count, drawn = 1, self.data
        if documents.is_document(self.data):
            count = documents.count_pages(self.data)
            drawn = documents.draw_page(self.data, self.page)
        elif self.page > 1:
            raise PictureNotFoundError(f"no page {self.page}: a picture has one.")
        buffer = io.BytesIO()
        decode_colour(drawn).save(buffer, "PNG", compress_level=FAST)
        return Answer(buffer.getvalue(), "image/png", {PAGES_HEADER: str(count)})


@dataclass(frozen=True)
class WriteResults:
    """Records as the file that `mnist predict --output` writes of them.

    Attributes:
        body: A JSON list of records.
        kind: The file's suffix.
    """

    body: bytes
    kind: Literal["csv", "xlsx"]

    def answer(self, _: Classifier) -> Answer:
        """Write it."""
        told = validated(_RECORDS.validate_python, parse(self.body))
        records = [one.model_dump() for one in told]
        _check(records)
        try:
            readings = [reading_of(record) for record in records]
        except (ValueError, OverflowError, cv2.error) as error:
            raise problems.unusable("A record's boxes make no sense.") from error
        named = {"Content-Disposition": f'attachment; filename="digits.{self.kind}"'}
        if self.kind == "xlsx":
            return Answer(as_xlsx(readings), XLSX, named)
        return Answer(as_csv(readings).encode(), CSV, named)


@dataclass(frozen=True)
class SaveDigits:
    """Digits that a person put right, as a folder of pictures that `mnist train --data` takes.

    Attributes:
        body: JSON, as LabelledImages; as ImagesToKeep, with a folder.
        folder: Gets them; without one the answer is a ZIP.
    """

    body: bytes
    folder: Path | None = None

    def answer(self, _: Classifier) -> Answer:
        """Save them."""
        form = ImagesToKeep if self.folder else LabelledImages
        told = validated(form.model_validate, parse(self.body))
        digits = [(one.digit, seen_image(decoded(one.image))) for one in told.digits]
        if self.folder:
            try:
                return Answer(json_bytes({"kept": add_digits(self.folder, digits)}))
            except ConflictError as error:
                raise problems.busy() from error
        buffer = io.BytesIO()
        labels = {name_of(image): (digit, image) for digit, image in digits}
        with ZipFile(buffer, "w") as archive:
            for name, (digit, image) in labels.items():
                archive.writestr(ZipInfo(f"{FOLDER}/{digit}/{name}"), encoded(image))
        named = {"Content-Disposition": f'attachment; filename="{FOLDER}.zip"'}
        return Answer(buffer.getvalue(), "application/zip", named)


def _check(records: list[dict[str, Any]]) -> None:
    """Refuse records of which a far larger file would come, and cells that are no table's.

    A row is as long as the longest one, and names its picture.
    """
    tables = [table for record in records for table in record["tables"]]
    if any(max(table["rows"], table["columns"]) > MOST for table in tables):
        raise problems.too_large(f"A table has at most {MOST} rows and columns.")
    if sum(table["rows"] * table["columns"] for table in tables) > MAX_TABLE_CELLS:
        raise problems.too_large(f"At most {MAX_TABLE_CELLS} cells of tables a request.")
    lines = [Counter(one["line"] for one in record["numbers"]) for record in records]
    rows = len(records) + sum(map(len, lines)) + sum(table["rows"] for table in tables)
    columns = max([MOST, *(count for own in lines for count in own.values())])
    longest = max((len(record["path"]) for record in records), default=0)
    if rows * (columns + longest) > MAX_BODY_BYTES:
        raise problems.too_large(f"The file would be over {MAX_BODY_BYTES >> 20} MB.")
    for table in tables:
        rows, columns = table["rows"], table["columns"]
        if any(cell["row"] > rows or cell["column"] > columns for cell in table["cells"]):
            raise problems.unusable("A cell stands outside its table.")
        if any(len(cell["box"]) != 4 for cell in table["cells"]):
            raise problems.unusable("A cell's box must have four corners.")
