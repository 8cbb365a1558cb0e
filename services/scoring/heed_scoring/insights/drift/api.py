"""HTTP API of model drift."""

from typing import Any

from heed_common import http
from heed_common.http import DbSession, requires
from heed_scoring.insights.drift import service
from heed_scoring.insights.drift.schemas import DriftReport

router = http.router(prefix="/v1/models", tags=["models"])


@router.get("/drift", response_model=DriftReport, dependencies=[requires("models:read")])
async def read_drift(session: DbSession) -> dict[str, Any]:
    """Whether the published risks still come true, by month, and still are spread as at the fit, by day."""
    return await service.report(session)
