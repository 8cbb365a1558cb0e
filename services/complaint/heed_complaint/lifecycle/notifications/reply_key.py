"""The key of the hashes by which a customer's reply is recognised.

It is made once and stored encrypted. So a rotation encrypts the key again and changes no hash, which could not be
computed again: the addresses are not stored. The service token was the key before; the hashes of that time remain valid
because the first key is that token.
"""

import logging
import secrets

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.encrypted_columns import EncryptedColumn
from heed_common.encryption import UndecryptableValue
from heed_common.session_cipher import get_cipher
from heed_complaint.lifecycle.notifications.tables import MessageDelivery, ReplyKey

COLUMN = EncryptedColumn("reply_key", "id", key_type="boolean")
KEY_BYTES = 32
ONLY_ROW = True

log = logging.getLogger(__name__)


async def ensure_key(session: AsyncSession, *, former_key: str | None = None) -> None:
    """Create the key if there is none; the former one, if hashes with it are stored."""
    if await _select(session) is not None:
        return
    key = secrets.token_urlsafe(KEY_BYTES)
    if former_key is not None and await _has_hashes(session):
        key = former_key
    encrypted = COLUMN.encrypt({"key": key}, key=ONLY_ROW, cipher=get_cipher(session))
    await session.execute(insert(ReplyKey).values(id=ONLY_ROW, content=encrypted).on_conflict_do_nothing())


async def load_key(session: AsyncSession) -> str | None:
    """Return the key; None if there is none, or no key of contacts decrypts it: then replies become internal notes."""
    encrypted = await _select(session)
    if encrypted is None:
        return None
    try:
        key: str = COLUMN.decrypt(encrypted, key=ONLY_ROW, cipher=get_cipher(session))["key"]
    except UndecryptableValue:
        log.error("no key decrypts the key of replies: customers' replies become internal notes")
        return None
    return key


async def _select(session: AsyncSession) -> bytes | None:
    return await session.scalar(select(ReplyKey.content))


async def _has_hashes(session: AsyncSession) -> bool:
    query = select(MessageDelivery.message_id).where(MessageDelivery.recipient_hash.is_not(None)).limit(1)
    return await session.scalar(query) is not None
