"""HTTP API of quotas."""

from uuid import UUID

from heed_common import http
from heed_common.http import Caller, DbSession, requires
from heed_survey.sampling.quotas import service
from heed_survey.sampling.quotas.schemas import QuotaProgressOut, QuotasOut
from heed_survey.surveys import service as surveys

router = http.router(prefix="/v1/surveys", tags=["sampling"])


@router.get("/{survey_id}/quotas", dependencies=[requires("surveys:read")])
async def get_quotas(survey_id: UUID, caller: Caller, session: DbSession) -> QuotasOut:
    """Return the quotas of the survey with their counts. 404 `survey_not_found`."""
    survey = await surveys.get_survey(session, survey_id=survey_id)
    statuses = await service.list_quotas(session, survey=survey)
    step = survey.min_group if survey.anonymous or not caller.may("responses:read") else 1
    return QuotasOut(
        rounded_to=step, quotas=[QuotaProgressOut.from_domain(status.rounded_down(step)) for status in statuses]
    )
