"""A query that nobody heeds is refused: it may be a slip of the pen."""

from fastapi import Request
from fastapi.routing import APIRoute

from mnist_cli.server import problems

_STRICT = ("/v1/", "/v2")  # a page's address may have anything behind it


async def check_query(request: Request) -> None:
    """Let a request through whose query its route knows, name by name.

    It is a coroutine so that it is called in place: FastAPI has threads call what is none.

    Raises:
        Problem: It does not.
    """
    route = request.scope["route"]
    path = request.scope["path"].removeprefix(request.scope["root_path"])
    if isinstance(route, APIRoute) and path.startswith(_STRICT):
        known = [field.alias for field in route.dependant.query_params]
        problems.check_names(request.query_params.keys(), known, "query")
