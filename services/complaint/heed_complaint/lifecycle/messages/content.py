"""Text of messages, stored as ciphertext: what customers and agents write to each other names people."""

import logging

from heed_common.encrypted_columns import EncryptedColumn
from heed_common.encryption import FieldCipher, UndecryptableValue
from heed_complaint.lifecycle.messages.tables import Message

COLUMN = EncryptedColumn("message", "id")

log = logging.getLogger(__name__)


def encrypt(text: str, *, message: Message, cipher: FieldCipher) -> bytes:
    """Return the ciphertext of the message's text."""
    return COLUMN.encrypt({"text": text}, key=message.id, cipher=cipher)


def decrypt(message: Message, *, cipher: FieldCipher) -> str | None:
    """Return the text; None if no key decrypts it, so that one lost text does not hide the others."""
    try:
        if message.content is None:
            raise UndecryptableValue
        text: str = COLUMN.decrypt(message.content, key=message.id, cipher=cipher)["text"]
    except UndecryptableValue:
        log.error("no key decrypts message %s", message.id)
        return None
    return text
