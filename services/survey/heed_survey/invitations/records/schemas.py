"""Fields that requests to invite and triggers have in common."""

from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator, Field, WithJsonSchema

from heed_common.contracts.message import ContactChannel
from heed_common.fields import RequestModel, validation_error
from heed_survey.invitations.records.rules import Reminders

MAX_REMINDERS = 5


def _text(value: object) -> object:
    if not isinstance(value, str | timedelta):
        raise validation_error("duration", "must be a duration such as P14D")
    return value


Duration = Annotated[
    timedelta,
    BeforeValidator(_text),
    WithJsonSchema({"type": "string", "format": "duration", "examples": ["P14D"]}),
]
Lifetime = Annotated[Duration, Field(ge=timedelta(hours=1), le=timedelta(days=365))]
Distance = Annotated[Duration, Field(ge=timedelta(hours=1), le=timedelta(days=90))]
Channels = Annotated[tuple[ContactChannel, ...], Field(min_length=1, max_length=len(ContactChannel))]


class RemindersIn(RequestModel):
    count: int = Field(ge=0, le=MAX_REMINDERS)
    """How many reminders who has not responded gets; 0: none."""
    every: Distance = timedelta(days=5)
    """Distance of the reminders, as an ISO 8601 duration."""

    def to_domain(self) -> Reminders:
        return Reminders(count=self.count, every=self.every)
