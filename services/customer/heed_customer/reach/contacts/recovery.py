"""Recovery of contacts after a restore: their events carry states, and never a value."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.contracts.customer import ContactChange, ContactChanged, ContactState
from heed_common.contracts.event import Event
from heed_common.decoding import ReceivedEvent
from heed_common.recovery import Finding, Published, RecoveryOutcome, row_version
from heed_customer.reach.contacts import repository
from heed_customer.reach.contacts.tables import Contact

KIND = "contact"
LOST_VALUE = "its value: ask the customer for it"
LOST_CHANGE = "a change of its value or details"


async def recover(session: AsyncSession, published: Published, now: datetime) -> list[Finding]:
    """Recover states and deletions of contacts, and report what only the lost rows had."""
    by_contact: dict[UUID, list[ReceivedEvent[Event]]] = {}
    for received in published.events:
        if isinstance(received.event, ContactChanged):
            by_contact.setdefault(received.event.contact_id, []).append(received)
    findings: list[Finding] = []
    for contact_id, events in sorted(by_contact.items()):
        row = await repository.lock_contact(session, contact_id)
        missing = [event for event in events if row is None or published.is_missing(event, version=row.version)]
        if missing:
            findings += await _recover_contact(session, row, missing, now)
    return findings


async def _recover_contact(
    session: AsyncSession, row: Contact | None, missing: list[ReceivedEvent[Event]], now: datetime
) -> list[Finding]:
    newest = max(missing, key=lambda received: received.aggversion)
    event = newest.event
    if not isinstance(event, ContactChanged):
        return []
    if event.change is ContactChange.DELETED:
        if row is None:
            return []
        await repository.delete_contact(session, row)
        return [Finding(KIND, event.contact_id, RecoveryOutcome.RECOVERED, "deleted again")]
    if row is None:
        return [Finding(KIND, event.contact_id, RecoveryOutcome.LOST, LOST_VALUE)]
    row.state, row.version, row.changed_at = event.state, row_version(newest), now
    row.revision += 1
    row.verified_at = event.occurred_at if event.state is ContactState.VERIFIED else None
    row.bounced_at = event.occurred_at if event.state is ContactState.BOUNCED else None
    if any(getattr(received.event, "change", None) is ContactChange.UPDATED for received in missing):
        return [Finding(KIND, row.id, RecoveryOutcome.LOST, LOST_CHANGE)]
    return [Finding(KIND, row.id, RecoveryOutcome.RECOVERED)]
