"""A query that nobody heeds is refused: it may be a slip of the pen."""

from collections import Counter
from typing import get_args, get_origin

from fastapi import Request
from fastapi.routing import APIRoute

from mnist_cli.server import problems

_STRICT = ("/v1/", "/v2")  # a page's address may have anything behind it


async def check_query(request: Request) -> None:
    """Let a request through whose query its route knows, name by name, each once or in a list.

    It is a coroutine, as are all that routes depend on: else each request waits for a thread.

    Raises:
        Problem: It does not.
    """
    route = request.scope["route"]
    path = request.scope["path"].removeprefix(request.scope["root_path"])
    if isinstance(route, APIRoute) and path.startswith(_STRICT):
        fields = route.dependant.query_params
        known = {field.alias: _is_list(field.field_info.annotation) for field in fields}
        problems.check_names(request.query_params.keys(), known, "query")
        counts = Counter(name for name, _ in request.query_params.multi_items())
        if twice := [name for name, count in counts.items() if count > 1 and not known[name]]:
            raise problems.unusable(f"Say it once: {', '.join(twice)}.")


def _is_list(kind: object) -> bool:
    return any(get_origin(one) is list for one in (kind, *get_args(kind)))
