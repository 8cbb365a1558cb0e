"""Use cases of triggers: put, list, delete; schedule occasions from events; invite when they are due."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import conditions
from heed_common.contracts.message import ContactChannel
from heed_common.decoding import ReceivedEvent
from heed_common.failed_work.isolation import Isolation, all_at_once
from heed_common.identifiers import new_id
from heed_common.revisions import require_if_match
from heed_survey.customers import service as customers
from heed_survey.customers.frame import service as frame
from heed_survey.customers.frame.rules import context_facts
from heed_survey.invitations.records import repository as invitations
from heed_survey.invitations.records import service as records
from heed_survey.invitations.records.rules import Candidate, Reminders, Terms
from heed_survey.invitations.triggers import repository, rules
from heed_survey.invitations.triggers.errors import TriggerNotFound, TriggerOfAnonymousSurvey
from heed_survey.invitations.triggers.rules import Occurrence, Outcome, Trigger, TriggerEvent
from heed_survey.invitations.triggers.tables import SurveyTrigger, TriggerOccasion
from heed_survey.surveys import service as surveys
from heed_survey.surveys.rules import SurveyState

BATCH_SIZE = 100


async def put_trigger(
    session: AsyncSession,
    *,
    survey_id: UUID,
    name: str,
    columns: Mapping[str, Any],
    if_match: int | None,
    by: str,
    now: datetime,
) -> tuple[SurveyTrigger, bool]:
    """Create or replace the trigger. Return it and whether it is new.

    Raises `SurveyNotFound`, `TriggerOfAnonymousSurvey`, `ConditionError`, and 412 and 428 for If-Match.
    """
    survey = await surveys.get_survey(session, survey_id=survey_id)
    if survey.anonymous:
        raise TriggerOfAnonymousSurvey
    _parse(columns["condition"], TriggerEvent(columns["event"]))
    changed = dict(columns) | {"changed_at": now, "changed_by": by}
    new = changed | {"id": new_id(), "survey_id": survey_id, "name": name, "revision": 1}
    if if_match is None and await repository.insert_trigger(session, new):
        return await get_trigger(session, survey_id=survey_id, name=name), True
    trigger = await repository.lock_trigger(session, survey_id=survey_id, name=name)
    if trigger is None:
        raise TriggerNotFound
    require_if_match(if_match, trigger.revision)
    for column, value in changed.items():
        setattr(trigger, column, value)
    trigger.revision += 1
    return trigger, False


async def get_trigger(session: AsyncSession, *, survey_id: UUID, name: str) -> SurveyTrigger:
    """Return the trigger. Raises `TriggerNotFound`."""
    trigger = await repository.find_trigger(session, survey_id=survey_id, name=name)
    if trigger is None:
        raise TriggerNotFound
    return trigger


async def list_triggers(session: AsyncSession, *, survey_id: UUID, after: str, limit: int) -> Sequence[SurveyTrigger]:
    """Return a page of the survey's triggers, by name."""
    return await repository.list_triggers(session, survey_id=survey_id, after=after, limit=limit)


async def count_outcomes(session: AsyncSession, triggers: Sequence[SurveyTrigger]) -> Mapping[UUID, Mapping[str, int]]:
    """Return by id of the trigger what came of its occasions: of those that wait, and of the last 90 days."""
    return await repository.count_outcomes(session, {trigger.id for trigger in triggers})


async def delete_trigger(session: AsyncSession, *, survey_id: UUID, name: str) -> None:
    """Delete the trigger with the occasions that wait. Raises `TriggerNotFound`."""
    await session.delete(await get_trigger(session, survey_id=survey_id, name=name))
    await session.flush()


async def schedule(session: AsyncSession, events: Sequence[ReceivedEvent[Any]], *, now: datetime) -> None:
    """Store an occasion for each step of each trigger that the events match; in the transaction of their inbox."""
    kinds = {rules.EVENTS[type(item.event)][0] for item in events}
    rows = []
    for row in await repository.active_triggers(session, kinds):
        trigger = Trigger(row.id, _parse(row.condition, TriggerEvent(row.event)), tuple(row.delays))
        for item in events:
            if rules.EVENTS[type(item.event)][0] == row.event and rules.is_occasion(item.event):
                rows += await _occasions(session, trigger, _occurrence(item), now=now)
    await repository.insert_occasions(session, rows)


