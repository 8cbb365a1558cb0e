"""The key that the embedded product makes for its owner: in a file that only they can read, and never in a log."""

import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from heed.refusal import Refusal
from heed_common import tokens
from heed_common.api_keys import Token
from heed_common.auth import SCOPES
from heed_common.database import Database

NAME = "admin.token"


class TokenFileUnreadable(Refusal):
    """The file is there and holds no key."""


async def ensure_token(path: Path, databases: Mapping[str, Database], *, now: datetime) -> None:
    """The key in the file opens all services; the first time it is made."""
    token = _read(path) or _make(path)
    await tokens.ensure(databases, token, name=NAME, scopes=SCOPES, now=now)


def _read(path: Path) -> str | None:
    if not path.exists():
        return None
    token = path.read_text().strip()
    if Token.parse(token) is None:
        raise TokenFileUnreadable(f"{path} holds no key; remove it and a new one is made")
    return token


def _make(path: Path) -> str:
    """Under another name first, so that the file is whole when it can be seen."""
    token = str(Token.new())
    unfinished = path.with_name(f"{path.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(f"{token}\n")
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(path)
    return token
