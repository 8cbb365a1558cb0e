"""Use case of many responses: they are checked one by one and stored together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import outbox
from heed_common.cooperation import in_slices
from heed_common.errors import ExternalIdConflict, HeedError
from heed_common.upserts import Upserted
from heed_survey.customers.frame import service as customer_frame
from heed_survey.responses import repository, rules
from heed_survey.responses import service as responses
from heed_survey.responses.anonymous import service as anonymous
from heed_survey.responses.events import Collected, response_events
from heed_survey.responses.quality import service as quality
from heed_survey.responses.rules import CheckedResponse, NewResponse, State
from heed_survey.responses.tables import Response
from heed_survey.sampling.quotas import service as quotas
from heed_survey.sampling.quotas.errors import QuotaFull
from heed_survey.surveys import service as surveys
from heed_survey.surveys.questionnaire.questionnaire import Questionnaire
from heed_survey.surveys.quotas import quota_facts
from heed_survey.surveys.rules import collecting_version
from heed_survey.surveys.tables import Survey

Result = Upserted[Response | None] | HeedError
"""The stored response, of an anonymous survey none, and whether it is new; or why it was refused."""


@dataclass(frozen=True, slots=True)
class Row:
    """A valid response with the fields of its customer."""

    response: CheckedResponse
    context: Mapping[str, Any]
    quotas: tuple[str, ...] = ()
    """Names of the quotas in which it was counted."""


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
    checked, results = await _check(session, survey, new, earliest=earliest, now=now)
    contexts = await customer_frame.contexts_of(
        session, customer_ids={response.new.customer_id for response in checked.values() if response.new.customer_id}
    )
    rows = {index: Row(response, _context(response, contexts)) for index, response in checked.items()}
    for index, names in (await _count_in_quotas(session, survey, rows)).items():
        if names is None:
            del rows[index]
            results[index] = QuotaFull()
        else:
            rows[index] = replace(rows[index], quotas=names)
    if rows:
        store = _pool if survey.anonymous else _insert
        stored = await store(session, survey_id, list(rows.values()), now)
        results |= zip(rows, stored, strict=True)
    return [results[index] for index in range(len(new))]


async def _check(
    session: AsyncSession, survey: Survey, new: Sequence[NewResponse | HeedError], *, earliest: date, now: datetime
) -> tuple[dict[int, CheckedResponse], dict[int, Result]]:
    """Return the valid responses and the errors of the others, by position. Each version is loaded once."""
    versions: dict[int, Questionnaire] = {}
    checked: dict[int, CheckedResponse] = {}
    errors: dict[int, Result] = {}
    async for index, response in in_slices(enumerate(new)):
        try:
            if isinstance(response, HeedError):
                raise response
            version, _ = collecting_version(survey, response.survey_version)
            if version not in versions:
                versions[version] = await surveys.get_questionnaire(
                    session, survey_id=survey.id, survey_version=version
                )
            checked[index] = responses.check_against(versions[version], survey, response, earliest=earliest, now=now)
        except HeedError as error:
            errors[index] = error
    return checked, errors


def _context(response: CheckedResponse, contexts: Mapping[UUID, Mapping[str, Any]]) -> Mapping[str, Any]:
    customer_id = response.new.customer_id
    return {} if customer_id is None else contexts.get(customer_id, {})


async def _count_in_quotas(
    session: AsyncSession, survey: Survey, rows: Mapping[int, Row]
) -> dict[int, tuple[str, ...] | None]:
    """Count the new responses in the quotas. Return the names by position; None where there is no room.

    Repetitions of one external_id are counted once, and all refused if the first is.
    """
    if not survey.quotas:
        return {}
    external_ids = {index: row.response.new.external_id for index, row in rows.items()}
    await quotas.lock(session, survey=survey)  # First: no response that is being recorded now is overlooked then.
    known = await repository.find_external_ids(session, list(external_ids.values()))
    first: dict[int | str, int] = {}
    for index, row in rows.items():
        external_id = external_ids[index]
        if row.response.state is State.PUBLISHED and external_id not in known:
            first.setdefault(index if external_id is None else external_id, index)
    names = await _take_quotas(session, survey, [rows[index] for index in first.values()])
    taken = dict(zip(first, names, strict=True))
    return {
        index: taken.get(index if external_id is None else external_id, ())
        for index, external_id in external_ids.items()
    }


async def _take_quotas(session: AsyncSession, survey: Survey, rows: Sequence[Row]) -> list[tuple[str, ...] | None]:
    """Return the quotas of each of the rows, which are of the published version; None where one had no room."""
    if not rows:
        return []
    questionnaire = rows[0].response.questionnaire
    facts = [quota_facts(questionnaire, row.response.new.answers, row.context) for row in rows]
    return await quotas.take_each(session, survey=survey, questionnaire=questionnaire, facts=facts)


async def _pool(session: AsyncSession, survey_id: UUID, rows: Sequence[Row], now: datetime) -> list[Result]:
    await anonymous.add_to_pool(session, survey_id=survey_id, responses=[row.response for row in rows])
    return [Upserted(None, created=True) for _ in rows]


async def _insert(session: AsyncSession, survey_id: UUID, rows: Sequence[Row], now: datetime) -> list[Result]:
    """Insert the responses; of several with one external_id the first."""
    flags = await quality.flag_responses(session, survey_id=survey_id, responses=[row.response for row in rows])
    new = [
        responses.new_row(survey_id, row.response, flags=own, now=now) | {"context": dict(row.context)}
        for row, own in zip(rows, flags, strict=True)
    ]
    inserted = await repository.insert_responses(session, sorted(new, key=_insertion_key))
    events = [
        event
        for values, row in zip(new, rows, strict=True)
        if values["id"] in inserted
        for event in response_events(
            inserted[values["id"]],
            row.response.questionnaire,
            Collected(quotas=row.quotas, flags=tuple(values["flags"])),
            origin=row.response.new.origin,
        )
    ]
    await outbox.stage_all(session, events, now=now)
    left = [row.response for values, row in zip(new, rows, strict=True) if values["id"] not in inserted]
    compared = iter(await _compare(session, survey_id, left) if left else [])
    return [
        Upserted(inserted[values["id"]], created=True) if values["id"] in inserted else next(compared) for values in new
    ]


def _insertion_key(values: Mapping[str, Any]) -> str:
    """Return the key that is unique: two files with the same responses wait for each other and do not deadlock."""
    return values["external_id"] or ""


async def _compare(session: AsyncSession, survey_id: UUID, left: Sequence[CheckedResponse]) -> list[Result]:
    """Return the stored responses with these external_ids, or errors where they are not the same ones."""
    stored = await repository.find_by_external_ids(session, [response.new.external_id for response in left])
    results: list[Result] = []
    for response in left:
        row, customer_id = stored[response.new.external_id], response.new.customer_id
        if rules.is_repetition(row, survey_id=survey_id, new=response, customer_id=customer_id):
            responses.complete(row, response)
            results.append(Upserted(row, created=False))
        else:
            results.append(ExternalIdConflict(pointer="/external_id"))
    return results
