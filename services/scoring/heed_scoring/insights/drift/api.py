"""HTTP API of model drift."""

from typing import Any

from heed_common import http
from heed_common.http import DbSession, requires
from heed_scoring.insights.drift import service
from heed_scoring.insights.drift.schemas import DriftReport

router = http.router(prefix="/v1/models", tags=["models"])


@router.get("/drift", response_model=DriftReport, dependencies=[requires("models:read")])
async def get_drift(session: DbSession) -> dict[str, Any]:
    """Return calibration by month and distribution shift by day of the published risks."""
    return await service.get_report(session)
