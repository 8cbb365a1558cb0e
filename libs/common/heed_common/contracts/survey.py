"""What the survey service tells: that there is a survey, and what was answered. No free text in it."""

from enum import StrEnum
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from heed_common.contracts.event import Event


class Measure(StrEnum):
    """What an item asks about; scoring reads satisfaction."""

    SATISFACTION = "satisfaction"
    RECOMMENDATION = "recommendation"
    EFFORT = "effort"
    OTHER = "other"


class Answer(BaseModel):
    """One answered item on its scale, `lowest` being the unhappiest end."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    item: str
    measure: Measure
    lowest: int
    highest: int
    value: int


class SurveyEvent(Event):
    topic: ClassVar[str] = "heed.survey"
    version: ClassVar[Literal[1]] = 1

    survey_id: UUID
    survey_version: int

    @property
    def subject(self) -> UUID:
        return self.survey_id

    @property
    def key(self) -> UUID:
        return self.survey_id


class SurveyPublished(SurveyEvent):
    type: ClassVar[Literal["heed.survey.published"]] = "heed.survey.published"


class ResponseReceived(SurveyEvent):
    type: ClassVar[Literal["heed.response.received"]] = "heed.response.received"

    response_id: UUID
    customer_id: UUID | None = None
    """Empty for anonymous surveys."""
    answers: tuple[Answer, ...]

    @property
    def subject(self) -> UUID:
        return self.response_id

    @property
    def key(self) -> UUID:
        return self.customer_id or self.response_id
