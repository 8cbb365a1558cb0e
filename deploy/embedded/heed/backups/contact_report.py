"""What a restore reports about encrypted values: their keys are in no backup."""

from collections.abc import Mapping

from sqlalchemy import text

from heed import contact_keys
from heed.settings import Settings
from heed_common.database import Database
from heed_common.settings import NO_DATABASE_URL, SettingsError
from heed_customer.commands import ROTATIONS
from heed_customer.settings import Settings as CustomerSettings

SELECT_HAS_CONTACTS = text("SELECT to_regclass('contact') IS NOT NULL")


async def find_undecryptable(settings: Settings, url: str) -> list[str]:
    """Return a line about each kind of values that the present keys do not decrypt."""
    cipher_settings: Mapping[str, object] = contact_keys.overrides(settings)
    database = Database(url, pool_size=1, application_name="heed-restore")
    try:
        cipher = CustomerSettings.load(**{"database_url": NO_DATABASE_URL, **cipher_settings}).field_cipher()
        async with database.transaction() as session:
            if not await session.scalar(SELECT_HAS_CONTACTS):
                return []
            counts = {name: await table.count_undecryptable(session, cipher) for name, table in ROTATIONS.items()}
    except SettingsError as error:
        return [f"Encrypted values were not checked. {error}"]
    finally:
        await database.close()
    return [
        f"Values of {name} that no key decrypts: {count}. Put back the keys of the time of the backup."
        for name, count in counts.items()
        if count
    ]
