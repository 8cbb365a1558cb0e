"""Evidence that older keys encrypted is encrypted again."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.encryption import FieldCipher
from heed_common.key_rotation import RotatedBatch, RotatedTable
from heed_customer.reach.consents import evidence, repository


async def rotate_batch(session: AsyncSession, cipher: FieldCipher, after: object | None, limit: int) -> RotatedBatch:
    """Encrypt the evidence of a page of decisions again."""
    rows = await repository.lock_encrypted_by_older_keys(
        session, key_id=cipher.current_key_id, after=after if isinstance(after, UUID) else None, limit=limit
    )
    readable = evidence.decrypt_all({row.decision_id: row.content for row in rows}, cipher=cipher)
    for row in rows:
        if row.decision_id in readable:
            found = readable[row.decision_id]
            row.content = evidence.encrypt(found, decision_id=row.decision_id, cipher=cipher)
    await session.flush()
    return RotatedBatch(len(readable), len(rows) - len(readable), rows[-1].decision_id if len(rows) == limit else None)


ROTATION = RotatedTable(rotate_batch, repository.count_evidence_by_key)
