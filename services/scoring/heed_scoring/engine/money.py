"""Currency of all values, rates of the other currencies, and costs that no event contains. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property

from heed_scoring.ledger.entry import AMOUNT_DIGITS


@dataclass(frozen=True)
class Money:
    """Currency of all values, exchange rates into it, and costs per customer that no event contains."""

    currency: str = "USD"
    rates: Mapping[str, str] = field(default_factory=dict)
    fixed_marketing_cost: str = "0"
    """Per customer and year."""
    complaint_cost: str = "0"
    """Per complaint handled."""

    @cached_property
    def digits(self) -> int:
        """Return the decimal digits with which amounts of all currencies are added exactly, as integers."""
        return AMOUNT_DIGITS + max((-_exponent(rate) for rate in self.rates.values()), default=0)

    @cached_property
    def weights(self) -> Mapping[str, int]:
        """Return the value of 1/10 000 of each currency, as an integer with `digits` decimals."""
        scale = self.digits - AMOUNT_DIGITS
        rated = {currency: int(Decimal(rate).scaleb(scale)) for currency, rate in self.rates.items()}
        return rated | {self.currency: 10**scale}

    @cached_property
    def fixed_marketing(self) -> int:
        """Return the fixed marketing cost per customer and year, as an integer with `digits` decimals."""
        return int(Decimal(self.fixed_marketing_cost).scaleb(self.digits))

    @cached_property
    def complaint(self) -> int:
        """Return the cost of handling a complaint, as an integer with `digits` decimals."""
        return int(Decimal(self.complaint_cost).scaleb(self.digits))

    def rate(self, currency: str) -> Decimal | None:
        """Return the exchange rate; None if unknown: such amounts are left out of all sums."""
        if currency == self.currency:
            return Decimal(1)
        rate = self.rates.get(currency)
        return Decimal(rate) if rate is not None else None


def _exponent(rate: str) -> int:
    exponent = Decimal(rate).as_tuple().exponent
    return min(exponent, 0) if isinstance(exponent, int) else 0
