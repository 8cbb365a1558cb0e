"""HTTP schemas of the market basket."""

from datetime import date
from typing import Literal

from heed_common.fields import ResponseModel


class BasketRuleOut(ResponseModel):
    """Of all purchases `support` have both; of those with `given`, `confidence` have `then`, `lift` times the usual."""

    given: str
    then: str
    together: int
    support: float
    confidence: float
    lift: float


class BasketOut(ResponseModel):
    """Both directions of each pair, the highest lift first."""

    level: Literal["category", "product"]
    since: date
    until: date
    baskets: int
    """Purchases that name what was in them."""
    least_together: int
    cut: bool
    """Whether older purchases or rarer names were left out because there are too many."""
    items: list[BasketRuleOut]
