"""Field table of a score: stored documents and published events are both written from it.

A new field of a score is one line here, besides its declaration in the event contract and the HTTP schema. Scores are
written straight as JSON, because building objects for a serializer took most of an event's time: each template is built
once, at import, and filled in for each score. Nothing in the fields needs escaping.
"""

from collections.abc import Callable, Iterable
from enum import Enum, auto
from operator import attrgetter
from typing import Any, NamedTuple

from heed_scoring.engine.churn.complaints import ValueSaved
from heed_scoring.engine.explanation import codes
from heed_scoring.engine.model import HORIZON_DAYS
from heed_scoring.engine.score import Score


class Kind(Enum):
    """How a field is written."""

    TEXT = auto()
    NUMBER = auto()
    """A JSON number in documents, a decimal string in events."""
    CODES = auto()
    MONEY = auto()
    """Amount and currency in documents, a decimal string in events."""
    CONSTANT = auto()


class Field(NamedTuple):
    """A field: its name in documents, the attribute that it is read from, and its name in events if it differs."""

    name: str
    attribute: str
    kind: Kind = Kind.TEXT
    event_name: str | None = None
    is_optional: bool = False
    is_in_events: bool = True


class Group(NamedTuple):
    """Fields that are an object of their own."""

    name: str
    fields: tuple[Field, ...]


class OpenComplaint(NamedTuple):
    """What the fields of a complaint are read from."""

    saved: ValueSaved
    currency: str


VALUE = Group(
    "value",
    (
        Field("amount", "value.amount"),
        Field("currency", "currency"),
        Field("current", "value.current"),
        Field("potential", "value.potential"),
        Field("tier", "value.tier"),
        Field("method", "value.method"),
    ),
)
LOYALTY = Group(
    "loyalty",
    (
        Field("index", "loyalty.points", Kind.NUMBER, is_optional=True),
        Field("class", "loyalty.loyalty_class", event_name="loyalty_class", is_optional=True),
        Field("behaviour", "loyalty.behaviour", Kind.NUMBER, is_optional=True, is_in_events=False),
        Field("attitude", "loyalty.attitude", Kind.NUMBER, is_optional=True, is_in_events=False),
        Field("coverage", "loyalty.coverage", Kind.NUMBER),
    ),
)
CHURN_RISK = Group(
    "churn_risk",
    (
        Field("probability", "risk.probability", Kind.NUMBER),
        Field("horizon_days", str(HORIZON_DAYS), Kind.CONSTANT),
        Field("band", "risk.band"),
        Field("reason", "risk.reason"),
        Field("motives", "risk.motives", Kind.CODES),
        Field("barriers", "risk.barriers", Kind.CODES),
    ),
)
LIFECYCLE = Group("lifecycle", (Field("stage", "lifecycle.stage"), Field("reason", "lifecycle.reason")))
VALUE_AT_RISK = Field("value_at_risk", "value.at_risk", Kind.MONEY)
COMPLAINT = (
    Field("complaint_id", "saved.complaint_id"),
    Field("risk_if_resolved_quickly", "saved.risk_if_resolved_quickly", Kind.NUMBER),
    Field("risk_if_unresolved", "saved.risk_if_unresolved", Kind.NUMBER),
    Field("expected_value_saved", "saved.expected_value_saved", Kind.MONEY),
)


class Template:
    """JSON text of some fields, without the enclosing braces, with their values to fill in."""

    def __init__(self, *parts: Field | Group, for_event: bool) -> None:
        self._for_event = for_event
        self._attributes: list[str] = []
        self._writers: list[tuple[int, Callable[[Any], str]]] = []
        """For the values that are not written as they are: optional ones and lists."""
        self._text = self._join(parts)
        self._read = attrgetter(*self._attributes)

    def fill(self, source: object) -> str:
        """Return the text for this score or `OpenComplaint`."""
        values = list(self._read(source))
        for index, write in self._writers:
            values[index] = write(values[index])
        return self._text % tuple(values)

    def _join(self, parts: Iterable[Field | Group]) -> str:
        return ",".join(
            f'"{part.name}":{{{self._join(part.fields)}}}' if isinstance(part, Group) else self._field(part)
            for part in parts
            if isinstance(part, Group) or part.is_in_events or not self._for_event
        )

    def _field(self, field: Field) -> str:
        name = field.event_name or field.name if self._for_event else field.name
        if field.kind is Kind.CONSTANT:
            return f'"{name}":{field.attribute}'
        text = self._value(field)
        if field.kind is Kind.MONEY and not self._for_event:
            self._attributes.append("currency")
            text = f'{{"amount":{text},"currency":"%s"}}'
        return f'"{name}":{text}'

    def _value(self, field: Field) -> str:
        """Return the placeholder of the value, with its quotes unless the value may be null."""
        is_number = field.kind is Kind.NUMBER and not self._for_event
        if field.kind is Kind.CODES or field.is_optional:
            write = codes if field.kind is Kind.CODES else number if is_number else quote
            self._writers.append((len(self._attributes), write))
        self._attributes.append(field.attribute)
        return "%s" if field.kind is Kind.CODES or field.is_optional or is_number else '"%s"'


def quote(text: object) -> str:
    return "null" if text is None else f'"{text}"'


def number(text: object) -> str:
    return "null" if text is None else str(text)


_DOCUMENT_HEAD = Template(VALUE, LOYALTY, CHURN_RISK, LIFECYCLE, for_event=False)
_DOCUMENT_COMPLAINT = Template(*COMPLAINT, for_event=False)
_DOCUMENT_TAIL = Template(VALUE_AT_RISK, for_event=False)
_EVENT_HEAD = Template(VALUE, LOYALTY, CHURN_RISK, VALUE_AT_RISK, for_event=True)
_EVENT_TAIL = Template(LIFECYCLE, for_event=True)
_EVENT_COMPLAINT = Template(*COMPLAINT, for_event=True)


def document_fields(score: Score) -> str:
    """Return the published numbers as stored and shown. A change of this text is a change of the score."""
    complaints = _complaints(score, _DOCUMENT_COMPLAINT)
    return f'{_DOCUMENT_HEAD.fill(score)},"complaints":{complaints},{_DOCUMENT_TAIL.fill(score)}'


def event_fields(score: Score) -> tuple[str, str]:
    """Return the fields before and after the explanation, in the order of `ScoreChanged`."""
    return _EVENT_HEAD.fill(score), f'{_EVENT_TAIL.fill(score)},"complaints":{_complaints(score, _EVENT_COMPLAINT)}'


def _complaints(score: Score, template: Template) -> str:
    """Return the open complaints; for most customers there is none."""
    if not score.saved:
        return "[]"
    texts = [f"{{{template.fill(OpenComplaint(saved, score.currency))}}}" for saved in score.saved]
    return f"[{','.join(texts)}]"
