"""Gateway of the all-in-one product: one address for four services, by path, and the documents of all."""

import asyncio
from collections.abc import Callable, Mapping, Sequence

from fastapi import APIRouter, FastAPI
from fastapi.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from heed.gateway import owner_of
from heed.interface_docs.write import Documents
from heed.worker_supervisor import WorkerSupervisor
from heed_common.auth.scopes import Authenticator
from heed_common.errors import NotFound
from heed_common.health import Readiness
from heed_common.http.app import create_gateway_app
from heed_common.metrics import Metrics, render

METRICS_PATH = "/metrics"


class SchemaUnknown(NotFound):
    code, title = "schema_unknown", "There is no schema of that name."
    advice = "Read `/asyncapi.json` for the names of the schemas."


class ProductMetrics(Metrics):
    """Metrics of the gateway and of all services, added up over the processes."""

    def __init__(self, services: Sequence[Metrics], supervisor: WorkerSupervisor | None = None) -> None:
        super().__init__("gateway")
        self._services = services
        self._supervisor = supervisor
        self._of_workers = ""

    async def load(self) -> None:
        """Load the metrics of the process of the workers, if there is one."""
        if self._supervisor is not None:
            self._of_workers = await self._supervisor.metrics()

    def render(self) -> bytes:
        return render([self, *self._services], others=self._of_workers)


class LazyDocuments:
    """The API documents, generated at the first request in a thread, because that takes more than a second."""

    def __init__(self, describe: Callable[[], Documents]) -> None:
        self._describe = describe
        self._making: asyncio.Task[Documents] | None = None

    async def documents(self) -> Documents:
        """Return the documents; concurrent first requests wait for the same result."""
        if self._making is None:
            self._making = asyncio.create_task(asyncio.to_thread(self._describe), name="documents")
        return await asyncio.shield(self._making)


class Gateway:
    """Routes each request to the service that owns its path; other paths belong to the shared application."""

    def __init__(
        self, services: Mapping[str, ASGIApp], shared: FastAPI, descriptions: LazyDocuments, metrics: ProductMetrics
    ) -> None:
        self._services = services
        self._shared = shared
        self._descriptions = descriptions
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        owner = owner_of(scope["path"], scope["query_string"]) if scope["type"] == "http" else None
        app = self._shared if owner is None else self._services[owner]
        if owner is None and scope.get("path") == self._shared.openapi_url:
            # FastAPI serves it itself, and would generate the document on the event loop.
            self._shared.openapi_schema = (await self._descriptions.documents()).openapi
        if owner is None and scope.get("path") == METRICS_PATH:
            await self._metrics.load()
        await app(scope, receive, send)


def create_app(
    services: Mapping[str, ASGIApp],
    *,
    documents: Callable[[], Documents],
    readiness: Readiness,
    metrics: ProductMetrics,
    authenticator: Authenticator,
) -> ASGIApp:
    """Return the gateway: `/readyz` and `/docs` cover all services, paths under `/v1` belong to them.

    The documents are generated at the first request: that takes longer than the rest of the start-up.
    """
    descriptions = LazyDocuments(documents)
    shared = create_gateway_app(readiness, metrics, authenticator=authenticator)
    shared.include_router(_documents(descriptions))
    # FastAPI's own `/openapi.json` and `/docs`, with the merged document.
    shared.openapi = lambda: shared.openapi_schema or {}  # type: ignore[method-assign] # as FastAPI documents it
    return Gateway(services, shared, descriptions, metrics)


def _documents(descriptions: LazyDocuments) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/asyncapi.json")
    async def asyncapi() -> JSONResponse:
        """Return topics and messages with their publishers and subscribers."""
        return JSONResponse((await descriptions.documents()).asyncapi)

    @router.get("/schemas/{name}")
    async def schema(name: str) -> JSONResponse:
        """Return the schema to which the `dataschema` of an event refers, or that of a group of profile fields."""
        found = (await descriptions.documents()).schemas.get(name)
        if found is None:
            raise SchemaUnknown
        return JSONResponse(found, media_type="application/schema+json")

    return router
