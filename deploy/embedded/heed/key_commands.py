"""`heed contacts`: a new key for contacts, and the rotation to it."""

import asyncio
from typing import cast

from heed import all_in_one, contact_keys
from heed.errors import CommandError
from heed.postgres_location import ClusterError
from heed.postgres_server import Cluster
from heed.services import all_services
from heed.settings import Settings
from heed_common import key_commands
from heed_common.messages.settings import MessageSettings


class KeysElsewhere(CommandError):
    """The environment names other keys than the file of the embedded product."""


class ProductIsRunning(CommandError):
    """A running product would not decrypt what the new key encrypts."""


def add_key(settings: Settings) -> None:
    """Put a new key before the others in the file. Raises `KeysElsewhere`, `ProductIsRunning`."""
    if contact_keys.are_elsewhere():
        raise KeysElsewhere("HEED_CONTACT_KEYS or HEED_CONTACT_KEYS_FILE is set: add the key there, before the others.")
    try:
        with Cluster(settings.data_dir / "postgres").locked():
            contact_keys.prepend(settings)
    except ClusterError:
        raise ProductIsRunning("Stop the product first: it would not decrypt what the new key encrypts.") from None
    print(f"{settings.contact_keys_file} has a new key. Start the product, then run `heed contacts rotate-keys`.")


def rotate_keys(settings: Settings) -> int:
    """Encrypt again what older keys encrypted, whether the product is running or not."""
    return asyncio.run(_rotate_keys(settings))


async def _rotate_keys(settings: Settings) -> int:
    async with all_in_one.running_or_temporary_cluster(settings) as cluster:
        results = []
        for service in all_services():
            if service.commands is not None:
                own = service.load_settings(cluster.url, overrides=contact_keys.overrides(settings))
                print(f"{service.name}:")
                results.append(await key_commands.rotate_keys(cast("MessageSettings", own), service.commands.rotations))
        return max(results)
