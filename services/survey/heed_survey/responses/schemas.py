"""How responses come in and are shown."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, StrictInt, model_validator

from heed_common.fields import Code, ExternalId, LongText, Moment, RequestModel, ResponseModel, validation_error
from heed_survey.responses.rules import Given, NewResponse

MOST_ANSWERS = 200


class AnswerIn(RequestModel):
    """A value on the item's scale, or words where the item has none."""

    item: Code
    value: StrictInt | None = None
    text: LongText | None = None

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        if (self.value is None) == (self.text is None):
            raise validation_error("one_answer", "needs either a value or a text")
        return self


class ResponseIn(RequestModel):
    """One filled-in questionnaire; questions may be left out."""

    external_id: ExternalId | None = None
    customer_id: UUID | None = None
    complaint_id: UUID | None = None
    """The complaint that is called back about; its customer need not be named."""
    answered_at: Moment | None = None
    answers: Annotated[list[AnswerIn], Field(min_length=1, max_length=MOST_ANSWERS)]

    def as_new(self) -> NewResponse:
        return NewResponse(
            external_id=self.external_id,
            customer_id=self.customer_id,
            complaint_id=self.complaint_id,
            answered_at=self.answered_at,
            answers=tuple(Given(answer.item, answer.value, answer.text) for answer in self.answers),
        )


class AnswerOut(ResponseModel):
    item: str
    value: int | None = None
    text: str | None = None


class ResponseOut(ResponseModel):
    id: UUID
    external_id: str | None
    survey_id: UUID
    survey_version: int
    customer_id: UUID | None
    complaint_id: UUID | None
    answered_at: Moment
    received_at: Moment
    answers: list[AnswerOut]
