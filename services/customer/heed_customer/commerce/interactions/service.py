"""Use cases of interactions and referrals."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import outbox
from heed_common.content_hash import NO_FINGERPRINT
from heed_common.contracts.customer import InteractionRecorded, ReferralRecorded
from heed_common.errors import ExternalIdConflict
from heed_common.identifiers import new_id
from heed_common.occurrence import check_occurrence
from heed_common.upserts import Upserted
from heed_customer.commerce.interactions import repository, rules
from heed_customer.commerce.interactions.errors import ReferralCycle, ReferredByAnother, SelfReferral
from heed_customer.commerce.interactions.repository import R
from heed_customer.commerce.interactions.rules import NewInteraction, NewReferral
from heed_customer.commerce.interactions.tables import Interaction, Referral
from heed_customer.records.customers import identity
from heed_customer.records.customers import service as customers
from heed_customer.records.customers.errors import CustomerUnknown

RECOVERED = frozenset({"id", "event_id", "customer_id", "recorded_at"})
"""Columns of a recovered interaction that a repeated request does not replace."""


async def record_interaction(
    session: AsyncSession, *, new: NewInteraction, default_currency: str, earliest: date, now: datetime
) -> Upserted[Interaction]:
    """Record an interaction and publish it. Raises `CustomerUnknown`, `ExternalIdConflict`."""
    await _check(session, new, earliest=earliest, now=now)
    row = _new_row(new, now=now) | {"currency": new.currency or default_currency}
    upserted = await _upsert(session, Interaction, row, new=new)
    if upserted.created:
        await _publish_interaction(session, upserted.row, now=now)
    return upserted


async def list_interactions(
    session: AsyncSession, *, customer_id: UUID | None, channel: str | None, before: UUID | None, limit: int
) -> Sequence[Interaction]:
    """Return a page of interactions, the latest recorded first; of a customer with those of its duplicates.

    Raises `CustomerNotFound`.
    """
    family = None if customer_id is None else (await customers.get_family(session, customer_id=customer_id)).ids
    return await repository.list_interactions(session, customer_ids=family, channel=channel, before=before, limit=limit)


async def record_referral(
    session: AsyncSession, *, new: NewReferral, earliest: date, now: datetime
) -> Upserted[Referral]:
    """Record that the customer referred another and publish it. A customer is referred once, by one other.

    Raises `CustomerUnknown`, `SelfReferral`, `ReferredByAnother`, `ReferralCycle`, `ExternalIdConflict`.
    """
    if new.referred_customer_id == new.customer_id:
        raise SelfReferral(pointer="/referred_customer_id")
    await _check(session, new, earliest=earliest, now=now)
    existing = await _existing_referral(session, new)
    if existing is not None:
        return Upserted(existing, created=False)
    upserted = await _upsert(session, Referral, _new_row(new, now=now), new=new)
    if upserted.created:
        await _publish_referral(session, upserted.row, now=now)
    return upserted


async def _existing_referral(session: AsyncSession, new: NewReferral) -> Referral | None:
    """Return the referral of the same two; None where a repeated external_id decides.

    Raises `ReferredByAnother`, `ReferralCycle`, and `SelfReferral` where the two are merged.
    """
    referred_id = new.referred_customer_id
    if referred_id is None:
        return None
    await repository.lock_referrals(session)
    if new.external_id is not None and await repository.has_external_id(session, Referral, new.external_id):
        return None
    family = await identity.family_of(session, new.customer_id)
    if referred_id in family:
        raise SelfReferral(pointer="/referred_customer_id")
    existing = await repository.referrals_of(session, await identity.family_of(session, referred_id))
    same = next((referral for referral in existing if referral.customer_id in family), None)
    if existing and same is None:
        raise ReferredByAnother(pointer="/referred_customer_id")
    if same is None and await repository.is_referred_by(session, new.customer_id, referred_id):
        raise ReferralCycle(pointer="/referred_customer_id")
    return same


async def _check(session: AsyncSession, new: NewInteraction | NewReferral, *, earliest: date, now: datetime) -> None:
    check_occurrence(new.occurred_at, earliest=earliest, now=now, pointer="/occurred_at")
    named = {"customer_id": new.customer_id}
    if isinstance(new, NewReferral) and new.referred_customer_id is not None:
        named["referred_customer_id"] = new.referred_customer_id
    existing = await customers.find_ids(session, ids=named.values())
    for field, customer_id in named.items():
        if customer_id not in existing:
            raise CustomerUnknown(pointer=f"/{field}")


def _new_row(new: NewInteraction | NewReferral, *, now: datetime) -> dict[str, object]:
    generated = {"id": new_id(), "event_id": new_id(), "fingerprint": rules.content_hash(new), "recorded_at": now}
    return asdict(new) | generated


async def _upsert(
    session: AsyncSession, table: type[R], row: dict[str, object], *, new: NewInteraction | NewReferral
) -> Upserted[R]:
    inserted = await repository.insert_if_new(session, table, row)
    if inserted is not None:
        return Upserted(inserted, created=True)
    stored = await repository.get_by_external_id(session, table, row["external_id"])
    if stored.fingerprint == NO_FINGERPRINT:  # Recovered from its event, which lacks some fields.
        for name, value in row.items():
            if name not in RECOVERED:
                setattr(stored, name, value)
    if not rules.is_same(new, stored.fingerprint, filled_in=_filled_in(stored)):
        raise ExternalIdConflict(pointer="/external_id")
    return Upserted(stored, created=False)


def _filled_in(row: Interaction | Referral) -> dict[str, object]:
    return {"currency": row.currency} if isinstance(row, Interaction) else {}


async def _publish_interaction(session: AsyncSession, row: Interaction, *, now: datetime) -> None:
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


async def _publish_referral(session: AsyncSession, row: Referral, *, now: datetime) -> None:
    event = ReferralRecorded(
        occurred_at=row.occurred_at,
        customer_id=row.customer_id,
        referral_id=row.id,
        referred_customer_id=row.referred_customer_id,
        external_id=row.external_id,
    )
    await outbox.stage(session, event, aggversion=1, now=now, event_id=row.event_id)
