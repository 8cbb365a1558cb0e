"""Use cases of follow-up policies: write them, and apply them to new responses."""

from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import outbox
from heed_common.contracts.survey import DissatisfactionFound, ResponseReceived
from heed_common.outbox import StagedEvent
from heed_common.revisions import check_if_match, require_if_match
from heed_common.trace import Origin
from heed_common.upserts import Upserted
from heed_survey.actions.care_tasks import service as care_tasks
from heed_survey.actions.care_tasks.rules import DEFAULT_DUE_IN_DAYS
from heed_survey.actions.policies import repository, rules
from heed_survey.actions.policies.errors import PolicyNotFound
from heed_survey.actions.policies.rules import FollowUpAction, Matter, Policy, PolicyTerms
from heed_survey.actions.policies.tables import FollowUp, FollowUpPolicy
from heed_survey.customers import service as customers
from heed_survey.responses import service as responses
from heed_survey.responses.rules import StoredResponse
from heed_survey.surveys import service as surveys
from heed_survey.surveys.questionnaire.questionnaire import Questionnaire
from heed_survey.surveys.quotas import quota_facts, response_fields

FIRST_FREE_VERSION = 3
"""Of the events about a response: the response itself is the first, its detractor the second."""


async def put_policy(
    session: AsyncSession, *, survey_id: UUID, name: str, terms: PolicyTerms, if_match: int | None
) -> Upserted[FollowUpPolicy]:
    """Create or replace the policy for responses from now on. Raises `SurveyNotFound`, `ConditionError`."""
    survey = await surveys.get_survey(session, survey_id=survey_id)
    questionnaire = await surveys.current_questionnaire(session, survey=survey)
    rules.parse_when(terms.when, response_fields(questionnaire))
    columns = asdict(terms)
    policy = await repository.lock_policy(session, survey_id, name)
    if policy is None:
        check_if_match(if_match, 0)
        created = await repository.insert_policy(session, columns | {"survey_id": survey_id, "name": name})
        if created is not None:
            return Upserted(created, created=True)
        policy = await _lock_policy(session, survey_id=survey_id, name=name)
    require_if_match(if_match, policy.revision)
    for column, value in columns.items():
        setattr(policy, column, value)
    policy.revision += 1
    await session.flush()
    return Upserted(policy, created=False)


async def get_policy(session: AsyncSession, *, survey_id: UUID, name: str) -> FollowUpPolicy:
    """Return the policy. Raises `PolicyNotFound`."""
    policy = await repository.find_policy(session, survey_id, name)
    if policy is None:
        raise PolicyNotFound
    return policy


async def list_policies(
    session: AsyncSession, *, survey_id: UUID, after: str | None, limit: int
) -> Sequence[FollowUpPolicy]:
    """Return a page of the survey's policies, in the order of their names. Raises `SurveyNotFound`."""
    survey = await surveys.get_survey(session, survey_id=survey_id)
    return await repository.list_policies(session, survey.id, after=after, limit=limit)


async def delete_policy(session: AsyncSession, *, survey_id: UUID, name: str, if_match: int | None) -> None:
    """Delete the policy. Raises `PolicyNotFound`."""
    policy = await _lock_policy(session, survey_id=survey_id, name=name)
    check_if_match(if_match, policy.revision)
    await repository.delete_policy(session, policy)


async def apply_policies(session: AsyncSession, events: Sequence[ResponseReceived], now: datetime) -> None:
    """Open care tasks, and publish what opens complaints, for the responses that fulfil a policy.

    A call-back never does: its answer reopens its own complaint. Nor do responses without a customer.
    """
    found = [event for event in events if event.customer_id is not None and event.complaint_id is None]
    policies = await repository.enabled_policies(session, {event.survey_id for event in found})
    if not policies:
        return
    rows = await responses.load_responses(session, [event.response_id for event in found])
    customer_ids = {row.id: row.customer_id for row in rows if row.customer_id is not None}
    families = await customers.families_of(session, set(customer_ids.values()))
    family_of = {row.id: families[customer_ids[row.id]] for row in rows}
    origins = {event.response_id: outbox.origin_of(session, event) for event in found}
    # Sorted by family, because the locks of families are held until the transaction ends.
    for row in sorted(rows, key=lambda row: (min(family_of[row.id]), row.id)):
        await _apply_to(session, row, policies, family=family_of[row.id], origin=origins[row.id], now=now)


async def _apply_to(
    session: AsyncSession,
    response: StoredResponse,
    policies: Sequence[FollowUpPolicy],
    *,
    family: Collection[UUID],
    origin: Origin | None,
    now: datetime,
) -> None:
    questionnaire = await surveys.get_questionnaire(
        session, survey_id=response.survey_id, survey_version=response.survey_version
    )
    facts = quota_facts(questionnaire, response.answers, response.context or {})
    own = [row for row in policies if row.survey_id == response.survey_id]
    applied = rules.matching(_parse(own, questionnaire), facts)
    if not applied:
        return
    await repository.lock_customer(session, min(family))
    events: list[StagedEvent] = []
    for policy in applied:
        if await repository.has_recent(
            session, family, action=policy.action, matter=policy.matter, since=now - policy.within
        ):
            continue
        await _add_follow_up(session, response, policy, now=now)
        if policy.action is FollowUpAction.COMPLAINT:
            events.append(StagedEvent(_event(response, policy), FIRST_FREE_VERSION + len(events), origin=origin))
    await outbox.stage_all(session, events, now=now)


async def _add_follow_up(session: AsyncSession, response: StoredResponse, policy: Policy, *, now: datetime) -> None:
    assert response.customer_id is not None  # noqa: S101 - the caller has left out the others
    await repository.add_follow_up(
        session,
        FollowUp(
            response_id=response.id,
            matter=policy.matter,
            action=policy.action,
            customer_id=response.customer_id,
            survey_id=response.survey_id,
            policy=policy.name,
            created_at=now,
        ),
    )
    if policy.action is FollowUpAction.CARE_TASK:
        await care_tasks.create_task(
            session,
            survey_id=response.survey_id,
            response_id=response.id,
            customer_id=response.customer_id,
            matter=policy.matter,
            owner=policy.owner,
            due_on=(now + timedelta(days=policy.due_in_days)).date(),
            now=now,
        )


def _event(response: StoredResponse, policy: Policy) -> DissatisfactionFound:
    assert response.customer_id is not None  # noqa: S101 - as above
    return DissatisfactionFound(
        occurred_at=response.answered_at,
        survey_id=response.survey_id,
        survey_version=response.survey_version,
        response_id=response.id,
        customer_id=response.customer_id,
        matter=policy.matter,
        policy=policy.name,
    )


def _parse(rows: Sequence[FollowUpPolicy], questionnaire: Questionnaire) -> list[Policy]:
    """Return the policies that this version of the questionnaire has the items for."""
    fields = response_fields(questionnaire)
    parsed = [(row, rules.parse_when_possible(row.when, fields)) for row in rows]
    return [
        Policy(
            row.name,
            when,
            FollowUpAction(row.action),
            Matter(row.matter),
            timedelta(days=row.within_days),
            row.owner,
            DEFAULT_DUE_IN_DAYS if row.due_in_days is None else row.due_in_days,
        )
        for row, when in parsed
        if when is not None
    ]


async def _lock_policy(session: AsyncSession, *, survey_id: UUID, name: str) -> FollowUpPolicy:
    policy = await repository.lock_policy(session, survey_id, name)
    if policy is None:
        raise PolicyNotFound
    return policy
