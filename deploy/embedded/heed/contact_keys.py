"""The file with the keys that encrypt contacts, created by the embedded product for its owner only, and never logged.

It is in no backup: who has only a backup reads no contact, and who loses the file has lost them.
"""

import os
from collections.abc import Mapping

from heed.settings import Settings
from heed_common.auth.key_file import write_private
from heed_common.encryption import new_key
from heed_common.secret_settings import read_secret_file

VARIABLES = ("HEED_CONTACT_KEYS", "HEED_CONTACT_KEYS_FILE")


def overrides(settings: Settings) -> Mapping[str, object]:
    """Return the settings with the keys of the file, if there is one and the environment sets no others.

    Raises `SettingsError`.
    """
    if are_elsewhere() or not settings.contact_keys_file.exists():
        return {}
    return {"contact_keys": read_secret_file(settings.contact_keys_file)}


def ensure(settings: Settings) -> None:
    """Create the file with a new key at the first start."""
    if not are_elsewhere() and not settings.contact_keys_file.exists():
        write_private(settings.contact_keys_file, f"{new_key()}\n")


def prepend(settings: Settings) -> None:
    """Put a new key before the others; from the next start on it encrypts, and the others still decrypt."""
    path = settings.contact_keys_file
    older = path.read_text() if path.exists() else ""
    write_private(path, f"{new_key()}\n{older}")


def are_elsewhere() -> bool:
    """Return whether the environment sets the keys."""
    return any(os.environ.get(name) for name in VARIABLES)
