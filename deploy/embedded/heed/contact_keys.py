"""The file with the keys that encrypt contacts, created by the embedded product for its owner only, and never logged.

It is in no backup: who has only a backup reads no contact, and who loses the file has lost them.
"""

import os
from collections.abc import Mapping

from heed.settings import Settings
from heed_common.auth.key_file import write_private
from heed_common.encryption import new_key

VARIABLES = ("HEED_CONTACT_KEYS", "HEED_CONTACT_KEYS_FILE")


def overrides(settings: Settings) -> Mapping[str, object]:
    """Return the settings that name the file, unless the environment names other keys."""
    return {} if _are_elsewhere() else {"contact_keys_file": settings.contact_keys_file}


def ensure(settings: Settings) -> None:
    """Create the file with a new key at the first start."""
    if not _are_elsewhere() and not settings.contact_keys_file.exists():
        write_private(settings.contact_keys_file, f"{new_key()}\n")


def prepend(settings: Settings) -> None:
    """Put a new key before the others; from the next start on it encrypts, and the others still decrypt."""
    path = settings.contact_keys_file
    older = path.read_text() if path.exists() else ""
    write_private(path, f"{new_key()}\n{older}")


def _are_elsewhere() -> bool:
    return any(os.environ.get(name) for name in VARIABLES)
