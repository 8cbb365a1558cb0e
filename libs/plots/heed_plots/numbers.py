"""Numbers as people read them in a title or beside a bar, English or Chinese. Pure; loads no drawing library."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Literal

Language = Literal["en", "zh"]

LEAST, FEW = 0.001, 0.0995
STEPS: Mapping[Language, tuple[tuple[Decimal, str], ...]] = {
    "en": ((Decimal(10) ** 9, "bn"), (Decimal(10) ** 6, "M"), (Decimal(10) ** 3, "k")),
    "zh": ((Decimal(10) ** 8, "亿"), (Decimal(10) ** 4, "万")),
}


def percent(part: Decimal | float, whole: Decimal | float = 1) -> str:
    """Two digits where they matter: neither nobody nor everybody is said of a few."""
    share = float(part) / float(whole) if whole > 0 else 0.0
    if 0 < share < LEAST:
        return f"<{LEAST:.1%}"
    return f"{share:.0%}" if share in {0.0, 1.0} or FEW < share < 0.995 else f"{share:.1%}"


def money(language: Language, amount: Decimal, currency: str) -> str:
    """Three digits, for people."""
    for least, unit in STEPS[language]:
        if abs(amount) >= least:
            return (
                f"{currency} {amount / least:.3g}{unit}"
                if abs(amount) < 1000 * least
                else f"{currency} {amount / least:,.0f}{unit}"
            )
    return f"{currency} {amount:,.0f}"
