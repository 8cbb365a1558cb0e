"""Secrets of endpoints: generated, encrypted at rest, rotated with an overlap, and used to sign (Standard Webhooks)."""

import base64
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from standardwebhooks import Webhook

from heed_common.encrypted_columns import EncryptedColumn
from heed_common.encryption import FieldCipher

SECRETS = EncryptedColumn("webhook_endpoint", "id", "secrets")
SECRET_BYTES = 32
PREFIX = "whsec_"


@dataclass(frozen=True, slots=True)
class Secrets:
    """The secret of an endpoint, and the one before it until it expires."""

    current: str = field(repr=False)
    previous: str | None = field(default=None, repr=False)
    previous_expires_at: datetime | None = None

    def valid_at(self, now: datetime) -> list[str]:
        """Return the secrets that requests are signed with."""
        is_valid = self.previous_expires_at is not None and now < self.previous_expires_at
        return [self.current, self.previous] if is_valid and self.previous else [self.current]


def new_secrets() -> Secrets:
    """Return a random secret."""
    return Secrets(PREFIX + base64.b64encode(os.urandom(SECRET_BYTES)).decode())


def rotate(secrets: Secrets, *, now: datetime, overlap: timedelta) -> Secrets:
    """Return a new secret, with which the present one stays valid for the overlap."""
    return Secrets(new_secrets().current, secrets.current, now + overlap)


def sign(secrets: Secrets, *, message_id: str, body: str, now: datetime) -> Mapping[str, str]:
    """Return the headers of Standard Webhooks, with a signature of each valid secret."""
    signatures = [Webhook(secret).sign(message_id, now, body) for secret in secrets.valid_at(now)]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def encrypt(secrets: Secrets, *, endpoint_id: UUID, cipher: FieldCipher) -> bytes:
    """Return the ciphertext of the secrets of this endpoint."""
    expires_at = secrets.previous_expires_at.isoformat() if secrets.previous_expires_at else None
    content = {"current": secrets.current, "previous": secrets.previous, "previous_expires_at": expires_at}
    return SECRETS.encrypt(content, key=endpoint_id, cipher=cipher)


def decrypt(encrypted: bytes, *, endpoint_id: UUID, cipher: FieldCipher) -> Secrets:
    """Return the secrets of this endpoint. Raises `UndecryptableValue`."""
    content = SECRETS.decrypt(encrypted, key=endpoint_id, cipher=cipher)
    expires_at = content["previous_expires_at"]
    return Secrets(content["current"], content["previous"], datetime.fromisoformat(expires_at) if expires_at else None)
