"""Feature table for data scientists: one row a customer, with a description of each column. Pure."""

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

from heed_scoring.engine.features.answers import SurveyLevel
from heed_scoring.engine.features.features import ComplaintFeature, Features
from heed_scoring.models.outcomes.point_in_time import Outcome

Value = str | int | float | bool | Decimal | tuple[str, ...] | None


class ColumnKind(StrEnum):
    """Type of a column."""

    TEXT = "text"
    TEXTS = "list of texts"
    COUNT = "integer"
    NUMBER = "number"
    YES_NO = "yes or no"
    MONEY = "decimal"
    """In the currency of the model, exact."""
    JSON = "JSON text"


class Column(NamedTuple):
    name: str
    kind: ColumnKind
    meaning: str
    read: Callable[[Features], Any]
    """Money is an integer with `Money.digits` decimals."""


class Label(NamedTuple):
    name: str
    kind: ColumnKind
    meaning: str
    read: Callable[[Outcome], Any]


COLUMNS = (
    Column(
        "purchase_days", ColumnKind.COUNT, "Days on which something was bought that was kept", lambda f: f.purchase_days
    ),
    Column("days_first_to_last", ColumnKind.COUNT, "From the first of these to the last", lambda f: f.first_to_last),
    Column("days_since_first", ColumnKind.COUNT, "From the first of these to the day of the table", lambda f: f.age),
    Column("purchase_days_in_year", ColumnKind.COUNT, "Of the last 365 days", lambda f: f.days_in_year),
    Column(
        "mean_repeat_margin",
        ColumnKind.NUMBER,
        "Of purchase days after the first; 0 without",
        lambda f: f.repeat_margin,
    ),
    Column("mean_margin", ColumnKind.NUMBER, "Of all purchase days; 0 without", lambda f: f.own_margin),
    Column("margin_estimated", ColumnKind.YES_NO, "Whether some cost was not known", lambda f: f.estimated),
    Column(
        "rated_share", ColumnKind.NUMBER, "Of the purchases, those in a currency with a rate", lambda f: f.rated_share
    ),
    Column("currencies_left_out", ColumnKind.TEXTS, "Without a rate, in no amount", lambda f: f.unknown_currencies),
    Column("categories", ColumnKind.COUNT, "Of how many something was bought", lambda f: f.categories),
    Column("paid", ColumnKind.MONEY, "In the last 365 days", lambda f: f.paid),
    Column("production_cost", ColumnKind.MONEY, "Of what was paid for", lambda f: f.production_cost),
    Column("marketing_cost", ColumnKind.MONEY, "Of contacts in the last 365 days", lambda f: f.costs.marketing),
    Column("fixed_marketing_cost", ColumnKind.MONEY, "The customer's share of it", lambda f: f.costs.fixed),
    Column(
        "service_cost", ColumnKind.MONEY, "Of service contacts and complaints in 365 days", lambda f: f.costs.service
    ),
    Column("remedy_cost", ColumnKind.MONEY, "Of remedies in the last 365 days", lambda f: f.costs.remedies),
    Column(
        "days_known_in_year",
        ColumnKind.COUNT,
        "Of the last 365, since registration or purchase",
        lambda f: f.costs.days,
    ),
    Column("complaints_in_year", ColumnKind.COUNT, "Opened in the last 365 days", lambda f: f.costs.complaints),
    Column("remedies_in_year", ColumnKind.COUNT, "Granted in the last 365 days", lambda f: f.costs.granted),
    Column("returned_share", ColumnKind.NUMBER, "Of the units bought, 0 to 1", lambda f: f.returned_share),
    Column("return_reason", ColumnKind.TEXT, "The one for which most came back", lambda f: f.return_reason),
    Column("hand_overs", ColumnKind.COUNT, "Changes of the account manager", lambda f: f.hand_overs),
    Column("referrals", ColumnKind.COUNT, "Customers whom this one brought", lambda f: f.referrals),
    Column("complaints", ColumnKind.COUNT, "Of all times", lambda f: len(f.complaints)),
    Column(
        "open_complaints", ColumnKind.COUNT, "Those that were open", lambda f: sum(one.is_open for one in f.complaints)
    ),
    Column(
        "complaint_states",
        ColumnKind.JSON,
        "Of each: severity, category, ladder, opened, days_since_end",
        lambda f: [_complaint(one) for one in f.complaints],
    ),
    Column("satisfaction", ColumnKind.NUMBER, "Last answers, 0 to 1", lambda f: f.satisfaction),
    Column(
        "satisfaction_trend",
        ColumnKind.NUMBER,
        "Largest fall of an item from its best answer, −1 to 0",
        lambda f: _level(f.answers.satisfaction_trend),
    ),
    Column(
        "attitude",
        ColumnKind.NUMBER,
        "Recommendation, trust and intention to buy again, 0 to 1",
        lambda f: _level(f.answers.attitude),
    ),
    Column(
        "answers",
        ColumnKind.JSON,
        "By measure the mean of the last answers, 0 to 1",
        lambda f: {measure: attitude.level for measure, attitude in f.attitudes.items()},
    ),
    Column("reasons_to_leave", ColumnKind.JSON, "By reason its weight, 0 to 1", lambda f: _levels(f.answers.reasons)),
    Column("motives_to_stay", ColumnKind.JSON, "By motive its weight, 0 to 1", lambda f: _levels(f.answers.motives)),
    Column("barriers", ColumnKind.JSON, "By barrier its strength, 0 to 1", lambda f: _levels(f.answers.barriers)),
)
LABELS = (
    Label(
        "no_purchase_in_90_days",
        ColumnKind.YES_NO,
        "Whether nothing was bought in the 90 days after the day",
        lambda seen: seen.no_purchase,
    ),
    Label(
        "purchase_days_in_90_days",
        ColumnKind.COUNT,
        "On how many of these days something was bought and kept",
        lambda seen: seen.purchase_days,
    ),
)


def row(seen: Outcome, *, digits: int, labels: bool = False) -> dict[str, Value]:
    """Return the values of a customer by column; `digits` are the decimals of money."""
    found = {column.name: _cell(column, column.read(seen.features), digits) for column in COLUMNS}
    return found | {label.name: label.read(seen) for label in LABELS} if labels else found


def _cell(column: Column, value: Any, digits: int) -> Value:  # noqa: ANN401 - as the features have it
    if column.kind is ColumnKind.MONEY:
        return Decimal(value).scaleb(-digits)
    if column.kind is ColumnKind.JSON:
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    read: Value = value
    return read


def _complaint(complaint: ComplaintFeature) -> dict[str, Any]:
    return {
        "severity": complaint.severity,
        "category": complaint.category,
        "ladder": complaint.stage,
        "opened": complaint.opened,
        "days_since_end": complaint.days_since_end,
    }


def _level(answer: SurveyLevel | None) -> float | None:
    return None if answer is None else answer.level


def _levels(answers: Mapping[str, SurveyLevel]) -> dict[str, float]:
    return {str(code): answer.level for code, answer in answers.items()}
