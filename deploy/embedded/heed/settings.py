"""What the all-in-one is told by its environment, beside what it hands on to the services."""

import os
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import Field

from heed_common.settings import ServiceSettings

QUIET = {"log_level": "WARNING", "log_format": "text"}
"""At a terminal nobody reads a line of JSON for each request; HEED_LOG_LEVEL and HEED_LOG_FORMAT say otherwise."""


class Settings(ServiceSettings):
    """`HEED_DATA_DIR`, `HEED_HOST`, `HEED_PORT`, `HEED_BUS` and the rest."""

    service: ClassVar[str] = "log"

    database_url: Annotated[str, Field(repr=False)] = ""
    """Of the embedded log, if it shall lie elsewhere than in our own PostgreSQL."""
    data_dir: Path = Path(".heed")

    @property
    def token_file(self) -> Path:
        return self.data_dir / "admin.token"

    @property
    def address(self) -> str:
        return f"http://{self.host}:{self.port}"


def load() -> Settings:
    """Raises `SettingsError`."""
    return Settings.load(**defaults())


def defaults() -> dict[str, str]:
    """What is different here from the services' own defaults, where the environment does not name it."""
    return {name: value for name, value in QUIET.items() if f"HEED_{name.upper()}" not in os.environ}
