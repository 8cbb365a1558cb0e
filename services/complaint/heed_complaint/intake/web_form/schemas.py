"""What the form asks for, and what is answered."""

import re
from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, StringConstraints, model_validator

from heed_common.contact_addresses import normalize_contact
from heed_common.contracts.complaint import CaseKind
from heed_common.fields import LongText, RequestModel, ResponseModel, ShortText, validation_error
from heed_common.languages import Language
from heed_common.text import is_blank
from heed_complaint.intake.web_form.rules import MAX_KEY, MIN_KEY, Form

DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
VOICED = tuple(kind for kind in CaseKind if kind is not CaseKind.UNVOICED_GRIEVANCE)


def _written_as_a_day(value: object) -> object:
    if isinstance(value, date) or (isinstance(value, str) and DAY.fullmatch(value)):
        return value
    raise validation_error("day_format", "must be a day such as 2026-03-02")


def _voiced(kind: CaseKind) -> CaseKind:
    if kind not in VOICED:
        raise validation_error("kind_unvoiced", "must be something that somebody says to us")
    return kind


Day = Annotated[date, BeforeValidator(_written_as_a_day)]
Key = Annotated[str, StringConstraints(pattern=rf"^[\x21-\x7e]{{{MIN_KEY},{MAX_KEY}}}$")]
AnswerKey = Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{8,255}$")]
"""Only the holder of the private link can use it, so it need not be a secret."""


class Submitted(RequestModel):
    """A form of ours, from a page or a program: what was left empty was not filled in."""

    @model_validator(mode="before")
    @classmethod
    def _without_empty_fields(cls, value: Any) -> Any:  # noqa: ANN401 whatever was sent
        if not isinstance(value, dict):
            return value
        return {name: text for name, text in value.items() if not (isinstance(text, str) and is_blank(text))}


class FormIn(Submitted):
    """Only what it is about and what happened must be said."""

    kind: Annotated[CaseKind, AfterValidator(_voiced)] = CaseKind.COMPLAINT
    category: ShortText
    description: LongText
    product: ShortText | None = None
    occurred_on: Day | None = None
    name: ShortText | None = None
    contact: ShortText | None = None
    """An e-mail address or a telephone number; what cannot be read as one is stored as it was written."""
    language: Language | None = None
    key: Key | None = None
    """Random, chosen by the client: a repeated form with this key gets a link to the same complaint."""
    leave_empty: str | None = None
    """Not shown to people; whoever fills it in is a machine."""

    def as_form(self, *, language: Language, phone_region: str | None) -> Form:
        names = ("kind", "category", "description", "product", "occurred_on", "name")
        contact = self.contact and normalize_contact(self.contact, region=phone_region)
        given = {name: getattr(self, name) for name in names}
        return Form(**given, contact=contact, language=self.language or language)


class AnswerIn(Submitted):
    """What the customer writes back over the private link."""

    text: LongText
    key: AnswerKey | None = None


class ContactOut(ResponseModel):
    """Personal data: for those only who may read contacts."""

    name: str | None
    address: str | None
    language: str
