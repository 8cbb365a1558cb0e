"""HTTP schemas of the market basket."""

from datetime import date
from typing import Literal

from heed_common.fields import ResponseModel


class BasketRuleOut(ResponseModel):
    """Of all purchases `support` have both; of those with `given`, `confidence` have `then`, `lift` times the usual."""

    given: str
    """Category or article that was bought."""
    then: str
    """Category or article that was bought with it."""
    together: int
    """Purchases with both."""
    support: float
    """`together` as a share of all purchases, 0 to 1."""
    confidence: float
    """Share of the purchases with `given` that also have `then`, 0 to 1."""
    lift: float
    """`confidence` divided by the share of all purchases with `then`; above 1: more often than by chance."""


class BasketOut(ResponseModel):
    """Both directions of each pair, the highest lift first."""

    level: Literal["category", "product"]
    """Whether categories or articles are paired."""
    since: date
    """First day of the purchases."""
    until: date
    """Last day of the purchases, inclusive."""
    baskets: int
    """Purchases that name what was in them."""
    least_together: int
    """Pairs in fewer purchases are left out."""
    cut: bool
    """Whether older purchases or rarer names were left out because there are too many."""
    items: list[BasketRuleOut]
