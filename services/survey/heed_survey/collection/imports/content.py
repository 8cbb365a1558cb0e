"""The lines of a chunk as they are stored: encrypted.

A file of an anonymous survey has the order in which responses were entered, which others may know. So nothing of it is
readable until its lines are in the pool, and its length does not show what a line contains.
"""

from uuid import UUID

from heed_common.encrypted_columns import EncryptedColumn, padded
from heed_common.encryption import FieldCipher
from heed_common.imports.chunks import CHUNK_BYTES
from heed_survey.responses.answers import longest_answers
from heed_survey.surveys.questionnaire.questionnaire import Questionnaire

COLUMN = EncryptedColumn("response_import_chunk", "id", "lines")
UNPADDED = 1


def padded_length(questionnaire: Questionnaire) -> int:
    """Return a length that chunks of an anonymous survey are filled up to: their last line may be a long one."""
    return CHUNK_BYTES + 2 * longest_answers(questionnaire)


def encrypt(body: bytes, *, chunk_id: UUID, length: int = UNPADDED, cipher: FieldCipher) -> bytes:
    """Return the ciphertext of the lines, filled up to a multiple of the length."""
    return COLUMN.encrypt(padded({"body": body.decode()}, multiple=length), key=chunk_id, cipher=cipher)


def decrypt(encrypted: bytes, *, chunk_id: UUID, cipher: FieldCipher) -> bytes:
    """Return the lines. Raises `UndecryptableValue`."""
    body: str = COLUMN.decrypt(encrypted, key=chunk_id, cipher=cipher)["body"]
    return body.encode()
