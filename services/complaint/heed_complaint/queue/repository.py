"""The queries of the queue: the rule of `queue.rules`, worked out by the database over all that is open."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Double, Select, case, cast, func, literal, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.contracts.complaint import ComplaintStatus, Severity
from heed_complaint.confidentiality.repository import visible
from heed_complaint.customers.tables import Outlook
from heed_complaint.queue import rules
from heed_complaint.sla.tables import Milestone
from heed_complaint.tables import Complaint

TO_DO = (
    ComplaintStatus.RECEIVED,
    ComplaintStatus.ACCEPTED,
    ComplaintStatus.CONTACTED,
    ComplaintStatus.COMMITTED,
)
"""Without a state named: what is completed and waits for its call-back is asked for by its state."""
OWED = (Milestone.reached_at.is_(None), Milestone.cancelled_at.is_(None), Milestone.due_at.is_not(None))


@dataclass(frozen=True, slots=True)
class Filter:
    """Of which complaints the queue is asked."""

    confidential: bool
    owner: str | None = None
    queue: str | None = None
    state: str | None = None
    unassigned: bool = False

    @property
    def is_narrow(self) -> bool:
        """Whether an index leads to few rows."""
        return self.owner is not None or self.queue is not None


@dataclass(frozen=True, slots=True)
class Queued:
    """A complaint with its place in the queue."""

    complaint: Complaint
    priority: float
    value_saved: Decimal | None
    currency: str | None
    due_at: datetime | None


async def queued(
    session: AsyncSession, asked: Filter, *, at: datetime, after: tuple[float, UUID] | None, limit: int
) -> list[Queued]:
    """The most urgent first, as things stood for the clock at that moment."""
    places = _places(asked, at=at).cte("places")
    query = select(places).order_by(places.c.priority.desc(), places.c.id.desc()).limit(limit)
    if after is not None:
        query = query.where(tuple_(places.c.priority, places.c.id) < tuple_(literal(after[0], Double), after[1]))
    rows = (await session.execute(query)).all()
    complaints = await _complaints(session, [row.id for row in rows])
    return [
        Queued(complaints[row.id], row.priority, row.expected_value_saved, row.currency, row.due_at) for row in rows
    ]


async def by_value_saved(
    session: AsyncSession,
    *,
    state: str | None,
    customer_id: UUID | None,
    confidential: bool,
    after: tuple[Decimal | None, UUID] | None,
    limit: int,
) -> list[tuple[Complaint, Outlook | None]]:
    """Where most is expected to be saved first; what scoring has not spoken of comes last, the newest first."""
    kept = _kept(state=state, customer_id=customer_id, confidential=confidential)
    found: list[tuple[Complaint, Outlook | None]] = []
    if after is None or after[0] is not None:
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


def _kept(*, state: str | None, customer_id: UUID | None, confidential: bool) -> list[ColumnElement[bool]]:
    kept = [visible(confidential=confidential)]
    if state is not None:
        kept.append(Complaint.state == state)
    if customer_id is not None:
        kept.append(Complaint.customer_id == customer_id)
    return kept


def _places(asked: Filter, *, at: datetime) -> Select[Any]:
    due = _next_deadlines(asked)
    # Only what the order depends on: the wide rows are read for the one page that is shown.
    return (
        select(
            Complaint.id,
            Outlook.expected_value_saved,
            Outlook.currency,
            due.c.due_at,
            _priority(due.c.due_at, at=at).label("priority"),
        )
        .outerjoin(Outlook, Outlook.complaint_id == Complaint.id)
        .outerjoin(due, due.c.complaint_id == Complaint.id)
        .where(Complaint.ended_at.is_(None), *_asked(asked))
    )


def _next_deadlines(asked: Filter) -> Any:  # noqa: ANN401 a subquery either way, with the same columns
    """For few complaints one look each; for all of them one walk through what is owed."""
    deadline = func.min(Milestone.due_at).label("due_at")
    if asked.is_narrow:
        each = select(Milestone.complaint_id, deadline).where(Milestone.complaint_id == Complaint.id, *OWED)
        return each.group_by(Milestone.complaint_id).correlate(Complaint).lateral("due")
    return select(Milestone.complaint_id, deadline).where(*OWED).group_by(Milestone.complaint_id).subquery("due")


def _asked(asked: Filter) -> list[ColumnElement[bool]]:
    kept = [visible(confidential=asked.confidential)]
    states = TO_DO if asked.state is None else (asked.state,)
    kept.append(Complaint.state.in_(states))
    if asked.owner is not None:
        kept.append(Complaint.owner == asked.owner)
    if asked.queue is not None:
        kept.append(Complaint.queue == asked.queue)
    if asked.unassigned:
        kept.append(Complaint.owner.is_(None))
    return kept


def _priority(due_at: ColumnElement[datetime], *, at: datetime) -> ColumnElement[float]:
    """`rules.priority`, word for word; a test holds the two to each other."""
    value = cast(func.greatest(Outlook.expected_value_saved, 0), Double)
    saved = case((Outlook.complaint_id.is_not(None), value), else_=_by_severity(rules.UNKNOWN_VALUE))
    weight = _by_severity(rules.SEVERITY) * case((Complaint.regulator, rules.REGULATOR), else_=1.0)
    left = func.greatest(func.extract("epoch", due_at - at), 0)
    seconds = cast(func.coalesce(left, rules.NO_DEADLINE.total_seconds()), Double)
    return cast((saved + rules.WORTH) * weight / (1.0 + seconds / rules.HOUR.total_seconds()), Double)


def _by_severity(values: Mapping[Severity, float]) -> ColumnElement[float]:
    return case({str(severity): literal(value, Double) for severity, value in values.items()}, value=Complaint.severity)


async def _complaints(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, Complaint]:
    found = await session.scalars(select(Complaint).where(Complaint.id.in_(ids)))
    return {complaint.id: complaint for complaint in found}
