"""The currency of all values, the rates of the others, and the costs that no event contains. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property

from heed_scoring.ledger.entry import AMOUNT_DIGITS


@dataclass(frozen=True)
class Money:
    """The currency that values are given in, what one unit of each other one is worth in it, and what a customer costs
    in it that no event tells of."""

    currency: str = "USD"
    rates: Mapping[str, str] = field(default_factory=dict)
    fixed_marketing_cost: str = "0"
    """Of a customer, a year."""
    complaint_cost: str = "0"
    """Of handling one."""

    @cached_property
    def digits(self) -> int:
        """Amounts of all currencies are added exactly, as integers with that many digits behind the point."""
        return AMOUNT_DIGITS + max((-_exponent(rate) for rate in self.rates.values()), default=0)

    @cached_property
    def weights(self) -> Mapping[str, int]:
        """What 1/10 000 of a currency is worth, in the last of these digits."""
        scale = self.digits - AMOUNT_DIGITS
        rated = {currency: int(Decimal(rate).scaleb(scale)) for currency, rate in self.rates.items()}
        return rated | {self.currency: 10**scale}

    @cached_property
    def fixed_marketing(self) -> int:
        """Of a customer, a year, as an integer with `digits` behind the point."""
        return int(Decimal(self.fixed_marketing_cost).scaleb(self.digits))

    @cached_property
    def complaint(self) -> int:
        """Of handling one, as an integer with `digits` behind the point."""
        return int(Decimal(self.complaint_cost).scaleb(self.digits))

    def rate(self, currency: str) -> Decimal | None:
        """None where nothing is known: such amounts are left out, never added."""
        if currency == self.currency:
            return Decimal(1)
        rate = self.rates.get(currency)
        return Decimal(rate) if rate is not None else None


def _exponent(rate: str) -> int:
    exponent = Decimal(rate).as_tuple().exponent
    return min(exponent, 0) if isinstance(exponent, int) else 0
