"""The frame of every service's HTTP door."""

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from fastapi.telemetry import TelemetryConfig

from heed_common.http import errors
from heed_common.http.middleware import Middleware
from heed_common.resources import Resources
from heed_common.settings import ServiceSettings

NO_TELEMETRY: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False, "operation_spans": False}
"""The middleware carries the trace; full instrumentation can halve the throughput."""


def create_app(settings: ServiceSettings, resources: Resources, *, title: str) -> FastAPI:
    """An application with problem details, the middleware and the probes, ready for a service's routers."""
    app = FastAPI(
        title=title,
        version="1",
        generate_unique_id_function=operation_id,
        telemetry=NO_TELEMETRY,
        redoc_url=None,
    )
    app.state.settings = settings
    app.state.resources = resources
    errors.install(app)
    app.add_middleware(Middleware, metrics=resources.metrics)
    return app


def router(*, prefix: str = "", tags: list[str] | None = None) -> APIRouter:
    """A router whose POSTs may be repeated under an Idempotency-Key."""
    return APIRouter(prefix=prefix, tags=list(tags or []))


def operation_id(route: APIRoute) -> str:
    """Operations carry the names of their functions."""
    return route.name
