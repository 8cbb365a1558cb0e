"""Sensitive fields that older keys encrypted are encrypted again, with their blind indexes."""

import logging

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.encryption import FieldCipher, UndecryptableValue
from heed_common.key_rotation import RotatedBatch, RotatedTable
from heed_customer.accounts.sensitive_fields import content, repository
from heed_customer.accounts.sensitive_fields.tables import SensitiveValue

log = logging.getLogger(__name__)


async def rotate_batch(session: AsyncSession, cipher: FieldCipher, after: object | None, limit: int) -> RotatedBatch:
    """Encrypt a page of values again. No revision and no verification changes, because no value does."""
    rows = await repository.lock_encrypted_by_older_keys(
        session, key_id=cipher.current_key_id, after=after if isinstance(after, tuple) else None, limit=limit
    )
    rotated = sum(_encrypt_again(row, cipher) for row in rows)
    await session.flush()
    last = rows[-1] if len(rows) == limit else None
    last_key = None if last is None else (last.customer_id, last.profile_group, last.field)
    return RotatedBatch(rotated, len(rows) - rotated, last_key)


def _encrypt_again(row: SensitiveValue, cipher: FieldCipher) -> bool:
    """Encrypt the value with the newest key. Return False if no key decrypts it."""
    group, field = row.profile_group, row.field
    try:
        value = content.decrypt(row, cipher=cipher)
    except UndecryptableValue:
        log.error("sensitive field not decryptable: %s %s.%s", row.customer_id, group, field)
        return False
    row.encrypted = content.encrypt(value, customer_id=row.customer_id, group=group, field=field, cipher=cipher)
    row.blind_index = content.blind_index(value, group=group, field=field, cipher=cipher)
    return True


ROTATION = RotatedTable(rotate_batch, repository.count_by_key)
