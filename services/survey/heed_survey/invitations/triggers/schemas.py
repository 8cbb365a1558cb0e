"""Requests and responses of triggers."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from heed_common.contracts.message import ContactChannel
from heed_common.fields import Moment, RequestModel, ResponseModel
from heed_survey.invitations.records.rules import DEFAULT_LIFETIME
from heed_survey.invitations.records.schemas import Channels, Duration, Lifetime, RemindersIn
from heed_survey.invitations.triggers.rules import MAX_STEPS, TriggerEvent

Delay = Annotated[Duration, Field(ge=timedelta(0), le=timedelta(days=365))]
Period = Annotated[Duration, Field(ge=timedelta(hours=1), le=timedelta(days=730))]


class BudgetIn(RequestModel):
    """How often the trigger may invite one customer."""

    invitations: int = Field(1, ge=1, le=100)
    """Most invitations of one customer by the trigger in the period."""
    period: Period = timedelta(days=90)
    """Length of the period, as an ISO 8601 duration."""


class TriggerIn(RequestModel):
    """After the event, if the condition holds, invite the customer after each of the delays."""

    event: TriggerEvent
    """What it waits for; `silence` is a broken purchase rhythm."""
    when: dict[str, Any] | None = Field(None, description="Condition on the event and the customer; null: always.")
    delays: Annotated[tuple[Delay, ...], Field(min_length=1, max_length=MAX_STEPS)] = (timedelta(days=1),)
    """Times from the event to each invitation, as ISO 8601 durations."""
    channels: Channels = (ContactChannel.MAIL,)
    reminders: RemindersIn = RemindersIn(count=0)
    expires_in: Lifetime = DEFAULT_LIFETIME
    budget: BudgetIn = BudgetIn()
    """How often it may invite one customer."""
    thanks: bool = False
    """Whether a response is thanked for; not possible for anonymous surveys."""
    active: bool = True
    """False: events of this time lead to no invitation, also not later."""

    def to_columns(self) -> dict[str, Any]:
        return {
            "event": self.event,
            "condition": self.when,
            "delays": sorted(self.delays),
            "channels": list(dict.fromkeys(self.channels)),
            "reminders": self.reminders.count,
            "remind_every": self.reminders.every,
            "lifetime": self.expires_in,
            "max_invitations": self.budget.invitations,
            "period": self.budget.period,
            "thanks": self.thanks,
            "active": self.active,
        }


class RemindersOut(ResponseModel):
    count: int
    every: timedelta


class BudgetOut(ResponseModel):
    invitations: int
    period: timedelta


class TriggerOut(ResponseModel):
    """A trigger of a survey."""

    survey_id: UUID
    name: str
    """Name in the path."""
    event: TriggerEvent
    when: dict[str, Any] | None
    """Condition on the event and the customer; null: always."""
    delays: list[timedelta]
    channels: list[ContactChannel]
    reminders: RemindersOut
    expires_in: timedelta
    budget: BudgetOut
    thanks: bool
    active: bool
    changed_at: Moment
    changed_by: str
    outcomes: dict[str, int] = Field(
        description="What came of the events of the last 90 days, by outcome: `invited`, `already_invited`, "
        "`complaint_open` (for two days after the delay), `budget`, `too_late`, `inactive`; `waiting` have not ended."
    )

    @classmethod
    def from_row(cls, row: Any, outcomes: Mapping[UUID, Mapping[str, int]]) -> "TriggerOut":  # noqa: ANN401 - a row
        copied = ("survey_id", "name", "event", "delays", "channels", "thanks", "active", "changed_at", "changed_by")
        return cls.model_validate(
            {name: getattr(row, name) for name in copied}
            | {
                "outcomes": outcomes.get(row.id, {}),
                "when": row.condition,
                "reminders": RemindersOut(count=row.reminders, every=row.remind_every),
                "expires_in": row.lifetime,
                "budget": BudgetOut(invitations=row.max_invitations, period=row.period),
            }
        )
