"""The kinds of facts that conditions are about, and how the values to compare them with are read. Pure."""

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
MOMENT_READER: TypeAdapter[datetime] = TypeAdapter(Moment)


class ConditionValueError(ValueError):
    """Says what a value must be, never what it was."""


class Shape(StrEnum):
    TEXT = "text"
    TEXTS = "texts"
    """Several of them, such as tags."""
    CHOICE = "choice"
    """A text of a closed list."""
    RANK = "rank"
    """A text of a closed list in which one comes after the other."""
    BOOLEAN = "boolean"
    NUMBER = "number"
    MOMENT = "moment"


@dataclass(frozen=True, slots=True)
class FieldType:
    """What a field holds."""

    shape: Shape
    choices: tuple[str, ...] = ()
    is_normalized: bool = False
    """Whether texts are the same that have the same normal form; ids and codes are compared as they are."""

    def parse(self, value: object) -> object:
        """The value as facts are compared with it. Raises `NotOfThisKind`."""
        if self.choices:
            return _choice(value, self.choices)
        return READERS[self.shape](value)

    def comparable(self, fact: Any) -> Any:  # noqa: ANN401 whatever the service keeps
        """The fact or value in the form that is compared: a float as the number that it shows, free text normalised."""
        if self.shape is Shape.NUMBER and isinstance(fact, float):
            return Decimal(repr(fact))
        return comparison_key(fact) if self.is_normalized else fact

    def is_ordered(self, fact: object) -> bool:
        """A service that is ahead of this one may know more choices: those are neither less nor greater."""
        return self.shape is not Shape.RANK or fact in self.choices

    def rank(self, value: Any) -> Any:  # noqa: ANN401 as above
        """What is greater has the greater one."""
        return self.choices.index(value) if self.shape is Shape.RANK else value


TEXT, TEXTS, FREE_TEXT = FieldType(Shape.TEXT), FieldType(Shape.TEXTS), FieldType(Shape.TEXT, is_normalized=True)
BOOLEAN, NUMBER, MOMENT = FieldType(Shape.BOOLEAN), FieldType(Shape.NUMBER), FieldType(Shape.MOMENT)


def choice(*choices: str) -> FieldType:
    """A text of a closed list."""
    return FieldType(Shape.CHOICE, choices)


def ordered_choice(*choices: str) -> FieldType:
    """The same, from the least to the greatest."""
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
    written = format_decimal(Decimal(repr(value))) if isinstance(value, float) else value
    if isinstance(written, str) and PLAIN_DECIMAL.fullmatch(written):
        return Decimal(written)
    if not isinstance(written, int) or isinstance(written, bool) or abs(written) >= MAX_NUMBER:
        raise ConditionValueError(
            "This must be a number of at most 20 digits, or a plain decimal such as 12.50 as a text."
        )
    return Decimal(written)


def _moment(value: object) -> datetime:
    try:
        return MOMENT_READER.validate_python(value)
    except ValidationError:
        raise ConditionValueError("This must be a moment with its zone, such as 2026-03-02T12:00:00Z.") from None


READERS: dict[Shape, Callable[[object], object]] = {
    Shape.TEXT: _text,
    Shape.BOOLEAN: _boolean,
    Shape.NUMBER: _number,
    Shape.MOMENT: _moment,
}
