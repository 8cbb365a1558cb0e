"""One layout of the routes for all apps of a service: FastAPI makes it at the first request, longer than most tests."""

from fastapi import FastAPI
from starlette.routing import BaseRoute

_LAID_OUT: dict[str, list[BaseRoute]] = {}


def laid_out(app: FastAPI) -> FastAPI:
    """The app, with those of its routers that an earlier app of the same service has had laid out."""
    known = _LAID_OUT.setdefault(app.title, list(app.router.routes))
    both = zip(known, app.router.routes, strict=True)
    app.router.routes[:] = [before if hasattr(before, "include_context") else own for before, own in both]
    return app
