"""What a worker does for a request: from the body's bytes to the bytes of the answer.

All that takes time stands here, JSON and base64 included, so that the event loop never waits.
"""

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from typing import Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_cli.core.errors import MnistError, PictureError
from mnist_cli.reading import documents
from mnist_cli.reading.classifier import Classifier
from mnist_cli.reading.forms.forms import Form
from mnist_cli.reading.output.explain import explain, warnings
from mnist_cli.reading.output.output import as_csv
from mnist_cli.reading.output.record import Reading
from mnist_cli.server import problems
from mnist_cli.server.json_bodies import decoded, json_bytes, parse
from mnist_cli.server.limits import MAX_PICTURES
from mnist_cli.server.reading_options import Options
from mnist_cli.server.timing import Timed

NAMELESS = "-"
CSV = "text/csv; charset=utf-8"
_SEND = 'Send {"image": BASE64}, or {"images": [BASE64, …]}.'


@dataclass(frozen=True)
class Work:
    """What a worker did for images of a tensor.

    Attributes:
        version: Who read them.
        images: How many there were.
        input_ns, infer_ns, output_ns: How long it took to unpack them, for the network, and to
            pack the answer.
    """

    version: str
    images: int
    input_ns: int
    infer_ns: int
    output_ns: int


@dataclass(frozen=True)
class Answer:
    """What a worker gives back.

    Attributes:
        body: The document, as JSON or, of tensors, as binary.
        media_type: Which of them.
        headers: Of HTTP, beside those of every answer.
        digits: Each digit that was read, with whether it is unsure: for the metrics.
        work: Of tensors, how long they took: for the protocol's statistics.
    """

    body: bytes
    media_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    digits: tuple[tuple[int, bool], ...] = ()
    work: Work | None = None


class Job(Protocol):
    """A request's work; pickled on its way to a worker."""

    def answer(self, classifier: Classifier) -> Answer:
        """Do it.

        Raises:
            Problem: It can't be done, through the client's fault.
            MnistError: As well.
        """


@dataclass(frozen=True)
class ReadPictures:
    """Pictures as they were sent: a name each, and its bytes.

    One picture gives its record, or the problem that it is; several, and documents, give a list of
    records, in which a bad picture has its `error`.
    """

    pictures: tuple[tuple[str, bytes], ...]
    options: Options
    several: bool = False

    @property
    def has_documents(self) -> bool:
        """Whether one of them is a PDF, or a TIFF of several pages."""
        return any(documents.is_document(data) for _, data in self.pictures)

    def answer(self, classifier: Classifier) -> Answer:
        """Read them."""
        timed = self.options.timed(classifier)
        reader = self.options.reader(timed)
        if not self.has_documents:
            return self.to_answer(reader.read_many_bytes(self.pictures), timed, reader.form)
        alone = None if self.several else _count_pages(self.pictures[0][1])
        if isinstance(alone, PictureError):  # no list, as there is no page
            raise problems.of_error(alone)
        # one at a time: a drawn page takes 20 MB
        pages = (reader.read_many_bytes([page])[0] for page in self._pages())
        return replace(self, several=True).to_answer(list(pages), timed, reader.form)

    def _pages(self) -> Iterator[tuple[str, bytes | PictureError]]:
        """Yield pictures, and in a document's place its pages, named as `predict` names them.

        Raises:
            Problem: They are too many.
        """
        counts = [_count_pages(data) for _, data in self.pictures]
        if sum(one for one in counts if isinstance(one, int)) > MAX_PICTURES:
            raise problems.too_large(
                f"At most {MAX_PICTURES} pages a request; /v1/pages draws one of any number."
            )
        for (name, data), count in zip(self.pictures, counts, strict=True):
            if isinstance(count, PictureError):
                yield name, count
            elif not documents.is_document(data):
                yield name, data
            else:
                yield from ((f"{name}#{n}", _drawn(data, n)) for n in range(1, count + 1))

    def to_answer(self, readings: list[Reading], timed: Timed, form: Form | None) -> Answer:
        """Return the answer that the readings are, made with `timed`, by a form if any."""
        if not self.several and (error := readings[0].error):
            raise problems.of_error(error)
        digits = tuple((d.digit, d.unsure) for reading in readings for d in reading.digits)
        if self.options.csv:
            table = as_csv(readings, cells=self.options.csv == "cells", form=form)
            return Answer(table.encode(), CSV, timed.headers, digits)
        records = [_record(reading, explained=self.options.explain) for reading in readings]
        body = json_bytes(records if self.several else records[0])
        return Answer(body, headers=timed.headers, digits=digits)


