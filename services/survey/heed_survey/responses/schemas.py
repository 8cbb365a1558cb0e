"""Requests and responses of survey responses."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, StrictInt, model_validator

from heed_common.fields import Code, ExternalId, LongText, Moment, RequestModel, ResponseModel, validation_error
from heed_survey.responses.rules import AnswerInput, NewResponse

MAX_ANSWERS = 200


class AnswerIn(RequestModel):
    """A value on the item's scale, or a text if the item has none."""

    item: Code
    value: StrictInt | None = None
    text: LongText | None = None

    @model_validator(mode="after")
    def _has_value_or_text(self) -> Self:
        if (self.value is None) == (self.text is None):
            raise validation_error("one_answer", "needs either a value or a text")
        return self


class ResponseIn(RequestModel):
    """A response to a survey; items may be omitted."""

    external_id: ExternalId | None = None
    customer_id: UUID | None = None
    complaint_id: UUID | None = None
    """Complaint of the call-back; its customer may be omitted."""
    answered_at: Moment | None = None
    answers: Annotated[list[AnswerIn], Field(min_length=1, max_length=MAX_ANSWERS)]

    def to_domain(self) -> NewResponse:
        return NewResponse(
            external_id=self.external_id,
            customer_id=self.customer_id,
            complaint_id=self.complaint_id,
            answered_at=self.answered_at,
            answers=tuple(AnswerInput(answer.item, answer.value, answer.text) for answer in self.answers),
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
