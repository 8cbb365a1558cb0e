"""The owner's key, created by the embedded product in a file that only the owner can read, and never logged."""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from heed.errors import CommandError
from heed_common.auth import key_file, tokens
from heed_common.auth.api_keys import KeyState, Token
from heed_common.auth.key_file import KeyFileUnreadable
from heed_common.auth.scopes import SCOPES
from heed_common.database import Database
from heed_common.keys.service import Issued

log = logging.getLogger(__name__)


class TokenFileUnreadable(CommandError):
    """The file exists and contains no key."""


async def ensure_token(path: Path, databases: Mapping[str, Database], *, now: datetime) -> KeyState:
    """Add the key in the file to all services, unless the operator has revoked it; create it at the first start."""
    token = load_token(path)
    if token is None:
        token = Token.new()
        key_file.save(path, token)
    return await tokens.ensure(databases, token, name=tokens.ADMIN, scopes=SCOPES, now=now)


def write_rotations(path: Path) -> Callable[[Issued], None]:
    """Return the function that writes another secret of the owner's key, given to it over HTTP, into the file."""
    newest = 0

    def write(issued: Issued) -> None:
        nonlocal newest
        try:
            if issued.key.version > newest and key_file.has_key(path, issued.token.id):
                key_file.save(path, issued.token)
                newest = issued.key.version
        except (OSError, KeyFileUnreadable) as error:
            log.error("the new secret of the owner's key is not in %s: %s", path, type(error).__name__)

    return write


def load_token(path: Path) -> Token | None:
    """Return the key in the file, or None without a file. Raises `TokenFileUnreadable`."""
    try:
        return key_file.load(path)
    except KeyFileUnreadable as error:
        raise TokenFileUnreadable(error.detail) from None


def advice(state: KeyState, path: Path) -> str | None:
    """Return instructions for a key that is not accepted."""
    if state is KeyState.REVOKED:
        ended = f"The key in {path} was revoked."
    elif state is KeyState.REPLACED:
        ended = f"The key in {path} is invalid: its secret was replaced."
    else:
        return None
    return f"{ended} `heed token create --admin-file` creates a new one and writes it there."
