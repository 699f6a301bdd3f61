"""`POST /v1/predict` answers what `mnist predict --json` prints, however the picture comes."""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from mnist_cli.core.data.dataset import Dataset
from tests.conftest import Cli, render_digit
from tests.server.conftest import DIGIT, Server, png
from tests.server.wire import PREDICT

ReadByCli = Callable[..., dict[str, Any]]


@pytest.fixture
def by_cli(mnist: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ReadByCli:
    """Have a picture read by the command line, with the bundled model."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MNIST_ARTIFACTS", raising=False)

    def read(picture: bytes, **options: object) -> dict[str, Any]:
        Path("picture").write_bytes(picture)
        told = [
            part
            for name, value in options.items()
            for part in (f"--{name.replace('_', '-')}", value)
        ]
        (line,) = mnist("predict", "picture", "--json", *told).stdout.splitlines()
        return without_path(json.loads(line))

    return read


def without_path(record: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name != "path"}


def as_base64(picture: bytes) -> str:
    return base64.b64encode(picture).decode()


def send_json(server: Server, document: object, **query: object) -> Any:
    answer = server.client.post(
        PREDICT, json=document, params={k: str(v) for k, v in query.items()}
    )
    assert answer.status_code == 200
    return answer.json()


def send_form(server: Server, *files: tuple[str, bytes]) -> Any:
    answer = server.client.post(PREDICT, files=[("file", file) for file in files])
    assert answer.status_code == 200
    return answer.json()


def line(*digits: int) -> NDArray[np.uint8]:
    """Draw digits side by side."""
    return np.hstack([render_digit(digit)[:, 30:170] for digit in digits])


@pytest.fixture(
    params=["a digit", "a photograph's polarity", "a line", "a page", "a JPEG", "blank corner"]
)
def picture(request: pytest.FixtureRequest, tmp_path: Path) -> bytes:
    page = np.vstack([line(3, 1, 4), line(1, 5, 9)])
    if request.param == "a JPEG":
        Image.fromarray(page).save(tmp_path / "page.jpg")
        return (tmp_path / "page.jpg").read_bytes()
    drawings = {
        "a digit": render_digit(7),
        "a photograph's polarity": render_digit(8, ink=200, paper=40),
        "a line": line(4, 0, 7),
        "a page": page,
        "blank corner": np.pad(render_digit(2), ((0, 700), (300, 0)), constant_values=255),
    }
    return png(drawings[request.param])


def test_a_picture_gives_the_same_record_however_it_comes(
    server: Server, by_cli: ReadByCli, picture: bytes
) -> None:
    text = as_base64(picture)
    records = [
        server.read(picture).json(),
        send_form(server, ("picture", picture)),
        send_json(server, {"image": text}),
        send_json(server, {"image": f"data:image/png;base64,{text}"}),
        send_json(server, {"images": [text]})[0],
    ]

    expected = by_cli(picture)
    assert expected["ok"]
    assert [without_path(record) for record in records] == [expected] * 5
    assert [record["path"] for record in records] == ["-", "picture", "-", "-", "-"]


def test_images_of_mnist_give_the_same_records(
    server: Server, by_cli: ReadByCli, test_split: Dataset
) -> None:
    files = [png(image) for image in test_split.images[:16]]
    records = send_json(server, {"images": [as_base64(file) for file in files]})

    assert [without_path(record) for record in records] == [by_cli(file) for file in files]
    assert [record["text"] for record in records] == [
        str(label) for label in test_split.labels[:16].tolist()
    ]


@pytest.mark.parametrize(
    "options",
    [
        {"layout": "single"},
        {"layout": "line"},
        {"layout": "page"},
        {"top_k": 1},
        {"top_k": 10},
        {"invert": "yes"},
        {"invert": "no"},
        {"turn": "auto"},
        {"turn": 0},
        {"turn": 180},
        {"min_confidence": 0},
        {"min_confidence": 1},
        {"layout": "line", "top_k": 2, "invert": "yes", "turn": 0, "min_confidence": 0.9999},
    ],
    ids=str,
)
def test_options_mean_what_they_mean_on_the_command_line(
    server: Server, by_cli: ReadByCli, options: dict[str, object]
) -> None:
    page = np.vstack([line(6, 5), line(2, 9)])
    picture = png(255 - page if options.get("invert") == "no" else page)

    record = without_path(server.read(picture, **options).json())

    assert record == by_cli(picture, **options)
    assert record == without_path(send_json(server, {"image": as_base64(picture)}, **options))
    if "top_k" in options:
        assert {len(digit["top"]) for digit in record["digits"]} == {options["top_k"]}


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_a_picture_is_turned_before_it_is_read(server: Server, turn: int) -> None:
    record = server.read(png(np.rot90(render_digit(3), turn // 90)), turn=turn).json()

    assert record["text"] == "3"
    assert record["turned"] == turn


@pytest.mark.parametrize("turn", ["45", "360", "left", "-90", "90.0", ""])
def test_a_picture_is_turned_by_quarters_alone(server: Server, turn: str) -> None:
    assert server.read(turn=turn).status_code == 422


def test_several_pictures_are_answered_in_their_order(server: Server) -> None:
    files = [(f"{digit}.png", png(render_digit(digit))) for digit in (3, 0, 4)]

    from_form = send_form(server, *files)
    from_json = send_json(server, {"images": [as_base64(content) for _, content in files]})

    assert [record["path"] for record in from_form] == ["3.png", "0.png", "4.png"]
    assert [record["text"] for record in from_form] == ["3", "0", "4"]
    assert list(map(without_path, from_json)) == list(map(without_path, from_form))


def test_a_bad_picture_among_several_has_its_error(server: Server, by_cli: ReadByCli) -> None:
    records = send_form(server, ("a.png", DIGIT), ("b.png", b"hello"), ("c.png", DIGIT))

    assert [record["ok"] for record in records] == [True, False, True]
    assert records[1]["error"]["code"] == "not_a_picture"
    assert without_path(records[1]) == by_cli(b"hello")
    assert send_json(server, {"images": [as_base64(b"hello")]})[0]["ok"] is False


def test_sixteen_pictures_are_read_and_seventeen_refused(server: Server) -> None:
    files = [("file", ("x.png", DIGIT))] * 16

    assert len(server.client.post(PREDICT, files=files).json()) == 16
    assert server.client.post(PREDICT, files=[*files, files[0]]).status_code == 413


def test_the_fields_of_a_form_are_passed_over(server: Server) -> None:
    """As are their names: a page may call its file what it likes."""
    answer = server.client.post(
        PREDICT, data={"layout": "page"}, files={"upload": ("three.png", DIGIT)}
    )

    assert answer.json()["text"] == "3"


def test_explain_adds_what_the_network_saw(server: Server, by_cli: ReadByCli) -> None:
    picture = png(line(3, 7))
    record = server.read(picture, explain=True).json()
    explanation = record.pop("explanation")

    assert without_path(record) == by_cli(picture)
    assert explanation.keys() == {"text", "warnings", "size", "images"}
    assert explanation["size"] == [280, 200]
    assert "read as 37" in explanation["text"]
    assert len(explanation["images"]) == 2
    for image, digit in zip(explanation["images"], record["digits"], strict=True):
        seen = base64.b64decode(image)
        assert seen.startswith(b"\x89PNG")
        again = server.read(seen, layout="single").json()
        assert again["text"] == str(digit["digit"])


def test_explain_says_why_of_each_picture(server: Server) -> None:
    records = send_json(server, {"images": [as_base64(DIGIT), as_base64(b"hello")]}, explain="true")

    assert "read as 3" in records[0]["explanation"]["text"]
    assert "not a picture" in records[1]["explanation"]["text"]
    assert records[1]["explanation"]["images"] == []


def test_what_is_read_is_counted(server: Server) -> None:
    def counts() -> dict[str, float]:
        samples = (
            sample.rpartition(" ")
            for sample in server.client.get("/metrics").text.splitlines()
            if not sample.startswith("#")
        )
        return {name: float(value) for name, _, value in samples}

    def more(name: str) -> float:
        return after.get(name, 0) - before.get(name, 0)

    before = counts()
    server.read(png(line(3, 7)))
    server.read(DIGIT, min_confidence=1)
    server.read(b"")
    after = counts()

    route = 'method="POST",route="/v1/predict"'
    assert more('mnist_digits_total{digit="3"}') == 2
    assert more('mnist_digits_total{digit="7"}') == 1
    assert more('mnist_digits_total{digit="4"}') == 0
    assert more("mnist_unsure_digits_total") == 1
    assert more(f'mnist_requests_total{{{route},status="200"}}') == 2
    assert more(f'mnist_requests_total{{{route},status="422"}}') == 1
    assert more('mnist_request_duration_seconds_count{route="/v1/predict"}') == 3
