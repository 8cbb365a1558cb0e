"""How agents, queues and assignments come in and are shown."""

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field, StrictBool, StrictInt, model_validator

from heed_common.fields import (
    Code,
    LongText,
    Moment,
    RequestModel,
    ResponseModel,
    ShortText,
    at_most,
    format_moment,
    validation_error,
)
from heed_complaint.workforce.assignment.service import Given, Order
from heed_complaint.workforce.assignment.tables import Agent, Assignment
from heed_complaint.workforce.four_eyes import FourEyes
from heed_complaint.workforce.staff.availability import presence

LANGUAGE = r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$"

Names = Annotated[list[ShortText], Field(max_length=100)]
Codes = Annotated[list[Code], Field(max_length=200)]
Languages = Annotated[list[Annotated[str, Field(pattern=LANGUAGE)]], Field(max_length=50)]
Load = Annotated[StrictInt, Field(ge=0, le=10_000)]
QueuePlace = Annotated[StrictInt, Field(ge=0, le=1_000_000)]
TimeOfDay = Annotated[str, Field(max_length=5)]
Day = Annotated[list[tuple[TimeOfDay, TimeOfDay]], Field(max_length=24)]


class Shifts(RequestModel):
    """Working hours, as in a calendar."""

    time_zone: ShortText
    hours: Annotated[dict[str, Day], Field(max_length=7), at_most(7)]


class Absence(RequestModel):
    """Away from one moment until another."""

    since: Moment
    until: Moment

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if self.since >= self.until:
            raise validation_error("absence_order", "must end after it begins")
        return self


class AgentIn(RequestModel):
    """All that is known of an agent; what is not named is as said here."""

    name: ShortText | None = None
    team: ShortText | None = None
    queues: Names = Field(default_factory=list)
    skills: Codes = Field(default_factory=list)
    languages: Languages = Field(default_factory=list)
    service_points: Names = Field(default_factory=list)
    max_load: Load = 20
    present: StrictBool = True
    shifts: Shifts | None = None
    absences: Annotated[list[Absence], Field(max_length=100)] = Field(default_factory=list)
    handles_confidential: StrictBool = False

    def written(self) -> dict[str, Any]:
        """As it is stored."""
        plain = self.model_dump(exclude={"absences"})
        away = [{"since": format_moment(one.since), "until": format_moment(one.until)} for one in self.absences]
        return plain | {"shifts": self.shifts and self.shifts.model_dump(mode="json"), "absences": away}


class PresenceIn(RequestModel):
    present: StrictBool


class AgentOut(ResponseModel):
    id: str
    name: str | None
    team: str | None
    queues: list[str]
    skills: list[str]
    languages: list[str]
    service_points: list[str]
    max_load: int
    present: bool
    on_duty: bool
    """Present, within a shift and not absent, at this moment."""
    shifts: Shifts | None
    absences: list[Absence]
    handles_confidential: bool

    @classmethod
    def of(cls, agent: Agent, *, now: datetime) -> "AgentOut":
        known = presence(present=agent.present, shifts=agent.shifts, absences=agent.absences)
        stored = {name: getattr(agent, name) for name in cls.model_fields.keys() - {"on_duty"}}
        return cls.model_validate(stored | {"on_duty": known.on_duty(now)})


class QueueIn(RequestModel):
    """Which complaints wait in it: those of its categories and service points; naming none means any."""

    label: ShortText | None = None
    place: QueuePlace = 100
    categories: Codes = Field(default_factory=list)
    service_points: Names = Field(default_factory=list)


class QueueOut(ResponseModel):
    name: str
    label: str | None
    place: int
    categories: list[str]
    service_points: list[str]


class DeskIn(RequestModel):
    """The rules of the house."""

    assigns_on_acceptance: StrictBool
    four_eyes: FourEyes


class DeskOut(ResponseModel):
    assigns_on_acceptance: bool
    four_eyes: FourEyes


class AssignIn(RequestModel):
    """Who shall take charge. Without an owner the rule decides; `owner: null` puts it back into the queue."""

    owner: ShortText | None = None
    queue: ShortText | None = None
    reason: LongText | None = None
    note: LongText | None = None
    """What the next one should know; for the desk only."""

    def as_order(self) -> Order:
        to_nobody = self.owner is None and "owner" in self.model_fields_set
        return Order(self.owner, self.queue, to_nobody=to_nobody, reason=self.reason, note=self.note)


class AssignmentOut(ResponseModel):
    """Who was given the complaint, and why; `by` is empty where the rule did it at the acceptance."""

    at: Moment
    by: str | None
    owner: str | None
    queue: str | None
    previous_owner: str | None
    reason: dict[str, Any]
    note: str | None

    @classmethod
    def of(cls, assignment: Assignment) -> "AssignmentOut":
        return cls.model_validate(assignment)


class GivenOut(AssignmentOut):
    complaint_id: UUID
    hand_overs: int
    """How often it went from one agent to another."""

    @classmethod
    def of_given(cls, given: Given) -> "GivenOut":
        shown = AssignmentOut.of(given.assignment).model_dump()
        return cls(**shown, complaint_id=given.assignment.complaint_id, hand_overs=given.hand_overs)


class HandOverIn(RequestModel):
    """Everything that an agent has goes to one colleague or, without a name, to whom the rule finds for each."""

    owner: ShortText | None = None
    note: LongText


class HandedOverOut(ResponseModel):
    given: int
    waiting: int
    """In a queue, because nobody could take them."""
    more: bool
    """There were too many for one call; call again."""
