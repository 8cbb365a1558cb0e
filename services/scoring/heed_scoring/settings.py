"""What scoring is told by its environment."""

from typing import ClassVar

from heed_common.settings import ServiceSettings
from heed_scoring.model import Money


class Settings(ServiceSettings):
    service: ClassVar[str] = "scoring"

    @property
    def money(self) -> Money:
        """The currency of all values, and the rates of the others."""
        return Money(self.currency, {code: str(rate) for code, rate in sorted(self.rates.items())})
