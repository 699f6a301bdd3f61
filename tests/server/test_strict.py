"""A name that means nothing is refused, with those that would."""

import pytest

from mnist_cli.server.strict import MOST_REMEMBERED
from tests.server.conftest import DIGIT, Server
from tests.server.tensors import MODEL
from tests.server.wire import MARKER, PREDICT, as_json, get, post


@pytest.mark.parametrize(
    ("request_", "there"),
    [
        (post(DIGIT, target=f"{PREDICT}?topk=3"), "top_k, min_confidence"),
        (post(DIGIT, target=f"{PREDICT}?top_k=3&{MARKER}"), "layout, invert"),
        (get(f"{MODEL}?{MARKER}=1"), "none"),
        (get(f"/v2?{MARKER}=1"), "none"),
        (as_json({"image": "", MARKER: 1}), "image, images"),
    ],
)
def test_a_name_that_is_not_known_is_refused(unharmed: Server, request_: bytes, there: str) -> None:
    problem = unharmed.send(request_).check_problem(422)

    assert problem["code"] == "unknown_name"
    assert there in problem["detail"]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("layout=circle", "layout: Input should be 'auto', 'single', 'line', 'page' or 'table'."),
        ("top_k=11", "top_k: Input should be less than or equal to 10."),
        ("top_k=2&top_k=3", "Say it once: top_k."),
    ],
)
def test_what_there_may_be_is_told(unharmed: Server, query: str, words: str) -> None:
    problem = unharmed.send(post(DIGIT, target=f"{PREDICT}?{query}")).check_problem(422)

    assert problem["detail"] == words


def test_what_is_a_list_may_be_said_twice(server: Server) -> None:
    target = f"{PREDICT}?check=sum(1..2)=3&check=sum(1..3)=4"
    assert server.send(post(DIGIT, target=target)).status == 200


def test_a_form_that_is_no_json_is_told_from_the_body(server: Server) -> None:
    parts = {"file": ("a.png", DIGIT, "image/png"), "form": ("form.json", b"{", "application/json")}
    told = server.client.post(PREDICT, files=parts)

    assert told.status_code == 400
    assert told.json()["detail"] == "The part `form` is not valid JSON."


def test_a_page_may_be_asked_for_with_any_query(server: Server) -> None:
    assert server.client.get("/docs?from=a-mail").status_code == 200


@pytest.mark.parametrize("top_k", [1, 4])
def test_what_a_query_comes_to_is_the_same_each_time(server: Server, top_k: int) -> None:
    first, second = (server.read(top_k=top_k).json()["digits"] for _ in range(2))

    assert first == second
    assert len(first[0]["top"]) == top_k


def test_more_queries_than_are_remembered_are_heeded(server: Server) -> None:
    for number in range(MOST_REMEMBERED + 2):
        assert server.read(min_confidence=number / 1_000, top_k=11).status_code == 422
        assert server.read(min_confidence=number / 1_000, top_k=1).status_code == 200
