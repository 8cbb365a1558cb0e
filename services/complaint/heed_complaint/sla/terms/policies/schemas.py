"""How policies are written and shown."""

from typing import Annotated, Any, Self

from pydantic import Field, StrictBool, StrictFloat, StrictInt, StringConstraints, model_validator

from heed_common.contracts.complaint import Milestone
from heed_common.fields import (
    Moment,
    RequestModel,
    ResponseModel,
    ShortText,
    Visible,
    at_most,
    validation_error,
)
from heed_complaint.sla.clock.plan import OnReopen
from heed_complaint.sla.terms.calendars.schemas import CalendarName
from heed_complaint.sla.terms.policies.tables import PolicyVersion

MOST_STEPS = 20
LAST_ORDER = 1_000_000

Duration = Annotated[str, StringConstraints(min_length=1, max_length=40), Visible, Field(examples=["PT8H", "P5D"])]
"""ISO 8601, in days, hours, minutes and seconds. A day is a usual working day of the calendar."""
Share = Annotated[StrictFloat, Field(gt=0, le=1)]


class TargetIn(RequestModel):
    within: Duration
    calendar: CalendarName
    after_dispatch: Duration | None = None
    """Instead, where a call centre dispatched the complaint; for the first contact only."""
    warn_at: Share | None = None
    """After which share somebody is warned; 0.75 unless told."""


class StepIn(RequestModel):
    """Who is called at a share of the target, or so much working time after the deadline."""

    at: Annotated[StrictFloat, Field(gt=0, le=10)] | None = None
    after: Duration | None = None
    to: ShortText

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.at is None) is (self.after is None):
            raise validation_error("step_moment", "has either at or after")
        return self


class GrantIn(RequestModel):
    """What is granted. What is not said comes from the next policy that holds, and in the end from `default`."""

    targets: Annotated[dict[Milestone, TargetIn], Field(max_length=len(Milestone)), at_most(len(Milestone))] = Field(
        default_factory=dict
    )
    pause_counts: StrictBool | None = None
    """Whether the time that the customer is waited for is used up all the same; false unless told."""
    on_reopen: OnReopen | None = None
    retroactive: StrictBool | None = None
    """Whether a change of terms counts from the start of a clock, or from the change on; true unless told."""
    warn_during: CalendarName | None = None
    """When somebody may be warned of what is counted round the clock; the rest is warned of in its own hours."""
    escalate: list[StepIn] | None = Field(None, max_length=MOST_STEPS)

    @model_validator(mode="after")
    def _dispatch_is_of_the_contact(self) -> Self:
        if any(said.after_dispatch for name, said in self.targets.items() if name is not Milestone.FIRST_CONTACT):
            raise validation_error("after_dispatch_misplaced", "after_dispatch is for first_contact only")
        return self

    def as_document(self) -> dict[str, Any]:
        """What is kept: what was said, and nothing that was not."""
        return self.model_dump(mode="json", exclude_none=True)


class PolicyIn(GrantIn):
    """For the complaints of which `when` holds. The lowest `order` is asked first, `default` last."""

    order: StrictInt = Field(ge=0, le=LAST_ORDER)
    when: dict[str, Any] | None = None
    """A condition; without one it holds of every complaint."""


class GrantOut(ResponseModel):
    targets: dict[Milestone, TargetIn]
    pause_counts: bool | None
    on_reopen: OnReopen | None
    retroactive: bool | None
    warn_during: str | None
    escalate: list[StepIn] | None


class PolicyOut(GrantOut):
    """One version; whoever wrote it stands in `by`, nobody where it is the house's own."""

    name: str
    version: int
    order: int
    when: dict[str, Any] | None
    at: Moment
    by: str | None

    @classmethod
    def of(cls, row: PolicyVersion) -> "PolicyOut":
        said = PolicyIn.model_validate(row.document)
        named = {name: getattr(said, name) for name in PolicyIn.model_fields}
        return cls(**named, name=row.name, version=row.version, at=row.at, by=row.by)
