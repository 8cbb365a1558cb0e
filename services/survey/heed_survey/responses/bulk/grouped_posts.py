"""Single POSTs of responses, committed in groups. Unusual requests go to `responses.api.record_response`.

Answers to call-backs do, which lock their call-back, and those to anonymous surveys: in a transaction with others, the
row of the pool would have the transaction id of responses whose customers are known, and with it their moment.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.errors import HeedError
from heed_common.http.grouped_posts import GroupedPost, GroupedWrite, Outcome, group_posts, to_response
from heed_common.resources import Resources
from heed_common.settings import ServiceSettings
from heed_survey.responses.bulk import service
from heed_survey.responses.bulk.service import Result
from heed_survey.responses.rules import NewResponse
from heed_survey.responses.schemas import ResponseIn, ResponseOut
from heed_survey.surveys import service as surveys
from heed_survey.surveys.errors import SurveyNotFound

PATH = "/v1/surveys/{survey_id}/responses"


@dataclass(frozen=True, slots=True)
class Content:
    survey_id: UUID
    response: NewResponse


def install(app: FastAPI, settings: ServiceSettings, resources: Resources) -> None:
    """Commit the single POSTs of responses in groups."""

    async def record(
        session: AsyncSession, writes: Sequence[GroupedWrite[Content]], now: datetime
    ) -> Sequence[Outcome]:
        outcomes: dict[int, Outcome] = {}
        # In the order of the surveys, whose quotas are locked until the transaction ends.
        for survey_id in sorted({write.content.survey_id for write in writes}):
            own = {index: write for index, write in enumerate(writes) if write.content.survey_id == survey_id}
            new = [replace(write.content.response, origin=write.origin) for write in own.values()]
            recorded = await _record(session, survey_id, new, earliest=settings.earliest, now=now)
            outcomes |= zip(own, recorded, strict=True)
        return [outcomes[index] for index in range(len(writes))]

    post = GroupedPost(app, PATH, scope="responses:write", resources=resources, parse=_parse, record=record)
    group_posts(app, post)


def _parse(document: object, survey_id: UUID) -> Content | None:
    body = ResponseIn.model_validate(document)
    return None if body.complaint_id is not None else Content(survey_id, body.to_domain())


async def _record(
    session: AsyncSession, survey_id: UUID, new: Sequence[NewResponse], *, earliest: date, now: datetime
) -> Sequence[Outcome]:
    """Record the responses to one survey."""
    try:
        survey = await surveys.get_survey(session, survey_id=survey_id)
    except SurveyNotFound as error:
        return [error for _ in new]
    if survey.anonymous:
        return [None for _ in new]
    results = await service.record_responses(session, survey_id=survey_id, new=new, earliest=earliest, now=now)
    return [_to_outcome(result) for result in results]


def _to_outcome(result: Result) -> Outcome:
    if isinstance(result, HeedError):
        return result
    response, created = result
    if response is None:
        return None
    return to_response(ResponseOut.from_row(response), created=created, event_id=response.event_id)
