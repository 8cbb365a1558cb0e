"""What may be supposed of a customer, and what is answered."""

import re
from datetime import timedelta
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from heed_common.fields import Amount, AmountText, Money, RequestModel, ResponseModel, validation_error
from heed_scoring.insights.what_if.rules import Hypothesis
from heed_scoring.ledger.entry import SCALE
from heed_scoring.scores.schemas import ScoreOut

ISO_8601 = re.compile(r"P(?=[0-9T])([0-9]{1,4}W)?([0-9]{1,4}D)?(T(?=[0-9])([0-9]{1,4}H)?([0-9]{1,5}M)?([0-9]{1,7}S)?)?")
DAY = timedelta(days=1)
MAX_DURATION = timedelta(days=3650)


def _written_as_iso_8601(value: object) -> object:
    if isinstance(value, str) and ISO_8601.fullmatch(value):
        return value
    raise validation_error("duration_format", "must be a duration of ISO 8601, such as PT4H or P30D")


Duration = Annotated[
    timedelta,
    Field(gt=timedelta(), le=MAX_DURATION),
    BeforeValidator(_written_as_iso_8601),
    WithJsonSchema({"type": "string", "format": "duration", "examples": ["PT4H"]}),
]


class HypotheticalPurchaseIn(RequestModel):
    """A purchase of today, in the currency that values are given in."""

    gross: Money
    margin: Money

    @model_validator(mode="after")
    def _earns_at_most_its_price(self) -> Self:
        if self.margin > self.gross:
            raise validation_error("margin_above_gross", "margin must not be above gross")
        return self


class WhatIfIn(RequestModel):
    """What is supposed to happen: at least one thing, and of a complaint only one end."""

    resolve_complaint_within: Duration | None = None
    """So long from now; whether that is quick is judged by the default targets: critical 24 h, major 48 h, minor 5 d
    from receipt."""
    leave_unresolved: Literal[True] | None = None
    """True: the complaint ends unresolved."""
    complaint_id: UUID | None = None
    """An open complaint of the customer; without it the heaviest is meant."""
    buy_today: HypotheticalPurchaseIn | None = None
    """A purchase that is supposed to happen now; null: none."""
    no_purchase_for: Duration | None = None
    """The score is then that of so many whole days ahead."""

    @model_validator(mode="after")
    def _supposes_something(self) -> Self:
        ends = (self.resolve_complaint_within, self.leave_unresolved)
        if ends == (None, None) and self.buy_today is None and self.no_purchase_for is None:
            raise validation_error("nothing_supposed", "needs something to suppose")
        if None not in ends:
            raise validation_error("two_ends", "may either resolve the complaint or leave it unresolved")
        if self.complaint_id is not None and ends == (None, None):
            raise validation_error("complaint_without_end", "names a complaint without saying what becomes of it")
        if self.no_purchase_for is not None and self.no_purchase_for < DAY:
            raise validation_error("shorter_than_a_day", "no_purchase_for must be a day or longer")
        return self

    def as_hypothesis(self) -> Hypothesis:
        bought = self.buy_today
        return Hypothesis(
            resolve_within=self.resolve_complaint_within,
            leave_unresolved=self.leave_unresolved is True,
            complaint_id=self.complaint_id,
            gross=None if bought is None else int(bought.gross * SCALE),
            margin=0 if bought is None else int(bought.margin * SCALE),
            days_without_purchase=0 if self.no_purchase_for is None else self.no_purchase_for // DAY,
        )


class DifferenceOut(ResponseModel):
    """What is then, less what is now."""

    value: Amount
    """In money, in the currency of the scores."""
    loyalty: float | None
    """In points; null where either index is not known."""
    churn_risk: float
    value_at_risk: Amount


class FactorDifferenceOut(ResponseModel):
    """Those of one score add up to its difference exactly."""

    score: Literal["value", "loyalty", "churn_risk"]
    """The score of which it is a part."""
    factor: str
    now: float | AmountText
    """Contribution now; money as a decimal string."""
    then: float | AmountText
    """Contribution then; money as a decimal string."""
    difference: float | AmountText
    """`then` less `now`; money as a decimal string."""


class WhatIfOut(ResponseModel):
    """Two scores and what lies between them. Nothing of it is stored.

    What many customers in either state did is compared: an association, not a proven effect of bringing one about.
    """

    customer_id: UUID
    complaint_id: UUID | None
    """The complaint that was supposed to end."""
    now: ScoreOut
    """The score of this moment."""
    then: ScoreOut
    """The score if what is supposed happened."""
    difference: DifferenceOut
    """What is then, less what is now."""
    factors: list[FactorDifferenceOut]
    """Contributions that differ; those of one score add up to its difference."""
    note: str
    """What the comparison does not prove, in the language that `Accept-Language` prefers."""
