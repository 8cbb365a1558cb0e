"""Encryption of sensitive fields: each value bound to its table, customer, group and field; and its blind index."""

import json
from typing import Any
from uuid import UUID

from heed_common.encryption import FieldCipher
from heed_customer.accounts.sensitive_fields import rules
from heed_customer.accounts.sensitive_fields.tables import SensitiveValue


def encrypt(value: object, *, customer_id: UUID, group: str, field: str, cipher: FieldCipher) -> bytes:
    text = json.dumps(value, ensure_ascii=False)
    return cipher.encrypt(text, context=_context(customer_id, group, field))


def decrypt(row: SensitiveValue, *, cipher: FieldCipher) -> Any:  # noqa: ANN401 any JSON value
    """Return the value. Raises `UndecryptableValue`."""
    context = _context(row.customer_id, row.profile_group, row.field)
    return json.loads(cipher.decrypt(row.encrypted, context=context))


def blind_index(value: object, *, group: str, field: str, cipher: FieldCipher) -> bytes | None:
    """Return the index under which an identifying value is stored; None for all other fields."""
    if (group, field) not in rules.IDENTIFYING:
        return None
    return cipher.blind_index(rules.index_text(field, str(value)))


def _context(customer_id: UUID, group: str, field: str) -> str:
    return f"profile_sensitive_value.encrypted:{customer_id}:{group}.{field}"
