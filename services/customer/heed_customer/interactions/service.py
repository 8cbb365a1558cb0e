"""Keeping who spoke with whom, and who brought whom."""

from dataclasses import asdict
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import outbox
from heed_common.contracts.customer import InteractionRecorded, ReferralRecorded
from heed_common.fingerprints import UNKNOWN
from heed_common.identifiers import new_id
from heed_common.occurrence import check_occurrence
from heed_customer.customers import repository as customers
from heed_customer.errors import CustomerUnknown, ExternalIdConflict, ReferredThemselves
from heed_customer.interactions import repository, rules
from heed_customer.interactions.repository import R
from heed_customer.interactions.rules import NewInteraction, NewReferral
from heed_customer.outcomes import Stored
from heed_customer.tables import Interaction, Referral

RECOVERED = frozenset({"id", "event_id", "customer_id", "recorded_at"})
"""Columns of a recovered interaction that a repeated request does not replace."""


async def record_interaction(
    session: AsyncSession, *, told: NewInteraction, default_currency: str, earliest: date, now: datetime
) -> Stored[Interaction]:
    """The contact counts from here on, with what it cost and what was promised."""
    await _check(session, told, earliest=earliest, now=now)
    row = _row(told, now=now) | {"currency": told.currency or default_currency}
    stored = await _store(session, Interaction, row)
    if stored.is_new:
        await _tell_interaction(session, stored.thing, now=now)
    return stored


async def record_referral(
    session: AsyncSession, *, told: NewReferral, earliest: date, now: datetime
) -> Stored[Referral]:
    """The customer has spoken well of us to somebody."""
    if told.referred_customer_id == told.customer_id:
        raise ReferredThemselves(pointer="/referred_customer_id")
    await _check(session, told, earliest=earliest, now=now)
    stored = await _store(session, Referral, _row(told, now=now))
    if stored.is_new:
        await _tell_referral(session, stored.thing, now=now)
    return stored


async def _check(session: AsyncSession, told: NewInteraction | NewReferral, *, earliest: date, now: datetime) -> None:
    check_occurrence(told.occurred_at, earliest=earliest, now=now, pointer="/occurred_at")
    named = {"customer_id": told.customer_id}
    if isinstance(told, NewReferral) and told.referred_customer_id is not None:
        named["referred_customer_id"] = told.referred_customer_id
    known = await customers.find_ids(session, ids=named.values())
    for field, customer_id in named.items():
        if customer_id not in known:
            raise CustomerUnknown(pointer=f"/{field}")


def _row(told: NewInteraction | NewReferral, *, now: datetime) -> dict[str, object]:
    made = {"id": new_id(), "event_id": new_id(), "fingerprint": rules.content_of(told), "recorded_at": now}
    return asdict(told) | made


async def _store(session: AsyncSession, table: type[R], row: dict[str, object]) -> Stored[R]:
    stored = await repository.insert_once(session, table, row)
    if stored is not None:
        return Stored(stored, is_new=True)
    earlier = await repository.read_by_external_id(session, table, row["external_id"])
    if earlier.fingerprint == UNKNOWN:  # Recovered from its event, which lacks some fields.
        for name, value in row.items():
            if name not in RECOVERED:
                setattr(earlier, name, value)
    if earlier.fingerprint != row["fingerprint"]:
        raise ExternalIdConflict(pointer="/external_id")
    return Stored(earlier, is_new=False)


async def _tell_interaction(session: AsyncSession, row: Interaction, *, now: datetime) -> None:
    event = InteractionRecorded(
        occurred_at=row.occurred_at,
        customer_id=row.customer_id,
        interaction_id=row.id,
        kind=row.kind,
        channel=row.channel,
        currency=row.currency,
        cost=row.cost,
        campaign=row.campaign,
        external_id=row.external_id,
    )
    await outbox.stage(session, event, aggversion=1, now=now, event_id=row.event_id)


async def _tell_referral(session: AsyncSession, row: Referral, *, now: datetime) -> None:
    event = ReferralRecorded(
        occurred_at=row.occurred_at,
        customer_id=row.customer_id,
        referral_id=row.id,
        referred_customer_id=row.referred_customer_id,
        external_id=row.external_id,
    )
    await outbox.stage(session, event, aggversion=1, now=now, event_id=row.event_id)
