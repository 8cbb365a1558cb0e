"""Settings of the customer service."""

from typing import ClassVar

from pydantic import Field

from heed_common.settings import ServiceSettings


class Settings(ServiceSettings):
    service: ClassVar[str] = "customer"

    import_days: int = Field(90, ge=1, le=3650)
    """Days that the report of an import is stored after its end."""
