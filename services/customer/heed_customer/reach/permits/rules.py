"""Whether, over which channel and when a customer may be contacted. Pure: no clock, no tables.

The reasons are checked in this order: consent, an address, an open complaint, the same material, the budget. The first
two last longest, so a sender learns first what a later attempt would not change.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from heed_common.contracts.message import ContactChannel, ContactPurpose, MessageEvent, MessageFailed
from heed_common.decoding import ReceivedEvent
from heed_customer.reach.consents.rules import Consent, ConsentStatus
from heed_customer.reach.permits.quiet_hours import Hours, QuietHours, next_within


class RefusalReason(StrEnum):
    NO_CONSENT = "no_consent"
    OPTED_OUT = "opted_out"
    NO_CONTACT = "no_contact"
    BOUNCED = "bounced"
    BUDGET = "budget"
    DUPLICATE = "duplicate"
    COMPLAINT_OPEN = "complaint_open"
    ERASED = "erased"


class ContactLogState(StrEnum):
    QUEUED = "queued"
    """Permitted, and not yet reported as sent."""
    SENT = "sent"
    FAILED = "failed"
    BOUNCED = "bounced"
    SUPPRESSED = "suppressed"


COUNTED_STATES = (ContactLogState.QUEUED, ContactLogState.SENT)
"""What did not reach the customer neither uses up the budget nor counts as material received."""


@dataclass(frozen=True, slots=True)
class Budget:
    """The largest number of contacts in a period."""

    contacts: int
    days: int

    @property
    def period(self) -> timedelta:
        return timedelta(days=self.days)


@dataclass(frozen=True, slots=True)
class PermitRequest:
    """A contact that a service wants to make."""

    customer_id: UUID
    purpose: ContactPurpose
    channels: tuple[ContactChannel, ...]
    """Most preferred first."""
    promotional: bool = False
    dedupe_key: str | None = None
    message_id: UUID | None = None
    contact_id: UUID | None = None
    """Only this contact of the customer will do."""
    template: str | None = None
    about_type: str | None = None
    about_id: UUID | None = None
    service: str | None = None

    @property
    def is_promotional(self) -> bool:
        return self.promotional or self.purpose is ContactPurpose.MARKETING

    @property
    def waits_for_complaints(self) -> bool:
        """Return whether an open complaint forbids it."""
        return self.is_promotional or self.purpose is ContactPurpose.SURVEY

    @property
    def respects_quiet_hours(self) -> bool:
        return self.is_promotional or self.purpose is not ContactPurpose.SERVICE

    @property
    def budget_purpose(self) -> ContactPurpose:
        """Return the purpose whose budget it uses: everything promotional uses that of marketing."""
        return ContactPurpose.MARKETING if self.is_promotional else self.purpose


@dataclass(frozen=True, slots=True)
class ChannelConsent:
    """The consents that decide about one channel."""

    purpose: Consent
    marketing: Consent | None = None
    """For promotional contacts of another purpose: they need no grant for marketing, but a refusal forbids them."""

    @property
    def refusal(self) -> Consent | None:
        """Return the consent that forbids the channel."""
        if not self.purpose.allowed:
            return self.purpose
        if self.marketing is not None and self.marketing.status is ConsentStatus.REFUSED:
            return self.marketing
        return None


@dataclass(frozen=True, slots=True)
class ReachableAddress:
    """An address on a channel; the better ones come first."""

    contact_id: UUID
    channel: ContactChannel
    address: str
    preferred: bool
    bounced: bool
    hours: Hours | None = None
    """When the customer prefers to be reached there."""


@dataclass(frozen=True, slots=True)
class PermitFacts:
    """What is known about the customer and all customers merged with it."""

    consents: Mapping[ContactChannel, ChannelConsent]
    addresses: Sequence[ReachableAddress]
    has_open_complaint: bool = False
    has_received_material: bool = False
    contacted_at: Sequence[datetime] = ()
    """Contacts that count against the budget, within its period."""
    erased: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    reason: RefusalReason
    retry_at: datetime | None = None


def decide(
    request: PermitRequest, facts: PermitFacts, *, budget: Budget | None, now: datetime
) -> ReachableAddress | Refusal:
    """Return the address to use, or why the customer may not be contacted."""
    if facts.erased:
        return Refusal(RefusalReason.ERASED)
    allowed = [channel for channel in request.channels if facts.consents[channel].refusal is None]
    if not allowed:
        return _consent_refusal(facts.consents[channel] for channel in request.channels)
    usable = _usable_addresses(request, facts.addresses, allowed)
    reached = [address for address in usable if not address.bounced]
    if not reached:
        return Refusal(RefusalReason.BOUNCED if usable else RefusalReason.NO_CONTACT)
    if facts.has_open_complaint and request.waits_for_complaints:
        return Refusal(RefusalReason.COMPLAINT_OPEN)
    if facts.has_received_material:
        return Refusal(RefusalReason.DUPLICATE)
    if budget is not None and len(facts.contacted_at) >= budget.contacts:
        return Refusal(RefusalReason.BUDGET, _budget_retry_at(facts.contacted_at, budget))
    return _preferred_address(reached)


def send_after(
    request: PermitRequest, address: ReachableAddress, *, quiet: QuietHours | None, zone: ZoneInfo, now: datetime
) -> datetime:
    """Return the moment from which the contact may be made, in the customer's time zone.

    Hours that the customer prefers replace the quiet hours. For messages of service no hour is wrong, for calls it is.
    """
    if address.hours and (request.respects_quiet_hours or address.channel is ContactChannel.PHONE):
        return next_within(address.hours, now, zone=zone)
    if quiet is not None and request.respects_quiet_hours:
        return quiet.next_end(now, zone=zone)
    return now


def log_columns(received: ReceivedEvent[MessageEvent], *, now: datetime) -> dict[str, object]:
    """Return the columns of the contact log that the event of a message gives."""
    event = received.event
    failed = event if isinstance(event, MessageFailed) else None
    return {
        "message_id": event.message_id,
        "customer_id": event.customer_id,
        "state": ContactLogState.SENT if failed is None else ContactLogState(failed.outcome),
        "reason": failed and failed.reason,
        "purpose": event.purpose,
        "promotional": event.purpose is ContactPurpose.MARKETING,
        "channel": event.channel,
        "contact_id": event.contact_id,
        "template": event.template,
        "about_type": event.about and event.about.type,
        "about_id": event.about and event.about.id,
        "service": event.topic.removeprefix("heed."),
        "requested_at": event.occurred_at,
        "changed_at": now,
        "version": received.aggversion,
    }


def _consent_refusal(consents: Iterable[ChannelConsent]) -> Refusal:
    """Return `opted_out` if the customer refused any of the channels; it may end at a known moment."""
    refusals = [consent.refusal for consent in consents]
    opted_out = [refusal for refusal in refusals if refusal and refusal.status is ConsentStatus.REFUSED]
    if not opted_out:
        return Refusal(RefusalReason.NO_CONSENT)
    ends = [refusal.refused_until for refusal in opted_out if refusal.refused_until is not None]
    return Refusal(RefusalReason.OPTED_OUT, min(ends, default=None))


def _usable_addresses(
    request: PermitRequest, addresses: Iterable[ReachableAddress], allowed: Sequence[ContactChannel]
) -> list[ReachableAddress]:
    return [
        address
        for address in addresses
        if address.channel in allowed and request.contact_id in (None, address.contact_id)
    ]


def _preferred_address(addresses: Sequence[ReachableAddress]) -> ReachableAddress:
    """Return the contact that the customer prefers, or else the best one on the sender's first channel."""
    return next((address for address in addresses if address.preferred), addresses[0])


def _budget_retry_at(contacted_at: Sequence[datetime], budget: Budget) -> datetime | None:
    """Return when enough of the contacts have left the period."""
    if budget.contacts == 0:
        return None
    return sorted(contacted_at)[-budget.contacts] + budget.period
