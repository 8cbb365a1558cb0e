"""Use cases of needs: recorded, confirmed or changed, deleted."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.identifiers import new_id
from heed_common.revisions import check_if_match, require_if_match
from heed_customer.commitments.needs import repository, rules
from heed_customer.commitments.needs.errors import NeedInFuture, NeedNotFound
from heed_customer.commitments.needs.rules import NeedFilter, NewNeed
from heed_customer.commitments.needs.tables import Need
from heed_customer.records.customers import identity
from heed_customer.records.customers import service as customers
from heed_customer.records.customers.service import Family


async def record_need(session: AsyncSession, *, customer_id: UUID, need: NewNeed, by: str, now: datetime) -> Need:
    """Record a need of the customer. Raises `CustomerNotFound`, `CustomerIsMerged`, `NeedInFuture`."""
    await customers.lock_unmerged(session, customer_id=customer_id)
    since = need.since or now.date()
    _check_since(since, now=now)
    row = Need(
        id=new_id(),
        customer_id=customer_id,
        description=need.description,
        kind=need.kind,
        source=need.source,
        confidence=need.confidence,
        since=since,
        confirmed=need.confirmed,
        revision=1,
        recorded_at=now,
        recorded_by=by,
        changed_at=now,
    )
    await repository.add_need(session, row)
    return row


async def update_need(
    session: AsyncSession,
    *,
    customer_id: UUID,
    need_id: UUID,
    values: Mapping[str, object],
    if_match: int | None,
    now: datetime,
) -> Need:
    """Update the need; only an actual change makes a new revision. Raises as `record_need`, and `NeedNotFound`."""
    need = await _lock_need(session, customer_id, need_id)
    require_if_match(if_match, need.revision)
    since = values.get("since")
    if isinstance(since, date):
        _check_since(since, now=now)
    changed = {name: value for name, value in values.items() if getattr(need, name) != value}
    if changed:
        for name, value in changed.items():
            setattr(need, name, value)
        need.revision += 1
        need.changed_at = now
    return need


async def delete_need(session: AsyncSession, *, customer_id: UUID, need_id: UUID, if_match: int | None) -> None:
    """Delete a need that is met, or was none. Raises `CustomerNotFound`, `CustomerIsMerged`, `NeedNotFound`."""
    need = await _lock_need(session, customer_id, need_id)
    check_if_match(if_match, need.revision)
    await repository.delete_need(session, need)


async def get_need(session: AsyncSession, *, customer_id: UUID, need_id: UUID) -> Need:
    """Return the need, which may be recorded of a duplicate of the customer. Raises `NeedNotFound`."""
    family = await customers.get_family(session, customer_id=customer_id)
    need = await repository.get_need(session, need_id)
    if need is None or need.customer_id not in family.ids:
        raise NeedNotFound
    return need


async def list_needs(
    session: AsyncSession, *, family: Family, filters: NeedFilter, after: UUID | None, limit: int
) -> Sequence[Need]:
    """Return the needs of a customer and its duplicates, the newest first."""
    return await repository.list_needs(session, family.ids, filters=filters, after=after, limit=limit)


async def _lock_need(session: AsyncSession, customer_id: UUID, need_id: UUID) -> Need:
    await customers.lock_unmerged(session, customer_id=customer_id)
    need = await repository.lock_need(session, need_id)
    if need is None or need.customer_id not in await identity.family_of(session, customer_id):
        raise NeedNotFound
    return need


def _check_since(since: date, *, now: datetime) -> None:
    if rules.is_in_future(since, now=now):
        raise NeedInFuture(pointer="/since")
