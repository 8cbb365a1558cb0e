"""Settings of the all-in-one product, beside those of the services."""

import os
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import Field

from heed_common.settings import ServiceSettings

TERMINAL_DEFAULTS = {"log_level": "WARNING", "log_format": "text"}
"""For a terminal, where a line of JSON for each request is noise; HEED_LOG_LEVEL and HEED_LOG_FORMAT override them."""


class Settings(ServiceSettings):
    """`HEED_DATA_DIR`, `HEED_PROCESSES`, `HEED_HOST`, `HEED_PORT`, `HEED_BUS` and the common ones."""

    service: ClassVar[str] = "log"

    database_url: Annotated[str, Field(repr=False)] = ""
    """Of the log, unless it is in the embedded PostgreSQL."""
    data_dir: Path = Path(".heed")
    processes: int = Field(1, ge=1, le=2)
    """1: everything in one process; 2: the workers in a process of their own."""

    @property
    def token_file(self) -> Path:
        return self.data_dir / "admin.token"

    @property
    def contact_keys_file(self) -> Path:
        return self.data_dir / "contact.keys"

    @property
    def service_token_file(self) -> Path:
        return self.data_dir / "service.token"

    @property
    def has_worker_process(self) -> bool:
        """Return whether the workers run in a process of their own."""
        return self.processes > 1

    @property
    def address(self) -> str:
        return f"http://{self.host}:{self.port}"


def load() -> Settings:
    """Load the settings. Raises `SettingsError`."""
    return Settings.load(**defaults())


def defaults() -> dict[str, str]:
    """Return the defaults that differ from those of the services, unless the environment sets them."""
    return {name: value for name, value in TERMINAL_DEFAULTS.items() if f"HEED_{name.upper()}" not in os.environ}
