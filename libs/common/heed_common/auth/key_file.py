"""The file with the owner's API key, readable only by the owner."""

import os
from pathlib import Path

from heed_common.auth.api_keys import Token
from heed_common.errors import HeedError


class KeyFileUnreadable(HeedError):
    """The file exists and contains no key."""


def load(path: Path) -> Token | None:
    """Return the key in the file, or None without a file. Raises `KeyFileUnreadable`."""
    if not path.exists():
        return None
    token = Token.parse(path.read_text().strip())
    if token is None:
        raise KeyFileUnreadable(f"{path} contains no key; remove it and a new one is created")
    return token


def save(path: Path, token: Token) -> None:
    write_private(path, f"{token}\n")


def has_key(path: Path, id_: str) -> bool:
    """Return whether the key in the file is this one, whatever its secret. Raises `KeyFileUnreadable`."""
    stored = load(path)
    return stored is not None and stored.id == id_


def write_private(path: Path, text: str) -> None:
    """Write the text to a temporary file and rename it, so that a reader never sees a partial file.

    Only the owner can read it.
    """
    unfinished = path.with_name(f"{path.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
