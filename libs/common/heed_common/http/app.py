"""Application of every service's HTTP API: errors, authentication, middleware and probes."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from fastapi.telemetry import TelemetryConfig
from fastapi_offline import FastAPIOffline

from heed_common import breaker, health
from heed_common.audit.refusals import Refusals
from heed_common.auth.bearer import Bearer
from heed_common.auth.scopes import Authenticator
from heed_common.http import dead_letters, errors, failed_work, home_page, openapi, probes
from heed_common.http.exports import ListRouter
from heed_common.http.guards import Guards
from heed_common.http.key_rates import KeyRates
from heed_common.http.limits import BodyLimits
from heed_common.http.middleware import Middleware
from heed_common.http.routes import IdempotentRoute, PublicRoute, PublicUnstoredRoute, UnstoredRoute
from heed_common.keys.jobs import USES_SECONDS, repeated
from heed_common.metrics import Metrics
from heed_common.origins import Origins
from heed_common.resources import Resources
from heed_common.settings import ServiceSettings
from heed_common.tracing.tracer import Tracer
from heed_common.write_probe import accepts_writes

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]
"""Runs background work of the HTTP API for as long as it serves."""
DOCS_FILES = "/docs/static"
"""Heed serves the scripts of the documentation page, so that it works without the internet."""
ROUTE_CLASSES: dict[tuple[bool, bool], type[IdempotentRoute]] = {
    (False, True): IdempotentRoute,
    (False, False): UnstoredRoute,
    (True, True): PublicRoute,
    (True, False): PublicUnstoredRoute,
}
"""By whether the route is public, and whether its responses are stored."""
PLATFORM = "platform"
"""In the place of a service: what belongs to all of them."""
DEFAULT_BODY_LIMITS = BodyLimits()
NO_ORIGINS = Origins()
NO_TELEMETRY: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False, "operation_spans": False}
"""The middleware records the span of a request: FastAPI would see neither grouped POSTs nor the limits before it."""


def create_app(settings: ServiceSettings, resources: Resources, *, title: str) -> FastAPI:
    """Return an application with problem details, authentication, middleware and probes, for a service's routers."""
    readiness = health.Readiness()
    readiness.add("database", health.database_reachable(resources.database))
    readiness.add("writes", accepts_writes(resources.database), required=False)
    package = f"heed_{settings.service}"
    if health.has_migrations(package):
        readiness.add("migrations", health.migrations_applied(resources.database, package))
        readiness.add("failed_work", health.no_failed_work(resources.database), required=False)
    readiness.add(
        "consumer", breaker.consumers_not_stopped(resources.database, service=settings.service), required=False
    )
    limits = BodyLimits(pause_seconds=settings.body_seconds)
    origins = Origins(settings.cors_origins)
    app = _base_app(
        readiness,
        resources.metrics,
        title=title,
        limits=limits,
        package=package,
        origins=origins,
        lifespan=record_callers,
        tracer=resources.tracer,
    )
    app.state.settings = settings
    app.state.resources = resources
    app.state.authenticator = Bearer(settings, resources)
    _add_accounting(app, resources, audited_service=None)
    app.include_router(dead_letters.router)
    app.include_router(dead_letters.consumers)
    app.include_router(failed_work.router)
    return app


def create_platform_app(
    settings: ServiceSettings,
    resources: Resources,
    readiness: health.Readiness,
    *,
    package: str,
    authenticator: Bearer,
    lifespan: Lifespan,
) -> FastAPI:
    """Return an application for what belongs to all services; its texts are in the package."""
    limits = BodyLimits(pause_seconds=settings.body_seconds)
    app = _base_app(
        readiness,
        resources.metrics,
        title="Heed keys and audit",
        limits=limits,
        package=package,
        origins=Origins(settings.cors_origins),
        lifespan=lifespan,
        tracer=resources.tracer,
    )
    app.state.settings = settings
    app.state.resources = resources
    app.state.authenticator = authenticator
    _add_accounting(app, resources, audited_service=PLATFORM)
    return app


def _add_accounting(app: FastAPI, resources: Resources, *, audited_service: str | None) -> None:
    """Add what counts the requests of keys and the refused ones."""
    app.state.key_rates = KeyRates(resources.clock)
    app.state.refusals = Refusals(audited_service)
    app.state.audited_service = audited_service


@asynccontextmanager
async def record_callers(app: FastAPI) -> AsyncIterator[None]:
    """Write the last uses of keys and the refusals once a minute while the application runs, and at its end."""
    authenticator: Bearer = app.state.authenticator
    refusals: Refusals = app.state.refusals
    resources: Resources = app.state.resources

    async def flush() -> float:
        await authenticator.uses.flush(resources.database)
        await refusals.flush(resources.database, now=resources.clock.now())
        return USES_SECONDS

    async with repeated("record-callers", flush):
        yield


def create_probes(readiness: health.Readiness, metrics: Metrics) -> FastAPI:
    """Return the application of a worker, which serves the probes only."""
    return _base_app(readiness, metrics, title="Heed worker")


def create_gateway_app(readiness: health.Readiness, metrics: Metrics, *, authenticator: Authenticator) -> FastAPI:
    """Return the probes and the home page of the all-in-one, whose port others may reach: its metrics are protected."""
    app = _base_app(readiness, metrics, title="Heed", is_gateway=True)
    app.add_api_route(home_page.PATH, home_page.home, methods=["GET"], include_in_schema=False)
    app.state.authenticator = authenticator
    return app


def prepare_routes(app: FastAPI) -> None:
    """Build at start-up what FastAPI builds at the first request: it would block the event loop for half a second."""
    for route in app.router.routes:
        lay_out = getattr(route, "effective_route_contexts", None)
        if lay_out is not None:
            list(lay_out())


def router(
    *, prefix: str = "", tags: list[str] | None = None, public: bool = False, stores_responses: bool = True
) -> APIRouter:
    """Return a router whose POSTs accept an Idempotency-Key and which requires a token unless it is public.

    Responses that contain a secret must not be stored for a repetition.
    """
    return ListRouter(prefix=prefix, tags=list(tags or []), route_class=ROUTE_CLASSES[public, stores_responses])


def _base_app(
    readiness: health.Readiness,
    metrics: Metrics,
    *,
    title: str,
    limits: BodyLimits = DEFAULT_BODY_LIMITS,
    package: str | None = None,
    origins: Origins = NO_ORIGINS,
    is_gateway: bool = False,
    lifespan: Lifespan | None = None,
    tracer: Tracer | None = None,
) -> FastAPI:
    app = FastAPIOffline(
        title=title,
        version="1",
        generate_unique_id_function=_operation_id,
        telemetry=NO_TELEMETRY,
        redoc_url=None,
        static_url=DOCS_FILES,
        redirect_slashes=False,
        lifespan=lifespan,
    )
    app.state.readiness = readiness
    app.state.guards = Guards()
    app.state.metrics = metrics
    errors.install(app)
    openapi.install(app, package=package)
    app.state.grouped_posts = {}
    app.add_middleware(
        Middleware,
        metrics=metrics,
        limits=limits,
        short_paths=app.state.grouped_posts,
        origins=origins,
        tracer=tracer,
    )
    probes.install(app, is_gateway=is_gateway)
    return app


def _operation_id(route: APIRoute) -> str:
    """Return the name of the endpoint's function."""
    return route.name
