"""Whose mail it is, what it answers, and what becomes of it. Pure."""

import hashlib
import hmac
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parseaddr
from uuid import UUID

from heed_common.contracts.complaint import Severity
from heed_common.languages import Language
from heed_complaint.complaints.rules import NewComplaint
from heed_complaint.intake.rules import key_hash
from heed_complaint.mails.errors import SignatureExpired, SignatureInvalid
from heed_complaint.messages.rules import Visibility

TOLERANCE = timedelta(minutes=5)
SIGNATURE = re.compile(r"v1=([0-9a-f]{64})")
TIMESTAMP = re.compile(r"[0-9]{1,12}")
OURS = re.compile(r"<?heed-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})@[^\s<>]+>?")
"""The id of a message of ours: who answers it names the complaint."""
LONGEST_DESCRIPTION = 10_000
NOTHING_SAID = "(…)"


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail as the gateway read it. Category, severity and the rest are what rules of the gateway say."""

    sender: str
    subject: str
    text: str
    message_id: str
    answers: tuple[str, ...]
    """What it refers to, the nearest first."""
    automatic: bool
    category: str
    severity: Severity
    product: str | None
    customer_id: UUID | None
    language: Language

    @property
    def name(self) -> str | None:
        return _parsed(self.sender)[0][:200] or None

    @property
    def address(self) -> str | None:
        return _parsed(self.sender)[1][:320] or None

    @property
    def key(self) -> bytes:
        return key_hash("mail", self.message_id)

    @property
    def fingerprint(self) -> bytes:
        """Return the hash of sender and content without white space: the id is chosen by the sender and no proof."""
        content = (self.name or "", (self.address or self.sender).casefold(), self.subject, self.text)
        return key_hash("mail content", json.dumps([" ".join(part.split()) for part in content]))

    @property
    def key_of_its_own(self) -> bytes:
        """Return the key of a mail whose id was used before with other content or by another sender."""
        return key_hash("mail", f"{self.message_id}\n{self.fingerprint.hex()}")

    def words(self) -> str:
        return "\n\n".join(part for part in (self.subject, self.text) if part) or NOTHING_SAID

    def as_new(self, *, now: datetime) -> NewComplaint:
        return NewComplaint(
            external_id=None,
            customer_id=self.customer_id,
            channel="mail",
            category=self.category,
            severity=self.severity,
            description=self.words()[:LONGEST_DESCRIPTION],
            occurred_at=now,
            received_at=None,
            dispatch_received_at=None,
            service_point_id=None,
            product=self.product,
            purchase_id=None,
            amount_at_stake=None,
            currency=None,
        )

    def rest(self) -> str:
        """What does not fit into a description."""
        return self.words()[LONGEST_DESCRIPTION:]


def _parsed(sender: str) -> tuple[str, str]:
    """The name and the address. Comments within comments are read by recursion, and anybody can nest them too deep."""
    try:
        return parseaddr(sender)
    except RecursionError:
        return "", ""


def sign(secret: str, *, timestamp: str, body: bytes) -> bytes:
    """HMAC-SHA256 over the timestamp, a full stop and the raw body."""
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).digest()


def check_signature(secret: str, *, timestamp: str, signature: str, body: bytes, now: datetime) -> bytes:
    """The gateway alone can have signed it, and not long ago. Answers the signature."""
    found = SIGNATURE.fullmatch(signature)
    if found is None or not TIMESTAMP.fullmatch(timestamp):
        raise SignatureInvalid
    expected = sign(secret, timestamp=timestamp, body=body)
    if not hmac.compare_digest(expected, bytes.fromhex(found[1])):
        raise SignatureInvalid
    if abs(now.timestamp() - int(timestamp)) > TOLERANCE.total_seconds():
        raise SignatureExpired
    return expected


def forgotten_before(now: datetime) -> datetime:
    """Signatures from before then are refused for their age already."""
    return now.astimezone(UTC) - 3 * TOLERANCE


def named_complaint(message_id: str) -> UUID | None:
    """Return the complaint in the id of a message that Heed sent."""
    found = OURS.fullmatch(message_id)
    return UUID(found[1]) if found else None


def note_of(mail: Mail) -> str:
    """Return the internal note for a mail from an address that is not the complainant's."""
    return f"{mail.sender}\n\n{mail.words()}"


def visibility(mail: Mail, *, contact: str | None) -> Visibility:
    """Anybody can write any sender: only what names the known address is shown as the customer's own words."""
    same = contact is not None and mail.address is not None and contact.casefold() == mail.address.casefold()
    return Visibility.CUSTOMER if same else Visibility.INTERNAL
