"""Types of the fields that conditions use, and parsing of the values that they are compared with. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from pydantic import TypeAdapter, ValidationError

from heed_common.fields import PLAIN_DECIMAL, Moment, format_decimal
from heed_common.text import comparison_key, is_blank

MAX_TEXT = 200
MAX_NUMBER = 10**20
MOMENT_PARSER: TypeAdapter[datetime] = TypeAdapter(Moment)


class ConditionValueError(ValueError):
    """The message names the rule and never repeats the value."""


class Shape(StrEnum):
    TEXT = "text"
    TEXTS = "texts"
    """A list of texts, such as tags."""
    CHOICE = "choice"
    """One of a closed list of texts."""
    RANK = "rank"
    """One of an ordered list of texts."""
    BOOLEAN = "boolean"
    NUMBER = "number"
    MOMENT = "moment"


@dataclass(frozen=True, slots=True)
class FieldType:
    """Type of a field."""

    shape: Shape
    choices: tuple[str, ...] = ()
    is_normalized: bool = False
    """Whether texts are compared by their normal form; ids and codes are compared unchanged."""

    def parse(self, value: object) -> object:
        """Return the value in the type of the facts. Raises `ConditionValueError`."""
        if self.choices:
            return _choice(value, self.choices)
        return PARSERS[self.shape](value)

    def comparable(self, fact: Any) -> Any:  # noqa: ANN401 the type of the field
        """Return the fact or value for comparison: a float as the number that it shows, free text normalised."""
        if self.shape is Shape.NUMBER and isinstance(fact, float):
            return Decimal(repr(fact))
        return comparison_key(fact) if self.is_normalized else fact

    def is_ordered(self, fact: object) -> bool:
        """Return whether the fact can be ordered: choices of a newer service are neither less nor greater."""
        return self.shape is not Shape.RANK or fact in self.choices

    def rank(self, value: Any) -> Any:  # noqa: ANN401 as above
        """Return the value by which facts are ordered."""
        return self.choices.index(value) if self.shape is Shape.RANK else value


TEXT, TEXTS, FREE_TEXT = FieldType(Shape.TEXT), FieldType(Shape.TEXTS), FieldType(Shape.TEXT, is_normalized=True)
BOOLEAN, NUMBER, MOMENT = FieldType(Shape.BOOLEAN), FieldType(Shape.NUMBER), FieldType(Shape.MOMENT)


def choice(*choices: str) -> FieldType:
    """Return the type of a field with one of these texts."""
    return FieldType(Shape.CHOICE, choices)


def ordered_choice(*choices: str) -> FieldType:
    """Return the type of a field with one of these texts, ordered from the least to the greatest."""
    return FieldType(Shape.RANK, choices)


def _choice(value: object, choices: tuple[str, ...]) -> str:
    # Compared one by one: a list or an object would not even hash.
    if not isinstance(value, str) or value not in choices:
        raise ConditionValueError(f"This must be one of {', '.join(choices)}.")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > MAX_TEXT or is_blank(value):
        raise ConditionValueError(f"This must be a text of 1 to {MAX_TEXT} characters that can be seen.")
    return value


def _boolean(value: object) -> bool:
    if not isinstance(value, bool):
        raise ConditionValueError("This must be true or false.")
    return value


def _number(value: object) -> Decimal:
    # As it is written: 0.1 is meant, not its neighbour in binary.
    literal = format_decimal(Decimal(repr(value))) if isinstance(value, float) else value
    if isinstance(literal, str) and PLAIN_DECIMAL.fullmatch(literal):
        return Decimal(literal)
    if not isinstance(literal, int) or isinstance(literal, bool) or abs(literal) >= MAX_NUMBER:
        raise ConditionValueError(
            "This must be a number of at most 20 digits, or a plain decimal such as 12.50 as a text."
        )
    return Decimal(literal)


def _moment(value: object) -> datetime:
    try:
        return MOMENT_PARSER.validate_python(value)
    except ValidationError:
        raise ConditionValueError("This must be a moment with its zone, such as 2026-03-02T12:00:00Z.") from None


PARSERS: dict[Shape, Callable[[object], object]] = {
    Shape.TEXT: _text,
    Shape.BOOLEAN: _boolean,
    Shape.NUMBER: _number,
    Shape.MOMENT: _moment,
}
