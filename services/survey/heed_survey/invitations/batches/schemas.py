"""Requests to invite, and their results."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from heed_common.contracts.message import ContactChannel
from heed_common.fields import Moment, RequestModel, ResponseModel, validation_error
from heed_survey.invitations.batches.service import Invited
from heed_survey.invitations.records.rules import DEFAULT_LIFETIME, Outcome
from heed_survey.invitations.records.schemas import Channels, Lifetime, RemindersIn

MAX_CUSTOMERS = 1_000
NOT_CHECKED = ("consent", "address", "contact_budget", "same_message", "quiet_hours", "erased")
"""Decided by the customer service when the message is sent; it has no dry run, as each permit counts as a contact."""


class InvitationsIn(RequestModel):
    """Customers by id, or all members of a sample; how to reach them, most preferred channel first."""

    customer_ids: Annotated[list[UUID], Field(min_length=1, max_length=MAX_CUSTOMERS)] | None = None
    """Customers to invite; either these or a sample."""
    sample_id: UUID | None = None
    """Sample whose members are invited; either this or `customer_ids`."""
    channels: Channels = (ContactChannel.MAIL,)
    reminders: RemindersIn = RemindersIn(count=0)
    expires_in: Lifetime = DEFAULT_LIFETIME
    thanks: bool = Field(default=False, description="Thank for the response; not possible for anonymous surveys.")

    @model_validator(mode="after")
    def _names_customers_once(self) -> Self:
        if (self.customer_ids is None) == (self.sample_id is None):
            raise validation_error("customers", "needs either customer_ids or sample_id")
        return self

    def to_options(self) -> Mapping[str, Any]:
        """Return the terms that do not come from the survey."""
        return {
            "channels": tuple(dict.fromkeys(self.channels)),
            "reminders": self.reminders.to_domain(),
            "lifetime": self.expires_in,
            "thanks": self.thanks,
            "sample_id": self.sample_id,
        }


class InvitedOut(ResponseModel):
    """What came of one customer."""

    customer_id: UUID
    outcome: Outcome
    """`queued`, or why the customer is not invited."""
    invitation_id: UUID | None
    """Follow it there: whether the message left, or why the customer service did not permit it."""


class InvitationBatchOut(ResponseModel):
    """A request to invite and its progress."""

    id: UUID | None
    """None of a dry run."""
    survey_id: UUID
    sample_id: UUID | None
    """Sample whose members are invited; null if customers were named."""
    wave: str | None
    state: Literal["dry_run", "running", "done"]
    """`dry_run` if nothing was stored; `running` until all members are processed."""
    total: int
    """Customers that were named, or members of the sample."""
    processed: int
    """Customers for whom it is decided whether they are invited."""
    outcomes: dict[Outcome, int]
    """Number of processed customers by outcome."""
    items: list[InvitedOut]
    """For customers by id; the invitations of a sample are a list of their own."""
    decided_when_sent: tuple[str, ...] = NOT_CHECKED
    """What only the customer service decides, when each message is sent."""
    created_at: Moment
    finished_at: Moment | None

    @classmethod
    def from_domain(cls, batch: Any, invited: Invited | None = None, *, dry_run: bool = False) -> "InvitationBatchOut":  # noqa: ANN401
        """Return the request, with the outcome of each customer that it names."""
        decisions = [] if invited is None else invited.decisions
        names = ("survey_id", "sample_id", "total", "processed", "outcomes", "created_at", "finished_at")
        state = "dry_run" if dry_run else "running" if batch.finished_at is None else "done"
        return cls(
            id=None if dry_run else batch.id,
            wave=batch.wave or None,
            state=state,
            items=[
                InvitedOut(customer_id=decision.candidate.customer_id, outcome=decision.outcome, invitation_id=id_)
                for decision, id_ in decisions
            ],
            **{name: getattr(batch, name) for name in names},
        )
