"""Use cases of permits: decide whether a customer may be contacted, record the decision, list the log."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.decoding import ReceivedEvent
from heed_common.encryption import FieldCipher
from heed_common.identifiers import new_id
from heed_customer.reach.permits import repository, rules
from heed_customer.reach.permits.errors import MessageOfAnother
from heed_customer.reach.permits.facts import ContactPolicy, load_facts
from heed_customer.reach.permits.rules import (
    ContactLogState,
    PermitRequest,
    ReachableAddress,
    Refusal,
)
from heed_customer.reach.permits.tables import LoggedContact
from heed_customer.reach.preferences import service as preferences
from heed_customer.records.customers import identity
from heed_customer.records.customers import service as customers
from heed_customer.records.customers.errors import CustomerUnknown

NO_FILTERS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Permit:
    """The decision about a contact."""

    id: UUID
    decision: ReachableAddress | Refusal
    language: str | None
    time_zone: str
    send_after: datetime
    preferences_url: str | None = None
    unsubscribe_url: str | None = None


async def request_permit(
    session: AsyncSession, *, request: PermitRequest, policy: ContactPolicy, cipher: FieldCipher, now: datetime
) -> Permit:
    """Decide about the contact and record the decision in the contact log.

    All members of the customer's family are locked: so concurrent requests cannot overshoot a budget, nor pass a
    withdrawal of consent. A repeated message_id is decided again and counted once.
    Raises `CustomerUnknown`, `MessageOfAnother`.
    """
    family = await identity.lock_family(session, request.customer_id)
    ids = [member.id for member in family]
    facts = await load_facts(session, request, ids, policy=policy, cipher=cipher, now=now)
    if not family and not facts.erased:
        raise CustomerUnknown(pointer="/customer_id")
    decision = rules.decide(request, facts, budget=policy.budgets.get(request.budget_purpose), now=now)
    zone = next((member.time_zone for member in family if member.time_zone), policy.default_zone.key)
    language = next((member.language for member in family if member.language), None)
    after = now
    if isinstance(decision, ReachableAddress):
        after = rules.send_after(request, decision, quiet=policy.quiet_hours, zone=ZoneInfo(zone), now=now)
    permit = Permit(new_id(), decision, language, zone, after)
    permit_id, customer_id = await repository.upsert_decision(
        session, _columns(request, permit, policy=policy, now=now)
    )
    if customer_id not in (ids or [request.customer_id]):
        raise MessageOfAnother(pointer="/message_id")
    return await _with_links(session, request, replace(permit, id=permit_id), policy=policy, now=now)


async def record_messages(session: AsyncSession, events: Sequence[ReceivedEvent[Any]], *, now: datetime) -> None:
    """Record what became of messages; those that were sent without a permit get an entry, too."""
    newest = {item.event.message_id: item for item in sorted(events, key=lambda item: item.aggversion)}
    permits = {
        item.event.permit_id: message_id for message_id, item in newest.items() if item.event.permit_id is not None
    }
    await repository.link_to_messages(session, permits)
    rows = [rules.log_columns(newest[message_id], now=now) | {"id": new_id()} for message_id in sorted(newest)]
    await repository.upsert_messages(session, rows)


async def list_messages_of_customer(
    session: AsyncSession, *, customer_id: UUID, filters: Mapping[str, str], before: UUID | None, limit: int
) -> tuple[UUID, Sequence[LoggedContact]]:
    """Return the survivor of the customer and a page of the contacts of all merged with it.

    Raises `CustomerNotFound`.
    """
    survivor = await customers.get_customer(session, customer_id=customer_id)
    family = await identity.family_of(session, customer_id)
    rows = await repository.list_log(session, customer_ids=family, filters=filters, before=before, limit=limit)
    return survivor.id, rows


async def list_messages(
    session: AsyncSession, *, filters: Mapping[str, str] = NO_FILTERS, before: UUID | None, limit: int
) -> Sequence[LoggedContact]:
    """Return a page of the contact log of all customers."""
    return await repository.list_log(session, customer_ids=None, filters=filters, before=before, limit=limit)


def _columns(request: PermitRequest, permit: Permit, *, policy: ContactPolicy, now: datetime) -> dict[str, Any]:
    """Return the entry in the contact log."""
    copied = ("message_id", "customer_id", "purpose", "dedupe_key", "template", "about_type", "about_id", "service")
    own = {
        "id": permit.id,
        "promotional": request.is_promotional,
        "budget": request.budget_purpose if request.budget_purpose in policy.budgets else None,
        "requested_at": now,
        "version": 0,
    }
    return own | {name: getattr(request, name) for name in copied} | _decided_columns(permit, now=now)


def _decided_columns(permit: Permit, *, now: datetime) -> dict[str, Any]:
    """Return the columns that a repeated request may change."""
    decision = permit.decision
    if isinstance(decision, Refusal):
        decided = {"state": ContactLogState.SUPPRESSED, "reason": decision.reason}
        return decided | {"channel": None, "contact_id": None, "send_after": None, "changed_at": now}
    return {
        "state": ContactLogState.QUEUED,
        "reason": None,
        "channel": decision.channel,
        "contact_id": decision.contact_id,
        "send_after": permit.send_after,
        "changed_at": now,
    }


async def _with_links(
    session: AsyncSession, request: PermitRequest, permit: Permit, *, policy: ContactPolicy, now: datetime
) -> Permit:
    """Add the links by which the customer ends such contacts; messages of service carry none."""
    if isinstance(permit.decision, Refusal) or policy.public_url is None or not request.respects_quiet_hours:
        return permit
    link = await preferences.create_link(session, customer_id=request.customer_id, now=now)
    base = policy.public_url.rstrip("/")
    one_click = link.unsubscribe_path(request.budget_purpose, permit.decision.channel)
    return replace(permit, preferences_url=base + link.path, unsubscribe_url=base + one_click)
