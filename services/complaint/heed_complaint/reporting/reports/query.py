"""Scope of a report: the period of receipt and the filters. Pure."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal

from heed_common.business_days import BusinessDays
from heed_common.languages import Language
from heed_common.text import normalize_for_comparison
from heed_complaint.reporting.reports.errors import PeriodInvalid
from heed_complaint.resolution.remedies.rules import ExchangeRates

DEFAULT_PERIOD = timedelta(days=364)
"""By default a report covers a year, the last day included."""

Grouping = Literal[
    "category", "subcategory", "severity", "channel", "cause", "responsibility", "service_point", "product",
    "tier", "region", "customer_kind", "month", "week",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Filters:
    """Filters on complaints and customers; an empty one matches all."""

    category: str | None = None
    severity: str | None = None
    channel: str | None = None
    service_point_id: str | None = None
    product: str | None = None
    tier: str | None = None
    region: str | None = None
    customer_kind: str | None = None

    @property
    def product_key(self) -> str | None:
        """Return the normal form of the product, so that spelling does not matter."""
        return None if self.product is None else normalize_for_comparison(self.product)


@dataclass(frozen=True, slots=True)
class Scope:
    """Complaints of a report: whole days in the time zone of the organisation, both included, and the filters.

    It also carries the moment, the language and the permission of the request.
    """

    since: date
    until: date
    zone: str
    now: datetime
    exchange_rates: ExchangeRates
    language: Language
    sees_confidential: bool
    filters: Filters = field(default_factory=Filters)

    @property
    def currency(self) -> str:
        """Return the currency that the report states amounts in."""
        return self.exchange_rates.currency

    @property
    def start(self) -> datetime:
        """Return the beginning of the period."""
        return self.midnight(self.since)

    @property
    def end(self) -> datetime:
        """Return the end of the period, not included."""
        return self.midnight(self.until + timedelta(days=1))

    def midnight(self, day: date) -> datetime:
        """Return the moment at which the day begins in the organisation's time zone."""
        return BusinessDays.of(self.zone).start_of(day)


def resolve_period(since: date | None, until: date | None, *, zone: str, now: datetime) -> tuple[date, date]:
    """Return first and last day; by default it ends today and begins a year before its end. Raises `PeriodInvalid`."""
    today = BusinessDays.of(zone).day_of(now)
    last = until or today
    first = since or last - DEFAULT_PERIOD
    if not first <= last <= today:
        raise PeriodInvalid
    return first, last
