"""How incidents come in and are shown, and what became of the complaints about them."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from pydantic import Field, field_validator, model_validator

from heed_common.contracts.complaint import ComplaintStatus
from heed_common.errors import HeedError
from heed_common.fields import LongText, Moment, RequestModel, ResponseModel, ShortText, validation_error
from heed_common.http import problem_document
from heed_complaint.grouping.incidents.rules import IncidentState, Like, NewIncident, Outcome
from heed_complaint.grouping.incidents.tables import Incident

MOST_AT_ONCE = 200
REFUSED = "refused"


class IncidentIn(RequestModel):
    title: ShortText
    description: LongText | None = None
    category: ShortText | None = None
    product: ShortText | None = None
    service_point_id: ShortText | None = None

    def as_new(self) -> NewIncident:
        return NewIncident(**{name: getattr(self, name) for name in type(self).model_fields})


class IncidentPatch(RequestModel):
    """What is not named stays."""

    title: ShortText | None = None
    description: LongText | None = None
    category: ShortText | None = None
    product: ShortText | None = None
    service_point_id: ShortText | None = None
    state: IncidentState | None = None

    @field_validator("title", "state")
    @classmethod
    def _is_never_empty(cls, value: object) -> object:
        if value is None:
            raise validation_error("never_empty", "cannot be empty")
        return value

    def changes(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.model_fields_set}


class IncidentOut(ResponseModel):
    id: UUID
    title: str
    description: str | None
    category: str | None
    product: str | None
    service_point_id: str | None
    state: IncidentState
    opened_at: Moment
    opened_by: str
    over_at: Moment | None
    complaints: dict[ComplaintStatus, int]
    """How many of those that the caller may see stand where."""

    @classmethod
    def of(cls, incident: Incident, counts: Mapping[str, int]) -> "IncidentOut":
        stored = {name: getattr(incident, name) for name in cls.model_fields if name != "complaints"}
        return cls.model_validate(stored | {"complaints": counts})


class ComplaintIdsIn(RequestModel):
    complaint_ids: list[UUID] = Field(min_length=1, max_length=MOST_AT_ONCE)


class LikeIn(RequestModel):
    """What the complaints have in common; one thing at least."""

    category: ShortText | None = None
    """A first level stands for all below it."""
    product: ShortText | None = None
    service_point_id: ShortText | None = None
    received_from: Moment | None = None
    received_until: Moment | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "LikeIn":
        if not any(getattr(self, name) is not None for name in type(self).model_fields):
            raise validation_error("says_nothing", "needs one condition at least")
        return self

    def as_like(self) -> Like:
        return Like(**{name: getattr(self, name) for name in type(self).model_fields})


class AnswerIn(RequestModel):
    """What every customer who complained about it is to read."""

    text: LongText


class OutcomeOut(ResponseModel):
    """What became of one complaint; where it is refused, why."""

    complaint_id: UUID
    status: str
    problem: dict[str, Any] | None

    @classmethod
    def of(cls, outcome: Outcome) -> "OutcomeOut":
        if isinstance(outcome.result, HeedError):
            problem = problem_document(outcome.result)
            return cls(complaint_id=outcome.complaint_id, status=REFUSED, problem=problem)
        return cls(complaint_id=outcome.complaint_id, status=outcome.result, problem=None)


class OutcomesOut(ResponseModel):
    items: list[OutcomeOut]
    left: int
    """How many more there are; the same call again takes the next ones."""

    @classmethod
    def of(cls, outcomes: list[Outcome], *, left: int = 0) -> "OutcomesOut":
        return cls(items=[OutcomeOut.of(outcome) for outcome in outcomes], left=left)
