"""`TF_CONFIG`, as TensorFlow defines it: who is in a cluster, and which of them this process is.

Read without TensorFlow, so that a mistake in it is said at once.
"""

import json
import os
import re

from mnist_cli.core.errors import UsageError

VARIABLE = "TF_CONFIG"

_KINDS = ("chief", "worker")  # in the order of their numbers
_ADDRESS = re.compile(r"\S+:[0-9]{1,5}", re.ASCII)


def read() -> tuple[int, int]:
    """Return the number of this worker, from 0 for the chief, and how many there are.

    Raises:
        UsageError: `TF_CONFIG` is missing, or says no such thing.
    """
    return parse(os.environ.get(VARIABLE, ""))


def parse(text: str) -> tuple[int, int]:
    """Return what `read` returns, of a text.

    Raises:
        UsageError: The text is not what TensorFlow defines, or has other tasks than these two.
    """
    try:
        document = json.loads(text)
        cluster, task = document["cluster"], document["task"]
        if not set(cluster) <= set(_KINDS):
            raise ValueError(f"tasks other than {' and '.join(_KINDS)}")
        hosts = [(kind, at) for kind in _KINDS for at in range(_count(cluster.get(kind, [])))]
        return hosts.index((task["type"], int(task["index"]))), len(hosts)
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(
            f"{VARIABLE} does not say who is in the cluster, and which of them this is."
            f" Received: {text[:200]!r}.",
            hint='{"cluster": {"worker": ["host1:2222", "host2:2222"]},'
            ' "task": {"type": "worker", "index": 0}}',
        ) from error


def _count(addresses: list[str]) -> int:
    if not isinstance(addresses, list) or not all(map(_ADDRESS.fullmatch, addresses)):
        raise ValueError("addresses are a list of HOST:PORT")
    return len(addresses)
