"""The key that the embedded product makes for its owner: in a file that only they can read, and never in a log."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from heed.refusal import Refusal
from heed_common import key_file, tokens
from heed_common.api_keys import KeyState, Token
from heed_common.auth import SCOPES
from heed_common.database import Database
from heed_common.key_file import KeyFileUnreadable


class TokenFileUnreadable(Refusal):
    """The file is there and holds no key."""


async def ensure_token(path: Path, databases: Mapping[str, Database], *, now: datetime) -> KeyState:
    """Make the key in the file open all services, unless the operator has ended it; the first time make it."""
    token = load_token(path)
    if token is None:
        token = Token.new()
        key_file.save(path, token)
    return await tokens.ensure(databases, token, name=tokens.ADMIN, scopes=SCOPES, now=now)


def load_token(path: Path) -> Token | None:
    """Return the key in the file, None without a file. Raises `TokenFileUnreadable`."""
    try:
        return key_file.load(path)
    except KeyFileUnreadable as error:
        raise TokenFileUnreadable(error.detail) from None


def advice(state: KeyState, path: Path) -> str | None:
    """Return what the owner can do about a key that opens nothing."""
    if state is KeyState.REVOKED:
        ended = f"The key in {path} was revoked and opens nothing."
    elif state is KeyState.REPLACED:
        ended = f"The key in {path} opens nothing: its secret was replaced."
    else:
        return None
    return f"{ended} `heed token create --admin-file` makes a new one and writes it there."
