"""Use cases of permits: decide whether a customer may be contacted, record the decision, list the log."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.contracts.customer import ConsentChannel, ConsentPurpose
from heed_common.contracts.message import ContactChannel, ContactPurpose
from heed_common.encryption import FieldCipher
from heed_common.identifiers import new_id
from heed_customer.reach.consents import service as consents
from heed_customer.reach.contacts.addresses import ContactAddress, addresses_of
from heed_customer.reach.permits import repository, rules
from heed_customer.reach.permits.errors import MessageOfAnother
from heed_customer.reach.permits.quiet_hours import QuietHours
from heed_customer.reach.permits.rules import (
    Budget,
    ChannelConsent,
    ContactLogState,
    PermitFacts,
    PermitRequest,
    ReachableAddress,
    Refusal,
    RefusalReason,
)
from heed_customer.reach.permits.tables import LoggedContact
from heed_customer.read_models.complaints import service as complaints
from heed_customer.records.customers import identity
from heed_customer.records.customers import service as customers
from heed_customer.records.customers.errors import CustomerUnknown

NO_FILTERS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class ContactPolicy:
    """The organisation's settings for contacts."""

    budgets: Mapping[ContactPurpose, Budget]
    quiet_hours: QuietHours | None
    default_zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Permit:
    """The decision about a contact; `address` is None if it is refused."""

    id: UUID
    customer_id: UUID
    address: ReachableAddress | None
    refusal: Refusal | None
    language: str | None
    time_zone: str
    send_after: datetime


async def request_permit(
    session: AsyncSession, *, request: PermitRequest, policy: ContactPolicy, cipher: FieldCipher, now: datetime
) -> Permit:
    """Decide about the contact and record the decision in the contact log.

    All members of the customer's family are locked: so concurrent requests cannot overshoot a budget, nor pass a
    withdrawal of consent. A repeated message_id is decided again and counted once.
    Raises `CustomerUnknown`, `MessageOfAnother`.
    """
    if await repository.is_erased(session, [request.customer_id]):
        return await _record_erased(session, request, policy, now=now)
    family = await identity.lock_family(session, request.customer_id)
    if not family:
        raise CustomerUnknown(pointer="/customer_id")
    ids = [member.id for member in family]
    previous = await _previous(session, request, ids)
    facts = await _load_facts(session, request, ids, previous, policy=policy, cipher=cipher, now=now)
    decision = rules.decide(request, facts, budget=policy.budgets.get(request.budget_purpose), now=now)
    zone = next((member.time_zone for member in family if member.time_zone), policy.default_zone.key)
    language = next((member.language for member in family if member.language), None)
    permit = _permit(request, decision, previous, policy=policy, zone=zone, language=language, now=now)
    await _record(session, request, permit, previous, policy=policy, now=now)
    return permit


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


async def _previous(session: AsyncSession, request: PermitRequest, family: Collection[UUID]) -> LoggedContact | None:
    """Return what the log has of this message."""
    if request.message_id is None:
        return None
    found = await repository.find_by_message(session, request.message_id)
    if found is not None and found.customer_id not in family:
        raise MessageOfAnother(pointer="/message_id")
    return found


async def _load_facts(
    session: AsyncSession,
    request: PermitRequest,
    family: Sequence[UUID],
    previous: LoggedContact | None,
    *,
    policy: ContactPolicy,
    cipher: FieldCipher,
    now: datetime,
) -> PermitFacts:
    granted = await consents.load_consents(session, family=family, now=now)
    addresses = await addresses_of(session, customer_ids=family, channels=request.channels, cipher=cipher)
    except_id = None if previous is None else previous.id
    return PermitFacts(
        consents={channel: _channel_consent(request, granted, channel) for channel in request.channels},
        addresses=[_reachable(address) for address in addresses],
        has_open_complaint=request.waits_for_complaints and await _has_open_complaint(session, family),
        has_received_material=request.dedupe_key is not None
        and await repository.has_material(session, family, dedupe_key=request.dedupe_key, except_id=except_id),
        contacted_at=await _contacted_at(session, request, family, except_id, policy=policy, now=now),
    )


