"""Use cases of facts: store them, and read what a respondent had experienced."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.contracts.complaint import ComplaintEvent
from heed_common.contracts.customer import PromiseSettled
from heed_common.decoding import ReceivedEvent
from heed_survey.call_backs.facts import repository, rules
from heed_survey.call_backs.facts.rules import Experience, Respondent
from heed_survey.customers import service as customers


async def apply_complaint_events(session: AsyncSession, events: Sequence[ReceivedEvent[ComplaintEvent]]) -> None:
    """Store the moments that the events show; they may arrive in any order."""
    rows = [row for item in events for row in rules.rows_of(item.event, version=item.aggversion)]
    await repository.upsert_facts(session, rows)


async def apply_promises(session: AsyncSession, events: Sequence[ReceivedEvent[PromiseSettled]]) -> None:
    """Store promises outside of complaints that were kept or broken."""
    rows = [
        {
            "promise_id": item.event.promise_id,
            "customer_id": item.event.customer_id,
            "settled_at": item.event.occurred_at,
            "kept": item.event.kept,
            "version": item.aggversion,
        }
        for item in events
    ]
    await repository.upsert_promises(session, rows)


async def experiences(
    session: AsyncSession, respondents: Sequence[Respondent], *, confidential: bool
) -> dict[UUID, Experience]:
    """Return what each respondent had experienced when answering, for those of whom something is known.

    An answer to a call-back belongs to its complaint, another one to the complaint of its customer, or of a customer
    merged with it, that was completed last before it within `rules.WINDOW`. Confidential ones are read on request.
    """
    if not respondents:
        return {}
    known = {respondent.customer_id for respondent in respondents if respondent.customer_id is not None}
    families = await customers.families_of(session, known)
    members = [
        (respondent.response_id, member)
        for respondent in respondents
        if respondent.customer_id is not None
        for member in families[respondent.customer_id]
    ]
    return await repository.experiences(session, respondents, members, confidential=confidential, window=rules.WINDOW)
