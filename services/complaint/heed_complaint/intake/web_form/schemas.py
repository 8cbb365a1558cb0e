"""Request body of the form."""

from typing import Annotated

from pydantic import AfterValidator, StringConstraints

from heed_common.contact_addresses import normalize_contact
from heed_common.contracts.complaint import CaseKind
from heed_common.day_fields import Day
from heed_common.fields import LongText, ShortText, validation_error
from heed_common.http.negotiation import FormModel
from heed_common.languages import Language
from heed_complaint.intake.web_form.rules import MAX_KEY, MIN_KEY, Form

VOICED = tuple(kind for kind in CaseKind if kind is not CaseKind.UNVOICED_GRIEVANCE)


def _check_voiced(kind: CaseKind) -> CaseKind:
    if kind not in VOICED:
        raise validation_error("kind_unvoiced", "must be a kind that customers report")
    return kind


Key = Annotated[str, StringConstraints(pattern=rf"^[\x21-\x7e]{{{MIN_KEY},{MAX_KEY}}}$")]


class FormIn(FormModel):
    """Only category and description are required."""

    kind: Annotated[CaseKind, AfterValidator(_check_voiced)] = CaseKind.COMPLAINT
    """Kind of case; `unvoiced_grievance` is for staff only."""
    category: ShortText
    """`level1` or `level1.level2` of the taxonomy; `other` if unsure."""
    description: LongText
    """What happened, in the customer's words."""
    product: ShortText | None = None
    """Article or service concerned; null if none in particular."""
    occurred_on: Day | None = None
    """Day on which it happened, in the time zone of the organisation; null: today."""
    name: ShortText | None = None
    """Of the sender; personal data, stored encrypted."""
    contact: ShortText | None = None
    """An email address or a telephone number; what cannot be parsed as one is stored as it was written."""
    language: Language | None = None
    """Of the answers; null: the one that `Accept-Language` prefers."""
    key: Key | None = None
    """Random, chosen by the client: a repeated form with this key gets a link to the same complaint."""
    leave_empty: str | None = None
    """A honeypot: people do not see it, so a form in which it is filled in comes from a machine."""

    def to_domain(self, *, language: Language, phone_region: str | None) -> Form:
        names = ("kind", "category", "description", "product", "occurred_on", "name")
        contact = self.contact and normalize_contact(self.contact, region=phone_region)
        given = {name: getattr(self, name) for name in names}
        return Form(**given, contact=contact, language=self.language or language)
