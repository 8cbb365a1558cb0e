"""Probes for orchestrators and metrics for Prometheus. They need no token, because those clients have none."""

from ipaddress import ip_address

from fastapi import FastAPI
from fastapi.responses import JSONResponse, Response
from starlette.requests import Request

from heed_common import health
from heed_common.auth.scopes import authenticate, authorize
from heed_common.errors import Unavailable
from heed_common.metrics import CONTENT_TYPE, Metrics


class ProcessNotReady(Unavailable):
    code, title = "not_ready", "This process takes no requests at this moment."
    advice = "Ask `/readyz` until it answers 200."


FORWARDED = ("forwarded", "x-forwarded-for")


def install(app: FastAPI, *, is_gateway: bool) -> None:
    """Add the probes directly to the application: a separate router would be searched before each request of a service.

    On the port of a service `/metrics` is public, because the gateway does not route it; on the port of the all-in-one
    it is for programs on this machine and for callers with `admin:read`.
    """
    metrics_endpoint = guarded_metrics if is_gateway else metrics
    for path, endpoint in (("/livez", live), ("/readyz", ready), ("/metrics", metrics_endpoint)):
        app.add_api_route(path, endpoint, methods=["GET"], include_in_schema=False)


async def live() -> Response:
    """Respond that the process runs, without any check: an unavailable database must not restart processes."""
    return JSONResponse({"status": "ok"})


async def ready(request: Request) -> Response:
    """Return each check by name: 503 unless all required checks are ok, and `degraded` if another check fails."""
    readiness: health.Readiness = request.app.state.readiness
    report = await readiness.report()
    if not report.is_ready:
        raise ProcessNotReady(checks=dict(report.checks))
    return JSONResponse({"status": report.status, "checks": dict(report.checks)})


async def metrics(request: Request) -> Response:
    """Return the metrics in the text format of Prometheus."""
    service_metrics: Metrics = request.app.state.metrics
    return Response(service_metrics.render(), headers={"Content-Type": CONTENT_TYPE})


async def guarded_metrics(request: Request) -> Response:
    """Return the metrics to a scraper on this machine or one with the scope `admin:read`."""
    if not is_local(request):
        authorize(await authenticate(request), ["admin:read"])
    return await metrics(request)


def is_local(request: Request) -> bool:
    """Return whether the client is a program on this machine and no proxy, which would add a forwarding header."""
    if request.client is None or any(name in request.headers for name in FORWARDED):
        return False
    try:
        address = ip_address(request.client.host)
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback
