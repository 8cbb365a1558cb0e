"""The queries of the queue and of the list by value."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ColumnElement, Double, and_, literal, select, true, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from heed_complaint.core.customers.tables import Outlook
from heed_complaint.core.priority_rank.tables import Place
from heed_complaint.core.repository import has_unanswered_message
from heed_complaint.core.rules import ENDED
from heed_complaint.core.tables import Complaint
from heed_complaint.core.visibility import visible


@dataclass(frozen=True, slots=True)
class Filter:
    """Of which complaints the queue is asked; without a state of those that are still to be worked on."""

    confidential: bool
    owner: str | None = None
    queue: str | None = None
    state: str | None = None
    unassigned: bool = False
    customer_wrote: bool | None = None


async def queued(
    session: AsyncSession, asked: Filter, *, after: tuple[float, UUID] | None, limit: int
) -> Sequence[Place]:
    """The next ones, the most urgent first."""
    query = select(Place).where(*_asked(asked)).order_by(Place.key.desc(), Place.complaint_id.desc()).limit(limit)
    if after is not None:
        query = query.where(
            tuple_(Place.key, Place.complaint_id) < tuple_(literal(after[0], Double), literal(after[1]))
        )
    return (await session.scalars(query)).all()


async def complaints_by_id(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, Complaint]:
    found = await session.scalars(select(Complaint).where(Complaint.id.in_(ids)))
    return {complaint.id: complaint for complaint in found}


async def by_value_saved(
    session: AsyncSession,
    *,
    state: str | None,
    customer_ids: Collection[UUID] | None,
    customer_wrote: bool | None,
    confidential: bool,
    after: tuple[Decimal | None, UUID] | None,
    limit: int,
) -> list[tuple[Complaint, Outlook | None]]:
    """Where most is expected to be saved first; what scoring has not spoken of comes last, the newest first."""
    kept = _kept(state=state, customer_ids=customer_ids, customer_wrote=customer_wrote, confidential=confidential)
    found: list[tuple[Complaint, Outlook | None]] = []
    # Scoring speaks of open complaints only: among ended ones there is none to be found.
    if state not in ENDED and (after is None or after[0] is not None):
        known = select(Complaint, Outlook).join(Outlook, Outlook.complaint_id == Complaint.id).where(*kept)
        if after is not None:
            known = known.where(tuple_(Outlook.expected_value_saved, Outlook.complaint_id) < tuple_(*after))
        order = (Outlook.expected_value_saved.desc(), Outlook.complaint_id.desc())
        found = [
            (complaint, outlook) for complaint, outlook in await session.execute(known.order_by(*order).limit(limit))
        ]
    if len(found) == limit:
        return found
    unknown = select(Complaint).where(*kept, ~select(Outlook).where(Outlook.complaint_id == Complaint.id).exists())
    if after is not None and after[0] is None:
        unknown = unknown.where(Complaint.id < after[1])
    rest = await session.scalars(unknown.order_by(Complaint.id.desc()).limit(limit - len(found)))
    return [*found, *((complaint, None) for complaint in rest)]


def _kept(
    *, state: str | None, customer_ids: Collection[UUID] | None, customer_wrote: bool | None, confidential: bool
) -> list[ColumnElement[bool]]:
    kept = [visible(confidential=confidential)]
    if customer_wrote is not None:
        kept.append(has_unanswered_message(expected=customer_wrote))
    if state is not None:
        kept.append(Complaint.state == state)
    if customer_ids is not None:
        kept.append(Complaint.customer_id.in_(sorted(customer_ids)))
    return kept


def _asked(asked: Filter) -> list[ColumnElement[bool]]:
    kept: list[ColumnElement[bool]] = [true() if asked.confidential else Place.confidential.is_(False)]
    kept.append(and_(Place.to_do) if asked.state is None else Place.state == asked.state)
    if asked.owner is not None:
        # Few are one agent's: the complaints' own index leads to them.
        own = select(Complaint.id).where(Complaint.owner == asked.owner, Complaint.ended_at.is_(None))
        ended = select(Place.complaint_id).where(Place.owner == asked.owner, Place.customer_wrote_at.is_not(None))
        kept.append(Place.complaint_id.in_(own.union_all(ended)))
    if asked.queue is not None:
        kept.append(Place.queue == asked.queue)
    if asked.unassigned:
        kept.append(Place.owner.is_(None))
    if asked.customer_wrote is not None:
        wrote = Place.customer_wrote_at.is_not(None)
        kept.append(wrote if asked.customer_wrote else ~wrote)
    return kept
