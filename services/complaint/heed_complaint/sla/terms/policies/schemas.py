"""Request and response schemas of policies."""

from typing import Annotated, Any, Self

from pydantic import Field, StrictBool, StrictFloat, StrictInt, StringConstraints, model_validator

from heed_common.contracts.complaint import Milestone
from heed_common.fields import Moment, RequestModel, ResponseModel, ShortText, Visible, at_most, validation_error
from heed_complaint.sla.clock.plan import OnReopen
from heed_complaint.sla.terms.calendars.schemas import CalendarName
from heed_complaint.sla.terms.policies.tables import PolicyVersion

MAX_STEPS = 20
MAX_ORDER = 1_000_000

Duration = Annotated[str, StringConstraints(min_length=1, max_length=40), Visible, Field(examples=["PT8H", "P5D"])]
"""ISO 8601, in days, hours, minutes and seconds. A day is a typical working day of the calendar."""
Share = Annotated[StrictFloat, Field(gt=0, le=1)]


class TargetIn(RequestModel):
    within: Duration
    """Time until the deadline, of the calendar's working hours, as an ISO 8601 duration."""
    calendar: CalendarName
    after_dispatch: Duration | None = None
    """Replaces `within` if a call centre dispatched the complaint; for the first contact only."""
    warn_at: Share | None = None
    """The share of the target after which a warning is sent; by default 0.75."""


class EscalationStepIn(RequestModel):
    """The recipient to call at a share of the target, or some working time after the deadline."""

    at: Annotated[StrictFloat, Field(gt=0, le=10)] | None = None
    """Share of the target after which it is due; 1 is the deadline. Null with `after`."""
    after: Duration | None = None
    """Working time after the deadline, as an ISO 8601 duration. Null with `at`."""
    to: ShortText
    """Role, team or queue to call."""

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.at is None) is (self.after is None):
            raise validation_error("step_moment", "has either at or after")
        return self


class GrantIn(RequestModel):
    """The settings. Missing ones come from the next policy that applies, and in the end from `default`."""

    targets: Annotated[dict[Milestone, TargetIn], Field(max_length=len(Milestone)), at_most(len(Milestone))] = Field(
        default_factory=dict
    )
    """By milestone; one that is missing comes from the next policy that applies."""
    pause_counts: StrictBool | None = None
    """Whether the time spent waiting for the customer is consumed all the same; by default false."""
    on_reopen: OnReopen | None = None
    """`continue` with the time left, `reset` to the whole time, or a `new` clock; null: the next policy's."""
    retroactive: StrictBool | None = None
    """Whether a change of terms counts from the start of a clock, or from the change on; by default true."""
    warn_during: CalendarName | None = None
    """The hours in which alerts of round-the-clock targets are sent; others are sent in their own hours."""
    escalate: list[EscalationStepIn] | None = Field(None, max_length=MAX_STEPS)
    """Steps of escalation, in their order; null: those of the next policy."""

    @model_validator(mode="after")
    def _dispatch_is_of_the_contact(self) -> Self:
        if any(target.after_dispatch for name, target in self.targets.items() if name is not Milestone.FIRST_CONTACT):
            raise validation_error("after_dispatch_misplaced", "after_dispatch is for first_contact only")
        return self

    def to_document(self) -> dict[str, Any]:
        """Return the document to store: the given fields only."""
        return self.model_dump(mode="json", exclude_none=True)


class SLAPolicyIn(GrantIn):
    """For the complaints that match `when`. The lowest `order` has precedence, `default` is last."""

    order: StrictInt = Field(ge=0, le=MAX_ORDER)
    """Policies are tried from the lowest on; the first whose condition holds wins."""
    when: dict[str, Any] | None = None
    """A condition; without one the policy applies to every complaint."""


class GrantOut(ResponseModel):
    targets: dict[Milestone, TargetIn]
    """By milestone; one that is missing comes from the next policy that applies."""
    pause_counts: bool | None
    """Whether time spent waiting for the customer is consumed; null: as in the next policy."""
    on_reopen: OnReopen | None
    """What a reopening does to the clock; null: as in the next policy."""
    retroactive: bool | None
    """Whether a change of terms counts from the start of a clock; null: as in the next policy."""
    warn_during: str | None
    """Calendar in whose hours alerts of round-the-clock targets are sent; null: as in the next policy."""
    escalate: list[EscalationStepIn] | None
    """Steps of escalation; null: those of the next policy."""


class SLAPolicyOut(GrantOut):
    """One version; `by` is its author, null for the built-in one."""

    name: str
    """Name in the path."""
    version: int
    """Counts up with each change; retroactive ones replan the open complaints."""
    order: int
    when: dict[str, Any] | None
    """A condition; null: the policy applies to every complaint."""
    at: Moment
    """When this version was written."""
    by: str | None
    """Caller who wrote it; null for the built-in one."""

    @classmethod
    def from_row(cls, row: PolicyVersion) -> "SLAPolicyOut":
        document = SLAPolicyIn.model_validate(row.document)
        fields = {name: getattr(document, name) for name in SLAPolicyIn.model_fields}
        return cls(**fields, name=row.name, version=row.version, at=row.at, by=row.by)
