"""A mail as a gateway delivers it, and the result."""

from typing import Annotated, Any, ClassVar
from uuid import UUID

from pydantic import BeforeValidator, ConfigDict, Field, StringConstraints, WithJsonSchema

from heed_common.contact_addresses import normalize_email
from heed_common.contracts.complaint import Severity
from heed_common.fields import Moment, RequestModel, ResponseModel, ShortText, Visible
from heed_common.languages import Language
from heed_complaint.intake.email.classification.rules import IgnoredReason
from heed_complaint.intake.email.parsing.addresses import parse_address, parse_recipients
from heed_complaint.intake.email.parsing.attachments import parse_attachment
from heed_complaint.intake.email.parsing.charsets import decode_header_text, storable_text
from heed_complaint.intake.email.parsing.headers import parse_headers
from heed_complaint.intake.email.parsing.message_ids import MAX_IDS, own_message_id, parse_message_ids
from heed_complaint.intake.email.rules import Mail
from heed_complaint.intake.email.service import MailOutcome, MailResult

MAX_SENDER = 2000


def _ids(value: object) -> object:
    """Return the ids of a header, or of a list of such; a value of another type is left to the validation."""
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        value = " ".join(value)
    return parse_message_ids(value) if isinstance(value, str) else value


def _decoded(value: object) -> object:
    return decode_header_text(value) if isinstance(value, str) else value


Decoded = Annotated[str, BeforeValidator(_decoded), StringConstraints(strip_whitespace=True)]
Raw = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1), Visible]
Ids = Annotated[list[str], BeforeValidator(_ids)]
OneOrMoreIds = Annotated[Ids, WithJsonSchema({"type": "string"})]
AnyShape = WithJsonSchema({"description": "An object, a list of pairs or of {name, value}, or the header block."})


class MailIn(RequestModel):
    """A null or empty member is absent; other members that gateways send are ignored.

    The names of SendGrid, Mailgun, Postmark, Mailjet and Amazon SES are accepted instead of these. A header field given
    neither by its own member is taken from `headers`, and all of them from `raw`.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="ignore", frozen=True)

    sender: Raw = Field(alias="from")
    """The header From; its address is where replies go without `reply_to`."""
    message_id: Annotated[Ids, Field(min_length=1), WithJsonSchema({"type": "string", "minLength": 1})]
    """The header Message-ID; a mail that is delivered again is recognised by it."""
    reply_to: str = ""
    """The header Reply-To; empty: replies go to `from`."""
    recipient: str = ""
    """The address of the desk to which it was delivered (envelope)."""
    subject: Decoded = ""
    """The header Subject, encoded words or not."""
    text: Annotated[str, StringConstraints(strip_whitespace=True)] = ""
    """The mail as plain text."""
    html: str = ""
    """Read where there is no `text`."""
    raw: str | None = None
    """The whole message (RFC 5322), as it is or as base64, instead of the other members."""
    in_reply_to: OneOrMoreIds = Field(default_factory=list)
    """The header In-Reply-To, by which the complaint of the thread is found."""
    references: Ids = Field(default_factory=list)
    """The header References, the newest id last."""
    headers: Annotated[Any, AnyShape] = None
    """All headers: those that mark automatic mail are looked for here."""
    attachments: list[Any] = Field(default_factory=list)
    """`{name, uri, media_type}`; the file itself is not stored."""
    auto_submitted: str = ""
    """The header of RFC 3834: any value but `no` marks the mail of a machine."""
    reported_ids: Annotated[Ids, WithJsonSchema({"type": "string"})] = Field(default_factory=list)
    """Ids of the messages that a bounce is about."""
    category: ShortText = "other"
    """Category of a complaint that the mail opens."""
    severity: Severity = Severity.MINOR
    """Severity of a complaint that the mail opens."""
    product: ShortText | None = None
    """Article or service of a complaint that the mail opens; null if none in particular."""
    customer_id: UUID | None = None
    """Customer who wrote; null: looked up by the address, if that is possible."""
    language: Language = "en"
    """Language of the answers to the sender."""

    def to_domain(self) -> Mail:
        """Return the parsed mail."""
        sender, reply_to = parse_address(self.sender), parse_address(self.reply_to)
        message_id = self.message_id[0]
        near = [*self.in_reply_to, *self.references[::-1], *self.reported_ids]
        return Mail(
            sender=decode_header_text(self.sender)[:MAX_SENDER],
            name=sender.name,
            address=sender.address,
            reply_name=reply_to.name,
            reply_to=normalize_email(reply_to.address or ""),
            recipients=tuple(parse_recipients(self.recipient)),
            subject=self.subject,
            text=storable_text(self.text).strip(),
            message_id=message_id,
            referenced_ids=tuple(dict.fromkeys(each for each in near if each != message_id))[:MAX_IDS],
            attachments=tuple(
                parse_attachment(each, message_id=message_id, number=number)
                for number, each in enumerate(self.attachments, 1)
            ),
            headers=parse_headers(self.headers),
            category=self.category,
            severity=self.severity,
            product=self.product,
            customer_id=self.customer_id,
            language=self.language,
        )


class MailResultOut(ResponseModel):
    outcome: MailOutcome
    """`opened` a complaint, `answered` one as a message of its customer, or `ignored`."""
    complaint_id: UUID | None
    """Also of an ignored mail in the thread of a complaint."""
    reason: IgnoredReason | None
    """Why the mail was ignored."""
    answer_as: str | None
    """The Message-ID, without angle brackets, for the reply to this mail. For more replies add `.1` … before the
    `@`."""
    status_link: str | None
    """If given, and only then, send the sender a mail with it: so two machines never reply to each other."""
    expires_at: Moment | None

    @classmethod
    def from_domain(cls, result: MailResult, *, domain: str) -> "MailResultOut":
        reply_id = None
        if result.complaint_id is not None and result.outcome is not MailOutcome.IGNORED:
            reply_id = own_message_id(result.complaint_id, suffix=result.suffix, domain=domain)
        return cls(
            outcome=result.outcome,
            complaint_id=result.complaint_id,
            reason=result.mark and result.mark.reason,
            answer_as=reply_id,
            status_link=result.link and result.link.path,
            expires_at=result.link and result.link.expires_at,
        )
