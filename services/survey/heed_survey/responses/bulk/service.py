"""Use case of many responses: they are checked one by one and stored together."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import outbox
from heed_common.cooperation import in_slices
from heed_common.database import savepoint
from heed_common.errors import ExternalIdConflict, HeedError
from heed_survey.customers.frame import service as customer_frame
from heed_survey.responses import repository, rules
from heed_survey.responses import service as responses
from heed_survey.responses.anonymous import service as anonymous
from heed_survey.responses.events import Collected, response_events
from heed_survey.responses.quality import service as quality
from heed_survey.responses.rules import CheckedResponse, NewResponse
from heed_survey.surveys import service as surveys
from heed_survey.surveys.tables import Survey


class BulkResult(StrEnum):
    CREATED = "created"
    UNCHANGED = "unchanged"
    """The same response was stored already."""


Result = BulkResult | HeedError


async def record_responses(
    session: AsyncSession,
    *,
    survey_id: UUID,
    new: Sequence[NewResponse | HeedError],
    earliest: date,
    now: datetime,
) -> list[Result]:
    """Record responses that belong to no link or call-back. Return the result of each; an error passes unchanged."""
    survey = await surveys.get_survey(session, survey_id=survey_id)
    external_ids = [response.external_id for response in new if isinstance(response, NewResponse)]
    known = await repository.find_external_ids(session, external_ids) if survey.quotas else set()
    checked: dict[int, CheckedResponse] = {}
    results: dict[int, Result] = {}
    async for index, response in in_slices(enumerate(new)):
        try:
            if isinstance(response, HeedError):
                raise response
            checked[index] = await responses.check_response(session, survey, response, earliest=earliest, now=now)
            if survey.quotas and checked[index].new.external_id not in known:
                checked[index] = await _with_quotas(session, survey, checked[index])
        except HeedError as error:
            checked.pop(index, None)
            results[index] = error
    if checked:
        store = _pool if survey.anonymous else _insert
        stored = await store(session, survey_id, list(checked.values()), now)
        results |= zip(checked, stored, strict=True)
    return [results[index] for index in range(len(new))]


async def _with_quotas(session: AsyncSession, survey: Survey, checked: CheckedResponse) -> CheckedResponse:
    """Return the response after it was counted in its quotas, or in none of them. Raises `QuotaFull`."""
    async with savepoint(session):
        context = await customer_frame.context_of(session, customer_id=checked.new.customer_id)
        return replace(checked, quotas=await responses.take_quotas(session, survey, checked, context=context))


async def _pool(
    session: AsyncSession, survey_id: UUID, checked: Sequence[CheckedResponse], now: datetime
) -> list[Result]:
    await anonymous.add_to_pool(session, survey_id=survey_id, responses=checked)
    return [BulkResult.CREATED] * len(checked)


async def _insert(
    session: AsyncSession, survey_id: UUID, checked: Sequence[CheckedResponse], now: datetime
) -> list[Result]:
    """Insert the responses; of several with one external_id the first."""
    flags = await quality.flag_responses(session, survey_id=survey_id, responses=checked)
    contexts = await customer_frame.contexts_of(
        session, customer_ids={response.new.customer_id for response in checked if response.new.customer_id}
    )
    rows = []
    for response, own in zip(checked, flags, strict=True):
        customer_id = response.new.customer_id
        context = contexts.get(customer_id, {}) if customer_id else {}
        rows.append(responses.new_row(survey_id, response, flags=own, now=now) | {"context": context})
    inserted = await repository.insert_responses(session, rows)
    events = [
        event
        for row, response in zip(rows, checked, strict=True)
        if row["id"] in inserted
        for event in response_events(
            inserted[row["id"]],
            response.questionnaire,
            Collected(quotas=response.quotas, flags=tuple(row["flags"])),
        )
    ]
    await outbox.stage_all(session, events, now=now)
    return [
        BulkResult.CREATED if row["id"] in inserted else await _compare(session, survey_id, response)
        for row, response in zip(rows, checked, strict=True)
    ]


async def _compare(session: AsyncSession, survey_id: UUID, response: CheckedResponse) -> Result:
    """Return whether the response with this external_id is the same one."""
    stored = await repository.get_by_external_id(session, response.new.external_id)
    customer_id = response.new.customer_id
    is_same = rules.is_repetition(stored, survey_id=survey_id, new=response, customer_id=customer_id)
    if not is_same:
        return ExternalIdConflict(pointer="/external_id")
    responses.complete(stored, response)
    return BulkResult.UNCHANGED
