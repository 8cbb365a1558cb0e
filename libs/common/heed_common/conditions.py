"""Condition language: operators write conditions as JSON; they are parsed once and evaluated for many facts. Pure.

A condition is `{"all": […]}`, `{"any": […]}`, `{"not": …}` or `{"field", "op", "value"}`. An unknown fact
passes no test but `ne`, which is the opposite of `eq`, and `known` with `false`. So "not A" is true for a customer
without a tier, while neither "below 10" nor "10 and above" is true for an unknown amount.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from operator import eq, ge, gt, le, lt
from typing import Any, Protocol

from heed_common.condition_values import TEXT, ConditionValueError, FieldType, Shape
from heed_common.errors import Unprocessable
from heed_common.fields import format_decimal, format_moment
from heed_common.text import normalize_for_comparison

MAX_DEPTH = 8
MAX_PARTS = 200
"""Tests and their combinations in one condition."""
MAX_VALUES = 200
MEMBERS = frozenset({"field", "op", "value"})

Facts = Mapping[str, object]


class ConditionError(Unprocessable):
    """An invalid condition, with a JSON pointer to the invalid part."""

    code, title = "condition_invalid", "The condition does not make sense."
    advice = (
        "Look at the part that `pointer` names: fields, operators and kinds of values are listed with the resource."
    )


class Op(StrEnum):
    EQ = "eq"
    NE = "ne"
    LT = "lt"
    LE = "le"
    GT = "gt"
    GE = "ge"
    IN = "in"
    CONTAINS = "contains"
    KNOWN = "known"


ORDER: dict[Op, Callable[[Any, Any], bool]] = {Op.LT: lt, Op.LE: le, Op.GT: gt, Op.GE: ge}
PLAIN = (Op.EQ, Op.NE, Op.IN, Op.KNOWN)
OPS: dict[Shape, frozenset[Op]] = {
    Shape.TEXT: frozenset({*PLAIN, Op.CONTAINS}),
    Shape.TEXTS: frozenset({Op.CONTAINS, Op.KNOWN}),
    Shape.CHOICE: frozenset(PLAIN),
    Shape.RANK: frozenset({*PLAIN, *ORDER}),
    Shape.BOOLEAN: frozenset({Op.EQ, Op.NE, Op.KNOWN}),
    Shape.NUMBER: frozenset({*PLAIN, *ORDER}),
    Shape.MOMENT: frozenset({*PLAIN, *ORDER}),
}


class Condition(Protocol):
    """A test of facts. Equal conditions compare equal."""

    def matches(self, facts: Facts) -> bool: ...

    def required_fields(self) -> frozenset[str]:
        """Return the fields that the condition reads."""
        ...

    def as_json(self) -> dict[str, Any]:
        """Return the condition as an operator writes it."""
        ...


@dataclass(frozen=True, slots=True)
class All:
    """True if every part is true; also without parts."""

    parts: tuple[Condition, ...]

    def matches(self, facts: Facts) -> bool:
        return all(part.matches(facts) for part in self.parts)

    def required_fields(self) -> frozenset[str]:
        return frozenset[str]().union(*(part.required_fields() for part in self.parts))

    def as_json(self) -> dict[str, Any]:
        return {"all": [part.as_json() for part in self.parts]}


@dataclass(frozen=True, slots=True)
class AnyOf:
    """True if at least one part is true; never without parts."""

    parts: tuple[Condition, ...]

    def matches(self, facts: Facts) -> bool:
        return any(part.matches(facts) for part in self.parts)

    def required_fields(self) -> frozenset[str]:
        return frozenset[str]().union(*(part.required_fields() for part in self.parts))

    def as_json(self) -> dict[str, Any]:
        return {"any": [part.as_json() for part in self.parts]}


@dataclass(frozen=True, slots=True)
class Not:
    part: Condition

    def matches(self, facts: Facts) -> bool:
        return not self.part.matches(facts)

    def required_fields(self) -> frozenset[str]:
        return self.part.required_fields()

    def as_json(self) -> dict[str, Any]:
        return {"not": self.part.as_json()}


@dataclass(frozen=True, slots=True)
class Comparison:
    """Comparison of one fact with a value."""

    field: str
    kind: FieldType
    op: Op
    value: Any

    def matches(self, facts: Facts) -> bool:
        fact = facts.get(self.field)
        if self.op is Op.KNOWN:
            return (fact is not None) is self.value
        if fact is None:
            return self.op is Op.NE
        return self._passes(self.kind.comparable(fact))

    def required_fields(self) -> frozenset[str]:
        return frozenset({self.field})

    def _passes(self, fact: Any) -> bool:  # noqa: ANN401 the field type has made it comparable with the value
        if self.op is Op.IN:
            return fact in map(self.kind.comparable, self.value)
        if self.op is Op.CONTAINS:
            return self.value in fact if self.kind.shape is Shape.TEXTS else _contains(self.value, fact)
        if self.op in ORDER:
            return self.kind.is_ordered(fact) and ORDER[self.op](self.kind.rank(fact), self.kind.rank(self.value))
        return eq(fact, self.kind.comparable(self.value)) is (self.op is Op.EQ)

    def as_json(self) -> dict[str, Any]:
        return {"field": self.field, "op": str(self.op), "value": _to_json(self.value)}


def _contains(value: str, fact: str) -> bool:
    return normalize_for_comparison(value) in normalize_for_comparison(fact)


def parse(value: object, fields: Mapping[str, FieldType], *, pointer: str = "") -> Condition:
    """Parse a condition at `pointer` of a document. Raises `ConditionError` with a pointer to the invalid part."""
    return _Parser(fields).parse(value, pointer, depth=1)


class _Parser:
    """Recursive parser that counts the parts."""

    def __init__(self, fields: Mapping[str, FieldType]) -> None:
        self._fields = fields
        self._parts = 0

    def parse(self, value: object, at: str, *, depth: int) -> Condition:
        self._parts += 1
        if depth > MAX_DEPTH:
            raise ConditionError(f"A condition is at most {MAX_DEPTH} levels deep.", pointer=at)
        if self._parts > MAX_PARTS:
            raise ConditionError(f"A condition has at most {MAX_PARTS} parts.", pointer=at)
        if not isinstance(value, dict):
            raise ConditionError("A condition is an object.", pointer=at)
        match list(value):
            case ["all"]:
                return All(self._list(value["all"], f"{at}/all", depth=depth))
            case ["any"]:
                return AnyOf(self._list(value["any"], f"{at}/any", depth=depth))
            case ["not"]:
                return Not(self.parse(value["not"], f"{at}/not", depth=depth + 1))
        return self._comparison(value, at)

    def _list(self, value: object, at: str, *, depth: int) -> tuple[Condition, ...]:
        if not isinstance(value, list):
            raise ConditionError("This is a list of conditions.", pointer=at)
        return tuple(self.parse(part, f"{at}/{index}", depth=depth + 1) for index, part in enumerate(value))

    def _comparison(self, value: dict[str, object], at: str) -> Comparison:
        if not {"field", "op"} <= value.keys() <= MEMBERS:
            raise ConditionError("A condition has either all, any or not, or field, op and value.", pointer=at)
        name, kind = self._field(value["field"], f"{at}/field")
        op = _op(value["op"], kind, f"{at}/op")
        if op is Op.KNOWN:
            return Comparison(name, kind, op, _known(value.get("value", True), f"{at}/value"))
        if "value" not in value:
            raise ConditionError("The value to compare with is missing.", pointer=f"{at}/value")
        return Comparison(name, kind, op, _value(value["value"], kind, op, f"{at}/value"))

    def _field(self, name: object, at: str) -> tuple[str, FieldType]:
        if not isinstance(name, str) or name not in self._fields:
            raise ConditionError(f"There is no such field; known are {', '.join(sorted(self._fields))}.", pointer=at)
        return name, self._fields[name]


def _op(name: object, kind: FieldType, at: str) -> Op:
    allowed = OPS[kind.shape]
    # Compared as texts: a list or an object would not even hash.
    found = next((op for op in allowed if op.value == name), None)
    if found is None:
        raise ConditionError(f"This field is compared with {', '.join(sorted(allowed))}.", pointer=at)
    return found


def _known(value: object, at: str) -> bool:
    if not isinstance(value, bool):
        raise ConditionError("Whether it is known is true or false.", pointer=at)
    return value


def _value(value: object, kind: FieldType, op: Op, at: str) -> object:
    if op is not Op.IN:
        return _parse_one(value, TEXT if op is Op.CONTAINS else kind, at)
    if not isinstance(value, list) or not 1 <= len(value) <= MAX_VALUES:
        raise ConditionError(f"This is a list of 1 to {MAX_VALUES} values.", pointer=at)
    return tuple(_parse_one(item, kind, f"{at}/{index}") for index, item in enumerate(value))


def _parse_one(value: object, kind: FieldType, at: str) -> object:
    try:
        return kind.parse(value)
    except ConditionValueError as error:
        raise ConditionError(str(error), pointer=at) from None


def _to_json(value: object) -> object:
    if isinstance(value, Decimal):
        return format_decimal(value)
    if isinstance(value, datetime):
        return format_moment(value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_to_json(item) for item in value]
    return value
