"""Ignored mails as JSON."""

from uuid import UUID

from heed_common.fields import Moment, ResponseModel
from heed_complaint.intake.email.content import ReadableMail


class IgnoredMailOut(ResponseModel):
    received_at: Moment
    reason: str
    """By which sign no person wrote it, such as an automatic reply."""
    evidence: str
    """The header by which it was recognised, `from` or `subject`."""
    sender: str
    """Address in the header From; personal data."""
    subject: str
    """Subject line as it came."""
    text: str
    """Readable text of the mail."""
    complaint_id: UUID | None
    """The complaint in whose thread it came."""

    @classmethod
    def from_domain(cls, mail: ReadableMail) -> "IgnoredMailOut":
        return cls(
            received_at=mail.received_at,
            reason=mail.reason,
            evidence=mail.evidence,
            sender=mail.sender,
            subject=mail.subject,
            text=mail.text,
            complaint_id=mail.complaint_id,
        )
