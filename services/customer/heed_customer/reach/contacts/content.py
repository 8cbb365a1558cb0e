"""Encryption of contacts: one ciphertext a row, bound to the row's id, and its blind index."""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from uuid import UUID

from heed_common.encryption import FieldCipher, UndecryptableValue
from heed_customer.reach.contacts.rules import ContactContent, index_text
from heed_customer.reach.contacts.tables import Contact

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ReadableContact:
    """A contact with its decrypted content."""

    row: Contact
    content: ContactContent


def encrypt(content: ContactContent, *, contact_id: UUID, cipher: FieldCipher) -> bytes:
    return cipher.encrypt(content.to_text(), context=_context(contact_id))


def decrypt(row: Contact, *, cipher: FieldCipher) -> ReadableContact:
    """Return the row with its content. Raises `UndecryptableValue`."""
    return ReadableContact(row, ContactContent.from_text(cipher.decrypt(row.content, context=_context(row.id))))


def decrypt_all(rows: Iterable[Contact], *, cipher: FieldCipher) -> Iterator[ReadableContact]:
    """Yield the rows with their contents, without those that no key decrypts: one of them must not hide the others."""
    for row in rows:
        try:
            yield decrypt(row, cipher=cipher)
        except UndecryptableValue:
            log.error("contact not decryptable: %s", row.id)


def blind_index(kind: str, content: ContactContent, *, cipher: FieldCipher) -> bytes | None:
    """Return the index under which the contact is stored."""
    text = index_text(kind, content)
    return None if text is None else cipher.blind_index(text)


def _context(contact_id: UUID) -> str:
    return f"contact.content:{contact_id}"
