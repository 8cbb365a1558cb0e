"""Tokens of links. Pure.

A personal token is random, or derived from its invitation, so that a reminder contains the same link. An anonymous
token is a random number with a signature: all numbers that the key signs are one pool, which exists before the first
message and from which a sender draws without storing what it drew. The database has the public key only: a copy
of it is not enough to make links.
"""

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

TOKEN_BYTES = 24
"""192 bits of a personal or open token."""
KEY_ID_BYTES, NONCE_BYTES, SIGNATURE_BYTES = 8, 16, 64
SIGNED_BYTES = KEY_ID_BYTES + NONCE_BYTES + SIGNATURE_BYTES
PLAIN_TOKEN = re.compile(r"[A-Za-z0-9_-]{32}", re.ASCII)
SIGNED_TOKEN = re.compile(r"[A-Za-z0-9_-]{118}", re.ASCII)
SIGNING_CONTEXT = b"heed anonymous survey link"


class LinkKind(StrEnum):
    PERSONAL = "personal"
    """Sent to one customer; accepts one response."""
    ANONYMOUS = "anonymous"
    """Sent to one customer, and nothing records to whom; accepts one response."""
    OPEN = "open"
    """Shown at a service point, for any number of responses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkTarget:
    """What a response over a link belongs to."""

    survey_id: UUID
    invitation_id: UUID | None = None
    """The links of one invitation accept one response together."""
    customer_id: UUID | None = None
    complaint_id: UUID | None = None
    sample_id: UUID | None = None
    wave: str | None = None
    service_point_id: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A link that was opened."""

    id: UUID | None
    """None for an anonymous link, of which nothing is stored before its response."""
    kind: LinkKind
    target: LinkTarget
    token_hash: bytes = field(repr=False)
    """Identifies the link, also an anonymous one."""
    key_id: bytes | None = field(default=None, repr=False)
    expires_at: datetime | None = None

    @property
    def survey_id(self) -> UUID:
        return self.target.survey_id


@dataclass(frozen=True, slots=True)
class SignedToken:
    """The parts of an anonymous token."""

    key_id: bytes
    nonce: bytes
    signature: bytes

    @property
    def hash(self) -> bytes:
        """Return the hash that is burnt: of the number alone, so that no other spelling of the token has another."""
        return hashlib.sha256(self.key_id + self.nonce).digest()


class AnonymousSigner:
    """Draws the anonymous tokens of one wave of a survey."""

    def __init__(self, secret: bytes, *, survey_id: UUID, wave: str | None) -> None:
        info = b"|".join((SIGNING_CONTEXT, survey_id.bytes, (wave or "").encode()))
        self._key = Ed25519PrivateKey.from_private_bytes(_derive(secret, info))
        self.public_key = self._key.public_key().public_bytes_raw()
        self.key_id = hashlib.sha256(self.public_key).digest()[:KEY_ID_BYTES]

    def draw(self) -> str:
        """Return a new token. Nothing stores it; two draws are the same once in 2^64 of them."""
        signed = self.key_id + secrets.token_bytes(NONCE_BYTES)
        return _encode(signed + self._key.sign(SIGNING_CONTEXT + signed))


def new_token() -> str:
    """Return a random token of a personal or open link."""
    return _encode(secrets.token_bytes(TOKEN_BYTES))


def derive_token(secret: bytes, *, invitation_id: UUID) -> str:
    """Return the token of an invitation: each of its messages contains the same link, and no table contains it."""
    key = _derive(secret, b"heed personal survey link")
    return _encode(hmac.digest(key, invitation_id.bytes, "sha256")[:TOKEN_BYTES])


def token_hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def is_plain(token: str) -> bool:
    """Return whether it may be the token of a personal or open link."""
    return PLAIN_TOKEN.fullmatch(token) is not None


def parse_signed(token: str) -> SignedToken | None:
    """Return the parts of an anonymous token; None if it has another form."""
    if SIGNED_TOKEN.fullmatch(token) is None:
        return None
    content = base64.urlsafe_b64decode(token + "==")
    nonce_end = KEY_ID_BYTES + NONCE_BYTES
    return SignedToken(content[:KEY_ID_BYTES], content[KEY_ID_BYTES:nonce_end], content[nonce_end:])


def is_signed_by(token: SignedToken, public_key: bytes) -> bool:
    """Return whether the key signed the token."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(
            token.signature, SIGNING_CONTEXT + token.key_id + token.nonce
        )
    except InvalidSignature:
        return False
    return True


def _derive(secret: bytes, info: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(secret)


def _encode(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")
