"""A query that nobody heeds is refused: it may be a slip of the pen."""

from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from functools import wraps
from typing import Any, get_args, get_origin

from fastapi import Request
from fastapi.routing import APIRoute
from starlette.datastructures import QueryParams
from starlette.responses import Response

from mnist_cli.core.signatures import unfolded
from mnist_cli.server import problems

MOST_REMEMBERED = 100  # queries of a route

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class StrictRoute(APIRoute):
    """Lets a request through whose query it knows, name by name, each once or in a list."""

    def get_route_handler(self) -> Handler:
        """Return what answers a request."""
        handle = super().get_route_handler()
        fields = self.dependant.query_params
        known = [field.alias for field in fields]
        lists = {field.alias for field in fields if _is_list(field.field_info.annotation)}

        async def strict(request: Request) -> Response:
            if request.scope["query_string"]:
                _check(request.query_params, known, lists)
            return await handle(request)

        return strict


class RememberingRoute(StrictRoute):
    """Remembers what a query comes to: to take one of many parameters apart costs 80 µs each time.

    It is for functions that are told the request and, as a dataclass, what its query says, and
    nothing else.
    """

    def __init__(
        self, path: str, endpoint: Callable[..., Awaitable[Response]], **other: Any
    ) -> None:
        self._remembered: dict[bytes, Any] = {}
        kind, shown = unfolded(endpoint)

        @wraps(endpoint)
        async def remembering(request: Request, **values: Any) -> Response:
            said = kind(**values)
            if len(self._remembered) >= MOST_REMEMBERED:
                self._remembered.clear()
            self._remembered[request.scope["query_string"]] = said
            return await endpoint(request, said)

        remembering.__signature__ = shown  # type: ignore[attr-defined]
        super().__init__(path, remembering, **other)
        self._endpoint = endpoint

    def get_route_handler(self) -> Handler:
        """Return what answers a request."""
        handle, told = super().get_route_handler(), self.dependant
        others = told.path_params, told.header_params, told.cookie_params, told.body_params
        if any(others) or told.dependencies:
            raise TypeError(f"{self.path} is told more than its query: it can't be remembered.")

        async def answer(request: Request) -> Response:
            said = self._remembered.get(request.scope["query_string"])
            if said is None:
                return await handle(request)
            return await self._endpoint(request, said)

        return answer


def _check(query: QueryParams, known: Iterable[str], lists: set[str]) -> None:
    """Let a query through.

    Raises:
        Problem: A name in it is not known, or is there twice and is no list's.
    """
    problems.check_names(query.keys(), known, "query")
    counts = Counter(name for name, _ in query.multi_items())
    if twice := [name for name, count in counts.items() if count > 1 and name not in lists]:
        raise problems.unusable(f"Say it once: {', '.join(twice)}.")


def _is_list(kind: object) -> bool:
    return any(get_origin(one) is list for one in (kind, *get_args(kind)))
