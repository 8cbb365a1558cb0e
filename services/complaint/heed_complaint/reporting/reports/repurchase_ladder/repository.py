"""SQL of the repurchase ladder."""

from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, case, func, not_, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.selectable import CTE

from heed_common.contracts.complaint import CaseKind
from heed_complaint.core.customers.families import ROOTS
from heed_complaint.core.customers.tables import Customer, Purchase
from heed_complaint.core.tables import Complaint
from heed_complaint.reporting.reports.query import Scope
from heed_complaint.reporting.reports.repository import complaints_in_scope, seconds
from heed_complaint.reporting.reports.value_saved.repository import is_resolved, is_unresolved, resolved_late


async def complaining_customers(session: AsyncSession, scope: Scope, *, horizon: timedelta) -> list[Row[Any]]:
    """Return for each rung the customers, those who bought again, and how long they had not bought before."""
    first, purchases = _first_complaints(complaints_in_scope(scope)), _unreturned_purchases()
    late = resolved_late(first)
    rung = case(
        (and_(is_resolved(first), not_(func.coalesce(late.c.late, False))), "resolved_quickly"),
        (is_resolved(first), "resolved"),
        (is_unresolved(first), "unresolved"),
    )
    start = func.coalesce(first.c.completed_at, first.c.ended_at)
    of_each = (
        select(
            rung.label("rung"),
            start.label("start"),
            func.max(purchases.c.occurred_at).filter(purchases.c.occurred_at <= start).label("before"),
            func.bool_or(and_(purchases.c.occurred_at > start, purchases.c.occurred_at <= start + horizon)).label(
                "again"
            ),
        )
        .select_from(first)
        .outerjoin(late, late.c.complaint_id == first.c.id)
        .outerjoin(purchases, purchases.c.customer_id == first.c.root_id)
        .group_by(first.c.id, rung, start)
        .subquery("of_each")
    )
    over = of_each.c.start + horizon <= scope.now
    had_bought = of_each.c.before.is_not(None)
    query = select(
        of_each.c.rung,
        func.count().filter(over, had_bought).label("customers"),
        func.count().filter(over, had_bought, of_each.c.again).label("again"),
        func.count().filter(not_(over), had_bought).label("running"),
        func.count().filter(not_(had_bought)).label("never_bought"),
        func.count().label("all"),
        func.array_agg(seconds(of_each.c.start - of_each.c.before)).filter(over, had_bought).label("silent"),
    ).group_by(of_each.c.rung)
    return list((await session.execute(query)).all())


def _first_complaints(complaints: CTE) -> CTE:
    """Return the first complaint of each known customer in scope."""
    is_known = complaints.c.customer_id != complaints.c.id
    query = select(complaints).where(is_known).ext(distinct_on(complaints.c.root_id))
    return query.order_by(complaints.c.root_id, complaints.c.received_at, complaints.c.id).cte("first")


def _unreturned_purchases() -> CTE:
    """Return purchases that were not wholly returned, by the surviving customer of the buyer."""
    buyer = func.coalesce(ROOTS.c.root, Purchase.customer_id).label("customer_id")
    query = select(buyer, Purchase.occurred_at).outerjoin(ROOTS, ROOTS.c.member == Purchase.customer_id)
    return query.where(Purchase.units > Purchase.returned).cte("kept")


async def silent_customers(
    session: AsyncSession, scope: Scope, *, horizon: timedelta, delay: timedelta
) -> Row[int, int, int]:
    """Return the customers who bought and did not complain, those who bought again, those whose horizon is running."""
    purchases = _unreturned_purchases()
    following = func.lead(purchases.c.occurred_at).over(
        partition_by=purchases.c.customer_id, order_by=purchases.c.occurred_at
    )
    steps = select(purchases, following.label("next")).where(purchases.c.occurred_at >= scope.start - delay - horizon)
    purchase = steps.subquery("steps")
    start = purchase.c.occurred_at + delay
    quiet = or_(purchase.c.next.is_(None), purchase.c.next > start)
    begun = (
        select(purchase.c.customer_id, start.label("start"), purchase.c.next)
        .where(quiet, start >= scope.start, start < scope.end, start <= scope.now)
        .ext(distinct_on(purchase.c.customer_id))
        .order_by(purchase.c.customer_id, purchase.c.occurred_at)
        .subquery("begun")
    )
    complained = _first_complaint_dates()
    over = begun.c.start + horizon <= scope.now
    query = (
        select(
            func.count().filter(over).label("customers"),
            func.count().filter(over, begun.c.next <= begun.c.start + horizon).label("again"),
            func.count().filter(not_(over)).label("running"),
        )
        .select_from(begun)
        .outerjoin(complained, complained.c.customer_id == begun.c.customer_id)
        .outerjoin(Customer, Customer.id == begun.c.customer_id)
        .where(or_(complained.c.at.is_(None), complained.c.at > begun.c.start + horizon), *_filter_conditions(scope))
    )
    return (await session.execute(query)).one()


def _first_complaint_dates() -> CTE:
    """Return every customer who ever complained, confidentially too, with the time of the first complaint."""
    customer = func.coalesce(ROOTS.c.root, Complaint.customer_id).label("customer_id")
    query = select(customer, func.min(Complaint.received_at).label("at"))
    query = query.outerjoin(ROOTS, ROOTS.c.member == Complaint.customer_id)
    return query.where(Complaint.kind == CaseKind.COMPLAINT).group_by(customer).cte("complained")


def _filter_conditions(scope: Scope) -> list[ColumnElement[bool]]:
    columns = {"tier": Customer.tier, "region": Customer.region, "customer_kind": Customer.kind}
    return [
        filtered == value for name, filtered in columns.items() if (value := getattr(scope.filters, name)) is not None
    ]
