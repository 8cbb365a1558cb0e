"""Recovery of follow-ups after a restore: no customer gets a second complaint about a matter within the period."""

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.contracts.survey import DissatisfactionFound
from heed_common.recovery import Finding, Published, RecoveryOutcome
from heed_survey.actions.policies import repository
from heed_survey.actions.policies.rules import FollowUpAction


async def recover(session: AsyncSession, published: Published) -> list[Finding]:
    """Recover the complaints that responses have led to since the backup. Care tasks are in no event."""
    findings = []
    for event in (received.event for received in published.events):
        if isinstance(event, DissatisfactionFound):
            values = {
                "response_id": event.response_id,
                "matter": event.matter,
                "action": FollowUpAction.COMPLAINT,
                "customer_id": event.customer_id,
                "survey_id": event.survey_id,
                "policy": event.policy,
                "created_at": event.occurred_at,
            }
            if await repository.insert_follow_up(session, values):
                findings.append(Finding("follow_up", event.response_id, RecoveryOutcome.RECOVERED, event.matter))
    return findings
