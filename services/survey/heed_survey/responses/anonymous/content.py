"""The pool of a survey as it is stored: encrypted, shuffled, and filled up to a common length."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from heed_common.encrypted_columns import EncryptedColumn, padded
from heed_common.encryption import FieldCipher
from heed_survey.responses.anonymous import rules
from heed_survey.responses.anonymous.rules import Entry

COLUMN = EncryptedColumn("response_pool", "survey_id", "responses")


@dataclass(frozen=True, slots=True)
class Pool:
    """Responses that are not released yet."""

    entries: Sequence[Entry] = ()
    begun: frozenset[str] = frozenset()
    """Cells of which a group has been released."""
    room: int = 0
    """Number of bytes that the longest response can have."""


def encrypt(pool: Pool, *, survey_id: UUID, cipher: FieldCipher) -> bytes:
    """Return the ciphertext of the pool, in a new random order.

    Two of the longest responses have room in it: one long text does not show in the length.
    """
    document: dict[str, Any] = {
        "responses": rules.shuffled(pool.entries),
        "begun": sorted(pool.begun),
        "room": pool.room,
    }
    return COLUMN.encrypt(padded(document, multiple=2 * pool.room), key=survey_id, cipher=cipher)


def decrypt(encrypted: bytes, *, survey_id: UUID, cipher: FieldCipher) -> Pool:
    """Return the pool. Raises `UndecryptableValue`."""
    document = COLUMN.decrypt(encrypted, key=survey_id, cipher=cipher)
    return Pool(document["responses"], frozenset(document["begun"]), document["room"])
