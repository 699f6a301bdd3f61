import json
from typing import Any

import pytest

from mnist_cli.core.errors import UsageError
from mnist_cli.training import tf_config

TWO = {"worker": ["a:2222", "b:2222"]}


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"cluster": TWO, "task": {"type": "worker", "index": 0}}, (0, 2)),
        ({"cluster": TWO, "task": {"type": "worker", "index": 1}}, (1, 2)),
        ({"cluster": TWO, "task": {"type": "worker", "index": "1"}}, (1, 2)),
        ({"cluster": TWO | {"chief": ["c:1"]}, "task": {"type": "chief", "index": 0}}, (0, 3)),
        ({"cluster": TWO | {"chief": ["c:1"]}, "task": {"type": "worker", "index": 0}}, (1, 3)),
        ({"cluster": TWO | {"chief": ["c:1"]}, "task": {"type": "worker", "index": 1}}, (2, 3)),
        ({"cluster": {"worker": ["[::1]:1"]}, "task": {"type": "worker", "index": 0}}, (0, 1)),
    ],
)
def test_a_worker_knows_its_number_and_how_many_there_are(
    document: dict[str, Any], expected: tuple[int, int]
) -> None:
    assert tf_config.parse(json.dumps(document)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "worker 1 of 2",
        "null",
        "[]",
        json.dumps([TWO, {"type": "worker", "index": 0}]),
        json.dumps({"cluster": TWO}),
        json.dumps({"task": {"type": "worker", "index": 0}}),
        json.dumps({"cluster": TWO, "task": {"index": 0}}),
        json.dumps({"cluster": TWO, "task": {"type": "worker"}}),
        json.dumps({"cluster": TWO, "task": {"type": "worker", "index": None}}),
        json.dumps({"cluster": TWO, "task": {"type": "worker", "index": 2}}),
        json.dumps({"cluster": TWO, "task": {"type": "worker", "index": -1}}),
        json.dumps({"cluster": TWO, "task": {"type": "chief", "index": 0}}),
        json.dumps({"cluster": TWO, "task": {"type": "evaluator", "index": 0}}),
        json.dumps({"cluster": TWO | {"ps": ["p:1"]}, "task": {"type": "ps", "index": 0}}),
        json.dumps({"cluster": TWO | {"ps": ["p:1"]}, "task": {"type": "worker", "index": 0}}),
        json.dumps({"cluster": [TWO], "task": {"type": "worker", "index": 0}}),
        json.dumps({"cluster": {"worker": []}, "task": {"type": "worker", "index": 0}}),
        json.dumps({"cluster": {"worker": "a:2222"}, "task": {"type": "worker", "index": 0}}),
        json.dumps({"cluster": {"worker": ["a"]}, "task": {"type": "worker", "index": 0}}),
        json.dumps({"cluster": {"worker": [2222]}, "task": {"type": "worker", "index": 0}}),
    ],
)
def test_a_tf_config_that_says_no_such_thing_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="TF_CONFIG") as caught:
        tf_config.parse(text)

    assert '"cluster"' in caught.value.hint
    assert '"task"' in caught.value.hint
