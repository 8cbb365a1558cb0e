"""Schemas of the portfolio reports. `finding` is a sentence in the caller's language."""

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import Field

from heed_common.fields import Amount, ResponseModel

Tier = Literal["A", "B", "C", "D"]
Band = Literal["low", "elevated", "high", "critical"]


class Report(ResponseModel):
    finding: str
    """The result in one sentence, in the language that `Accept-Language` prefers."""


class TierOut(ResponseModel):
    """A layer of the pyramid; shares are empty where there is nothing to share."""

    tier: Tier
    label: str
    """The layer in the language that `Accept-Language` prefers."""
    customers: int
    """Customers in the tier."""
    share: float | None
    """Their share of all customers, 0 to 1; null without customers."""
    value: Amount
    """Sum of their values, in `currency`."""
    current: Amount
    """Sum of their current values, in `currency`."""
    potential: Amount
    value_share: float | None
    """Share of the value of all customers, 0 to 1; null where the total is not positive."""
    value_at_risk: Amount


class PyramidOut(Report):
    """Curry's pyramid: few customers hold most of the value. Tiers as last published."""

    currency: str
    customers: int
    """Customers with a score."""
    value: Amount
    """Sum of all values, in `currency`."""
    value_at_risk: Amount
    tiers: list[TierOut]
    """From the top of the pyramid."""


class FlowOut(ResponseModel):
    """Customers with the margin that they brought in 365 days: up to `from` who was there, up to `until` who is."""

    customers: int
    """Customers in the flow."""
    margin: Amount
    margin_each: Amount | None
    """Margin for each of them; null without customers."""


class LostOut(FlowOut):
    potential: Amount | None
    """Forecast of `from` for the following twelve months; null without a score then."""
    potential_known_of: int
    """Customers who had a forecast."""


class WonOut(FlowOut):
    new: int
    """Customers who bought for the first time in the period."""
    won_back: int
    """They had bought before, but were not active on `from`."""
    cost: Amount | None
    """All of them times `acquisition_cost`; empty where that is not given."""


class BucketOut(Report):
    """Active on a day is who has bought within the window that ends on it."""

    since: date = Field(alias="from", serialization_alias="from")
    """Day on which the bucket is measured first."""
    until: date
    """Day on which it is measured again."""
    window_days: int
    """Days without a purchase after which a customer is no longer active."""
    currency: str
    start: FlowOut
    """Active on `from`."""
    lost: LostOut
    """Active on `from` and not on `until`."""
    won: WonOut
    """Active on `until` and not on `from`."""
    kept: FlowOut
    """Active on both days."""
    end: FlowOut
    """Active on `until`."""
    net_customers: int
    """Won less lost customers."""
    net_margin: Amount
    """Margin of the won less that of the lost customers, in `currency`."""
    retention_rate: float | None
    """Retained customers as a share of those at the start, 0 to 1; null if there were none."""


class CohortOut(ResponseModel):
    """Who bought first in one period, and how many of them bought in it and in each whole period after it."""

    start: date
    """First day of the period in which they bought first."""
    label: str
    """The period in words, in the language that `Accept-Language` prefers."""
    customers: int
    """Who bought first in that period."""
    active: list[int]
    """Number who bought, by periods since the first; the first number is all."""
    retained: list[float]
    """The same as shares, 0 to 1."""


class RetentionOut(Report):
    cohort: Literal["month", "quarter"]
    """Length of a period."""
    through: date
    """The last day of the last whole period; the running one is not over yet."""
    earlier_customers: int
    """They came before the first cohort shown."""
    overall: list[float]
    """Of all cohorts old enough, the share that bought so many periods later."""
    cohorts: list[CohortOut]
    """The oldest first."""


class MatrixOut(ResponseModel):
    """How many went from a class (row) to a class (column); `new` were not known on `from`."""

    rows: list[str]
    """Codes of the classes on `from`."""
    columns: list[str]
    """Codes of the classes on `until`."""
    labels: dict[str, str]
    """Classes in the language that `Accept-Language` prefers, by code."""
    customers: list[list[int]]
    """Number of customers by row and column."""
    up: int
    """Customers in a better class than before."""
    stayed: int
    """Customers in the same class."""
    down: int
    """Customers in a worse class than before."""
    new: int
    """Customers who had no class on `from`."""


class MigrationOut(Report):
    """What was in force at the end of both days."""

    since: date = Field(alias="from", serialization_alias="from")
    """Classes in force at the end of this day are the rows."""
    until: date
    """Classes in force at the end of this day are the columns."""
    tiers: MatrixOut
    """From tier to tier."""
    loyalty: MatrixOut
    """From loyalty class to loyalty class."""


class AtRiskItem(ResponseModel):
    customer_id: UUID
    value_at_risk: Amount
    potential: Amount
    probability: float
    """Of no purchase within the horizon, 0 to 1."""
    band: Band
    band_label: str
    """The band in the language that `Accept-Language` prefers."""
    reason: str
    """Code of the likeliest reason to leave."""
    reason_label: str
    """The reason in the language that `Accept-Language` prefers."""
    tier: Tier


class AtRiskOut(Report):
    """Where most value is at risk, the largest first."""

    currency: str
    total: Amount
    """Value at risk of all customers, in `currency`, also beyond this page."""
    items: list[AtRiskItem]
    next_cursor: str | None


class ClusterOut(ResponseModel):
    """A group of alike customers; its centre in natural units (geometric means)."""

    place: int
    """0 for those who bought once; the others follow by rising money."""
    label: str
    """What is typical of the group, in the language that `Accept-Language` prefers."""
    customers: int
    """Customers in the group."""
    share: float
    """Their share of all customers, 0 to 1."""
    recency_days: float
    """Days since the last purchase, at the centre of the group."""
    purchase_days: float
    margin: Amount
    margin_share: float | None
    """Share of the margin of all customers, 0 to 1; null where the total is not positive."""
    distinguishes: dict[Literal["recency", "frequency", "money"], float]
    """How far it lies from all others, in pooled standard deviations of the logarithms."""


class Frozen(Report):
    """As the model in force froze it at its fit; empty before the first one."""

    model_version: str
    observed_until: date | None
    """Last day of the purchases that the model was fitted to; null before the first fit."""
    currency: str
    customers: int
    """Customers when the model was fitted."""


class ClustersOut(Frozen):
    clusters: list[ClusterOut]
    """Ordered by money."""


Cuts = list[float]
"""Four of them, between the five classes."""


class RFMCutOffsOut(ResponseModel):
    """A value at a cut-off belongs below it."""

    recency_days: Cuts
    """Four limits between the five classes, in days since the last purchase."""
    purchase_days: Cuts
    margin: Cuts


class RFMCell(ResponseModel):
    """Scores from 1, the worst, to 5, the best."""

    recency: int
    """5 for those who bought last."""
    frequency: int
    """5 for those with the most purchase days."""
    money: int
    """5 for those with the highest margin."""
    customers: int
    """Customers with these three scores."""
    margin: Amount


class RFMOut(Frozen):
    cut_offs: RFMCutOffsOut | None
    cells: list[RFMCell]
    """Combinations of scores that occur."""
