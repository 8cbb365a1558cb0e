"""Encryption of evidence: source and proof of a decision in one ciphertext, bound to the decision's id."""

import json
import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from uuid import UUID

from heed_common.encryption import FieldCipher, UndecryptableValue

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Evidence:
    """How a decision was obtained, in words, which may name people."""

    source: str
    proof: str | None


def encrypt(evidence: Evidence, *, decision_id: UUID, cipher: FieldCipher) -> bytes:
    return cipher.encrypt(json.dumps(asdict(evidence), ensure_ascii=False), context=_context(decision_id))


def decrypt(content: bytes, *, decision_id: UUID, cipher: FieldCipher) -> Evidence:
    """Return the evidence. Raises `UndecryptableValue`."""
    return Evidence(**json.loads(cipher.decrypt(content, context=_context(decision_id))))


def decrypt_all(contents: Mapping[UUID, bytes], *, cipher: FieldCipher) -> dict[UUID, Evidence]:
    """Return the evidence by decision, without what no key decrypts: the decisions themselves count all the same."""
    found = {}
    for decision_id, content in contents.items():
        try:
            found[decision_id] = decrypt(content, decision_id=decision_id, cipher=cipher)
        except UndecryptableValue:
            log.error("evidence of a consent not decryptable: %s", decision_id)
    return found


def _context(decision_id: UUID) -> str:
    return f"consent_evidence.content:{decision_id}"
