"""How long partial answers are stored, and how they are sealed. Pure.

They are encrypted with a key that only the link contains: the database, its log and its backups reveal no answer that
was not sent, nor at which moment the answers of a response were given. Of an anonymous survey they have a common
length, and how far the form was filled in is not stored: both follow from the answers, and the form has the hash of a
link whose use may be known.
"""

import json
import secrets
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

PARTIAL_DAYS = 30
"""Of a link without an end."""
OPEN_FORM_DAYS = 7
"""Of a form of an open link, which is filled in on the spot or within days."""
MAX_PAGE_SECONDS = 1800
"""A page that was open longer was not being answered all the time."""
KEY_BYTES, NONCE_BYTES = 32, 12
SEALING_CONTEXT = b"heed partial answers"


@dataclass(frozen=True, slots=True)
class FormKey:
    """Identifies a form and unlocks its partial answers."""

    hash: bytes
    secret: str = field(repr=False)
    """The token of the link, or that of the form of an open link; it is never stored."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a form was filled in: codes of items, no answers."""

    shown: tuple[str, ...] = ()
    answered: tuple[str, ...] = ()
    left_at: str = ""
    """The first item without an answer on the page shown last."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """What only the holder of the link can read."""

    page: int = 1
    """The page that was shown last, at which the form goes on."""
    seconds: int = 0
    answers: dict[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Progress:
    """What is stored of a form that was begun."""

    survey_id: UUID
    survey_version: int
    expires_on: date
    reach: Reach = Reach()
    """Empty in an anonymous survey."""
    sealed: Sealed = Sealed()


def expiry_day(link_expires_at: datetime | None, *, is_open: bool, now: datetime) -> date:
    """Return the last day of partial answers: that of their link, but at most a week for a form of an open link."""
    longest = (now + timedelta(days=OPEN_FORM_DAYS if is_open else PARTIAL_DAYS)).date()
    if link_expires_at is None:
        return longest
    return min(longest, link_expires_at.date()) if is_open else link_expires_at.date()


def seconds_on_page(opened_at: int | None, *, now: datetime) -> int:
    """Return the seconds since the page was opened, within what is plausible."""
    if opened_at is None:
        return 0
    return min(max(int(now.timestamp()) - opened_at, 0), MAX_PAGE_SECONDS)


def seal(sealed: Sealed, key: FormKey, *, room: int = 1) -> bytes:
    """Return the content encrypted for the holder of the link, filled up to a multiple of `room` bytes."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    content = json.dumps(asdict(sealed), ensure_ascii=False, separators=(",", ":")).encode()
    return nonce + _cipher(key).encrypt(nonce, content + b" " * (-len(content) % room), key.hash)


def unseal(sealed: bytes, key: FormKey) -> Sealed:
    """Return the content that `seal` has encrypted for this key. Raises `ValueError` for another one."""
    try:
        content = _cipher(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], key.hash)
    except InvalidTag:
        raise ValueError("sealed for another form") from None
    return Sealed(**json.loads(content))


def _cipher(key: FormKey) -> AESGCM:
    derived = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=SEALING_CONTEXT)
    return AESGCM(derived.derive(key.secret.encode()))
