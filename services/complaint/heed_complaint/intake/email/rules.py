"""Signatures, keys and visibility of mails, and the complaint that a mail opens. Pure."""

import hashlib
import hmac
import json
import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from heed_common.contact_addresses import email_key
from heed_common.contracts.complaint import Severity
from heed_common.languages import Language
from heed_common.messages.bounces import Bounce
from heed_complaint.core.attachments import Attachment
from heed_complaint.core.contacts.rules import NewContact, ReceivedMail
from heed_complaint.intake.email.classification.rules import Evidence, Mark
from heed_complaint.intake.email.errors import SignatureExpired, SignatureInvalid
from heed_complaint.intake.email.parsing.headers import Headers
from heed_complaint.intake.submissions.rules import key_hash
from heed_complaint.lifecycle.messages.rules import Visibility
from heed_complaint.lifecycle.opening.rules import NewComplaint

TOLERANCE = timedelta(minutes=5)
SIGNATURE = re.compile(r"v1=([0-9a-f]{64})")
TIMESTAMP = re.compile(r"[0-9]{1,12}")
MAX_DESCRIPTION = 10_000
MAX_ATTACHMENTS = 20
"""As many as a complaint lists."""
EMPTY_BODY = "(…)"
NO_REPLY = re.compile(r"(?:no|not|do[-_.]?not)[-_.]?reply|not[-_.]?answer", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Mail:
    """A parsed mail. Category, severity and the fields after them are set by rules of the gateway."""

    sender: str
    """The From header, decoded."""
    name: str | None
    address: str | None
    reply_name: str | None
    reply_to: str | None
    recipients: tuple[str, ...]
    """Addresses of the desk to which it was delivered."""
    subject: str
    text: str
    message_id: str
    referenced_ids: tuple[str, ...]
    """Message-IDs that it refers to, the nearest first."""
    attachments: tuple[Attachment, ...]
    headers: Headers
    category: str
    severity: Severity
    product: str | None
    customer_id: UUID | None
    language: Language
    bounce: Bounce | None = None
    """The message of ours that came back with it."""

    def evidence(self, own_lists: Collection[str]) -> Evidence:
        """Return the evidence for whether a person wrote it."""
        return Evidence(self.headers, self.sender, self.address, self.subject, self.message_id, own_lists)

    @property
    def contact(self) -> str | None:
        """Return the address for the answer: Reply-To, or else From. None where it is an address of the desk.

        Reply-To is where the sender wants answers, and the only way to a customer behind a no-reply relay. A mailing
        list or a web form may name the desk itself there or in From: an answer to it would come back as a new mail.
        """
        ours = {email_key(recipient) for recipient in self.recipients}
        given = [address for address in (self.reply_to, self.address) if address]
        others = [address for address in given if email_key(address) not in ours]
        return next((address for address in others if not is_no_reply(address)), others[0] if others else None)

    @property
    def contact_name(self) -> str | None:
        return (self.reply_name or self.name) if self.contact == self.reply_to else self.name

    @property
    def is_from_desk(self) -> bool:
        """Return whether it names no address but those of the desk, so that an answer would come back."""
        return self.contact is None and self.address is not None

    @property
    def key(self) -> bytes:
        return key_hash("mail", self.message_id)

    @property
    def fingerprint(self) -> bytes:
        """Return the hash of sender and content without white space: the id is chosen by the sender and no proof."""
        content = (self.name or "", (self.address or self.sender).casefold(), self.subject, self.text)
        return key_hash("mail content", json.dumps([" ".join(part.split()) for part in content]))

    @property
    def content_key(self) -> bytes:
        """Return the key of a mail whose id was used before with other content or by another sender."""
        return key_hash("mail", f"{self.message_id}\n{self.fingerprint.hex()}")

    def full_text(self) -> str:
        return "\n\n".join(part for part in (self.subject, self.text) if part) or EMPTY_BODY

    def to_new_complaint(self, *, now: datetime) -> NewComplaint:
        return NewComplaint(
            external_id=None,
            customer_id=self.customer_id,
            channel="mail",
            category=self.category,
            severity=self.severity,
            description=self.full_text()[:MAX_DESCRIPTION],
            attachments=self.attachments[:MAX_ATTACHMENTS],
            occurred_at=now,
            received_at=None,
            dispatch_received_at=None,
            service_point_id=None,
            product=self.product,
            purchase_id=None,
            amount_at_stake=None,
            currency=None,
        )

    def to_new_contact(self) -> NewContact:
        sender = self.address if self.address != self.contact else None
        return NewContact(self.contact_name, self.contact, self.language, sender, self.to_received_mail())

    def to_received_mail(self) -> ReceivedMail:
        return ReceivedMail(self.message_id, self.subject)

    def overflow_text(self) -> str:
        """Return what does not fit into a complaint: the end of a long text, and more attachments than it lists."""
        more = [f"{each.name} ({each.media_type}) {each.uri}" for each in self.attachments[MAX_ATTACHMENTS:]]
        return "\n".join(part for part in (self.full_text()[MAX_DESCRIPTION:], *more) if part)


def sign(secret: str, *, timestamp: str, body: bytes) -> bytes:
    """Return the HMAC-SHA256 over the timestamp, a full stop and the raw body."""
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).digest()


def check_signature(secret: str, *, timestamp: str, signature: str, body: bytes, now: datetime) -> bytes:
    """Return the signature, which only the gateway can have made. Raises `SignatureInvalid`, `SignatureExpired`."""
    found = SIGNATURE.fullmatch(signature)
    if found is None or not TIMESTAMP.fullmatch(timestamp):
        raise SignatureInvalid
    expected = sign(secret, timestamp=timestamp, body=body)
    if not hmac.compare_digest(expected, bytes.fromhex(found[1])):
        raise SignatureInvalid
    if abs(now.timestamp() - int(timestamp)) > TOLERANCE.total_seconds():
        raise SignatureExpired
    return expected


def signature_expiry(now: datetime) -> datetime:
    """Return the moment before which used signatures need not be stored: by their age they are refused anyway."""
    return now.astimezone(UTC) - 3 * TOLERANCE


def is_no_reply(address: str) -> bool:
    """Return whether mail to this address is not read."""
    return NO_REPLY.match(address) is not None


def internal_note(mail: Mail) -> str:
    """Return the internal note for a mail from an address that is not the complainant's."""
    return f"{mail.sender}\n\n{mail.full_text()}"


def ignored_note(mail: Mail, mark: Mark) -> str:
    """Return the internal note for an automatic mail in the thread of a complaint."""
    return f"[{mark.reason}: {mark.evidence}]\n{internal_note(mail)}"


def visibility(mail: Mail, *, contact: str | None, sender: str | None) -> Visibility:
    """Return `customer` for the address that complained; any other sender is not proven.

    A relay's From is shared by many customers, so together with it their Reply-To must be the contact as well. Alone
    Reply-To proves nothing: SPF, DKIM and DMARC protect From.
    """
    if contact is None or mail.address is None:
        return Visibility.INTERNAL
    is_contact = email_key(mail.address) == email_key(contact)
    is_sender = sender is not None and email_key(mail.address) == email_key(sender)
    if mail.reply_to is None:
        replies_reach_contact = not is_no_reply(mail.address)
    else:
        replies_reach_contact = email_key(mail.reply_to) == email_key(contact)
    return Visibility.CUSTOMER if is_contact or (is_sender and replies_reach_contact) else Visibility.INTERNAL


def message_suffix(mail: Mail) -> str:
    """Return the part of Heed's message id that differs for the reply to each mail, and is the same on a repetition."""
    return mail.content_key.hex()[:16]
