"""Settings of the platform process: those that all services share, and the addresses of their databases."""

from typing import ClassVar

from heed_common.auth.tokens import SERVICES
from heed_common.settings import ServiceSettings, read_all_database_urls


class Settings(ServiceSettings):
    service: ClassVar[str] = "platform"


def database_urls() -> dict[str, str]:
    """Return the address of each service's database. Raises `SettingsError` if one is missing."""
    return read_all_database_urls(SERVICES, reason="keys are the same in all databases")
