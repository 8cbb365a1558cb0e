"""Facts about a customer on which a permit depends."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.contracts.customer import ConsentChannel, ConsentPurpose, ContactState
from heed_common.contracts.message import ContactChannel, ContactPurpose
from heed_common.encryption import FieldCipher
from heed_customer.reach.consents import service as consents
from heed_customer.reach.contacts.addresses import ContactAddress, addresses_of
from heed_customer.reach.permits import repository
from heed_customer.reach.permits.quiet_hours import QuietHours
from heed_customer.reach.permits.repository import LogFacts
from heed_customer.reach.permits.rules import (
    Budget,
    ChannelConsent,
    PermitFacts,
    PermitRequest,
    ReachableAddress,
)
from heed_customer.read_models.complaints import service as complaints
from heed_customer.settings import NO_QUIET_HOURS, Settings


@dataclass(frozen=True, slots=True)
class ContactPolicy:
    """The organisation's settings for contacts."""

    budgets: Mapping[ContactPurpose, Budget]
    quiet_hours: QuietHours | None
    default_zone: ZoneInfo
    public_url: str | None = None
    """Where customers reach their preference pages."""

    @classmethod
    def from_settings(cls, settings: Settings) -> "ContactPolicy":
        budgets = {purpose: Budget(limit.contacts, limit.days) for purpose, limit in settings.contact_budgets.items()}
        quiet = None if settings.quiet_hours == NO_QUIET_HOURS else QuietHours.parse(settings.quiet_hours)
        return cls(budgets, quiet, ZoneInfo(settings.time_zone), settings.public_url)


async def load_facts(
    session: AsyncSession,
    request: PermitRequest,
    family: Sequence[UUID],
    *,
    policy: ContactPolicy,
    cipher: FieldCipher,
    now: datetime,
) -> PermitFacts:
    """Load the facts about the customers of a family, none for a customer who is unknown."""
    logged = await _load_log(session, request, family, policy=policy, now=now)
    if logged.is_erased or not family:
        return PermitFacts(consents={}, addresses=(), erased=logged.is_erased)
    purposes = {ConsentPurpose(request.purpose), ConsentPurpose.MARKETING}
    granted = await consents.load_consents(session, family=family, now=now, purposes=sorted(purposes))
    addresses = await addresses_of(session, customer_ids=family, channels=request.channels, cipher=cipher)
    return PermitFacts(
        consents={channel: _channel_consent(request, granted, channel) for channel in request.channels},
        addresses=[_reachable(address) for address in addresses],
        has_open_complaint=request.waits_for_complaints and await complaints.has_any_open(session, family),
        has_received_material=logged.has_material,
        contacted_at=logged.contacted_at,
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
        bounced=address.state == ContactState.BOUNCED,
        hours=address.hours,
    )


async def _load_log(
    session: AsyncSession, request: PermitRequest, family: Sequence[UUID], *, policy: ContactPolicy, now: datetime
) -> LogFacts:
    """Load what the log has of earlier contacts; the entry of the same message does not count."""
    budget = policy.budgets.get(request.budget_purpose)
    return await repository.load_log_facts(
        session,
        customer_id=request.customer_id,
        family=family,
        message_id=request.message_id,
        dedupe_key=request.dedupe_key,
        budget=None if budget is None else request.budget_purpose,
        since=now if budget is None else now - budget.period,
    )
