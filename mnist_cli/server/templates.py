"""Which route a path is of: metrics are kept by routes, of which there are few."""

import re
from collections.abc import Iterable

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.routing import Mount, compile_path

OTHER = "other"  # what no route answers


class Templates:
    """The routes of an application.

    Args:
        templates: Their paths, with parameters in braces, as `/v2/models/{model}`.
    """

    def __init__(self, templates: Iterable[str]) -> None:
        # the most precise first: {model}:predict is a {model}, too
        first = sorted(templates, key=lambda path: -len(re.sub("{[^}]*}", "", path)))
        compiled = [compile_path(template) for template in first]
        self._fixed = {path for _, path, parameters in compiled if not parameters}
        self._others = [(regex, path) for regex, path, parameters in compiled if parameters]

    def of(self, path: str) -> str:
        """Return the template of a path's route."""
        if path in self._fixed:
            return path
        return next((template for regex, template in self._others if regex.match(path)), OTHER)


def templates_of(app: FastAPI) -> Templates:
    """Return the routes of an application, those of its routers and folders of files included."""
    return Templates(
        getattr(one, "path", "") + ("/{path:path}" if isinstance(one.original_route, Mount) else "")
        for one in iter_route_contexts(app.routes)
    )
