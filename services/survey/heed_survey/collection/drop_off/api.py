"""HTTP API of drop-off."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from heed_common import http
from heed_common.http import DbSession, requires
from heed_survey.collection.drop_off import service
from heed_survey.collection.drop_off.schemas import DropOffOut

router = http.router(prefix="/v1/surveys", tags=["drop-off"])


@router.get("/{survey_id}/drop-off", dependencies=[requires("responses:read")])
async def get_drop_off(
    survey_id: UUID,
    session: DbSession,
    survey_version: Annotated[int | None, Query(ge=1, lt=2**31, description="Without it the current one.")] = None,
) -> DropOffOut:
    """Return how often each item was shown and answered, and how many forms were left at it. 404."""
    report = await service.get_drop_off(session, survey_id=survey_id, survey_version=survey_version)
    return DropOffOut.from_domain(report)
