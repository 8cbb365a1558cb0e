"""Contacts that older keys encrypted are encrypted again, with their blind indexes."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.encryption import FieldCipher
from heed_common.key_rotation import RotatedBatch, RotatedTable
from heed_customer.reach.contacts import content, repository
from heed_customer.reach.contacts.repository import EncryptedColumns


async def rotate_batch(session: AsyncSession, cipher: FieldCipher, after: object | None, limit: int) -> RotatedBatch:
    """Encrypt a page of contacts again. No revision changes, because no caller changed anything."""
    rows = await repository.lock_encrypted_by_older_keys(
        session, key_id=cipher.current_key_id, after=after if isinstance(after, UUID) else None, limit=limit
    )
    readable = list(content.decrypt_all(rows, cipher=cipher))
    encrypted = [
        EncryptedColumns(
            contact.row.id,
            content.encrypt(contact.content, contact_id=contact.row.id, cipher=cipher),
            content.blind_index(contact.row.kind, contact.content, cipher=cipher),
        )
        for contact in readable
    ]
    await repository.update_encrypted(session, encrypted)
    return RotatedBatch(len(encrypted), len(rows) - len(encrypted), rows[-1].id if len(rows) == limit else None)


ROTATION = RotatedTable(rotate_batch, repository.count_by_key)
