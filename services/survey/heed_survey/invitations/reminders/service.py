"""Use case of reminders: queue those that are due."""

from collections.abc import Sequence
from datetime import datetime
from operator import attrgetter

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.contracts.message import ContactChannel, ContactPurpose, MessageSubject
from heed_common.contracts.survey import InvitationKind
from heed_common.failed_work.isolation import Isolation, all_at_once
from heed_common.messages import queue
from heed_common.messages.queue import OutgoingMessage
from heed_survey.invitations.records import repository, rules
from heed_survey.invitations.records.tables import Invitation

BATCH_SIZE = 200


async def send_due(session: AsyncSession, *, now: datetime, isolate: Isolation = all_at_once) -> int:
    """Queue the reminders that are due. Return how many there were.

    Whether the customer has answered meanwhile, or the survey was closed, is looked at again when the message is sent.
    """

    async def remind(due: Sequence[Invitation]) -> None:
        await queue.enqueue_all(session, [_next_reminder(invitation, now=now) for invitation in due], now=now)

    due = await repository.lock_due_reminders(session, limit=BATCH_SIZE, now=now)
    await isolate(session, repository.REMINDERS_JOB, due, remind, key=attrgetter("id"), now=now)
    return len(due)


def _next_reminder(invitation: Invitation, *, now: datetime) -> OutgoingMessage:
    """Count the reminder, plan the next one, and return its message, which has the id of its number."""
    invitation.reminders_sent += 1
    invitation.reminders_left -= 1
    invitation.remind_at = rules.next_reminder_at(
        invitation.remind_every, left=invitation.reminders_left, after=now, expires_at=invitation.expires_at
    )
    number, is_call_back = invitation.reminders_sent, invitation.kind == InvitationKind.CALL_BACK
    return OutgoingMessage(
        id=rules.message_id(invitation.id, number),
        template=rules.REMINDER,
        channels=[ContactChannel(channel) for channel in invitation.channels],
        customer_id=invitation.customer_id,
        purpose=ContactPurpose.SERVICE if is_call_back else ContactPurpose.SURVEY,
        secret=True,
        about=MessageSubject(type=rules.ABOUT, id=invitation.id),
        dedupe_key=rules.dedupe_key(
            invitation.survey_id, wave=invitation.wave, occasion=invitation.occasion, number=number
        ),
        expires_at=invitation.expires_at,
    )
