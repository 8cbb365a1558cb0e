"""Encryption of personal data at rest, and blind indexes by which encrypted values are found.

AES-256-GCM with a random nonce for each value. The context (table, column and row) is authenticated with the value, so
that a ciphertext moved to another row does not decrypt. A blind index is a keyed hash: equal values have equal indexes,
which cannot be tested against a guess without the key.
"""

import base64
import binascii
import hashlib
import hmac
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
KEY_ID_BYTES = 4
NONCE_BYTES = 12


class UndecryptableValue(Exception):
    """No key decrypts the value: its key is missing, or the value or its context was changed."""


@dataclass(frozen=True, slots=True)
class _Key:
    """One secret with the keys derived from it for its two uses."""

    id: bytes
    cipher: AESGCM
    index_key: bytes

    @classmethod
    def from_secret(cls, secret: bytes) -> "_Key":
        return cls(
            hashlib.sha256(b"heed key id" + secret).digest()[:KEY_ID_BYTES],
            AESGCM(_derive(secret, b"heed encryption")),
            _derive(secret, b"heed blind index"),
        )


class FieldCipher:
    """Encrypts single values with the newest key; decrypts what any of the keys encrypted."""

    def __init__(self, secrets: Sequence[bytes]) -> None:
        if not secrets:
            raise ValueError("at least one key is needed")
        self._keys = [_Key.from_secret(secret) for secret in secrets]

    @property
    def current_key_id(self) -> bytes:
        """Return the first bytes of what the newest key encrypts."""
        return self._keys[0].id

    @property
    def key_ids(self) -> frozenset[bytes]:
        """Return the first bytes of what any of the keys encrypts."""
        return frozenset(key.id for key in self._keys)

    def encrypt(self, value: str, *, context: str) -> bytes:
        """Return key id, nonce and ciphertext of the value."""
        key, nonce = self._keys[0], os.urandom(NONCE_BYTES)
        return key.id + nonce + key.cipher.encrypt(nonce, value.encode(), context.encode())

    def decrypt(self, encrypted: bytes, *, context: str) -> str:
        """Return the value. Raises `UndecryptableValue`."""
        key_id, nonce = encrypted[:KEY_ID_BYTES], encrypted[KEY_ID_BYTES : KEY_ID_BYTES + NONCE_BYTES]
        for key in self._keys:
            if key.id == key_id:
                try:
                    plain = key.cipher.decrypt(nonce, encrypted[KEY_ID_BYTES + NONCE_BYTES :], context.encode())
                except (InvalidTag, ValueError):
                    break
                return plain.decode()
        raise UndecryptableValue

    def is_current(self, encrypted: bytes) -> bool:
        """Return whether the newest key encrypted the value; if not, a rotation encrypts it again."""
        return encrypted[:KEY_ID_BYTES] == self._keys[0].id

    def blind_index(self, value: str) -> bytes:
        """Return the index under which the newest key stores the value."""
        return _index(self._keys[0], value)

    def blind_indexes(self, value: str) -> list[bytes]:
        """Return the indexes of the value under all keys: a row may wait for its rotation."""
        return [_index(key, value) for key in self._keys]


def parse_keys(text: str) -> list[bytes]:
    """Return the secrets, newest first, which commas or line ends separate. Raises `ValueError` that repeats none."""
    return [_parse_key(part) for part in text.replace(",", " ").split()]


def new_key() -> str:
    """Return a random key in the form of the setting."""
    return base64.urlsafe_b64encode(os.urandom(KEY_BYTES)).decode()


def format_keys(secrets: Iterable[bytes]) -> str:
    """Return the secrets in the form of the setting."""
    return ",".join(base64.urlsafe_b64encode(secret).decode() for secret in secrets)


def _parse_key(text: str) -> bytes:
    try:
        secret = base64.b64decode(text.encode("ascii"), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeError):
        secret = b""
    if len(secret) != KEY_BYTES:
        raise ValueError(f"each key must be {KEY_BYTES} random bytes in URL-safe base64")
    return secret


def _derive(secret: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=purpose).derive(secret)


def _index(key: _Key, value: str) -> bytes:
    return hmac.digest(key.index_key, value.encode(), "sha256")
