"""The owner's key, created by the embedded product in a file that only the owner can read, and never logged."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from heed.errors import CommandError
from heed_common.auth import key_file, tokens
from heed_common.auth.api_keys import KeyState, Token
from heed_common.auth.key_file import KeyFileUnreadable
from heed_common.auth.scopes import SCOPES
from heed_common.database import Database


class TokenFileUnreadable(CommandError):
    """The file exists and contains no key."""


async def ensure_token(path: Path, databases: Mapping[str, Database], *, now: datetime) -> KeyState:
    """Add the key in the file to all services, unless the operator has revoked it; create it at the first start."""
    token = load_token(path)
    if token is None:
        token = Token.new()
        key_file.save(path, token)
    return await tokens.ensure(databases, token, name=tokens.ADMIN, scopes=SCOPES, now=now)


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
