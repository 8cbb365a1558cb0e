"""What a restore reports about encrypted values: their keys are in no backup."""

from collections.abc import Mapping

from heed import contact_keys
from heed.services import Service
from heed.settings import Settings
from heed_common import migrations
from heed_common.database import Database
from heed_common.settings import NO_DATABASE_URL, SettingsError
from heed_customer.settings import Settings as CustomerSettings

OLDER_VERSION = "the backup is of an older version. `heed doctor` checks them after the next start."


async def find_undecryptable(settings: Settings, service: Service, url: str) -> list[str]:
    """Return a line about each kind of values that the present keys do not decrypt."""
    if service.commands is None:
        return []
    cipher_settings: Mapping[str, object] = contact_keys.overrides(settings)
    database = Database(url, pool_size=2, application_name="heed-restore")
    try:
        if await migrations.current(database.engine) != migrations.head(service.package):
            return [f"Encrypted values of the {service.name} service were not checked: {OLDER_VERSION}"]
        cipher = CustomerSettings.load(**{"database_url": NO_DATABASE_URL, **cipher_settings}).field_cipher()
        async with database.transaction() as session:
            counts = {
                name: await table.count_undecryptable(session, cipher)
                for name, table in service.commands.rotations.items()
            }
    except SettingsError as error:
        return [f"Encrypted values were not checked. {error}"]
    finally:
        await database.close()
    return [
        f"Values of {service.name}.{name} that no key decrypts: {count}. Put back the keys of the time of the backup."
        for name, count in counts.items()
        if count
    ]
