"""What orchestrators and Prometheus ask: alive, ready, and the meters. Open, because they carry no token."""

from fastapi import FastAPI
from fastapi.responses import JSONResponse, Response
from starlette.requests import Request

from heed_common import health
from heed_common.errors import Unavailable
from heed_common.metrics import CONTENT_TYPE, Metrics


class ProcessNotReady(Unavailable):
    code, title = "not_ready", "This process takes no requests at this moment."


def install(app: FastAPI) -> None:
    """Straight on the application: a router of their own would be searched before each request of a service."""
    for path, endpoint in (("/livez", live), ("/readyz", ready), ("/metrics", meters)):
        app.add_api_route(path, endpoint, methods=["GET"], include_in_schema=False)


async def live() -> Response:
    """The process runs; depends on nothing, so that a database that is away kills nobody."""
    return JSONResponse({"status": "ok"})


async def ready(request: Request) -> Response:
    """Each check by name; 503 unless all that are required are ok, and `degraded` where another one is not."""
    readiness: health.Readiness = request.app.state.readiness
    report = await readiness.report()
    if not report.is_ready:
        raise ProcessNotReady(checks=dict(report.checks))
    return JSONResponse({"status": report.status, "checks": dict(report.checks)})


async def meters(request: Request) -> Response:
    """The meters in Prometheus' text form."""
    metrics: Metrics = request.app.state.metrics
    return Response(metrics.render(), headers={"Content-Type": CONTENT_TYPE})
