"""Contacts of complainants, stored as ciphertexts and found by the blind index of their address."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from heed_common.encrypted_columns import EncryptedColumn
from heed_common.encryption import FieldCipher, UndecryptableValue
from heed_complaint.core.contacts.rules import NewContact
from heed_complaint.core.contacts.tables import Contact

log = logging.getLogger(__name__)


def _index_text(content: Mapping[str, Any]) -> str | None:
    address: str | None = content["address"]
    return None if address is None else f"intake_contact:{address}"


COLUMN = EncryptedColumn("intake_contact", "complaint_id", index_column="blind_index", index_text=_index_text)


@dataclass(frozen=True, slots=True)
class StoredContact:
    """How to reach a complainant whom the customer service may not have on file."""

    complaint_id: UUID
    language: str
    name: str | None = field(default=None, repr=False)
    address: str | None = field(default=None, repr=False)
    """An email address or a telephone number, in its normal form where it has one."""
    sender: str | None = field(default=None, repr=False)
    """The address that wrote the mail, where replies go to another one."""


def encrypt(complaint_id: UUID, contact: NewContact, *, cipher: FieldCipher) -> Contact:
    """Return the row of the contact."""
    content = {"name": contact.name, "address": contact.address, "sender": contact.sender}
    return Contact(
        complaint_id=complaint_id,
        language=contact.language,
        content=COLUMN.encrypt(content, key=complaint_id, cipher=cipher),
        blind_index=COLUMN.blind_index(content, cipher=cipher),
    )


def decrypt(row: Contact, *, cipher: FieldCipher) -> StoredContact:
    """Return the contact; without name and address if no key decrypts them, so that the complaint can be handled."""
    try:
        if row.content is None:
            raise UndecryptableValue
        content = COLUMN.decrypt(row.content, key=row.complaint_id, cipher=cipher)
    except UndecryptableValue:
        log.error("no key decrypts the contact of complaint %s", row.complaint_id)
        return StoredContact(row.complaint_id, row.language)
    return StoredContact(row.complaint_id, row.language, content["name"], content["address"], content["sender"])


def blind_indexes(address: str, *, cipher: FieldCipher) -> list[bytes]:
    """Return the indexes under which contacts with this address may be stored."""
    return cipher.blind_indexes(f"intake_contact:{address}")
