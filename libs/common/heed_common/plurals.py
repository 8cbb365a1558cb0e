"""Texts with placeholders and words that depend on a number."""

from string import Formatter


class _PluralFormatter(Formatter):
    def format_field(self, value: object, format_spec: str) -> str:
        singular, is_plural, plural = format_spec.partition("|")
        if is_plural:
            return singular if value == 1 else plural
        return format(value, format_spec)


_FORMATTER = _PluralFormatter()


def fill(text: str, /, **values: object) -> str:
    """Return the text with its placeholders filled; `{count:customer|customers}` is the first word for one only."""
    return _FORMATTER.vformat(text, (), values)
