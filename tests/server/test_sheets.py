"""What the page for pictures and sheets asks of the server beside reading."""

import io

import numpy as np
import pytest
from PIL import Image

from tests.conftest import render_digit
from tests.server.conftest import DIGIT, Server, png

PDF = {"Content-Type": "application/pdf"}


def pdf(*digits: int) -> bytes:
    """Return a PDF with a digit a page."""
    first, *others = (Image.fromarray(render_digit(digit)).convert("RGB") for digit in digits)
    buffer = io.BytesIO()
    first.save(buffer, "PDF", save_all=True, append_images=others)
    return buffer.getvalue()


def test_a_pdf_gives_a_record_a_page(server: Server) -> None:
    alone = server.client.post("/v1/predict", content=pdf(3, 7), headers=PDF)
    of_form = server.client.post(
        "/v1/predict", files=[("file", ("a.png", DIGIT)), ("file", ("scan.pdf", pdf(7)))]
    )

    assert [(one["path"], one["text"]) for one in alone.json()] == [("-#1", "3"), ("-#2", "7")]
    assert [(one["path"], one["text"]) for one in of_form.json()] == [
        ("a.png", "3"),
        ("scan.pdf#1", "7"),
    ]


def test_a_damaged_pdf_costs_itself_and_one_of_too_many_pages_is_refused(server: Server) -> None:
    (damaged,) = server.client.post("/v1/predict", content=b"%PDF-1.7 no more", headers=PDF).json()
    long = server.client.post("/v1/predict", content=pdf(*[1] * 17), headers=PDF)

    assert "damaged" in damaged["error"]["message"]
    assert long.status_code == 413
    assert "At most 16 pages" in long.json()["detail"]


@pytest.mark.parametrize("page", [1, 2])
def test_a_page_of_a_pdf_is_shown_as_a_picture_that_is_read_alike(
    server: Server, page: int
) -> None:
    answer = server.client.post("/v1/pages", content=pdf(3, 7), headers=PDF, params={"page": page})

    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["Page-Count"] == "2"
    assert server.read(answer.content).json()["text"] == "37"[page - 1]


def test_a_tiff_is_shown_as_a_png_with_its_pixels(server: Server) -> None:
    buffer = io.BytesIO()
    Image.fromarray(render_digit(5)).save(buffer, "TIFF")

    answer = server.client.post(
        "/v1/pages", content=buffer.getvalue(), headers={"Content-Type": "image/tiff"}
    )

    shown = np.asarray(Image.open(io.BytesIO(answer.content)).convert("L"))
    assert np.array_equal(shown, render_digit(5))


@pytest.mark.parametrize(
    ("content", "kind", "page", "status", "words"),
    [
        (pdf(3), "application/pdf", 2, 422, "No page 2"),
        (DIGIT, "image/png", 2, 422, "a picture has one"),
        (b"<html>", "image/png", 1, 415, "HTML"),
        (DIGIT, "text/plain", 1, 415, "image/* or application/pdf"),
        (png(np.zeros((2, 2), np.uint8)), "image/png", 1, 422, "too small"),
    ],
)
def test_what_can_not_be_shown_is_refused(
    server: Server, content: bytes, kind: str, page: int, status: int, words: str
) -> None:
    answer = server.client.post(
        "/v1/pages", content=content, headers={"Content-Type": kind}, params={"page": page}
    )

    assert answer.status_code == status
    assert words in answer.json()["detail"]
