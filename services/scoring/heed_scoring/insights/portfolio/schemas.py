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


class TierOut(ResponseModel):
    """A layer of the pyramid; shares are empty where there is nothing to share."""

    tier: Tier
    label: str
    customers: int
    share: float | None
    value: Amount
    current: Amount
    potential: Amount
    value_share: float | None
    value_at_risk: Amount


class PyramidOut(Report):
    """Curry's pyramid: few customers hold most of the value. Tiers as last published."""

    currency: str
    customers: int
    value: Amount
    value_at_risk: Amount
    tiers: list[TierOut]


class FlowOut(ResponseModel):
    """Customers with the margin that they brought in 365 days: up to `from` who was there, up to `until` who is."""

    customers: int
    margin: Amount
    margin_each: Amount | None


class LostOut(FlowOut):
    potential: Amount | None
    """Forecast of `from` for the following twelve months; null without a score then."""
    potential_known_of: int
    """Customers who had a forecast."""


class WonOut(FlowOut):
    new: int
    won_back: int
    """They had bought before, but were not active on `from`."""
    cost: Amount | None
    """All of them times `acquisition_cost`; empty where that is not given."""


class BucketOut(Report):
    """Active on a day is who has bought within the window that ends on it."""

    since: date = Field(alias="from", serialization_alias="from")
    until: date
    window_days: int
    currency: str
    start: FlowOut
    lost: LostOut
    won: WonOut
    kept: FlowOut
    end: FlowOut
    net_customers: int
    net_margin: Amount
    retention_rate: float | None


class CohortOut(ResponseModel):
    """Who bought first in one period, and how many of them bought in it and in each whole period after it."""

    start: date
    label: str
    customers: int
    active: list[int]
    retained: list[float]


class RetentionOut(Report):
    cohort: Literal["month", "quarter"]
    through: date
    """The last day of the last whole period; the running one is not over yet."""
    earlier_customers: int
    """They came before the first cohort shown."""
    overall: list[float]
    """Of all cohorts old enough, the share that bought so many periods later."""
    cohorts: list[CohortOut]


class MatrixOut(ResponseModel):
    """How many went from a class (row) to a class (column); `new` were not known on `from`."""

    rows: list[str]
    columns: list[str]
    labels: dict[str, str]
    customers: list[list[int]]
    up: int
    stayed: int
    down: int
    new: int


class MigrationOut(Report):
    """What was in force at the end of both days."""

    since: date = Field(alias="from", serialization_alias="from")
    until: date
    tiers: MatrixOut
    loyalty: MatrixOut


class AtRiskItem(ResponseModel):
    customer_id: UUID
    value_at_risk: Amount
    potential: Amount
    probability: float
    band: Band
    band_label: str
    reason: str
    reason_label: str
    tier: Tier


class AtRiskOut(Report):
    """Where most value is at risk, the largest first."""

    currency: str
    total: Amount
    items: list[AtRiskItem]
    next_cursor: str | None


class ClusterOut(ResponseModel):
    """A group of alike customers; its centre in natural units (geometric means)."""

    place: int
    label: str
    customers: int
    share: float
    recency_days: float
    purchase_days: float
    margin: Amount
    margin_share: float | None
    distinguishes: dict[Literal["recency", "frequency", "money"], float]
    """How far it lies from all others, in pooled standard deviations of the logarithms."""


class Frozen(Report):
    """As the model in force froze it at its fit; empty before the first one."""

    model_version: str
    observed_until: date | None
    currency: str
    customers: int


class ClustersOut(Frozen):
    clusters: list[ClusterOut]


Cuts = list[float]
"""Four of them, between the five classes."""


class RFMCutOffsOut(ResponseModel):
    """A value at a cut-off belongs below it."""

    recency_days: Cuts
    purchase_days: Cuts
    margin: Cuts


class RFMCell(ResponseModel):
    """Scores from 1, the worst, to 5, the best."""

    recency: int
    frequency: int
    money: int
    customers: int
    margin: Amount


class RFMOut(Frozen):
    cut_offs: RFMCutOffsOut | None
    cells: list[RFMCell]
