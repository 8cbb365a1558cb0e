"""Settings of scoring."""

from decimal import Decimal
from typing import Annotated, ClassVar

from pydantic import Field

from heed_common.settings import ServiceSettings
from heed_scoring.engine.money import Money
from heed_scoring.ledger.entry import AMOUNT_DIGITS

Cost = Annotated[Decimal, Field(ge=0, le=999_999_999, decimal_places=AMOUNT_DIGITS, allow_inf_nan=False)]


class Settings(ServiceSettings):
    service: ClassVar[str] = "scoring"

    fixed_marketing_cost: Cost = Decimal(0)
    """Of a customer, a year, in `currency`."""
    complaint_cost: Cost = Decimal(0)
    """Of handling one, in `currency`."""

    @property
    def money(self) -> Money:
        """Return the currency of all values, the rates of the others, and the costs that no event contains."""
        return Money(
            self.currency,
            {code: str(rate) for code, rate in sorted(self.rates.items())},
            _plain(self.fixed_marketing_cost),
            _plain(self.complaint_cost),
        )


def _plain(cost: Decimal) -> str:
    """Return the same text for equal costs, so that the version of the model stays the same."""
    return f"{cost.normalize():f}"
