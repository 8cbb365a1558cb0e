"""Contents of outgoing messages: personal data, stored as ciphertexts."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from heed_common.encrypted_columns import EncryptedColumn
from heed_common.encryption import FieldCipher, UndecryptableValue

PENDING = EncryptedColumn("outgoing_message_content", "message_id", "pending")
"""What the message needs to be sent."""
SENT = EncryptedColumn("outgoing_message_content", "message_id", "sent")
"""Subject and text as they were sent."""
COLUMNS = (PENDING, SENT)


@dataclass(frozen=True, slots=True)
class PendingContent:
    """What a message needs to be sent. It is not in its repr."""

    address: str | None = field(repr=False)
    """Only of a recipient who wrote to the service from it."""
    params: dict[str, Any] = field(repr=False)
    in_reply_to: str | None = field(default=None, repr=False)
    references: Sequence[str] = field(default=(), repr=False)


def encrypt_pending(content: PendingContent, *, message_id: UUID, cipher: FieldCipher) -> bytes:
    """Return the ciphertext; values of other types in the parameters are a `TypeError`."""
    document = {
        "address": content.address,
        "params": content.params,
        "in_reply_to": content.in_reply_to,
        "references": list(content.references),
    }
    return PENDING.encrypt(document, key=message_id, cipher=cipher)


def decrypt_pending(encrypted: bytes | None, *, message_id: UUID, cipher: FieldCipher) -> PendingContent:
    """Return what the message needs to be sent. Raises `UndecryptableValue`."""
    if encrypted is None:
        raise UndecryptableValue
    document = PENDING.decrypt(encrypted, key=message_id, cipher=cipher)
    return PendingContent(
        document["address"], document["params"], document["in_reply_to"], tuple(document["references"])
    )


def encrypt_sent(subject: str, body: str, *, message_id: UUID, cipher: FieldCipher) -> bytes:
    """Return the ciphertext of subject and text."""
    return SENT.encrypt({"subject": subject, "body": body}, key=message_id, cipher=cipher)
