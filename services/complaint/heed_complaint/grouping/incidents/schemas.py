"""Incidents and results of bulk actions as JSON."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from pydantic import Field, field_validator, model_validator

from heed_common.contracts.complaint import ComplaintStatus
from heed_common.errors import HeedError
from heed_common.fields import LongText, Moment, RequestModel, ResponseModel, ShortText, validation_error
from heed_common.http import problem_document
from heed_complaint.grouping.incidents.rules import BulkItemResult, IncidentState, MatchCriteria, NewIncident
from heed_complaint.grouping.incidents.tables import Incident

MAX_COMPLAINT_IDS = 200
REFUSED = "refused"


class IncidentIn(RequestModel):
    title: ShortText
    """Short name of the incident, for agents."""
    description: LongText | None = None
    """What happened, for agents; null if there is none."""
    category: ShortText | None = None
    product: ShortText | None = None
    service_point_id: ShortText | None = None

    def to_domain(self) -> NewIncident:
        return NewIncident(**{name: getattr(self, name) for name in type(self).model_fields})


class IncidentPatch(RequestModel):
    """Absent fields stay as they are."""

    title: ShortText | None = None
    description: LongText | None = None
    category: ShortText | None = None
    product: ShortText | None = None
    service_point_id: ShortText | None = None
    state: IncidentState | None = None

    @field_validator("title", "state")
    @classmethod
    def _check_not_null(cls, value: object) -> object:
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
    """`open`, or `over` once no further complaints are expected."""
    opened_at: Moment
    opened_by: str
    over_at: Moment | None
    """When it was set to `over`; null while it is open."""
    complaints: dict[ComplaintStatus, int]
    """How many of those that the caller may see are in which state."""

    @classmethod
    def from_domain(cls, incident: Incident, counts: Mapping[str, int]) -> "IncidentOut":
        names = cls.model_fields.keys() - {"complaints", "over_at"}
        stored = {name: getattr(incident, name) for name in names}
        return cls.model_validate(stored | {"over_at": incident.closed_at, "complaints": counts})


class ComplaintIdsIn(RequestModel):
    complaint_ids: list[UUID] = Field(min_length=1, max_length=MAX_COMPLAINT_IDS)
    """Complaints of one request; each has a result of its own in the response."""


class MatchCriteriaIn(RequestModel):
    """What the complaints have in common; at least one field."""

    category: ShortText | None = None
    """A first level includes its second level."""
    product: ShortText | None = None
    service_point_id: ShortText | None = None
    received_from: Moment | None = None
    """Only complaints received at this moment or later."""
    received_until: Moment | None = None
    """Only complaints received before this moment."""

    @model_validator(mode="after")
    def _check_not_empty(self) -> "MatchCriteriaIn":
        if not any(getattr(self, name) is not None for name in type(self).model_fields):
            raise validation_error("says_nothing", "needs one condition at least")
        return self

    def to_domain(self) -> MatchCriteria:
        return MatchCriteria(**{name: getattr(self, name) for name in type(self).model_fields})


class IncidentMessageIn(RequestModel):
    """A message to every customer who complained about it."""

    text: LongText
    """Sent to each customer as a message on the complaint, and shown on the status page."""


class BulkItemOut(ResponseModel):
    """The result for one complaint; where it is refused, the problem."""

    complaint_id: UUID
    status: str
    """What was done: `attached`, `detached`, `moved`, `told`, `found`, `unchanged`, or `refused`."""
    problem: dict[str, Any] | None
    """Why it was refused, as a problem document; null otherwise."""

    @classmethod
    def from_domain(cls, item: BulkItemResult) -> "BulkItemOut":
        if isinstance(item.result, HeedError):
            return cls(complaint_id=item.complaint_id, status=REFUSED, problem=problem_document(item.result))
        return cls(complaint_id=item.complaint_id, status=item.result, problem=None)


class BulkResultOut(ResponseModel):
    items: list[BulkItemOut]
    left: int
    """How many remain; the same call again takes the next ones."""

    @classmethod
    def from_domain(cls, results: list[BulkItemResult], *, remaining: int = 0) -> "BulkResultOut":
        return cls(items=[BulkItemOut.from_domain(result) for result in results], left=remaining)