async def invite_due(session: AsyncSession, *, now: datetime, isolate: Isolation = all_at_once) -> int:
    """Invite the customers of the occasions that are due. Return how many occasions there were."""

    async def process(due: Sequence[TriggerOccasion]) -> None:
        triggers = await repository.triggers_by_id(session, {occasion.trigger_id for occasion in due})
        for occasion in due:
            await _invite(session, occasion, triggers[occasion.trigger_id], now=now)

    due = await repository.lock_due(session, limit=BATCH_SIZE, now=now)
    await isolate(session, repository.JOB_NAME, due, process, key=attrgetter("id"), now=now)
    return len(due)


def _parse(condition: Mapping[str, Any] | None, event: TriggerEvent) -> conditions.Condition | None:
    if condition is None:
        return None
    return conditions.parse(dict(condition), rules.condition_fields(event), pointer="/when")


def _occurrence(item: ReceivedEvent[Any]) -> Occurrence:
    return Occurrence(item.id, item.event.customer_id, item.event.occurred_at, rules.facts_of(item.event))


async def _occasions(
    session: AsyncSession, trigger: Trigger, occurrence: Occurrence, *, now: datetime
) -> list[dict[str, Any]]:
    facts = occurrence.facts
    if trigger.needs_customer:
        context = await frame.context_of(session, customer_id=occurrence.customer_id)
        facts = {**context_facts(context), **facts}
    return [
        {
            "id": new_id(),
            "trigger_id": trigger.id,
            "event_id": occurrence.event_id,
            "step": step,
            "customer_id": occurrence.customer_id,
            "due_at": due_at,
        }
        for step, due_at in trigger.due_times(occurrence, facts, now=now)
    ]


async def _invite(session: AsyncSession, occasion: TriggerOccasion, trigger: SurveyTrigger, *, now: datetime) -> None:
    occasion.ended_at, occasion.outcome = now, await _obstacle(session, occasion, trigger, now=now)
    if occasion.outcome is not None:
        return
    terms = await _terms(session, trigger)
    candidate = Candidate(customer_id=occasion.customer_id, occasion=f"{occasion.event_id} {occasion.step}")
    [(decision, occasion.invitation_id)] = await records.invite(session, terms=terms, candidates=[candidate], now=now)
    outcome = Outcome.INVITED if occasion.invitation_id else Outcome(decision.outcome)
    if outcome is Outcome.COMPLAINT_OPEN and now + rules.POSTPONEMENT <= occasion.due_at + rules.MAX_LATENESS:
        occasion.ended_at, occasion.postponed_until = None, now + rules.POSTPONEMENT
    else:
        occasion.outcome = outcome


async def _obstacle(
    session: AsyncSession, occasion: TriggerOccasion, trigger: SurveyTrigger, *, now: datetime
) -> Outcome | None:
    survey = await surveys.get_survey(session, survey_id=trigger.survey_id)
    if not trigger.active or survey.state != SurveyState.PUBLISHED or survey.anonymous:
        return Outcome.INACTIVE
    if occasion.due_at + rules.MAX_LATENESS < now:
        return Outcome.TOO_LATE
    family = (await customers.families_of(session, [occasion.customer_id]))[occasion.customer_id]
    recent = await invitations.list_recent_of_trigger(
        session, trigger_id=trigger.id, customer_ids=family, since=now - trigger.period
    )
    return Outcome.BUDGET if len(recent) >= trigger.max_invitations else None


async def _terms(session: AsyncSession, trigger: SurveyTrigger) -> Terms:
    return await records.terms_of(
        session,
        survey_id=trigger.survey_id,
        channels=tuple(ContactChannel(channel) for channel in trigger.channels),
        reminders=Reminders(count=trigger.reminders, every=trigger.remind_every),
        lifetime=trigger.lifetime,
        thanks=trigger.thanks,
        trigger_id=trigger.id,
    )
