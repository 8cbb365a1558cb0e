"""Use cases of interactions and referrals."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import outbox
from heed_common.content_hash import NO_FINGERPRINT
from heed_common.contracts.customer import InteractionRecorded, ReferralRecorded
from heed_common.errors import ExternalIdConflict
from heed_common.identifiers import new_id
from heed_common.occurrence import check_occurrence, occurrence_error
from heed_common.outbox import StagedEvent
from heed_common.trace import Origin
from heed_common.upserts import Upserted
from heed_customer.commerce.interactions import repository, rules
from heed_customer.commerce.interactions.errors import ReferralCycle, ReferredByAnother, SelfReferral
from heed_customer.commerce.interactions.repository import R
from heed_customer.commerce.interactions.rules import InteractionFilter, NewInteraction, NewReferral, ReferralFilter
from heed_customer.commerce.interactions.tables import Interaction, Referral
from heed_customer.item_results import ItemOutcome, single
from heed_customer.records.customers import identity
from heed_customer.records.customers import service as customers
from heed_customer.records.customers.errors import CustomerUnknown

RECOVERED = frozenset({"id", "event_id", "customer_id", "recorded_at"})
"""Columns of a recovered interaction that a repeated request does not replace."""


async def record_interactions(
    session: AsyncSession,
    *,
    interactions: Sequence[NewInteraction],
    default_currency: str,
    earliest: date,
    now: datetime,
) -> list[ItemOutcome[Interaction]]:
    """Record each interaction once per external_id and publish the new ones. Return the outcomes in the given order."""
    outcomes: dict[int, ItemOutcome[Interaction]] = {}
    rows: dict[int, dict[str, Any]] = {}
    for index, new in enumerate(interactions):
        error = occurrence_error(new.occurred_at, earliest=earliest, now=now, pointer="/occurred_at")
        if error is None:
            rows[index] = _new_row(new, now=now) | {"currency": new.currency or default_currency}
        else:
            outcomes[index] = error
    inserted = await repository.insert_interactions(session, list(rows.values())) if rows else {}
    created = {index: inserted[row["id"]] for index, row in rows.items() if row["id"] in inserted}
    events = [_interaction_event(row, origin=interactions[index].origin) for index, row in created.items()]
    await outbox.stage_all(session, events, now=now)
    outcomes |= {index: Upserted(row, created=True) for index, row in created.items()}
    left = {index: interactions[index] for index in rows.keys() - created.keys()}
    outcomes |= await _explain(session, left, rows) if left else {}
    return [outcomes[index] for index in range(len(interactions))]


async def _explain(
    session: AsyncSession, left: Mapping[int, NewInteraction], rows: Mapping[int, Mapping[str, object]]
) -> dict[int, ItemOutcome[Interaction]]:
    """Return why these were not inserted: their customer does not exist, or their external_id does."""
    existing = await customers.find_ids(session, ids={new.customer_id for new in left.values()})
    external_ids = {new.external_id for new in left.values() if new.external_id is not None}
    stored = await repository.find_by_external_ids(session, Interaction, external_ids)
    outcomes: dict[int, ItemOutcome[Interaction]] = {}
    for index, new in left.items():
        row = stored.get(new.external_id or "")
        if row is None or new.customer_id not in existing:
            outcomes[index] = CustomerUnknown(pointer="/customer_id")
        else:
            outcomes[index] = _compare(row, rows[index], new)
    return outcomes


async def list_interactions(
    session: AsyncSession, *, filters: InteractionFilter, after: tuple[Any, ...] | None, limit: int
) -> Sequence[Interaction]:
    """Return a page of the interactions that meet the filters, the newest first."""
    return await repository.list_interactions(session, filters, after=after, limit=limit)


async def list_referrals(
    session: AsyncSession, *, filters: ReferralFilter, after: tuple[Any, ...] | None, limit: int
) -> Sequence[Referral]:
    """Return a page of the referrals that meet the filters, the newest first."""
    return await repository.list_referrals(session, filters, after=after, limit=limit)


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
    row = _new_row(new, now=now)
    inserted = await repository.insert_referral(session, row)
    if inserted is None:
        return await _repeated_referral(session, new, row)
    await _publish_referral(session, inserted, now=now)
    return Upserted(inserted, created=True)


async def _existing_referral(session: AsyncSession, new: NewReferral) -> Referral | None:
    """Return the referral of the same two; None where a repeated external_id decides.

    Raises `ReferredByAnother`, `ReferralCycle`, and `SelfReferral` where the two are merged.
    """
    referred_id = new.referred_customer_id
    if referred_id is None:
        return None
    await repository.lock_referrals(session)
    if new.external_id is not None and await repository.has_referral(session, new.external_id):
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


async def _repeated_referral(session: AsyncSession, new: NewReferral, row: Mapping[str, object]) -> Upserted[Referral]:
    assert new.external_id is not None  # noqa: S101 - it exists
    stored = await repository.find_by_external_ids(session, Referral, [new.external_id])
    return single([_compare(stored[new.external_id], row, new)])


async def _check(session: AsyncSession, new: NewReferral, *, earliest: date, now: datetime) -> None:
    check_occurrence(new.occurred_at, earliest=earliest, now=now, pointer="/occurred_at")
    named = {"customer_id": new.customer_id}
    if new.referred_customer_id is not None:
        named["referred_customer_id"] = new.referred_customer_id
    existing = await customers.find_ids(session, ids=named.values())
    for field, customer_id in named.items():
        if customer_id not in existing:
            raise CustomerUnknown(pointer=f"/{field}")


def _new_row(new: NewInteraction | NewReferral, *, now: datetime) -> dict[str, Any]:
    generated = {"id": new_id(), "event_id": new_id(), "fingerprint": rules.content_hash(new), "recorded_at": now}
    return rules.content(new) | generated


def _compare(stored: R, row: Mapping[str, object], new: NewInteraction | NewReferral) -> ItemOutcome[R]:
    """Return the row of that external_id if the request repeats it."""
    if stored.fingerprint == NO_FINGERPRINT:  # Recovered from its event, which lacks some fields.
        for name, value in row.items():
            if name not in RECOVERED:
                setattr(stored, name, value)
    filled_in: dict[str, object] = {"currency": stored.currency} if isinstance(stored, Interaction) else {}
    if not rules.is_same(new, stored.fingerprint, filled_in=filled_in):
        return ExternalIdConflict(pointer="/external_id")
    return Upserted(stored, created=False)


def _interaction_event(row: Interaction, *, origin: Origin | None) -> StagedEvent:
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
    return StagedEvent(event, 1, id=row.event_id, origin=origin)


async def _publish_referral(session: AsyncSession, row: Referral, *, now: datetime) -> None:
    event = ReferralRecorded(
        occurred_at=row.occurred_at,
        customer_id=row.customer_id,
        referral_id=row.id,
        referred_customer_id=row.referred_customer_id,
        external_id=row.external_id,
    )
    await outbox.stage(session, event, aggversion=1, now=now, event_id=row.event_id)
