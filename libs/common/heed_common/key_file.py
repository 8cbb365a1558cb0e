"""The file with the owner's key: only they can read it."""

import os
from pathlib import Path

from heed_common.api_keys import Token
from heed_common.errors import HeedError


class KeyFileUnreadable(HeedError):
    """The file is there and holds no key."""


def load(path: Path) -> Token | None:
    """Return the key in the file, None without a file. Raises `KeyFileUnreadable`."""
    if not path.exists():
        return None
    token = Token.parse(path.read_text().strip())
    if token is None:
        raise KeyFileUnreadable(f"{path} holds no key; remove it and a new one is made")
    return token


def save(path: Path, token: Token) -> None:
    """Write the key under another name first, so that the file is whole whenever it can be seen."""
    unfinished = path.with_name(f"{path.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(f"{token}\n")
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
