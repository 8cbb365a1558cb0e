"""Settings of the platform process: those that all services share, and the addresses of their databases."""

import os
from typing import ClassVar

from heed_common.auth.tokens import SERVICES
from heed_common.settings import ServiceSettings, SettingsError


class Settings(ServiceSettings):
    service: ClassVar[str] = "platform"


def database_urls() -> dict[str, str]:
    """Return the address of each service's database. Raises `SettingsError` if one is missing."""
    names = {service: f"HEED_{service.upper()}_DATABASE_URL" for service in SERVICES}
    missing = [name for name in names.values() if not os.environ.get(name)]
    if missing:
        raise SettingsError(f"{', '.join(missing)}: must be set, because keys are the same in all databases")
    return {service: os.environ[name] for service, name in names.items()}