def _channel_consent(request: PermitRequest, granted: consents.Consents, channel: ContactChannel) -> ChannelConsent:
    purpose, consent_channel = ConsentPurpose(request.purpose), ConsentChannel(channel)
    own = granted.get(purpose, consent_channel)
    if not request.is_promotional or purpose is ConsentPurpose.MARKETING:
        return ChannelConsent(own)
    return ChannelConsent(own, marketing=granted.get(ConsentPurpose.MARKETING, consent_channel))


def _reachable(address: ContactAddress) -> ReachableAddress:
    return ReachableAddress(
        contact_id=address.contact_id,
        channel=ContactChannel(address.channel),
        address=address.address,
        preferred=address.preferred,
        bounced=address.state == "bounced",
        hours=address.hours,
    )


async def _has_open_complaint(session: AsyncSession, family: Sequence[UUID]) -> bool:
    """Return whether one of the customers has an open complaint; the reason does not show a confidential one."""
    if await complaints.with_suspended_selling(session, family):
        return True
    return any((await complaints.open_complaints(session, family, confidential=True)).values())


async def _contacted_at(
    session: AsyncSession,
    request: PermitRequest,
    family: Sequence[UUID],
    except_id: UUID | None,
    *,
    policy: ContactPolicy,
    now: datetime,
) -> Sequence[datetime]:
    budget = policy.budgets.get(request.budget_purpose)
    if budget is None:
        return ()
    return await repository.counted_contacts(
        session, family, budget=request.budget_purpose, since=now - budget.period, except_id=except_id
    )


def _permit(
    request: PermitRequest,
    decision: ReachableAddress | Refusal,
    previous: LoggedContact | None,
    *,
    policy: ContactPolicy,
    zone: str,
    language: str | None,
    now: datetime,
) -> Permit:
    permit_id = new_id() if previous is None else previous.id
    if isinstance(decision, Refusal):
        return Permit(permit_id, request.customer_id, None, decision, language, zone, now)
    quiet, local = policy.quiet_hours, ZoneInfo(zone)
    after = rules.send_after(request, decision, quiet=quiet, zone=local, now=now)
    return Permit(permit_id, request.customer_id, decision, None, language, zone, after)


async def _record(
    session: AsyncSession,
    request: PermitRequest,
    permit: Permit,
    previous: LoggedContact | None,
    *,
    policy: ContactPolicy,
    now: datetime,
) -> None:
    """Record the decision; one about a message that has events already changes nothing in the log."""
    if previous is None:
        await repository.add(session, _new_row(request, permit, policy=policy, now=now))
    elif previous.version == 0:
        for name, value in _decided_columns(permit, now=now).items():
            setattr(previous, name, value)
        await session.flush()


def _new_row(request: PermitRequest, permit: Permit, *, policy: ContactPolicy, now: datetime) -> LoggedContact:
    copied = ("message_id", "customer_id", "purpose", "dedupe_key", "template", "about_type", "about_id", "service")
    return LoggedContact(
        id=permit.id,
        promotional=request.is_promotional,
        budget=request.budget_purpose if request.budget_purpose in policy.budgets else None,
        requested_at=now,
        version=0,
        **{name: getattr(request, name) for name in copied},
        **_decided_columns(permit, now=now),
    )


def _decided_columns(permit: Permit, *, now: datetime) -> dict[str, object]:
    """Return the columns that a repeated request may change."""
    address, refusal = permit.address, permit.refusal
    return {
        "state": ContactLogState.QUEUED if refusal is None else ContactLogState.SUPPRESSED,
        "reason": None if refusal is None else refusal.reason,
        "channel": None if address is None else address.channel,
        "contact_id": None if address is None else address.contact_id,
        "send_after": None if address is None else permit.send_after,
        "changed_at": now,
    }


async def _record_erased(
    session: AsyncSession, request: PermitRequest, policy: ContactPolicy, *, now: datetime
) -> Permit:
    """Refuse every contact to an erased customer."""
    previous = await _previous(session, request, [request.customer_id])
    refusal = Refusal(RefusalReason.ERASED)
    zone = policy.default_zone.key
    permit = _permit(request, refusal, previous, policy=policy, zone=zone, language=None, now=now)
    await _record(session, request, permit, previous, policy=policy, now=now)
    return permit
