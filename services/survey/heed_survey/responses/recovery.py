"""Recovery of responses after a restore: their answers on scales, and the quotas that they count in.

Answers of all other types are in no event, because the log stores events for ever. Such a response is marked until the
request that recorded it is repeated.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.contracts.survey import ResponseReceived
from heed_common.decoding import ReceivedEvent
from heed_common.recovery import Finding, Published, RecoveryOutcome
from heed_survey.customers.frame import service as customer_frame
from heed_survey.invitations import service as invitations
from heed_survey.responses import repository
from heed_survey.responses.anonymous import recovery as anonymous
from heed_survey.responses.events import given_answers
from heed_survey.responses.rules import NO_DESIGN, Design, Mode, to_design
from heed_survey.responses.tables import Response
from heed_survey.sampling.quotas import service as quotas
from heed_survey.sampling.samples import service as samples
from heed_survey.surveys import service as surveys

ON_SCALES = "its answers on scales"


async def recover(session: AsyncSession, published: Published, now: datetime) -> list[Finding]:
    """Recover the responses that are missing, after the surveys and the invitations that they belong to."""
    received = [
        cast("ReceivedEvent[ResponseReceived]", item)
        for item in published.events
        if isinstance(item.event, ResponseReceived)
    ]
    known = await repository.find_ids(session, {item.event.response_id for item in received})
    by_survey = defaultdict[UUID, list[ReceivedEvent[ResponseReceived]]](list)
    for item in received:
        if item.event.response_id not in known:
            by_survey[item.event.survey_id].append(item)
    findings: list[Finding] = []
    for survey_id, missing in sorted(by_survey.items()):
        survey = await surveys.get_survey(session, survey_id=survey_id)
        if survey.anonymous:
            findings += await anonymous.recover(session, survey, missing, token=published.service_token, now=now)
        else:
            findings += await _recover_identified(session, survey_id, missing, now=now)
    return findings


async def _recover_identified(
    session: AsyncSession, survey_id: UUID, missing: Sequence[ReceivedEvent[ResponseReceived]], *, now: datetime
) -> list[Finding]:
    """Insert the responses, and count each in the quotas that it had counted in."""
    findings = []
    counts = Counter[str]()
    for item in missing:
        inserted = insert(Response).values(await _row(session, item, now=now)).on_conflict_do_nothing()
        if await session.scalar(inserted.returning(Response.id)) is not None:
            counts.update(item.event.quotas or ())
            what = ON_SCALES if item.event.customer_id else f"{ON_SCALES}, without an external_id"
            findings.append(Finding("response", item.event.response_id, RecoveryOutcome.RECOVERED, what))
    await quotas.add_recovered(session, survey_id=survey_id, counts=counts)
    return findings


async def _row(session: AsyncSession, item: ReceivedEvent[ResponseReceived], *, now: datetime) -> dict[str, Any]:
    """Return the response as far as its event has it; the fields of its customer are those at the backup."""
    event = item.event
    copied = ("external_id", "survey_id", "survey_version", "customer_id", "complaint_id", "wave")
    return {name: getattr(event, name) for name in copied} | {
        "id": event.response_id,
        "is_recovered": True,
        "event_id": item.id,
        "mode": event.mode or Mode.WEB,
        "flags": list(event.flags),
        "context": await customer_frame.context_of(session, customer_id=event.customer_id),
        "answered_at": event.occurred_at,
        "received_at": now,
        "answers": given_answers(event.answers),
        **asdict(await _design(session, event)),
    }


async def _design(session: AsyncSession, event: ResponseReceived) -> Design:
    """Return the design of the sample in which the customer was drawn and invited."""
    if event.invitation_id is None or event.customer_id is None:
        return NO_DESIGN
    sample_id = await invitations.find_sample(session, invitation_id=event.invitation_id)
    if sample_id is None:
        return NO_DESIGN
    member = await samples.design_of(session, sample_id=sample_id, customer_id=event.customer_id)
    return NO_DESIGN if member is None else to_design(member)
