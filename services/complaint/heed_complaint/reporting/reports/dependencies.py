"""What every report can be asked: which days, which complaints, in which language and for whose eyes."""

import re
from datetime import date
from typing import Annotated

from fastapi import Depends, Query
from pydantic import AfterValidator, BeforeValidator

from heed_common.contracts.complaint import Severity
from heed_common.contracts.customer import CustomerKind
from heed_common.fields import Code, ShortText, validation_error
from heed_common.http import Now, RequestLanguage, SettingsDep
from heed_complaint.core.rules import Channel
from heed_complaint.core.visibility_guard import SeesConfidential
from heed_complaint.reporting.reports.query import Filters, Scope, resolve_period
from heed_complaint.resolution.remedies.rules import ExchangeRates

MIN_DAY = date(1900, 1, 1)
ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _written_as_a_day(value: object) -> object:
    """Pydantic would also take seconds since 1970, which nobody means."""
    if isinstance(value, str) and not ISO_DAY.fullmatch(value):
        raise validation_error("day_format", "must be a date such as 2026-03-02")
    return value


def _not_too_early(day: date) -> date:
    if day < MIN_DAY:
        raise validation_error("day_range", "must not be before 1900-01-01")
    return day


Day = Annotated[date, BeforeValidator(_written_as_a_day), AfterValidator(_not_too_early)]
From = Annotated[Day | None, Query(alias="from", description="The first day of receipt; a year before the last.")]
Until = Annotated[Day | None, Query(description="The last day of receipt, included; today, if not said.")]
Tier = Annotated[str, Query(pattern="^[A-D]$")]


def get_filters(
    category: Annotated[Code | None, Query(description="A first level stands for all below it.")] = None,
    severity: Severity | None = None,
    channel: Channel | None = None,
    service_point_id: ShortText | None = None,
    product: ShortText | None = None,
    tier: Tier | None = None,
    region: ShortText | None = None,
    customer_kind: CustomerKind | None = None,
) -> Filters:
    return Filters(category, severity, channel, service_point_id, product, tier, region, customer_kind)


def get_scope(
    settings: SettingsDep,
    now: Now,
    language: RequestLanguage,
    sees: SeesConfidential,
    chosen: Annotated[Filters, Depends(get_filters)],
    since: From = None,
    until: Until = None,
) -> Scope:
    """422 `period_invalid`."""
    first, last = resolve_period(since, until, zone=settings.time_zone, now=now)
    exchange_rates = ExchangeRates(settings.currency, settings.rates)
    return Scope(first, last, settings.time_zone, now, exchange_rates, language, sees, chosen)


ReportQuery = Annotated[Scope, Depends(get_scope)]
