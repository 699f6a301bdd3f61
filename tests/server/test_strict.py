"""A name that means nothing is refused, with those that would."""

import pytest

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


def test_a_page_may_be_asked_for_with_any_query(server: Server) -> None:
    assert server.client.get("/docs?from=a-mail").status_code == 200
