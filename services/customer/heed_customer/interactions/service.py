"""Keeping who spoke with whom, and who brought whom."""

from dataclasses import asdict
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import outbox
from heed_common.content_hash import NO_FINGERPRINT
from heed_common.contracts.customer import InteractionRecorded, ReferralRecorded
from heed_common.identifiers import new_id
from heed_common.occurrence import check_occurrence
from heed_customer.customers import repository as customers
from heed_customer.errors import (
    CustomerUnknown,
    ExternalIdConflict,
    ReferralCycle,
    ReferredByAnother,
    ReferredThemselves,
)
from heed_customer.interactions import repository, rules
from heed_customer.interactions.repository import R
from heed_customer.interactions.rules import NewInteraction, NewReferral
from heed_customer.item_results import Stored
from heed_customer.merges import repository as merges
from heed_customer.tables import Interaction, Referral

RECOVERED = frozenset({"id", "event_id", "customer_id", "recorded_at"})
"""Columns of a recovered interaction that a repeated request does not replace."""


async def record_interaction(
    session: AsyncSession, *, told: NewInteraction, default_currency: str, earliest: date, now: datetime
) -> Stored[Interaction]:
    """The contact counts from here on, with what it cost and what was promised."""
    await _check(session, told, earliest=earliest, now=now)
    row = _row(told, now=now) | {"currency": told.currency or default_currency}
    stored = await _store(session, Interaction, row, told=told)
    if stored.is_new:
        await _tell_interaction(session, stored.thing, now=now)
    return stored


async def record_referral(
    session: AsyncSession, *, told: NewReferral, earliest: date, now: datetime
) -> Stored[Referral]:
    """Record that the customer referred somebody to us. A customer is referred once, by one other."""
    if told.referred_customer_id == told.customer_id:
        raise ReferredThemselves(pointer="/referred_customer_id")
    await _check(session, told, earliest=earliest, now=now)
    known = await _known_referral(session, told)
    if known is not None:
        return Stored(known, is_new=False)
    stored = await _store(session, Referral, _row(told, now=now), told=told)
    if stored.is_new:
        await _tell_referral(session, stored.thing, now=now)
    return stored


async def _known_referral(session: AsyncSession, told: NewReferral) -> Referral | None:
    """Return the referral of the same two; None where a repeated external_id decides.

    Raises `ReferredByAnother`, `ReferralCycle`, and `ReferredThemselves` where the two are merged.
    """
    referred_id = told.referred_customer_id
    if referred_id is None:
        return None
    await repository.lock_referrals(session)
    if told.external_id is not None and await repository.has_external_id(session, Referral, told.external_id):
        return None
    family = await merges.family_of(session, told.customer_id)
    if referred_id in family:
        raise ReferredThemselves(pointer="/referred_customer_id")
    known = await repository.referrals_of(session, referred_id)
    same = next((referral for referral in known if referral.customer_id in family), None)
    if known and same is None:
        raise ReferredByAnother(pointer="/referred_customer_id")
    if same is None and await repository.is_referred_by(session, told.customer_id, referred_id):
        raise ReferralCycle(pointer="/referred_customer_id")
    return same


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


async def _store(
    session: AsyncSession, table: type[R], row: dict[str, object], *, told: NewInteraction | NewReferral
) -> Stored[R]:
    stored = await repository.insert_once(session, table, row)
    if stored is not None:
        return Stored(stored, is_new=True)
    earlier = await repository.read_by_external_id(session, table, row["external_id"])
    if earlier.fingerprint == NO_FINGERPRINT:  # Recovered from its event, which lacks some fields.
        for name, value in row.items():
            if name not in RECOVERED:
                setattr(earlier, name, value)
    if not rules.is_repeated(told, earlier.fingerprint, filled_in=_filled_in(earlier)):
        raise ExternalIdConflict(pointer="/external_id")
    return Stored(earlier, is_new=False)


def _filled_in(row: Interaction | Referral) -> dict[str, object]:
    return {"currency": row.currency} if isinstance(row, Interaction) else {}


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
