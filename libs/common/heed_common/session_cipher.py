"""The cipher of a transaction: what a session stores of people is encrypted wherever the code that stores it is called.

`Database.transaction` sets it, as it sets the reactions; the wiring of a service gives it to the database.
"""

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.encryption import FieldCipher

KEY = "cipher"
"""Key of the cipher in `session.info`."""


class NoCipher(RuntimeError):
    """The service stores encrypted values, and its wiring gave its database no cipher."""


def set_cipher(session: AsyncSession, cipher: FieldCipher | None) -> None:
    """Set the cipher of the transaction."""
    session.info[KEY] = cipher


def has_cipher(session: AsyncSession) -> bool:
    """Return whether the transaction can encrypt: a restore may run without the keys."""
    return session.info.get(KEY) is not None


def get_cipher(session: AsyncSession) -> FieldCipher:
    """Return the cipher of the transaction. Raises `NoCipher`."""
    cipher: FieldCipher | None = session.info.get(KEY)
    if cipher is None:
        raise NoCipher
    return cipher
