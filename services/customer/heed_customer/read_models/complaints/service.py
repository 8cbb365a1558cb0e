"""Use cases of the complaints' read model. Callers ask for all members of a family of merged customers."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.decoding import ReceivedEvent
from heed_customer.read_models.complaints import repository, rules


async def apply_events(session: AsyncSession, events: Sequence[ReceivedEvent[Any]]) -> None:
    """Lock all complaints that the events are about, and store the newest state of each."""
    about = {rules.complaint_of(received.event) for received in events}
    await repository.lock_complaints(session, {complaint_id for complaint_id in about if complaint_id is not None})
    await repository.upsert_complaints(session, rules.newest_states(events))


async def open_complaints(
    session: AsyncSession, customer_ids: Collection[UUID], *, confidential: bool
) -> dict[UUID, int]:
    """Return the number of open complaints of each of these customers, 0 included.

    With `confidential` it includes confidential ones: only for callers who may read those, and for decisions whose
    result does not show them.
    """
    counts = await repository.count_open(session, customer_ids, confidential=confidential)
    return {customer_id: counts.get(customer_id, 0) for customer_id in customer_ids}


async def list_open_ids(
    session: AsyncSession, customer_ids: Collection[UUID], *, confidential: bool, limit: int
) -> Sequence[UUID]:
    """Return the open complaints of these customers, the oldest first."""
    return await repository.list_open_ids(session, customer_ids, confidential=confidential, limit=limit)


async def has_any_open(session: AsyncSession, customer_ids: Collection[UUID]) -> bool:
    """Return whether one of these customers has an open complaint, or one that suspends selling, in one statement.

    Confidential ones count: only for decisions whose result does not show them.
    """
    return await repository.has_any_open(session, customer_ids)


async def confidentiality(session: AsyncSession, complaint_ids: Collection[UUID]) -> dict[UUID, bool]:
    """Return whether each of these complaints is confidential now; those that have not arrived are missing."""
    return await repository.confidentiality(session, complaint_ids)
