"""Numbers as the report prints them: a minus sign, a fixed number of digits, "−0" as 0."""

from datetime import date

from heed_common.languages import Language

MINUS = "\u2212"
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def decimal(number: float | None, digits: int = 0) -> str:
    """Return the number rounded; a dash where there is none."""
    if number is None:
        return "–"
    text = f"{abs(number):,.{digits}f}"
    is_zero = not text.strip("0.,")
    return f"{MINUS}{text}" if number < 0 and not is_zero else text


def percent(share: float | None, digits: int = 0) -> str:
    return "–" if share is None else f"{decimal(100 * share, digits)}%"


def day_text(day: date, language: Language) -> str:
    """Return the day as it is written in the language."""
    if language == "zh":
        return f"{day.year}年{day.month}月{day.day}日"
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"