@dataclass(frozen=True)
class ReadJson:
    """A JSON body: `{"image": BASE64}`, or `{"images": [BASE64, …]}` for several.

    Beside them may stand the `form` that they are sheets of.
    """

    body: bytes
    options: Options

    def answer(self, classifier: Classifier) -> Answer:
        """Decode and read them."""
        document = parse(self.body)
        if not isinstance(document, dict):
            raise problems.unusable(_SEND)
        problems.check_names(document, ("image", "images", "form"), "body")
        if ("image" in document) == ("images" in document):
            raise problems.unusable(_SEND)
        several = "images" in document
        texts = document["images"] if several else [document["image"]]
        if not isinstance(texts, list) or not texts:
            raise problems.unusable("images must be a list of at least one picture.")
        if len(texts) > MAX_PICTURES:
            raise problems.too_large(f"At most {MAX_PICTURES} pictures a request.")
        pictures = tuple((NAMELESS, decoded(text)) for text in texts)
        form = json.dumps(document["form"]).encode() if "form" in document else None
        options = self.options.with_form(form)
        return ReadPictures(pictures, options, several).answer(classifier)


def _count_pages(data: bytes) -> int | PictureError:
    """Return how many pictures a file is, or why it is none."""
    try:
        return documents.count_pages(data) if documents.is_document(data) else 1
    except PictureError as error:
        return error


def _drawn(data: bytes, number: int) -> bytes | PictureError:
    try:
        return documents.draw_page(data, number)
    except PictureError as error:
        return error


def _record(reading: Reading, *, explained: bool) -> dict[str, Any]:
    record = reading.to_record()
    if explained:
        record["explanation"] = {
            "text": explain(reading),
            "warnings": warnings(reading),
            "size": list(reading.size),
            "images": [_png(digit.image) for digit in reading.digits],
        }
    return record


def _png(image: NDArray[np.uint8]) -> str:
    return base64.b64encode(cv2.imencode(".png", image)[1].tobytes()).decode()


Outcome = Answer | problems.Problem


def outcomes(jobs: list[Job], classifier: Classifier) -> list[Outcome]:
    """Do jobs, each for itself; but where all are pictures the network sees them at once."""
    pictures = [job for job in jobs if isinstance(job, ReadPictures)]
    are_plain = 1 < len(pictures) == len(jobs) and not any(job.has_documents for job in pictures)
    if are_plain and len({job.options for job in pictures}) == 1:
        with suppress(Exception):  # a bug in one; or a form or version that all want
            timed = pictures[0].options.timed(classifier)
            reader = pictures[0].options.reader(timed)
            together = [picture for job in pictures for picture in job.pictures]
            readings = iter(reader.read_many_bytes(together))
            shares = [list(islice(readings, len(job.pictures))) for job in pictures]
            return [
                _outcome(partial(job.to_answer, share, timed, reader.form))
                for job, share in zip(pictures, shares, strict=True)
            ]
    return [_outcome(partial(job.answer, classifier)) for job in jobs]


def _outcome(answer: Callable[[], Answer]) -> Outcome:
    """Return an answer, or the failure instead of it."""
    try:
        return answer()
    except problems.Problem as problem:
        return problem
    except MnistError as error:
        return problems.of_error(error)
    except MemoryError:
        return problems.too_large("It takes more memory than there is.")
    except Exception as error:
        return problems.bug(error)
