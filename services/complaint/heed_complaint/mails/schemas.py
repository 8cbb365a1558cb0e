"""A mail as a gateway hands it over, and what became of it."""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import BeforeValidator, ConfigDict, Field, StringConstraints

from heed_common.contracts.complaint import Severity
from heed_common.fields import Body, Moment, Reply, ShortText, Visible
from heed_common.languages import Language
from heed_complaint.mails.rules import Mail
from heed_complaint.mails.service import Outcome, TakenIn

MOST_REFERENCES = 100
HUMAN = frozenset({"", "no"})


def _one_after_the_other(value: object) -> object:
    """Accept the ids as in the header or as a list; only the latest are used."""
    several = value.split() if isinstance(value, str) else value
    return several[-MOST_REFERENCES:] if isinstance(several, list) else several


Header = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000), Visible]
References = Annotated[list[Header], BeforeValidator(_one_after_the_other)]


class MailIn(Body):
    """What gateways add beside this is passed over."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="ignore", frozen=True)

    sender: Header = Field(alias="from")
    message_id: Header
    subject: Annotated[str, StringConstraints(strip_whitespace=True)] = ""
    text: Annotated[str, StringConstraints(strip_whitespace=True)] = ""
    in_reply_to: Header | None = None
    references: References = Field(default_factory=list)
    auto_submitted: str = ""
    """The header of RFC 3834: whatever is not `no` was written by a machine."""
    category: ShortText = "other"
    severity: Severity = Severity.MINOR
    product: ShortText | None = None
    customer_id: UUID | None = None
    language: Language = "en"

    def as_mail(self) -> Mail:
        near = [self.in_reply_to] if self.in_reply_to else []
        names = (
            "sender",
            "subject",
            "text",
            "message_id",
            "category",
            "severity",
            "product",
            "customer_id",
            "language",
        )
        return Mail(
            answers=tuple(dict.fromkeys(near + self.references[::-1])),
            automatic=self.auto_submitted.strip().lower() not in HUMAN,
            **{name: getattr(self, name) for name in names},
        )


class TakenInOut(Reply):
    outcome: Outcome
    complaint_id: UUID | None
    answer_as: str | None
    """Begin the Message-ID of what is sent to the customer with it, so that answers find their complaint."""
    status_link: str | None
    expires_at: Moment | None

    @classmethod
    def of(cls, taken: TakenIn) -> "TakenInOut":
        return cls(
            outcome=taken.outcome,
            complaint_id=taken.complaint_id,
            answer_as=f"heed-{taken.complaint_id}@" if taken.complaint_id else None,
            status_link=taken.link and taken.link.path,
            expires_at=taken.link and taken.link.expires_at,
        )
