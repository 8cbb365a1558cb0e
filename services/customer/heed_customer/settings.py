"""Settings of the customer service."""

from pathlib import Path
from typing import ClassVar, Self

from pydantic import Field

from heed_common.encryption import FieldCipher, new_key, parse_keys
from heed_common.messages.settings import MessageSettings
from heed_common.settings import NO_DATABASE_URL, EncryptionKeys, SettingsError


class Settings(MessageSettings):
    service: ClassVar[str] = "customer"

    import_days: int = Field(90, ge=1, le=3650)
    """Days that the report of an import is stored after its end."""
    contact_keys: EncryptionKeys | None = None
    """Keys that encrypt contacts and sensitive fields of profiles, newest first."""
    contact_keys_file: Path | None = None
    """A file with the keys, instead of `contact_keys`."""

    @classmethod
    def for_documents(cls) -> Self:
        return cls.load(database_url=NO_DATABASE_URL, contact_keys=new_key())

    def field_cipher(self) -> FieldCipher:
        """Return the cipher of contacts and sensitive fields of profiles. Raises `SettingsError` without keys."""
        if self.contact_keys is not None:
            return FieldCipher(parse_keys(self.contact_keys.get_secret_value()))
        if self.contact_keys_file is None:
            raise SettingsError(
                "HEED_CONTACT_KEYS: must be set, or HEED_CONTACT_KEYS_FILE, to keys that encrypt contacts; "
                "`python -m heed_customer new-key` prints one"
            )
        return FieldCipher(_read_keys(self.contact_keys_file))


def _read_keys(path: Path) -> list[bytes]:
    try:
        keys = parse_keys(path.read_text())
    except OSError as error:
        raise SettingsError(f"HEED_CONTACT_KEYS_FILE: {path} cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise SettingsError(f"HEED_CONTACT_KEYS_FILE: {path}: {error}") from None
    if not keys:
        raise SettingsError(f"HEED_CONTACT_KEYS_FILE: {path} contains no key")
    return keys
