"""Ignored mails, stored as ciphertexts: a bounce repeats addresses, and an automatic reply was written by someone."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from heed_common.encrypted_columns import EncryptedColumn
from heed_common.encryption import FieldCipher, UndecryptableValue
from heed_complaint.intake.email.rules import Mail
from heed_complaint.intake.email.tables import IgnoredMail

COLUMN = EncryptedColumn("ignored_mail", "key", key_type="bytea")


@dataclass(frozen=True, slots=True)
class ReadableMail:
    """An ignored mail, as operators read it."""

    received_at: datetime
    reason: str
    evidence: str
    complaint_id: UUID | None
    sender: str = field(repr=False)
    subject: str = field(repr=False)
    text: str = field(repr=False)


def encrypt(mail: Mail, *, cipher: FieldCipher) -> bytes:
    """Return the ciphertext of sender, subject and text."""
    content = {"sender": mail.sender, "subject": mail.subject, "text": mail.text}
    return COLUMN.encrypt(content, key=mail.content_key, cipher=cipher)


def decrypt(row: IgnoredMail, *, cipher: FieldCipher) -> ReadableMail:
    """Return the mail. Raises `UndecryptableValue`."""
    if row.content is None:
        raise UndecryptableValue
    content = COLUMN.decrypt(row.content, key=bytes(row.key), cipher=cipher)
    return ReadableMail(row.received_at, row.reason, row.evidence, row.complaint_id, **content)
