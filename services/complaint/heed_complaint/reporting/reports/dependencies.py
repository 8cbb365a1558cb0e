"""Query parameters of every report: period, filters, language and permission of the caller."""

from typing import Annotated

from fastapi import Depends, Query

from heed_common.contracts.complaint import Severity
from heed_common.contracts.customer import CustomerKind
from heed_common.day_fields import ReportDay
from heed_common.fields import Code, ShortText
from heed_common.http import Now, RequestLanguage, SettingsDep
from heed_complaint.core.rules import Channel
from heed_complaint.core.visibility_guard import SeesConfidential
from heed_complaint.reporting.reports.query import Filters, Scope, resolve_period
from heed_complaint.resolution.remedies.rules import ExchangeRates

From = Annotated[ReportDay | None, Query(alias="from", description="The first day of receipt; a year before the last.")]
Until = Annotated[ReportDay | None, Query(description="The last day of receipt, included; today by default.")]
Tier = Annotated[str, Query(pattern="^[A-D]$")]


def get_filters(
    category: Annotated[Code | None, Query(description="A first level includes all below it.")] = None,
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
    sees_confidential: SeesConfidential,
    filters: Annotated[Filters, Depends(get_filters)],
    since: From = None,
    until: Until = None,
) -> Scope:
    """Return the scope of the report. 422 `period_invalid`."""
    first, last = resolve_period(since, until, zone=settings.time_zone, now=now)
    exchange_rates = ExchangeRates(settings.currency, settings.rates)
    return Scope(first, last, settings.time_zone, now, exchange_rates, language, sees_confidential, filters)


ReportQuery = Annotated[Scope, Depends(get_scope)]
