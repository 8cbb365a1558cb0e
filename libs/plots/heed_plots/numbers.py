"""Numbers for titles, labels and tables, in English or Chinese. Pure; imports no plotting library.

Each kind of number has one function here, which all plots and pages call.
"""

from collections.abc import Mapping
from decimal import Decimal
from math import isfinite
from typing import Literal

Language = Literal["en", "zh"]

DASH, MINUS = "–", "\u2212"
"""Shown where there is no number, and the sign of a negative one."""
MIN_SHOWN, ONE_DECIMAL_BELOW, ONE_DECIMAL_FROM, MAX_SHOWN = 0.001, 0.0995, 0.995, 0.999
MIN_FOR_PERCENT = 20
"""Of fewer a share is shown in counts: a share in per cent would look more certain than it is."""
UNITS: Mapping[Language, tuple[tuple[Decimal, str], ...]] = {
    "en": ((Decimal(10) ** 9, "bn"), (Decimal(10) ** 6, "M"), (Decimal(10) ** 3, "k")),
    "zh": ((Decimal(10) ** 8, "亿"), (Decimal(10) ** 4, "万")),
}
MINUTE, HOUR, DAY = 60, 3600, 86_400
TIMES: Mapping[Language, tuple[str, str, str, str]] = {
    "en": (" s", " min", " h", " d"),
    "zh": ("秒", "分钟", "小时", "天"),
}
HOURS = 2
UNIT_SECONDS, UNIT_FROM = (1, MINUTE, HOUR, DAY), (MINUTE, 2 * HOUR, 2 * DAY)
"""Seconds, minutes, hours and days, and from how many seconds on the next unit is taken."""


def decimal(number: float | None, digits: int = 0) -> str:
    """Return the number rounded, with a minus sign and never "−0"; a dash where there is none."""
    if number is None or not isfinite(number):
        return DASH
    text = f"{abs(number):,.{digits}f}"
    is_zero = not text.strip("0.,")
    return f"{MINUS}{text}" if number < 0 and not is_zero else text


def percent(part: Decimal | float | None, whole: Decimal | float = 1, *, digits: int | None = None) -> str:
    """Return a share in per cent with two digits, or with so many decimals; a dash if it is a share of nothing.

    0 % and 100 % are shown for exactly none and all only, unless the number of decimals is given.
    """
    share = float(part) / float(whole) if part is not None and whole else float("nan")
    if digits is not None or not isfinite(share):
        text = decimal(100 * share, digits or 0)
        return text if text == DASH else f"{text}%"
    size, sign = abs(share), MINUS if share < 0 else ""
    if 0 < size < MIN_SHOWN:
        return f"{'<' if share > 0 else '>'}{sign}{100 * MIN_SHOWN:.1f}%"
    if MAX_SHOWN < size < 1:
        return f"{'>' if share > 0 else '<'}{sign}{100 * MAX_SHOWN:.1f}%"
    has_decimal = 0 < size < ONE_DECIMAL_BELOW or ONE_DECIMAL_FROM <= size < 1
    return f"{sign}{100 * size:,.{int(has_decimal)}f}%"


def proportion(language: Language, count: int, of: int) -> str:
    """Return a share for a sentence: in per cent, or in counts if it is a share of a few."""
    if of >= MIN_FOR_PERCENT or of <= 0:
        return percent(count, of)
    return f"{count:,}/{of:,}" if language == "zh" else f"{count:,} of {of:,}"


def money(language: Language, amount: Decimal, currency: str) -> str:
    """Return an amount with three significant digits."""
    size = abs(amount)
    rounded = size if size < 1 else round(size, 2 - size.adjusted())
    for least, unit in UNITS[language]:
        if rounded >= least:
            shown = rounded / least
            text = f"{shown:,.0f}" if shown >= 100 else f"{float(shown):g}"
            return f"{currency} {MINUS if amount < 0 else ''}{text}{unit}"
    return f"{currency} {decimal(float(amount))}"


def duration(language: Language, seconds: float | None, *, like: float | None = None) -> str:
    """Return a duration with three digits in a unit that fits its size; a dash where there is none.

    `like` is the duration whose unit is taken instead, so that a column has one unit.
    """
    if seconds is None or not isfinite(seconds):
        return DASH
    size = seconds if like is None else like
    unit = next((index for index, least in enumerate(UNIT_FROM) if size < least), len(UNIT_FROM))
    amount = seconds / UNIT_SECONDS[unit]
    digits = 0 if unit < HOURS and (like is None or amount >= 10) else max(2 - _exponent(amount), 0)
    text = f"{round(amount, digits):,.{digits}f}"
    return f"{text.rstrip('0').rstrip('.') if '.' in text else text}{TIMES[language][unit]}"


def _exponent(number: float) -> int:
    """Return the power of ten of the first digit."""
    return Decimal(number).adjusted() if number else 0
