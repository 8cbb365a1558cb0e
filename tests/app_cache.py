"""What all apps of a service share: the layout of the routes and the OpenAPI document, longer to make than most tests.

FastAPI makes one at the first request, the other at its first use. No setting changes either.
"""

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from starlette.routing import BaseRoute

_LAID_OUT: dict[str, list[BaseRoute]] = {}
_DOCUMENTS: dict[str, dict[str, Any]] = {}


def laid_out(app: FastAPI) -> FastAPI:
    """The app, with those of its routers that an earlier app of the same service has had laid out, and its document."""
    known = _LAID_OUT.setdefault(app.title, list(app.router.routes))
    both = zip(known, app.router.routes, strict=True)
    app.router.routes[:] = [before if hasattr(before, "include_context") else own for before, own in both]
    app.openapi = _once(app.title, app.openapi)
    return app


def _once(title: str, make: Callable[[], dict[str, Any]]) -> Callable[[], dict[str, Any]]:
    def document() -> dict[str, Any]:
        if title not in _DOCUMENTS:
            _DOCUMENTS[title] = make()
        return _DOCUMENTS[title]

    return document
