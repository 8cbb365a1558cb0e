"""SQL that all reports share: complaints in scope, grouping, currency rates and labels. Reports only read."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Numeric,
    Subquery,
    Text,
    cast,
    column,
    func,
    select,
    values,
)
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.selectable import CTE, FromClause

from heed_common.contracts.complaint import CaseKind
from heed_complaint.core.customers.families import ROOTS
from heed_complaint.core.customers.tables import Customer
from heed_complaint.core.repository import is_in_category
from heed_complaint.core.tables import Complaint
from heed_complaint.core.visibility import visible
from heed_complaint.reference.taxonomies.tables import Term
from heed_complaint.reporting.reports.query import Filters, Grouping, Scope
from heed_complaint.resolution.remedies.rules import ExchangeRates, RemedyState
from heed_complaint.resolution.remedies.tables import Remedy

REPORT_COLUMNS = (
    *("id", "customer_id", "category", "severity", "channel", "cause", "responsibility", "service_point_id"),
    *(
        "product",
        "product_key",
        "confidential",
        "state",
        "received_at",
        "dispatch_received_at",
        "completed_at",
        "ended_at",
        "solved",
        "pleasant",
    ),
)
"""Columns that reports need; the long texts would make the CTE slow."""
GROUPING_COLUMNS: Mapping[str, str] = {
    "subcategory": "category",
    "severity": "severity",
    "channel": "channel",
    "cause": "cause",
    "responsibility": "responsibility",
    "service_point": "service_point_id",
    "product": "product_key",
    "tier": "tier",
    "region": "region",
    "customer_kind": "customer_kind",
}
TAXONOMIES: Mapping[str, str] = {
    "category": "category",
    "subcategory": "category",
    "severity": "severity",
    "channel": "channel",
    "cause": "cause",
    "responsibility": "responsibility",
}


def complaints_in_scope(scope: Scope) -> CTE:
    """Return the complaints in scope, each once, with the present attributes of the customer.

    Other kinds of cases do not count, nor do complaints that were merged into another one or that the caller may not
    see.
    """
    customer = func.coalesce(ROOTS.c.root, Complaint.customer_id)
    query = (
        select(
            *(Complaint.__table__.c[name] for name in REPORT_COLUMNS),
            customer.label("root_id"),
            Customer.tier,
            Customer.region,
            Customer.kind.label("customer_kind"),
        )
        .outerjoin(ROOTS, ROOTS.c.member == Complaint.customer_id)
        .outerjoin(Customer, Customer.id == customer)
        .where(
            Complaint.kind == CaseKind.COMPLAINT,
            Complaint.merged_into.is_(None),
            Complaint.received_at >= scope.start,
            Complaint.received_at < scope.end,
            visible(confidential=scope.sees_confidential),
            *_filter_conditions(scope.filters),
        )
    )
    return query.cte("counted")


def _filter_conditions(filters: Filters) -> list[ColumnElement[bool]]:
    columns = {
        "severity": Complaint.severity,
        "channel": Complaint.channel,
        "service_point_id": Complaint.service_point_id,
        "product_key": Complaint.product_key,
        "tier": Customer.tier,
        "region": Customer.region,
        "customer_kind": Customer.kind,
    }
    conditions: list[ColumnElement[bool]] = [
        filtered == value for name, filtered in columns.items() if (value := getattr(filters, name)) is not None
    ]
    if filters.category is not None:
        conditions.append(is_in_category([filters.category]))
    return conditions


def group_column(complaints: FromClause, by: Grouping, zone: str) -> ColumnElement[Any]:
    """Return the column that complaints are grouped by, as text; NULL if it is not known."""
    if by in GROUPING_COLUMNS:
        return complaints.c[GROUPING_COLUMNS[by]]
    if by == "category":
        return func.split_part(complaints.c.category, ".", 1)
    local = func.timezone(zone, complaints.c.received_at)
    if by == "month":
        return func.to_char(local, "YYYY-MM")
    return func.to_char(func.date_trunc("week", local), "YYYY-MM-DD")


def rate_table(exchange_rates: ExchangeRates) -> Subquery:
    """Return the value of one unit of each currency in the base currency."""
    rates = {**exchange_rates.rates, exchange_rates.currency: Decimal(1)}
    table = values(column("currency", Text), column("rate", Numeric), name="rate").data(sorted(rates.items()))
    return select(table.c.currency, cast(table.c.rate, Numeric).label("rate")).subquery("rate")


def remedy_cost(remedy: FromClause) -> ColumnElement[Any]:
    """Return the cost of a remedy to the organisation, or its value to the customer if no cost is recorded."""
    return func.coalesce(remedy.c.cost, remedy.c.amount)


def remedy_costs_by_complaint(complaints: CTE, exchange_rates: ExchangeRates) -> CTE:
    """Return the remedy costs of each complaint with remedies; amounts without a rate are counted and left out."""
    rate, remedy = rate_table(exchange_rates), Remedy.__table__
    query = (
        select(
            remedy.c.complaint_id,
            func.sum(remedy_cost(remedy) * rate.c.rate).label("cost"),
            func.count().filter(rate.c.rate.is_(None)).label("without_rate"),
        )
        .join(complaints, complaints.c.id == remedy.c.complaint_id)
        .outerjoin(rate, rate.c.currency == remedy.c.currency)
        .where(remedy.c.state == RemedyState.GRANTED)
        .group_by(remedy.c.complaint_id)
    )
    return query.cte("costs")


async def total_counts(session: AsyncSession, scope: Scope) -> tuple[int, int]:
    """Return the number of complaints in scope, and of the confidential ones among them."""
    complaints = complaints_in_scope(scope)
    query = select(func.count(), func.count().filter(complaints.c.confidential)).select_from(complaints)
    row = (await session.execute(query)).one()
    return row[0], row[1]


async def product_spellings(session: AsyncSession, scope: Scope) -> dict[str, str]:
    """Return each product of the scope by its key, as it was written in the newest complaint."""
    complaints = complaints_in_scope(scope)
    newest = select(complaints.c.product_key, complaints.c.product).ext(distinct_on(complaints.c.product_key))
    query = newest.where(complaints.c.product_key.is_not(None))
    rows = await session.execute(
        query.order_by(complaints.c.product_key, complaints.c.received_at.desc(), complaints.c.id)
    )
    return {row.product_key: row.product for row in rows}


async def list_terms(session: AsyncSession, taxonomy: str) -> Sequence[Term]:
    """Return the terms of a taxonomy in its order."""
    query = select(Term).where(Term.taxonomy == taxonomy).order_by(Term.position, Term.code)
    return (await session.scalars(query)).all()


def seconds(duration: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.date_part("epoch", duration)
