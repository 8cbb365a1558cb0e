"""The pool of a survey as it is stored: encrypted, shuffled, and filled up to a common length."""

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from heed_common.encrypted_columns import EncryptedColumn
from heed_common.encryption import FieldCipher
from heed_survey.responses.anonymous import rules

COLUMN = EncryptedColumn("response_pool", "survey_id", "responses")
BLOCK = 4096
"""The document is filled up to a multiple of so many characters."""

Entry = dict[str, Any]


def encrypt(entries: Sequence[Entry], *, survey_id: UUID, cipher: FieldCipher) -> bytes:
    """Return the ciphertext of the entries, in a new random order."""
    mixed = rules.shuffled(entries)
    length = len(json.dumps(mixed, ensure_ascii=False, separators=(",", ":")).encode())
    content = {"responses": mixed, "padding": " " * (-length % BLOCK)}
    return COLUMN.encrypt(content, key=survey_id, cipher=cipher)


def decrypt(encrypted: bytes, *, survey_id: UUID, cipher: FieldCipher) -> list[Entry]:
    """Return the entries. Raises `UndecryptableValue`."""
    entries: list[Entry] = COLUMN.decrypt(encrypted, key=survey_id, cipher=cipher)["responses"]
    return entries
