"""Numbers for titles and labels of plots, in English or Chinese. Pure; imports no plotting library."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Literal

Language = Literal["en", "zh"]

MIN_SHOWN, ONE_DECIMAL_BELOW = 0.001, 0.0995
UNITS: Mapping[Language, tuple[tuple[Decimal, str], ...]] = {
    "en": ((Decimal(10) ** 9, "bn"), (Decimal(10) ** 6, "M"), (Decimal(10) ** 3, "k")),
    "zh": ((Decimal(10) ** 8, "亿"), (Decimal(10) ** 4, "万")),
}


def percent(part: Decimal | float, whole: Decimal | float = 1) -> str:
    """Return a share in per cent with two digits; 0 % and 100 % are shown for exactly none and all only."""
    share = float(part) / float(whole) if whole > 0 else 0.0
    if 0 < share < MIN_SHOWN:
        return f"<{MIN_SHOWN:.1%}"
    return f"{share:.0%}" if share in {0.0, 1.0} or ONE_DECIMAL_BELOW < share < 0.995 else f"{share:.1%}"


def money(language: Language, amount: Decimal, currency: str) -> str:
    """Return an amount with three significant digits."""
    for least, unit in UNITS[language]:
        if abs(amount) >= least:
            return (
                f"{currency} {amount / least:.3g}{unit}"
                if abs(amount) < 1000 * least
                else f"{currency} {amount / least:,.0f}{unit}"
            )
    return f"{currency} {amount:,.0f}"
